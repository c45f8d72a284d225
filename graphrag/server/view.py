"""The process that builds what some groups see: ``python -m graphrag.server.view WORKSPACE GROUPS``."""

import json
import os
import sys

from graphrag.errors import GraphRAGError, WorkspaceLocked
from graphrag.rights.views import Views

__all__ = ["main"]

_NICE = 5  # answering goes first


def main(workspace: str, groups: str) -> int:
    """Build the view of the groups of a JSON list, and return the exit code."""
    os.nice(_NICE)
    try:
        Views(workspace).refresh(json.loads(groups))
    except WorkspaceLocked:  # another process of the server builds it
        return WorkspaceLocked.exit_code
    except GraphRAGError as error:
        line = {"event": "view failed", "detail": str(error)}
        sys.stderr.write(json.dumps(line) + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
