"""Retrievers for other frameworks, over an opened graph or a client of a server."""
