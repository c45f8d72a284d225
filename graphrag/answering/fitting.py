"""Whether a value can answer a question at all: no person where a place is asked for, no place where a person is."""

import re

from graphrag.answering.countries import country_of, is_demonym
from graphrag.answering.dates import find_dates
from graphrag.answering.lives import life_of
from graphrag.answering.sources import Sources
from graphrag.answering.telling import Reached
from graphrag.text import strip_disambiguation

__all__ = ["asked_type", "fits", "is_date"]

_ASKS = re.compile(
    r"^\W*(?:(?:in|on|at|by|to|from|for|with|and|of)\s+)?(?P<word>whom?|where|when|how\s+(?:many|much|old|tall|long|far))\b",
    re.IGNORECASE,
)
_NUMBER_WORD = re.compile(
    r"\d|\b(?:no|none|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|hundred"
    r"|thousand|million|billion)\b",
    re.IGNORECASE,
)
_PLACE_LEAD = re.compile(
    r"\b(?:is|was)\s+(?:an?|the|one of the)\s+(?:[\w-]+\s+){0,4}?(?:city|town|village|hamlet|country|capital|county"
    r"|municipality|suburb|neighbou?rhood|district|province|region|island|river|lake|mountain|commune|parish)\b",
    re.IGNORECASE,
)
_PERSON_LEAD = re.compile(r"\b(?:was|is)\s+born\b|\(born\b", re.IGNORECASE)
_PLACES = frozenset(("GPE", "LOC", "FAC"))
_IN_PLACE = re.compile(r"\b(?:in|at|from|near|to|of|on|into|around|outside|within|under|between)\s+(?:the\s+)?$")


def asked_type(question: str) -> str:
    """Return what the question word asks for: "person", "place", "date", "number", or nothing."""
    match = _ASKS.match(question)
    if match is None:
        return ""
    word = match["word"].lower()
    kinds = {"who": "person", "whom": "person", "where": "place", "when": "date"}
    return kinds.get(word) or ("number" if word.endswith(("many", "much")) else "")


def fits(sources: Sources, value: Reached, asked: str) -> bool:
    """Tell whether a value can be of the type asked for; where nothing tells its type, it can.

    Parameters
    ----------
    sources : Sources
    value : Reached
    asked : str
        As :func:`asked_type` returns it.
    """
    if not asked:
        return True
    text = value.text
    if asked == "number":
        return _NUMBER_WORD.search(text) is not None
    dated = is_date(text)
    if asked == "date":
        return dated or bool(find_dates(text)) or re.search(r"\b\d{3,4}s?\b|\bcentury\b", text) is not None
    if dated or re.fullmatch(r"[\d.,%\s]+", text):
        return False
    is_person, is_place = _known(sources, value)
    if asked == "person":
        return is_person or not (is_place or is_demonym(text))
    if is_person and not is_place:
        return False
    return is_place or bool(value.predicate) or _stands_as_place(value)


def is_date(text: str) -> bool:
    """Tell whether a text is a date and nothing more."""
    dates = find_dates(text)
    return len(dates) > 0 and len(text.strip()) - sum(d.span.end - d.span.start for d in dates) <= 2


def _known(sources: Sources, value: Reached) -> tuple[bool, bool]:
    """Return whether entities and documents know a value as a person, and as a place."""
    if country_of(value.text) is not None and not is_demonym(value.text):
        return False, True
    thing = sources.thing(value.text, value.ids)
    about = thing.sources[0][0] if thing.sources and thing.sources[0][1] >= 0.8 else None
    if about is not None and about.opening:
        if _PLACE_LEAD.search(about.lead):
            return False, True
        life = life_of(about.text[:500])
        if life.born_on or life.died_on or life.born_in or _PERSON_LEAD.search(about.lead):
            return True, False
    labels = {entity.label for i in thing.ids if (entity := sources.entities.get(i)) is not None} - {"NAME"}
    if labels == {"PERSON"}:  # a tagger takes many a village for a person, but few stand after "in"
        return not _stands_as_place(value), False
    return False, bool(labels) and labels <= _PLACES


def _stands_as_place(value: Reached) -> bool:
    """Tell whether a value found by shared words stands where a place would: after "in", or with its country."""
    if value.start < 0:
        return False
    at = value.start - value.quote.span.start
    after = value.quote.text[at + len(strip_disambiguation(value.text)) :]
    return _IN_PLACE.search(value.quote.text[:at]) is not None or "," in value.text or after.startswith(", ")
