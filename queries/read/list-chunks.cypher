// Lists, by bucket, the digests of the passages in some buckets.
// params: graph string, buckets integer, batch map
// returns: ids, digests, links, degrees
// mode: read
MATCH (n:Chunk {graph: $graph})
WITH n, coalesce(n.digest, -1) AS digest, coalesce(n.digest, -1) % $buckets AS bucket, $batch.wanted AS wanted
WHERE bucket IN wanted
WITH bucket, n.id AS id, digest, coalesce(n.links, -1) AS links,
     COUNT { (n)-[r:PART_OF|NEXT|MENTIONS]->() WHERE r.graph = $graph } AS degree
WITH bucket, collect(id) AS ids, collect(digest) AS digests, collect(links) AS links, collect(degree) AS degrees
RETURN ids, digests, links, degrees
