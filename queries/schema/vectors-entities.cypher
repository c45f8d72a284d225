// Makes the vector index of entities.
// params: none
// returns: nothing
// mode: write
CREATE VECTOR INDEX hopgraph_entity_vectors IF NOT EXISTS FOR (n:Entity) ON n.embedding
OPTIONS {indexConfig: {`vector.similarity_function`: 'cosine'}}
