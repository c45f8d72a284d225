// Lists the digests of the entities in some buckets.
// params: graph string, buckets integer, wanted list
// returns: id, digest, links, degree
// mode: read
MATCH (n:Entity {graph: $graph})
WHERE coalesce(n.digest, -1) % $buckets IN $wanted
RETURN n.id AS id, coalesce(n.digest, -1) AS digest, coalesce(n.links, -1) AS links,
       COUNT { (n)-[r:RELATES_TO|STATES|SIMILAR]->() WHERE r.graph = $graph } AS degree
