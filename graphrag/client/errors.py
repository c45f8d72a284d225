"""What can go wrong between a client and a server.

::

    ClientError             the server did not do what was asked
    ├── Unreachable         no answer came: no connection, or the time was over
    ├── NotAllowed          the key is missing, unknown, or may not do this (401, 403)
    ├── NotThere            there is nothing of this id (404)
    ├── BadRequest          the request cannot be used (400, 409, 413, 415, 421, 422, 501)
    ├── Limited             the key has used its limit (429); ``retry_after`` says when to go on
    ├── NotReady            the server or the view of the key's groups is not ready (503); ``retry_after`` as well
    └── Failed              the server, or a job of it, failed
"""

from graphrag.errors import GraphRAGError

__all__ = ["BadRequest", "ClientError", "Failed", "Limited", "NotAllowed", "NotReady", "NotThere", "Unreachable"]


class ClientError(GraphRAGError):
    """The server did not do what was asked.

    Attributes
    ----------
    status : int or None
        The HTTP status, None where no response came.
    request_id : str
        Under which the server's log has the request; empty where it said none.
    retry_after : float or None
        Seconds after which the server wants to be asked again, where it said so.
    """

    def __init__(
        self, message: str, *, status: int | None = None, request_id: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after


class Unreachable(ClientError):
    """No answer came: no connection, or the time was over."""


class NotAllowed(ClientError):
    """The key is missing, unknown, or may not do this."""


class NotThere(ClientError):
    """There is nothing of this id."""


class BadRequest(ClientError):
    """The request cannot be used."""


class Limited(ClientError):
    """The key has used its limit."""


class NotReady(ClientError):
    """The server, or the view of the key's groups, is not ready yet."""


class Failed(ClientError):
    """The server, or a job of it, failed."""
