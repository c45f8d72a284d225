// Entities that may be the same: equal names, letters aside, or one goes by the other's name.
// params: graph string = "main", limit integer = 25
// returns: name, other, kind, other_kind, mentions, other_mentions
// mode: read
// runs: neo4j, workspace
MATCH (a:Entity {graph: $graph})
UNWIND [a.name] + coalesce(a.aliases, []) AS said
WITH toLower(replace(replace(said, '.', ''), ' ', '')) AS key, collect(DISTINCT a) AS same
WHERE size(same) > 1
UNWIND same AS a
UNWIND same AS b
WITH DISTINCT a, b
WHERE a.id < b.id
RETURN a.name AS name, b.name AS other, a.kind AS kind, b.kind AS other_kind, a.mention_count AS mentions,
       b.mention_count AS other_mentions
ORDER BY mentions + other_mentions DESC, name, other
LIMIT $limit
