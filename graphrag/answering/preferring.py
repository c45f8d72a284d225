"""Which of several sentences rather tells what is asked: of the time, the thing and the side that are asked for."""

from collections.abc import Collection, Iterator

from graphrag.answering.belonging import is_of_another_name, is_under_another, stands_by_another
from graphrag.answering.choices import Choice, root_of
from graphrag.answering.clauses import verb_over
from graphrag.answering.deeds import hangs_by, is_definition, is_maker, is_other_side, is_whole_of
from graphrag.answering.dimensions import dimension_told
from graphrag.answering.reasons import gives_cause
from graphrag.answering.relations import VERB_RELATIONS
from graphrag.answering.spots import Spot
from graphrag.answering.tables import cell_around, column_tells, label_over
from graphrag.answering.tenses import Moment, holds
from graphrag.answering.wanted import Wanted
from graphrag.answering.wording import stem, stems_of
from graphrag.types import ParsedSentence

__all__ = ["preference", "speaks_against"]

# In units of the fitted scores, where 3 outweighs most of what words tell and 1 decides between the like.
_AGAINST = 2.0
# Verbs that stand for relations, several for the same one: "designed" and "built".
_DEEDS = frozenset(map(stem, VERB_RELATIONS))
_OTHER, _OTHER_SIDE, _OWN_SIDE, _OTHER_DEED = -3.0, -3.0, 1.0, -2.0
_SAME_DIMENSION, _SAME_PREPOSITION, _MAKER, _REASON = 1.5, 1.0, 2.0, 1.0
_DEFINITION, _WHOLE = 3.0, 0.3  # the second for each of its words
_WHOLE_CELL, _COLUMN, _LABEL = 1.0, 2.0, 2.0
_LONG_VALUE = 120  # characters


def preference(wanted: Wanted, moment: Moment, known: Collection[str], choice: Choice) -> float:
    """Return what speaks for a choice by rules of grammar; below 0 what speaks against it.

    Parameters
    ----------
    wanted : Wanted
    moment : Moment
        When the question asks about.
    known : collection of str
        The question's words.
    choice : Choice
    """
    sentence, spot = choice.parsed, choice.spot
    if sentence is None or spot is None:
        return 0.0
    root = root_of(sentence, spot)
    told = (
        _told_then(wanted, moment, choice, root),
        *_of_another(wanted, known, choice, sentence, spot),
        *_of_sides(wanted, sentence, root),
        *_of_meaning(wanted, sentence, spot),
        _of_table(wanted, choice),
        _of_label(wanted, choice),
        _of_dimension(wanted, choice, sentence.text) if wanted.dimension else 0.0,
    )
    return sum(value for value in told if choice.sentence.bears or value < 0)


def _of_another(
    wanted: Wanted, known: Collection[str], choice: Choice, sentence: ParsedSentence, spot: Spot
) -> Iterator[float]:
    """Yield what speaks against a choice that is told of another year, version or name than the question's."""
    by_year = wanted.kind == "date" or wanted.asks == "when"
    if stands_by_another(sentence, spot.start, spot.end, known, versions_only=by_year):
        yield _OTHER
    if is_under_another(known, choice.sentence.heading):
        yield _OTHER
    if wanted.asks == "how many" and is_of_another_name(sentence, spot.start, spot.end, known):
        yield _OTHER


def _of_sides(wanted: Wanted, sentence: ParsedSentence, root: int) -> Iterator[float]:
    """Yield what the place of a choice beside the verb that is asked for tells."""
    if wanted.verb and wanted.side and is_other_side(sentence, root, wanted.verb, wanted.side == "doer"):
        yield _OTHER_SIDE
    if wanted.verb and wanted.side == "doer" and is_other_side(sentence, root, wanted.verb, does=False):
        yield _OWN_SIDE
    if wanted.verb and wanted.asks == "how many" and is_whole_of(sentence, root, wanted.verb):
        yield _OTHER_SIDE
    if _does_other(wanted, sentence, root):
        yield _OTHER_DEED
    if wanted.preposition and hangs_by(sentence, root, wanted.preposition, wanted.verb, wanted.passive):
        yield _SAME_PREPOSITION
    if wanted.made and is_maker(sentence, root):
        yield _MAKER


