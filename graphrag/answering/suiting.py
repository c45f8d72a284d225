"""Whether a sentence tells of a choice what is asked: the event, the property, the name, the row, the codes."""

import re
from collections.abc import Sequence
from itertools import pairwise

from graphrag.answering.belonging import is_of_another, names_another
from graphrag.answering.choices import Choice, root_of
from graphrag.answering.clauses import is_past, verb_over
from graphrag.answering.deeds import is_maker
from graphrag.answering.dimensions import differ, dimension_told, is_count
from graphrag.answering.events import tells_of
from graphrag.answering.properties import is_named, measure_of
from graphrag.answering.sources import Sentence, Sources
from graphrag.answering.tables import is_of_another_row
from graphrag.answering.wanted import Wanted
from graphrag.answering.wording import stem
from graphrag.text import words

__all__ = ["hold_codes", "in_its_row", "suits", "told_alike"]

_YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d.,]*\d)")
_CODE = re.compile(r"(?<![\w.-])(?:(?!(?:mid|pre|post|early|late)-)[^\W\d_][\w.-]*\d\w*|\d+(?:\.\d+)+)")


def suits(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a sentence tells of a choice what is asked, and not of another one.

    What the question starts from is not what it asks for: the captain of a ship does not answer who the captain's
    husband is.  A birth answers for no death or marriage, and the captain not for the treasurer.
    """
    if choice.described or _is_over(wanted, choice) or _is_of_another_year(wanted, choice):
        return False
    if wanted.event and not tells_of(choice.sentence.sentence.text, wanted.event, choice.text):
        return False
    return _is_of_name(wanted, choice) and _is_of_property(wanted, choice) and _is_of_thing(wanted, choice)


def _is_of_property(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a sentence, its title or heading has the noun for what is asked, or the choice its measure."""
    if not wanted.properties or (wanted.measures and measure_of(choice.text)) or _is_maker(wanted, choice):
        return True
    read = choice.sentence
    said = [
        read.source.title,
        read.sentence.chunk.heading,
        read.heading,
        *read.columns,
        read.before,
        read.sentence.text,
    ]
    return is_named(wanted.properties, words(" ".join([*said, read.other.text if read.other else ""])))


def in_its_row(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether no other row of the table or list that a choice stands in has more of the question's words."""
    text = choice.sentence.sentence.text
    return choice.named_in is not None or not is_of_another_row(text, choice.place, wanted.closeness)


def _is_of_another_year(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether what is counted is told of other years than the question names."""
    if not wanted.year or wanted.asks != "how many":
        return False
    read = choice.sentence
    said = set(_YEAR.findall(f"{read.source.title} {read.heading} {read.before} {read.sentence.text}"))
    return bool(said) and wanted.year not in said


def _is_over(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a sentence tells what was, where the question asks when something will be."""
    sentence, spot = choice.parsed, choice.spot
    if not wanted.future or wanted.asks != "when" or sentence is None or spot is None:
        return False
    verb = verb_over(sentence, root_of(sentence, spot))
    return verb is not None and is_past(sentence, verb)


def _is_maker(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is whose work a thing is, where who made it is asked for."""
    sentence, spot = choice.parsed, choice.spot
    return wanted.made and sentence is not None and spot is not None and is_maker(sentence, root_of(sentence, spot))


def _is_of_thing(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a value is of the dimension and of the thing that are asked for, as far as its sentence tells."""
    sentence, spot = choice.parsed, choice.spot
    if sentence is None or spot is None or not (wanted.dimension or wanted.measures):
        return True
    if wanted.verb == "tak" and choice.features.get("same verb"):
        return True  # "it took two days to move them", "the move took two days": what took them has many names
    start = choice.place
    told = dimension_told(sentence.text, start, start + len(choice.text))
    if wanted.measures and not (told or measure_of(choice.text)) and is_count(sentence.text, start):
        return False
    if differ(wanted.dimension, told):
        return False
    source = choice.sentence.source
    about = {stem(word) for word in words(f"{source.title} {source.lead}")}
    return not is_of_another(sentence, root_of(sentence, spot), wanted.closeness, wanted.called, about)


def _is_of_name(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether what is said may be of what a question names: whose life, what is counted, and no other name."""
    read, sentence, spot = choice.sentence, choice.parsed, choice.spot
    if not (wanted.whose or wanted.names or wanted.counted):
        return True
    parts = (read.source.title, read.heading, read.before, read.sentence.text, read.other.text if read.other else "")
    said = set(map(stem, words(" ".join(parts))))
    if any(needed and needed.isdisjoint(said) for needed in (wanted.whose, wanted.counted)):
        return False
    return sentence is None or spot is None or not names_another(sentence, spot.start, spot.end, wanted.names, said)


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
    return needed <= said and choice.has_capital == best.has_capital


def hold_codes(question: str, sources: Sources, citations: Sequence[Sentence]) -> bool:
    """Tell whether the documents of some sentences hold the codes and versions of a question."""
    codes = [re.findall(r"[^\W\d_]+|\d+", code) for code in _CODE.findall(question)]
    cited = {sentence.chunk.document_id for sentence in citations}
    said = "\n".join(
        "\n".join((source.document_id, source.title, *(f"{s.chunk.heading}\n{s.text}" for s in source.sentences)))
        for source in (sources.documents if codes else ())
        if source.document_id in cited
    )
    return all(re.search(_divided(parts), said, re.IGNORECASE) for parts in codes)


def _divided(parts: Sequence[str]) -> str:
    """Return a pattern of the letters and numbers of a code, with or without signs between: "INC-7", "INC 7"."""
    pattern = parts[0]
    for before, part in pairwise(parts):
        pattern += (r"[\W_]+" if before.isdigit() and part.isdigit() else r"[\W_]*") + part
    start = r"(?<!\d)(?<!\d\.)" if parts[0].isdigit() else r"(?<![^\W\d_])"
    return start + pattern + (r"(?!\d)" if parts[-1].isdigit() else r"(?![^\W\d_])")
