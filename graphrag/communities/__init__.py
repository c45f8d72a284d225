"""Entities to communities, communities to reports."""
