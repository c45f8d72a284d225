"""Whether a choice can answer a question at all: its kind, what its sentence tells, the codes that are asked for."""

import re
from collections.abc import Sequence
from itertools import pairwise

from graphrag.answering.belonging import is_maker, is_of_another
from graphrag.answering.choices import Choice, root_of
from graphrag.answering.dates import find_dates, is_day
from graphrag.answering.dimensions import differ, dimension_told, is_count
from graphrag.answering.events import tells_of
from graphrag.answering.properties import is_named, measure_of
from graphrag.answering.sources import Sentence, Sources
from graphrag.answering.wanted import Wanted
from graphrag.answering.wording import stem
from graphrag.text import words

__all__ = ["hold_codes", "suits", "told_alike"]

# What is asked for by "when", "how many" and "how long" has a number, or is one of these kinds.
_COUNTED = ("date", "time", "year", "number", "amount")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|last", re.IGNORECASE)
_NOBODY = ("date", "time", "year", "number", "amount", "language", "quality")
_NOWHERE = ("date", "time", "year", "people")
_CODE = re.compile(r"(?<![\w.-])(?:(?!(?:mid|pre|post|early|late)-)[^\W\d_][\w.-]*\d\w*|\d+(?:\.\d+)+)")


def suits(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is of a kind that the question word can mean, from a sentence that tells what is asked.

    No person, people or date is a place, no date is a number or a length, and what the question starts from is not what
    it asks for: the captain of a ship does not answer who the captain's husband is.  A birth answers for no death or
    marriage.
    """
    if choice.described or (wanted.event and not tells_of(choice.sentence.sentence.text, wanted.event, choice.text)):
        return False
    if not _is_of_property(wanted, choice) or not _is_of_thing(wanted, choice):
        return False
    if wanted.asks == "who" and (any(f"who: {kind}" in choice.features for kind in _NOBODY) or measure_of(choice.text)):
        return False
    if wanted.asks == "where" and (choice.is_person or any(f"where: {kind}" in choice.features for kind in _NOWHERE)):
        return False
    if wanted.asks in ("how many", "how long") and (is_day(choice.text) or _is_date(wanted, choice)):
        return False
    if wanted.asks not in ("when", "how many", "how long") or any(map(str.isdigit, choice.text)):
        return True
    return any(f"{wanted.asks}: {kind}" in choice.features for kind in _COUNTED)


def _is_of_property(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is measured as what is asked for, and its sentence or heading has the noun for that.

    A salary is no length, and the captain no answer to who the treasurer is.
    """
    if wanted.asks in ("how many", "how long") and _ORDINAL.fullmatch(choice.text):
        return False
    measured = measure_of(choice.text) if wanted.measures else frozenset()
    numbered = bool(measured) or any(map(str.isdigit, choice.text))
    if wanted.measures and wanted.asks != "how long" and not numbered:
        return False
    if measured and measured.isdisjoint(wanted.measures):
        return False
    if not wanted.properties or measured or _is_maker(wanted, choice):
        return True
    read = choice.sentence
    said = [read.source.title, read.sentence.chunk.heading, read.before, read.sentence.text]
    return is_named(wanted.properties, words(" ".join([*said, read.other.text if read.other else ""])))


def _is_maker(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is whose work a thing is, where who made it is asked for."""
    sentence, spot = choice.parsed, choice.spot
    return wanted.made and sentence is not None and spot is not None and is_maker(sentence, root_of(sentence, spot))


def _is_of_thing(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a value is of the dimension and of the thing that are asked for, as far as its sentence tells."""
    sentence, spot = choice.parsed, choice.spot
    if sentence is None or spot is None or not (wanted.dimension or wanted.measures):
        return True
    start = choice.start - choice.sentence.sentence.span.start
    told = dimension_told(sentence.text, start, start + len(choice.text))
    if wanted.measures and not (told or measure_of(choice.text)) and is_count(sentence.text, start):
        return False
    if differ(wanted.dimension, told):
        return False
    source = choice.sentence.source
    about = {stem(word) for word in words(f"{source.title} {source.lead}")}
    return not is_of_another(sentence, root_of(sentence, spot), wanted.closeness, wanted.called, about)


def _is_date(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is a date or a year, and not a number of years or days."""
    dated = any(f"{wanted.asks}: {kind}" in choice.features for kind in ("date", "year"))
    return dated and any(date.text == choice.text for date in find_dates(choice.text))


def told_alike(wanted: Wanted, choice: Choice, best: Choice) -> bool:
    """Tell whether a sentence tells of a choice what another tells of the best one, so that both are asked for.

    It has the verb that is asked for with the choice, or where there is none the noun, and the question's other words
    as far as the other sentence has them.
    """
    told = ("same verb",) if wanted.verb else ("holds noun", "beside noun")
    if not any(choice.features.get(name) and best.features.get(name) for name in told):
        return False
    said = choice.sentence.stems | set(map(stem, words(choice.sentence.source.title)))
    needed = {word for word in wanted.closeness if word in best.sentence.stems} - {stem(wanted.noun)}
    return needed <= said and _is_named(choice.text) == _is_named(best.text)


def _is_named(text: str) -> bool:
    """Tell whether a text has a capital, as names have."""
    return any(map(str.isupper, text))


def hold_codes(question: str, sources: Sources, citations: Sequence[Sentence]) -> bool:
    """Tell whether the documents of some sentences hold a code or version of a question, where it has any."""
    codes = [re.findall(r"[^\W\d_]+|\d+", code) for code in _CODE.findall(question)]
    cited = {sentence.chunk.document_id for sentence in citations}
    said = "\n".join(
        "\n".join((source.document_id, source.title, *(f"{s.chunk.heading}\n{s.text}" for s in source.sentences)))
        for source in (sources.documents if codes else ())
        if source.document_id in cited
    )
    return not codes or any(re.search(_divided(parts), said, re.IGNORECASE) for parts in codes)


def _divided(parts: Sequence[str]) -> str:
    """Return a pattern of the letters and numbers of a code, with or without signs between: "INC-7", "INC 7"."""
    pattern = parts[0]
    for before, part in pairwise(parts):
        pattern += (r"[\W_]+" if before.isdigit() and part.isdigit() else r"[\W_]*") + part
    start = r"(?<!\d)(?<!\d\.)" if parts[0].isdigit() else r"(?<![^\W\d_])"
    return start + pattern + (r"(?!\d)" if parts[-1].isdigit() else r"(?![^\W\d_])")
