// Lists documents whose title or id contains a text.
// params: graph string, text string, offset integer, limit integer
// returns: id, title, source, metadata
// mode: read
MATCH (d:Document {graph: $graph})
WHERE toLower(d.title) CONTAINS toLower($text) OR toLower(d.id) CONTAINS toLower($text)
RETURN d.id AS id, d.title AS title, d.source AS source, d.metadata AS metadata
ORDER BY id SKIP $offset LIMIT $limit
