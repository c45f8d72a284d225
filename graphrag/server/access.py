"""Who asks, and what they may do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from graphrag.errors import InputError
from graphrag.rights.groups import EVERY_GROUP
from graphrag.server.keys import ROLES, Key, KeyRing
from graphrag.server.limits import Limits
from graphrag.server.parameters import refuse_unknown
from graphrag.server.problems import Problem

__all__ = ["Access", "Principal", "Reader", "Writer", "needs"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a key, or whoever is on this machine where there are no keys."""

    name: str
    role: str
    groups: frozenset[str] | None  # None sees every document
    key: Key | None = None


_ANYBODY = Principal("local", "admin", None)


class Access:
    """Lets requests in by their keys, within the limits of each.

    Parameters
    ----------
    path : str or None
        The file of keys; without it everybody may do everything.
    """

    def __init__(self, path: str | None) -> None:
        self._ring = None if path is None else KeyRing(path)
        self._limits = None if path is None else Limits(path)

    @property
    def closed(self) -> bool:
        """Whether a key is needed."""
        return self._ring is not None

    def enter(self, word: str | None, role: str) -> Principal:
        """Return who presents a key, and count the request.

        Raises
        ------
        Problem
            401 without a good key, 403 where it may not do this, 429 where it has used its limit, 503 where the file
            of keys is damaged.
        """
        if self._ring is None or self._limits is None:
            return _ANYBODY
        try:
            key = self._ring.find(word) if word else None
        except InputError:  # what is wrong with the file, and where it is, is not for who has no key
            raise Problem(503, "The keys cannot be read: ask who runs this server.", {"Retry-After": "5"}) from None
        if key is None:
            raise Problem(401, "Send a key: Authorization: Bearer KEY.", {"WWW-Authenticate": "Bearer"})
        if not key.may(role):
            raise Problem(403, f"This key may {key.role}; what you ask for needs the role {role}.")
        wait = self._limits.spend(key)
        if wait > 0:
            seconds = max(1, round(wait + 0.5))
            raise Problem(429, f"This key has used its limit: try again in {seconds} s.", {"Retry-After": str(seconds)})
        groups = None if EVERY_GROUP in key.groups else frozenset(key.groups)
        return Principal(key.id, key.role, groups, key)

    def used(self, who: Principal, usage: Mapping[str, int]) -> None:
        """Count the tokens that an answer cost."""
        tokens = usage.get("tokens_in", 0) + usage.get("tokens_out", 0)
        if tokens and who.key is not None and self._limits is not None:
            self._limits.spend(who.key, requests=0, tokens=tokens)


Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))]
Header = Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))]


def needs(role: str) -> Callable[..., Awaitable[Principal]]:
    """Return the dependency that lets only keys of a role, or a higher one, pass."""
    if role not in ROLES:
        raise ValueError(role)

    async def enter(request: Request, bearer: Bearer, other: Header) -> Principal:
        access: Access = request.app.state.access
        principal = access.enter(bearer.credentials if bearer is not None else other, role)
        if principal.key is not None:
            request.state.key = principal.key.id
        refuse_unknown(request)  # here, so that who has no key hears of that first
        return principal

    return enter


Reader = Annotated[Principal, Depends(needs("read"))]
Writer = Annotated[Principal, Depends(needs("write"))]
