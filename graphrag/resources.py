"""Finds recipes, queries and models in a wheel, an editable install and a checkout alike.

A wheel carries them in ``graphrag/_data``; a checkout, which an editable install reads, has them beside the package.
"""

from pathlib import Path

from graphrag.errors import RecipeError

__all__ = ["KINDS", "resource"]

# kind -> where a checkout keeps it; a wheel keeps it in graphrag/_data/<kind>
_IN_CHECKOUT = {"models": Path("data", "models"), "pipelines": Path("pipelines"), "queries": Path("queries")}

KINDS = tuple(sorted(_IN_CHECKOUT))


def resource(kind: str) -> Path:
    """Return the folder that holds the shipped files of a kind.

    Parameters
    ----------
    kind : str
        ``"pipelines"`` (recipes), ``"queries"`` (Cypher files) or ``"models"`` (embedders).

    Returns
    -------
    Path
        An existing folder.

    Raises
    ------
    RecipeError
        The kind is unknown, or the installation lacks the folder.
    """
    if kind not in _IN_CHECKOUT:
        raise RecipeError(f"there is no resource {kind!r}; the kinds are {', '.join(KINDS)}")
    package = Path(__file__).resolve().parent
    for folder in (package / "_data" / kind, package.parent / _IN_CHECKOUT[kind]):
        if folder.is_dir():
            return folder
    raise RecipeError(
        f"the installation lacks its {kind} folder; install the package again: pip install --force-reinstall hopgraph"
    )
