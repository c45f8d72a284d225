// Documents that link two topics: they mention something of each, by parts of names.
// params: graph string = "main", first string, second string, limit integer = 25
// returns: document, title, first_names, second_names
// mode: read
// runs: neo4j, workspace
MATCH (d:Document {graph: $graph})<-[:PART_OF]-(:Chunk)-[:MENTIONS]->(a:Entity)
WHERE toLower(a.name) CONTAINS toLower($first)
WITH d, collect(DISTINCT a.name) AS first_names
MATCH (d)<-[:PART_OF]-(:Chunk)-[:MENTIONS]->(b:Entity)
WHERE toLower(b.name) CONTAINS toLower($second) AND NOT b.name IN first_names
RETURN d.id AS document, d.title AS title, first_names, collect(DISTINCT b.name) AS second_names
ORDER BY document
LIMIT $limit
