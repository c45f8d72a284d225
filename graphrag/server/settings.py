"""How a server is to behave: checked before it starts, and handed to its worker processes as JSON."""

import ipaddress
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graphrag.errors import InputError
from graphrag.stores.neo4j.connection import Address

__all__ = ["Settings", "is_loopback", "settings_from_json"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server; ``workspace`` or ``neo4j`` is given."""

    workspace: str | None = None
    neo4j: Address | None = None
    graph: str = "main"
    recipe: str | None = None  # whose sections ask and llm are used instead of the workspace's
    llm: bool | None = None  # whether an LLM words answers; None: as the recipe says
    host: str = "127.0.0.1"
    port: int = 8765
    keys: str | None = None  # the file of keys; without it everybody on this machine may do everything
    hosts: tuple[str, ...] = ()  # names by which the server may be called, beside addresses and localhost
    origins: tuple[str, ...] = ()  # other origins whose pages may call it
    workers: int = 1
    threads: int = 2  # questions that one process answers at a time
    waiting: int = 64  # requests that may wait for a thread
    seconds: float = 30.0  # the longest a request may take
    body_bytes: int = 8_000_000
    log_questions: bool = False
    folder: str = ""  # where the processes of one server share the state of jobs

    def __post_init__(self) -> None:
        """Refuse what cannot be served, or not safely."""
        if (self.workspace is None) == (self.neo4j is None):
            raise InputError("Say what to serve: a workspace, or a published graph with --neo4j.")
        if not is_loopback(self.host) and self.keys is None:
            raise InputError(
                f"The address {self.host} can be reached from other machines, and no keys are set: make a key with "
                "`graphrag keys add NAME --keys FILE` and serve with --keys FILE, or stay on 127.0.0.1."
            )
        if self.keys is not None and not Path(self.keys).is_file():
            raise InputError(f"There is no file of keys {self.keys}: make one with `graphrag keys add NAME`.")
        for origin in self.origins:
            scheme, mark, rest = origin.partition("://")
            if scheme not in ("http", "https") or not mark or not rest or "/" in rest or "*" in rest:
                raise InputError(f"{origin!r} is no origin: write it as https://name or http://name:port.")

    def as_json(self) -> str:
        """Return the settings for a worker process."""
        return json.dumps(asdict(self))


def settings_from_json(text: str) -> Settings:
    """Return the settings that :meth:`Settings.as_json` wrote."""
    values: dict[str, Any] = json.loads(text)
    address = None if values["neo4j"] is None else Address(**values["neo4j"])
    lists = {name: tuple(values[name]) for name in ("hosts", "origins")}
    return Settings(**{**values, **lists, "neo4j": address})


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
