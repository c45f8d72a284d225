"""Asking a server from Python, with the same types as :class:`graphrag.GraphRAG`.

>>> from graphrag.client import Client
>>> with Client("http://127.0.0.1:8765", key="hg_…") as client:  # doctest: +SKIP
...     print(client.ask("Who directed the film?").text)
"""

from graphrag.client.asynchronous import AsyncClient
from graphrag.client.errors import (
    BadRequest,
    ClientError,
    Failed,
    Limited,
    NotAllowed,
    NotReady,
    NotThere,
    Unreachable,
)
from graphrag.client.sync import Client

__all__ = [
    "AsyncClient",
    "BadRequest",
    "Client",
    "ClientError",
    "Failed",
    "Limited",
    "NotAllowed",
    "NotReady",
    "NotThere",
    "Unreachable",
]
