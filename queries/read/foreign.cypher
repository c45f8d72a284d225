// Finds a node that has one of this program's labels and the graph's name.
// params: graph string
// returns: labels
// mode: read
OPTIONAL MATCH (a:Document {graph: $graph})
WITH a LIMIT 1
OPTIONAL MATCH (b:Chunk {graph: $graph})
WITH a, b LIMIT 1
OPTIONAL MATCH (c:Entity {graph: $graph})
WITH a, b, c LIMIT 1
OPTIONAL MATCH (d:Community {graph: $graph})
WITH coalesce(a, b, c, d) AS node LIMIT 1
WHERE node IS NOT NULL
RETURN labels(node) AS labels
