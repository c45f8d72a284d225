// Reads entities by their ids.
// params: graph string, ids list
// returns: id, name, kind, aliases, description, mention_count
// mode: read
UNWIND $ids AS wanted
MATCH (e:Entity {graph: $graph, id: wanted})
RETURN e.id AS id, e.name AS name, e.kind AS kind, e.aliases AS aliases, e.description AS description,
       e.mention_count AS mention_count
