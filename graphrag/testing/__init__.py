"""Suites that plug-ins inherit."""
