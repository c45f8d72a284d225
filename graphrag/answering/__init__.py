"""Passages to answers."""
