// Sums up the values of a graph by bucket of their digests, so that equal parts need not be listed.
// params: graph string, buckets integer
// returns: buckets, nodes, digests, links, degrees
// mode: read
MATCH (n:Value {graph: $graph})
WITH coalesce(n.digest, -1) % $buckets AS bucket, coalesce(n.digest, -1) AS digest, coalesce(n.links, -1) AS links,
     0 AS degree
WITH bucket, count(*) AS nodes, sum(digest) AS digests, sum(links) AS links, sum(degree) AS degree
RETURN collect(bucket) AS buckets, collect(nodes) AS nodes, collect(digests) AS digests, collect(links) AS links,
       collect(degree) AS degrees
