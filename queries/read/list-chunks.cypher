// Lists the digests of the passages in some buckets.
// params: graph string, buckets integer, wanted list
// returns: id, digest, links, degree
// mode: read
MATCH (n:Chunk {graph: $graph})
WHERE coalesce(n.digest, -1) % $buckets IN $wanted
RETURN n.id AS id, coalesce(n.digest, -1) AS digest, coalesce(n.links, -1) AS links,
       COUNT { (n)-[r:PART_OF|NEXT|MENTIONS]->() WHERE r.graph = $graph } AS degree
