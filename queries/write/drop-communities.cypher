// Removes communities that the graph no longer has.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.ids AS id
MATCH (n:Community {graph: $graph, id: id})
DETACH DELETE n
