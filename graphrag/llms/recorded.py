"""Replies that were recorded: for tests, and for runs without a network."""

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from graphrag.errors import InputError, LLMError
from graphrag.llms.adapter import Messages, Raw
from graphrag.llms.usage import llm_tokens
from graphrag.types import content_digest

__all__ = ["Recorded", "recording"]


class Recorded:
    """Gives the replies of a file of JSON lines, as :func:`recording` makes them.

    Parameters
    ----------
    path : str
        The file.  Without one there is only the workspace's cache: a rerun that must not send anything.
    model : str
        The model whose cached replies count as its own.
    temperature, max_tokens
        The settings with which these were made.

    Raises
    ------
    InputError
        The file cannot be read, or a line is no recording.
    """

    def __init__(
        self, path: str = "", model: str = "recorded", temperature: float = 0.0, max_tokens: int = 2048
    ) -> None:
        self.model = model
        settings = {"model": model, "temperature": temperature, "max_tokens": max_tokens}
        self.fingerprint = json.dumps(settings, sort_keys=True)
        self._path = path
        self._replies = _read(Path(path)) if path else {}

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def send(self, messages: Messages, schema: Mapping[str, Any] | None, max_tokens: int | None) -> Raw:
        """Return the recorded reply to these messages.

        Raises
        ------
        LLMError
            There is none.
        """
        text = self._replies.get(_key(messages))
        if text is None:
            begin = " ".join(messages[-1][1].split())[:80] if messages else ""
            raise LLMError(
                f"No reply is recorded in {self._path or 'the cache'} for the request that ends with {begin!r}: run "
                "once with a server."
            )
        return Raw(text, sum(llm_tokens(said) for _, said in messages), llm_tokens(text), sent=0)

    def stream(self, messages: Messages, max_tokens: int | None) -> Generator[str, None, Raw]:
        """Yield the recorded reply line by line."""
        raw = self.send(messages, None, max_tokens)
        yield from raw.text.splitlines(keepends=True)
        return raw


def recording(messages: Messages, text: str) -> str:
    """Return the line of a file for :class:`Recorded` that answers ``messages`` with ``text``."""
    return json.dumps({"messages": [list(message) for message in messages], "reply": text}, ensure_ascii=False) + "\n"


def _key(messages: Messages) -> str:
    """Return what a recording is found by: the words of the request, whichever model is asked."""
    return content_digest(*(part for message in messages for part in message))


def _read(path: Path) -> dict[str, str]:
    """Read a file of recordings."""
    replies: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The recorded replies {path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            replies[_key([(role, said) for role, said in entry["messages"]])] = entry["reply"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f'{path}, line {number}: not a recorded reply; a line is {{"messages": [[role, text]…], "reply": text}}'
            ) from error
    return replies
