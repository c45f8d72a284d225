// How many entities there are of each kind, with the most mentioned of each.
// params: graph string = "main"
// returns: kind, entities, mentions, examples
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})
WITH e ORDER BY e.mention_count DESC, e.name
RETURN e.kind AS kind, count(e) AS entities, sum(e.mention_count) AS mentions, collect(e.name)[0..5] AS examples
ORDER BY entities DESC, kind
