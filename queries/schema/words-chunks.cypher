// Makes the full-text index of passages.
// params: none
// returns: nothing
// mode: write
CREATE FULLTEXT INDEX hopgraph_chunk_words IF NOT EXISTS FOR (n:Chunk) ON EACH [n.title, n.heading, n.text]
