// Lists the digests of the communities in some buckets.
// params: graph string, buckets integer, wanted list
// returns: id, digest, links, degree
// mode: read
MATCH (n:Community {graph: $graph})
WHERE coalesce(n.digest, -1) % $buckets IN $wanted
RETURN n.id AS id, coalesce(n.digest, -1) AS digest, coalesce(n.links, -1) AS links,
       COUNT { (n)-[r:PARENT|CITES]->() WHERE r.graph = $graph }
       + COUNT { (n)<-[r:IN_COMMUNITY]-() WHERE r.graph = $graph } AS degree
