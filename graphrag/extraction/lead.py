"""Finds where a text opens with the name of what it is about."""

import re
from dataclasses import dataclass

from graphrag.text import STOP_WORDS, strip_disambiguation, word_spans, words

__all__ = ["Lead", "find_lead"]

_OPENING = re.compile(r"[\s\"“«„'‘*_#]*")
_CLOSING = re.compile(r"([!?…]*)[\"”»'’*_]*")
_ASIDE = re.compile(r"\s?,?\s?\(((?:[^()]|\([^()]*\)){0,300})\)")
# ", also known as X," between the name and the verb.
_COMMA_ASIDE = re.compile(
    r",\s*((?:(?:or|also|more|most|often|sometimes|better|best|commonly|popularly|formally|formerly|originally|officially|"
    r"alternately|alternatively|usually|simply|professionally|previously|internationally)\s)*"
    r"(?:known|titled|credited|called|born|nicknamed|named|meaning|stylized|styled|spelled|released|abbreviated|referred|"
    r"billed|née|né|or)\s(?:[^.;:]|(?<=\b[A-Z])\.){2,160}?),\s*(?=(?:is|was|are|were)\b)"
)
_PHRASE_END = re.compile(r"\s*(?:,|\(|\s(?:is|was|are|were|refers|became|has|had)\s)")
_VERB = re.compile(
    r"[^\S\n]*\n?[^\S\n]*(?<=\s)(?!and\b|or\b|of\b|the\b|in\b|by\b|to\b|for\b|from\b|with\b|at\b|on\b)[a-zß-ÿ]+\b"
)
_SMALL = frozenset("of the and de del della di da do dos das du la le von van der den af av al el ibn bin y e o zu und "
                   "et in on a an to for with s".split())  # fmt: skip
_LONGEST = 12
# A heading above the first sentence: a line with marks, or one above a blank line or an underline.
_HEADING = re.compile(
    r"[^\S\n]*(?:\#{1,6}[^\S\n][^\n]*"
    r"|(?P<plain>[^\n]{1,100}?)[^\S\n]*(?:\n[ ]{0,3}(?:=+|-+)[^\S\n]*(?=\n)|(?=\n[^\S\n]*\n)))\n\s*"
)
_LINE = re.compile(r"([^\n]{1,100})\n\s*")
_SENTENCE_END = re.compile(r"[.!?…,;:][\"'”’»)\]*_]*\s*\Z")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Lead:
    """The opening name of a text."""

    start: int
    end: int
    cut: int  # where what is replaced ends: closing quotes and asides included
    stand_in: str  # the word that the parser shall see in its place
    asides: tuple[tuple[int, int], ...]  # what stands in parentheses or between commas before the verb


def find_lead(text: str, title: str) -> Lead | None:
    """Return where ``text`` opens with its title or a fuller form of it, None where it does not.

    Parameters
    ----------
    text : str
        A text.
    title : str
        The title of its document; a disambiguation in parentheses is ignored.
    """
    name = strip_disambiguation(title).strip()
    name_words = words(name)
    if not name_words:
        return None
    opening = _OPENING.match(text, _below_headings(text, name_words))
    start = opening.end() if opening else 0
    if start >= len(text):
        return None
    return _lead_to(text, start, _exact_end(text, start, name_words)) or _lead_to(
        text, start, _phrase_end(text, start, name_words)
    )


def _below_headings(text: str, name_words: list[str]) -> int:
    """Return where the first sentence begins below lines that are headings or the title alone."""
    at = 0
    for _ in range(4):
        match = _HEADING.match(text, at)
        if match is not None and match["plain"] is not None and _SENTENCE_END.search(match["plain"]):
            match = None
        if match is None:
            line = _LINE.match(text, at)
            match = line if line is not None and words(line[1]) == name_words else None
        if match is None or match.end() >= len(text):
            break
        at = match.end()
    return at


def _lead_to(text: str, start: int, end: int | None) -> Lead | None:
    """Return the lead from ``start`` to ``end`` if a verb or comma goes on after it."""
    if end is None:
        return None
    closing = _CLOSING.match(text, end)
    end, stop = (closing.end(1), closing.end()) if closing else (end, end)
    asides: list[tuple[int, int]] = []
    after = stop
    while (aside := _ASIDE.match(text, after)) is not None:
        asides.append(aside.span(1))
        after = aside.end()
    between = _COMMA_ASIDE.match(text, after)
    if between is not None:
        asides.append(between.span(1))
        return Lead(start, end, between.end(), "It ", tuple(asides))
    if _VERB.match(text, after):
        return Lead(start, end, after, "It", tuple(asides))
    if text[after : after + 1] == ",":
        return Lead(start, end, after, "John", tuple(asides))
    return None


def _exact_end(text: str, start: int, name_words: list[str]) -> int | None:
    """Return where the title ends that stands at ``start`` word for word, after an optional article."""
    window = text[start : start + 4 * sum(map(len, name_words)) + 40]
    found, spans = words(window), word_spans(window)
    for skip in (0, 1) if found[:1] == ["the"] else (0,):
        last = skip + len(name_words)
        if found[skip:last] == name_words:
            end = start + spans[last - 1].end
            return None if _BLANK_LINE.search(text, start, end) else end
    return None


def _phrase_end(text: str, start: int, name_words: list[str]) -> int | None:
    """Return where the opening phrase ends if it is a name that shares its telling words with the title."""
    line_end = text.find("\n", start, start + 150)
    match = _PHRASE_END.search(text, start, start + 150 if line_end < 0 else line_end + 1)
    if match is None or "\n" in text[start : match.start()]:
        return None
    phrase = text[start : match.start()].rstrip("\"”»'’ ")
    found = phrase.replace('"', " ").split()
    if not 0 < len(found) <= _LONGEST or any(word[0].islower() and word.casefold() not in _SMALL for word in found):
        return None
    telling = [word for word in name_words if word not in STOP_WORDS] or name_words
    shared = set(telling) & set(words(phrase))
    if not shared or (len(shared) * 2 < len(set(telling)) and not set(name_words).issuperset(words(phrase))):
        return None
    return start + len(phrase)
