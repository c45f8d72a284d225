// Lists entities of which a name contains a text: those of exactly that name first, then the most mentioned.
// params: graph string, text string, offset integer, limit integer
// returns: id, name, kind, mentions
// mode: read
MATCH (e:Entity {graph: $graph})
WHERE toLower(e.name) CONTAINS toLower($text)
   OR any(alias IN coalesce(e.aliases, []) WHERE toLower(alias) CONTAINS toLower($text))
RETURN e.id AS id, e.name AS name, e.kind AS kind, e.mention_count AS mentions
ORDER BY toLower(name) = toLower($text) DESC, mentions DESC, id SKIP $offset LIMIT $limit
