// Lists the passages of a document with their places.
// params: graph string, id string
// returns: id, start, stop
// mode: read
MATCH (:Document {graph: $graph, id: $id})<-[:PART_OF]-(c:Chunk)
RETURN c.id AS id, c.start AS start, c.stop AS stop
ORDER BY c.position