def _of_meaning(wanted: Wanted, sentence: ParsedSentence, spot: Spot) -> Iterator[float]:
    """Yield what speaks for a definition where a meaning is asked for, and for a reason where "why" is."""
    if wanted.defined and is_definition(sentence, root_of(sentence, spot), wanted.defined):
        yield _DEFINITION + _WHOLE * (spot.end - spot.start)
    if wanted.asks == "why":
        yield _REASON if gives_cause(sentence, spot.start) else -_REASON


def _of_table(wanted: Wanted, choice: Choice) -> float:
    """Return what the place of a choice in the row of a table tells."""
    read = choice.sentence
    text, start = read.sentence.text, choice.place
    cell = None if choice.named_in is not None else cell_around(text, start)
    if cell is None:
        return 0.0
    whole = len(choice.text) >= cell.end - cell.start
    return (_WHOLE_CELL if whole else -_WHOLE_CELL) + _COLUMN * column_tells(
        text, start, read.columns, wanted.closeness
    )


def _of_label(wanted: Wanted, choice: Choice) -> float:
    """Return what the label of a line tells of its value: "Apologies: Nadia Osei"."""
    text = choice.sentence.sentence.text
    found = label_over(text, choice.place) if choice.named_in is None else None
    if found is None:
        return 0.0
    label, value = set(stems_of(found[0])), found[1]
    if label <= set(stems_of(choice.sentence.source.title)) or value.end - value.start > _LONG_VALUE:
        return 0.0  # "Natural Born Killers: A Soundtrack for …" is no label
    whole = _WHOLE_CELL if len(choice.text) >= value.end - value.start else 0.0
    if wanted.defined and wanted.defined in label:
        return _DEFINITION + 2 * whole
    dated = _asks_date(wanted) and not label.isdisjoint(("date", "dat"))
    return _LABEL + whole if dated or not label.isdisjoint(wanted.closeness) else 0.0


def _asks_date(wanted: Wanted) -> bool:
    """Tell whether the date of something is asked for, and not when something happened to it."""
    return wanted.asks == "when" and not wanted.event and wanted.verb in ("", "happen", "occur")


def _told_then(wanted: Wanted, moment: Moment, choice: Choice, root: int) -> float:
    """Return whether a choice is told of the time that is asked about; a date is one itself."""
    if choice.parsed is None or wanted.asks == "when" or wanted.kind == "date":
        return 0.0
    return holds(moment, choice.parsed, root, choice.sentence.before)


def _of_dimension(wanted: Wanted, choice: Choice, text: str) -> float:
    """Return whether the words beside a value tell the dimension that is asked for, or another that may be meant."""
    start = choice.place
    told = dimension_told(text, start, start + len(choice.text))
    if told == wanted.dimension or (told == "area" and wanted.dimension == "size"):
        return _SAME_DIMENSION
    return -_SAME_DIMENSION if told else 0.0


def speaks_against(wanted: Wanted, moment: Moment, sentence: ParsedSentence, text: str, before: str) -> bool:
    """Tell whether the grammar of a sentence speaks against an answer that it is cited for.

    It holds at another time than asked, is on the other side of the verb, or does what another verb says: whoever
    designed a mill did not build it.
    """
    start = sentence.text.find(text)
    tokens = [token for token, at in enumerate(sentence.starts) if start <= at < start + len(text)]
    if start < 0 or not tokens:
        return False
    root = root_of(sentence, Spot(tokens[0], tokens[-1] + 1, "", is_name=True))
    if holds(moment, sentence, root, before) <= -_AGAINST:
        return True
    if not wanted.verb or not wanted.side:
        return False
    other_side = is_other_side(sentence, root, wanted.verb, wanted.side == "doer")
    return other_side or _does_other(wanted, sentence, root)


def _does_other(wanted: Wanted, sentence: ParsedSentence, root: int) -> bool:
    """Tell whether a part of a sentence does something else than what it also tells: "designed by A and built by B"."""
    if wanted.side != "doer" or not wanted.verb:
        return False
    verbs = [t for t, tag in enumerate(sentence.tags) if tag.startswith("V") and _stem_at(sentence, t) == wanted.verb]
    own = verb_over(sentence, root)
    return bool(verbs) and own is not None and own not in verbs and _stem_at(sentence, own) in _DEEDS


def _stem_at(sentence: ParsedSentence, token: int) -> str:
    return stem(sentence.words[token].lower())
