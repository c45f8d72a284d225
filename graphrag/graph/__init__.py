"""Algorithms on graphs that are given as lists of edges."""
