// Lists the first members of a community.
// params: graph string, id string, limit integer
// returns: id, name, kind, mentions
// mode: read
MATCH (e:Entity)-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(:Community {graph: $graph, id: $id})
WITH DISTINCT e
RETURN e.id AS id, e.name AS name, e.kind AS kind, e.mention_count AS mentions
ORDER BY id LIMIT $limit
