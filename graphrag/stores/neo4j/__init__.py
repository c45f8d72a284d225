"""The graph in Neo4j: connecting, publishing, reading back, a private server, and the user's own Cypher."""
