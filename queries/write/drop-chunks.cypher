// Removes passages that the graph no longer has.
// params: graph string, ids list
// returns: nothing
// mode: write
UNWIND $ids AS id
MATCH (n:Chunk {graph: $graph, id: id})
DETACH DELETE n
