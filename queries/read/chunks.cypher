// Reads passages by their ids.
// params: graph string, ids list
// returns: id, document_id, position, start, stop, heading, sentences, text, title
// mode: read
UNWIND $ids AS wanted
MATCH (c:Chunk {graph: $graph, id: wanted})
RETURN c.id AS id, c.document_id AS document_id, c.position AS position, c.start AS start, c.stop AS stop,
       c.heading AS heading, c.sentences AS sentences, c.text AS text, c.title AS title
