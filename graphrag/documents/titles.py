"""Titles of files that name none in their text: in their properties, where a program put some, and in their names."""

import re

__all__ = ["plausible_title", "title_of_stem"]

_PROGRAM = re.compile(r"(?:microsoft (?:word|powerpoint|excel)|powerpoint presentation|print) - ", re.IGNORECASE)
_FILE = re.compile(r"\.(?:docx?|dotx?|rtf|odt|tex|dvi|ps|pdf|indd|qxd|pptx?|xlsx?|html?|md|txt)\Z", re.IGNORECASE)
_NOTHING = frozenset(
    [
        "untitled",
        "title",
        "contents",
        "table of contents",
        "document",
        "word document",
        "powerpoint presentation",
        "unknown",
        "none",
    ]
)


def title_of_stem(stem: str) -> str:
    """Return a file's name without its suffix as a title: "harbour_lights" gives "harbour lights"."""
    return " ".join(stem.replace("_", " ").replace("-", " ").split()) or stem


def plausible_title(said: str) -> str:
    """Return a title with single spaces, empty where it is the name of a file or nothing that a person gave."""
    title = " ".join(said.replace("\x00", " ").split())
    if _PROGRAM.match(title) or _FILE.search(title) or title.casefold() in _NOTHING:
        return ""
    return title if sum(character.isalpha() for character in title) > 1 else ""
