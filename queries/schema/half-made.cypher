// Finds the indexes of constraints whose making was cut short, as by a server that was killed.
// params: none
// returns: name
// mode: read
SHOW INDEXES YIELD name, owningConstraint
WHERE owningConstraint IS NULL
  AND name IN ['hopgraph_documents', 'hopgraph_chunks', 'hopgraph_entities', 'hopgraph_values', 'hopgraph_communities',
               'hopgraph_index_parts', 'hopgraph_stamps']
RETURN name
