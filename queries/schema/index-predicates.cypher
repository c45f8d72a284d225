// Finds facts by their predicates.
// params: none
// returns: nothing
// mode: write
CREATE INDEX hopgraph_predicates IF NOT EXISTS FOR ()-[r:RELATES_TO]-() ON (r.predicate)
