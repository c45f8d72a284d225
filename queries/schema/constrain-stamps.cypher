// Makes sure that a graph has one stamp.
// params: none
// returns: nothing
// mode: write
CREATE CONSTRAINT hopgraph_stamps IF NOT EXISTS FOR (n:GraphStamp) REQUIRE n.graph IS UNIQUE
