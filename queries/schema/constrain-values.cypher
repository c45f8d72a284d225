// Makes the ids of values unique within a graph.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_values IF NOT EXISTS FOR (n:Value) REQUIRE (n.graph, n.id) IS UNIQUE
