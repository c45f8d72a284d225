"""Cypher text as tokens: enough to tell words from strings, comments, quoted names and parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphrag.errors import InputError

__all__ = ["Token", "tokens_of"]

_PATTERN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>//[^\n\r]*|/\*.*?\*/)
    | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<parameter>\$(?:`(?:[^`]|``)*`|\w+))
    | (?P<number>0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a statement."""

    kind: str  # "string", "quoted", "parameter", "number", "word" or "sign"
    text: str  # a parameter without its dollar
    start: int

    @property
    def word(self) -> str:
        """The text in capitals."""
        return self.text.upper()


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a statement without spaces and comments.

    Raises
    ------
    InputError
        A string, comment or quoted name does not end.
    """
    for matched in _PATTERN.finditer(text):
        kind = matched.lastgroup or "sign"
        if kind in ("space", "comment"):
            continue
        said = matched[0]
        if kind == "sign" and (said in "'\"`" or text.startswith("/*", matched.start())):
            raise InputError(f"The statement has a {said!r} at character {matched.start() + 1} that does not end.")
        yield Token(kind, said.removeprefix("$").strip("`") if kind == "parameter" else said, matched.start())
