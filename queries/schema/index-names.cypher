// Finds entities by their names.
// params: none
// returns: nothing
// mode: write
CREATE INDEX hopgraph_names IF NOT EXISTS FOR (n:Entity) ON (n.name)
