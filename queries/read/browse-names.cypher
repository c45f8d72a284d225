// Lists entities by their ids.
// params: graph string, ids list
// returns: id, name, kind, mentions
// mode: read
UNWIND $ids AS wanted
WITH DISTINCT wanted
MATCH (e:Entity {graph: $graph, id: wanted})
RETURN e.id AS id, e.name AS name, e.kind AS kind, e.mention_count AS mentions
ORDER BY id
