// Makes the full-text index of entities.
// params: none
// returns: nothing
// mode: write
CREATE FULLTEXT INDEX hopgraph_entity_words IF NOT EXISTS FOR (n:Entity) ON EACH [n.name, n.aliases]
