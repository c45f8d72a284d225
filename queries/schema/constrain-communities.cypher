// Makes the ids of communities unique within a graph.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_communities IF NOT EXISTS FOR (n:Community) REQUIRE (n.graph, n.id) IS UNIQUE
