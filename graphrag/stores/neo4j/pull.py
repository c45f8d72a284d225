"""A workspace of a published graph, so that a graph outlives the machine that built it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from graphrag.stores.neo4j.connection import Neo4jError
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.store import Neo4jStore
from graphrag.stores.workspace import Workspace
from graphrag.types import Chunk, Document, Resolution

__all__ = ["pull"]

_BATCH = 500
_NOTED = ("built", "version", "extractor", "embedder", "dimensions", "recipe")


def pull(database: Database, graph: str, path: str | Path) -> str:
    """Make a workspace of a published graph, or bring the one that is there to it.

    Parameters
    ----------
    database : Database
        Where the graph is.
    graph : str
        Its name.
    path : str or pathlib.Path
        A folder that does not exist, is empty, or is a workspace.

    Returns
    -------
    str
        The digest of the content, which is that of the workspace that was published.

    Raises
    ------
    Neo4jError
        There is no such graph, or somebody changed it since it was published.
    """
    store = Neo4jStore(database, graph)
    arrays = store.arrays()
    resolution = Resolution(
        tuple(store.entities()),
        tuple(store.mentions()),
        tuple(store.abouts()),
        tuple(store.facts()),
        tuple(store.merges()),
    )
    communities, reports = list(store.communities()), list(store.reports())
    meta = {key: store.meta(key) for key in _NOTED if store.meta(key) is not None}
    with Workspace.create(path) as workspace:
        with workspace.draft() as draft:
            documents = _with_chunks(store)
            while batch := list(islice(documents, _BATCH)):
                draft.add(batch)
            draft.seal()
            digest = draft.commit(resolution, communities, reports, arrays, meta)
        # What an earlier version published has a digest of the first form.
        same = store.meta("digest") in (digest, workspace.digest(form=1))
    if not same:
        raise Neo4jError(
            f"The {store.path} is not what was published (digest {digest}, expected {store.meta('digest')}), and "
            f"{path} is what it is now: see what differs with `graphrag verify --neo4j` at its origin."
        )
    return digest


def _with_chunks(store: Neo4jStore) -> Iterator[tuple[Document, list[Chunk]]]:
    """Yield all documents with their chunks."""
    chunks: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in store.chunks():
        chunks[chunk.document_id].append(chunk)
    for document in store.documents():
        yield document, chunks[document.id]
