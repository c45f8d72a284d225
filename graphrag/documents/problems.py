"""What could not be read, or was read with doubts: nothing is skipped silently."""

from collections import Counter
from dataclasses import dataclass

__all__ = ["Problem", "Reporter", "Unreadable"]

# A file with a million broken lines must not fill the memory with a million messages.
_LISTED_PER_KIND = 100


class Unreadable(Exception):
    """A file cannot be read; the message says why, and what to do.

    Parameters
    ----------
    kind
        The kind of the :class:`Problem` that this is.
    message
        Its message.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a user should know about the input.

    ``kind`` is one of:

    * read, but look at it: ``encoding`` (guessed, or some bytes replaced), ``front matter`` (not usable), ``id``
      (a row's id cannot be used, so one was made), ``pages`` (some could not be read);
    * not read: ``unreadable``, ``binary``, ``unknown suffix``, ``too large``, ``too deep``, ``too slow``, ``empty``,
      ``no text``, ``encrypted``, ``malformed``, ``duplicate id``, ``duplicate file``, ``hidden``, ``link``,
      ``special file``;
    * about a whole input: ``empty folder``;
    * ``more``: further problems of one kind in one file, counted instead of listed.
    """

    source: str  # relative path of the file, or the input as given
    where: str  # "line 12", "row 3"; empty where the whole file is meant
    kind: str
    message: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        place = f"{self.source}, {self.where}" if self.where else self.source
        return f"{place}: {self.message}"


class Reporter:
    """Collects the problems of one file, and counts those of a kind that has been listed often enough."""

    def __init__(self, problems: list[Problem], source: str) -> None:
        self.source = source
        self._problems = problems
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, message: str, where: str = "") -> None:
        """List a problem, or only count it when many of its kind are listed already."""
        self._counts[kind] += 1
        if self._counts[kind] <= _LISTED_PER_KIND:
            self._problems.append(Problem(self.source, where, kind, message))

    @property
    def silent(self) -> bool:
        """Whether nothing has been reported of this file."""
        return not self._counts

    def close(self) -> None:
        """List how many problems of each kind were counted only."""
        for kind, count in sorted(self._counts.items()):
            if count > _LISTED_PER_KIND:
                message = f"{count - _LISTED_PER_KIND:,} more of the kind “{kind}” in this file"
                self._problems.append(Problem(self.source, "", "more", message))
        self._counts.clear()
