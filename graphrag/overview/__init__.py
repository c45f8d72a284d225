"""Answers of several sentences about the corpus and about things in it, made of sentences of the sources."""
