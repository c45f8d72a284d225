// Makes the ids of entities unique within a graph.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_entities IF NOT EXISTS FOR (n:Entity) REQUIRE (n.graph, n.id) IS UNIQUE
