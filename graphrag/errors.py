"""Every error that graphrag raises on purpose, and the exit code the command line gives it.

::

    GraphRAGError                 1   something graphrag can name went wrong
    ├── InputError                3   a document, folder, question file or row cannot be used
    ├── RecipeError               4   a recipe or one of its settings is wrong
    ├── WorkspaceError            5   a workspace is missing, of another version, or cannot be written
    │   ├── WorkspaceDamaged      6   a file of the workspace does not match its checksum
    │   └── WorkspaceLocked       7   another process is writing to the workspace
    ├── MissingExtra              8   a part needs a package that is not installed
    └── LLMError                  9   an LLM endpoint cannot be used
        └── BudgetSpent          10   the money or tokens that an LLM may cost are spent

Exit code 0 is success and 2 a wrong command line (click's own code).  A message says what happened, to which
document or setting, and what to do next.
"""

__all__ = [
    "BudgetSpent",
    "GraphRAGError",
    "InputError",
    "LLMError",
    "MissingExtra",
    "RecipeError",
    "WorkspaceDamaged",
    "WorkspaceError",
    "WorkspaceLocked",
]


class GraphRAGError(Exception):
    """The root of all errors raised on purpose."""

    exit_code = 1


class InputError(GraphRAGError):
    """A document, folder, question file or row cannot be used."""

    exit_code = 3


class RecipeError(GraphRAGError):
    """A recipe, or one of its settings, is wrong."""

    exit_code = 4


class WorkspaceError(GraphRAGError):
    """A workspace is missing, of another version, or cannot be read or written."""

    exit_code = 5


class WorkspaceDamaged(WorkspaceError):
    """A file of the workspace does not match its checksum."""

    exit_code = 6


class WorkspaceLocked(WorkspaceError):
    """Another process is writing to the workspace."""

    exit_code = 7


class MissingExtra(GraphRAGError):
    """A part needs a package that is not installed."""

    exit_code = 8


class LLMError(GraphRAGError):
    """An LLM endpoint cannot be used: it is not set, not reached, or it refuses."""

    exit_code = 9


class BudgetSpent(LLMError):
    """The money or the tokens that an LLM may cost are spent."""

    exit_code = 10
