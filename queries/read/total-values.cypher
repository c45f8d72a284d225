// Sums up the values of a graph as a whole: nodes and relationships apart, which takes half as long as by bucket.
// params: graph string, buckets integer
// returns: nodes, digests, links, degree
// mode: read
MATCH (n:Value {graph: $graph})
WITH coalesce(n.digest, -1) AS digest, coalesce(n.links, -1) AS links
WITH digest % $buckets AS bucket, count(*) AS nodes, sum(digest) AS digests, sum(links) AS links
WITH sum(nodes) AS nodes, collect(digests) AS digests, collect(links) AS links
RETURN nodes, digests, links,
       0 AS degree
