// Entities whose name or alias contains some letters, the most mentioned first.
// params: graph string = "main", letters string, limit integer = 25
// returns: name, kind, mentions, aliases
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})
WHERE toLower(e.name) CONTAINS toLower($letters)
   OR any(alias IN coalesce(e.aliases, []) WHERE toLower(alias) CONTAINS toLower($letters))
RETURN e.name AS name, e.kind AS kind, e.mention_count AS mentions, e.aliases AS aliases
ORDER BY mentions DESC, name
LIMIT $limit
