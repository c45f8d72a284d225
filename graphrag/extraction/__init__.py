"""Chunks to mentions and triples."""
