"""``python -m graphrag.cli``."""

from graphrag.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
