"""Mentions and triples to entities and facts."""
