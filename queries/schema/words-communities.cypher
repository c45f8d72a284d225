// Makes the full-text index of communities.
// params: none
// returns: nothing
// mode: write
CREATE FULLTEXT INDEX hopgraph_community_words IF NOT EXISTS FOR (n:Community) ON EACH [n.title, n.summary]
