// Finds facts by their ids.
// params: none
// returns: nothing
// mode: write
CREATE INDEX hopgraph_facts IF NOT EXISTS FOR ()-[r:RELATES_TO]-() ON (r.id)
