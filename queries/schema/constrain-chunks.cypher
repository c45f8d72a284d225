// Makes the ids of passages unique within a graph.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_chunks IF NOT EXISTS FOR (n:Chunk) REQUIRE (n.graph, n.id) IS UNIQUE
