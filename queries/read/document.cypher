// Reads a document.
// params: graph string, id string
// returns: id, title, source, metadata, headings, text
// mode: read
MATCH (d:Document {graph: $graph, id: $id})
RETURN d.id AS id, d.title AS title, d.source AS source, d.metadata AS metadata, d.headings AS headings, d.text AS text
