"""What a client asks of an adapter, and what an adapter gives back."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Adapter", "Messages", "Raw"]

Messages = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Raw:
    """One reply as an endpoint gave it."""

    text: str
    tokens_in: int
    tokens_out: int
    problem: str = ""  # why there is no text, after all attempts; empty where there is one
    cut: bool = False  # the reply ended because it had the most tokens that it may have
    sent: int = 1  # requests that were sent for it


class Adapter(Protocol):
    """Sends one request at a time; called from several threads."""

    fingerprint: str
    """The model and the settings that decide what it says; never a secret."""
    model: str

    def send(self, messages: Messages, schema: Mapping[str, Any] | None, max_tokens: int | None) -> Raw:
        """Return one reply, after as many attempts as it takes.

        Raises
        ------
        LLMError
            The endpoint refuses what no other attempt would change: its key, its model, its address.
        """

    def stream(self, messages: Messages, max_tokens: int | None) -> Generator[str, None, Raw]:
        """Yield one reply piece by piece, and return it whole.

        Raises
        ------
        LLMError
            As :meth:`send`; also where the stream breaks off.
        """

    def close(self) -> None:
        """Give back what is held."""
