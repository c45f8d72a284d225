"""The command line: data on stdout, everything else on stderr."""

from graphrag.cli.app import main

__all__ = ["main"]
