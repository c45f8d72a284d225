"""Text as the parser should see it, with every position still known.

Markup, odd spacing and parentheses with life dates throw a parser off.  They are edited away before parsing, and each
token is mapped back to the place in the original where it came from.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrag.extraction.dates import LifePart, life_parts
from graphrag.extraction.lead import find_lead

__all__ = ["Cleaned", "LifeNote", "clean"]

Edit = tuple[int, int, str]

_SURROGATE = re.compile("[\ud800-\udfff]")  # spaCy cannot hash them
_SPACES = re.compile(r"[^\S ]\s*| \s+")
_PARENTHESIS = re.compile(r"\s?\(([^()]{2,200})\)")
_LANGUAGE = re.compile(
    r"\s*(?:(?:simplified|traditional|modern|old|ancient|brazilian)\s)?(?:Afrikaans|Albanian|Arabic|Armenian|Basque|"
    r"Belarusian|Bengali|Bosnian|Bulgarian|Burmese|Cantonese|Catalan|Chinese|Croatian|Czech|Danish|Dutch|Estonian|"
    r"Finnish|French|Galician|Georgian|German|Greek|Gujarati|Hebrew|Hindi|Hungarian|Icelandic|Indonesian|Irish|Italian|"
    r"Japanese|Kannada|Kazakh|Korean|Latin|Latvian|Lithuanian|Macedonian|Malay|Malayalam|Mandarin|Marathi|Mongolian|"
    r"Nepali|Norwegian|Pashto|Persian|Polish|Portuguese|Punjabi|Romanian|Russian|Sanskrit|Scottish Gaelic|Serbian|"
    r"Serbo-Croatian|Sinhala|Slovak|Slovene|Spanish|Swedish|Tamil|Telugu|Thai|Tibetan|Turkish|Ukrainian|Urdu|Uzbek|"
    r"Vietnamese|Welsh|Yiddish)\s?:",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<=[^\s(\[{\"“'‘/-])(?=\((?:\s|[^\W_]))|(?<=\() +")
_BROKEN_COMPOUND = re.compile(r"(?<=[^\W_])- (?!(?:and|or|to)\b)(?=[^\W\d_])")  # "three- term", "17- year"
_QUOTE = re.compile('"')
_MARKUP = re.compile(
    r"(?P<link>!?\[(?P<label>[^\[\]\n]*)\]\([^()\s]*(?:\s\"[^\"\n]*\")?\))"
    r"|(?P<tag></?[A-Za-z][^<>\n]{0,200}>)"
    r"|(?P<line>^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\|?[-:| ]{3,}\|?$))"
    r"|(?P<mark>\*+|`+|~~|(?<!\w)_+(?=\w)|(?<=[\w.,!?])_+(?!\w))"
    r"|(?P<cell>\s?\|\s?)",
    re.MULTILINE,
)
_HAS_MARKUP = re.compile(r"[*`|<_]|\]\(|~~|^[ \t]*[#>+-]", re.MULTILINE)
_LONGEST_QUOTE = 120


@dataclass(frozen=True, slots=True)
class LifeNote:
    """A parenthesis that was cut out because it holds life dates."""

    start: int  # of the parenthesis, in the original text
    end: int
    parts: tuple[LifePart, ...]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text for parsing and the way back to the original."""

    text: str
    notes: tuple[LifeNote, ...]
    asides: tuple[tuple[int, int], ...]  # other parentheses that were cut out, in the original text
    lead: tuple[int, int] | None  # where the original opens with what it is about; one word stands for it in ``text``
    bounds: NDArray[np.int64] | None  # starts of unedited runs in ``text``; None where nothing was edited
    shifts: NDArray[np.int64] | None  # what to add to a position in each run

    def original(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Map positions of characters in :attr:`text` to the original text."""
        if self.bounds is None or self.shifts is None:
            return positions
        runs = np.searchsorted(self.bounds, positions, side="right") - 1
        return positions + self.shifts[runs]


def clean(text: str, title: str = "") -> Cleaned:
    """Return ``text`` without markup, odd spacing and parentheses that only hold life dates or a foreign name.

    Where the text opens with its title ("I Think They Call Him John is a film"), a pronoun stands for it: no parser
    reads a title that is a clause.
    """
    text = _SURROGATE.sub("\ufffd", text)
    edits: list[Edit] = []
    notes: list[LifeNote] = []
    asides: list[tuple[int, int]] = []
    lead = find_lead(text, title) if title else None
    if lead is not None:
        edits.append((0, lead.cut, lead.stand_in))
        asides = [span for span in lead.asides if not life_parts(text, *span)]
    if _HAS_MARKUP.search(text):
        _markup(text, edits)
    if "(" in text:
        for match in _PARENTHESIS.finditer(text):
            parts = life_parts(text, *match.span(1))
            if parts:
                notes.append(LifeNote(*match.span(), tuple(parts)))
            if parts or _LANGUAGE.match(match.group(1)):
                edits.append((*match.span(), ""))
        # "Biermann( March" becomes "Biermann (March".
        edits.extend((m.start(), m.end(), "" if m.end() > m.start() else " ") for m in _GLUED.finditer(text))
    if "- " in text:
        edits.extend((m.start() + 1, m.end(), "") for m in _BROKEN_COMPOUND.finditer(text))
    edits.extend((*m.span(), " ") for m in _SPACES.finditer(text))
    if '"' in text:
        _quotes(text, edits, lead.cut if lead else 0)
    if not edits:
        return Cleaned(text, (), (), None, None, None)
    # A longer edit goes before an insertion at the same place.
    edits.sort(key=lambda edit: (edit[0], -edit[1]))
    return _apply(
        text, edits, Cleaned("", tuple(notes), tuple(asides), (lead.start, lead.end) if lead else None, None, None)
    )


def _markup(text: str, edits: list[Edit]) -> None:
    """Edit away the marks of markdown and html; what they enclose stays."""
    for match in _MARKUP.finditer(text):
        if match.lastgroup == "label" or match.group("link") is not None:
            edits.append((match.start(), match.start("label"), ""))
            edits.append((match.end("label"), match.end(), ""))
        elif match.group("cell") is not None:
            edits.append((*match.span(), " "))
        else:
            edits.append((*match.span(), ""))


def _quotes(text: str, edits: list[Edit], start: int) -> None:
    """Give opening quotes that stick to the word before (``of" Last Tango"``) their usual place."""
    opened = -1
    for match in _QUOTE.finditer(text, start):
        at = match.start()
        if opened >= 0 and at - opened <= _LONGEST_QUOTE:
            opened = -1
            continue
        opened = at
        spaced = text[at + 1 : at + 2] == " "
        if spaced and text.find('"', at + 1, at + _LONGEST_QUOTE) > 0:
            edits.append((at + 1, at + 2, ""))
            if at and not text[at - 1].isspace() and text[at - 1] not in "([":
                edits.append((at, at, " "))


def _apply(text: str, edits: list[Edit], known: Cleaned) -> Cleaned:
    """Apply edits in order; one that begins inside an earlier one is left out."""
    pieces: list[str] = []
    bounds: list[int] = [0]
    shifts: list[int] = [0]
    done = length = 0
    for start, end, replacement in edits:
        if start < done:
            continue
        pieces.append(text[done:start])
        pieces.append(replacement)
        length += start - done + len(replacement)
        done = end
        bounds.append(length)
        shifts.append(end - length)
    pieces.append(text[done:])
    if known.lead is not None:
        # The first letter of the stand-in maps to the title's first, the others to its last.
        bounds[0:1] = [0, 1]
        shifts[0:1] = [known.lead[0], known.lead[1] - len(edits[0][2].strip())]
    return Cleaned(
        "".join(pieces),
        known.notes,
        known.asides,
        known.lead,
        np.array(bounds, dtype=np.int64),
        np.array(shifts, dtype=np.int64),
    )
