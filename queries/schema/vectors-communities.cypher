// Makes the vector index of communities.
// params: none
// returns: nothing
// mode: write
CREATE VECTOR INDEX hopgraph_community_vectors IF NOT EXISTS FOR (n:Community) ON n.embedding
OPTIONS {indexConfig: {`vector.similarity_function`: 'cosine'}}
