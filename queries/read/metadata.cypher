// Reads the metadata of documents.
// params: graph string, ids list
// returns: id, metadata
// mode: read
UNWIND $ids AS id
MATCH (d:Document {graph: $graph, id: id})
RETURN d.id AS id, d.metadata AS metadata
