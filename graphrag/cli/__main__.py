"""``python -m graphrag.cli``."""

from graphrag.cli.app import main

if __name__ == "__main__":
    main()
