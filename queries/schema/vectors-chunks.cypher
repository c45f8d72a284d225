// Makes the vector index of passages.
// params: none
// returns: nothing
// mode: write
CREATE VECTOR INDEX hopgraph_chunk_vectors IF NOT EXISTS FOR (n:Chunk) ON n.embedding
OPTIONS {indexConfig: {`vector.similarity_function`: 'cosine'}}
