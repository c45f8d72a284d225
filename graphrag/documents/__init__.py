"""Sources to documents, documents to chunks."""
