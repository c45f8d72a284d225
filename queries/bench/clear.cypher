// Removes some nodes of a graph, whatever they are, and tells how many.
// params: graph string, rows integer
// returns: removed
// mode: write
MATCH (n {graph: $graph})
WITH n LIMIT $rows
DETACH DELETE n
RETURN count(*) AS removed
