"""Graphs as compressed arrays, and algorithms on them."""
