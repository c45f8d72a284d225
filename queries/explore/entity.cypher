// Everything about the entities of a name: kind, aliases, description, how often and where they are mentioned.
// params: graph string = "main", name string
// returns: id, name, kind, aliases, description, mentions, documents
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
OPTIONAL MATCH (e)<-[:MENTIONS]-(c:Chunk)
RETURN e.id AS id, e.name AS name, e.kind AS kind, e.aliases AS aliases, e.description AS description,
       e.mention_count AS mentions, count(DISTINCT c.document_id) AS documents
ORDER BY mentions DESC, id
