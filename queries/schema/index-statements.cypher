// Finds statements by their ids.
// params: none
// returns: nothing
// mode: write
CREATE INDEX hopgraph_statements IF NOT EXISTS FOR ()-[r:STATES]-() ON (r.id)
