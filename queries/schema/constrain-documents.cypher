// Makes the ids of documents unique within a graph.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_documents IF NOT EXISTS FOR (n:Document) REQUIRE (n.graph, n.id) IS UNIQUE
