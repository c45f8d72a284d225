// Makes the ids of parts of the retrieval index unique within a graph.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_index_parts IF NOT EXISTS FOR (n:IndexPart) REQUIRE (n.graph, n.id) IS UNIQUE
