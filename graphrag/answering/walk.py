"""One step along a relation, over the facts and the sentences of the evidence."""

import re
from collections.abc import Iterator
from dataclasses import replace

from graphrag.answering.countries import country_of, is_demonym
from graphrag.answering.cues import cue_values, place_values
from graphrag.answering.dates import parse_date
from graphrag.answering.forms import Hop
from graphrag.answering.kinship import KIN, told_elsewhere, weigh_by_gender
from graphrag.answering.relations import NOUN_READINGS, ROLES
from graphrag.answering.roles import role_holders
from graphrag.answering.sources import Sources, Thing, key_of
from graphrag.answering.spans import names_in
from graphrag.answering.telling import Reached, own_part, read_source, value_at
from graphrag.text import name_key, strip_disambiguation, words
from graphrag.types import Fact

__all__ = ["BEAM", "follow"]

BEAM = 4
"""How many values of a hop are kept."""

# Relations that say the same the other way round: who has X as a child is X's father or mother.
_INVERSE = {
    "spouse": ("spouse",),
    "sibling": ("sibling",),
    "father": ("child",),
    "mother": ("child",),
    "parent": ("child",),
    "child": ("father", "mother", "parent"),
    "capital": ("capital of",),
}

# Predicates that may stand for another where a source does not tell the two apart, and how much is lost.
_NEAR = {
    "father": (("parent", 0.9),),
    "mother": (("parent", 0.85),),
    "parent": (("father", 1.0), ("mother", 1.0)),
    "composed by": (("written by", 0.7), ("performed by", 0.5)),
    "performed by": (("composed by", 0.45), ("written by", 0.4)),
    "written by": (("created by", 0.6), ("composed by", 0.5)),
    "founded by": (("created by", 0.6),),
    "created by": (("founded by", 0.6), ("written by", 0.5)),
    "directed by": (("created by", 0.5), ("written by", 0.35)),
    "country": (("nationality", 0.9), ("located in", 0.8)),
    "nationality": (("country", 0.8),),
    "located in": (("part of", 0.7), ("country", 0.6)),
    "owned by": (("part of", 0.5), ("founded by", 0.3)),
    "works for": (("member of", 0.5),),
    "capital": (),
}

_TITLES = frozenset(
    "king queen prince princess duke duchess count countess earl lord lady baron baroness sir emperor empress"
    " sultan president".split()
)
_NO_PLACE = re.compile(
    r"\b(?:Award|Prize|Festival|Film|University|College|School|Academy|Institute|Orchestra|Theatre|Games"
    r"|Olympics|Cup|War|Church|Company|Records"
    r"|Pictures|Studios?|Museum|Association|Society|Order|Party|Club|League|Championships?|Hall of Fame|Arts?"
    r"|Army|Navy)\b"
)


def follow(sources: Sources, thing: Thing, hop: Hop) -> list[Reached]:
    """Return the values that ``hop`` leads to from ``thing``, best first.

    Facts with the asked predicate count most, then words that say the relation in the documents about the thing, then
    what documents about other things say of it, then near relations.

    Parameters
    ----------
    sources : Sources
    thing : Thing
    hop : Hop
        A hop along a canonical predicate.

    Returns
    -------
    list of Reached
        At most ``BEAM``, scores between 0 and 1.
    """
    found = list(_by_facts(sources, thing, hop.relation, hop.inverse))
    if hop.inverse:
        found += _backwards(sources, thing, hop.relation)
    else:
        for source, weight in thing.sources[:2]:
            found += [replace(r, score=r.score * weight) for r in read_source(source, thing, hop)]
        if hop.relation == "located in" and not thing.sources:
            for sentence in sources.naming(thing.name)[:6]:
                values = place_values(sentence.text, hop.wanted)
                found += [value_at(sentence, value.span, 0.5 * value.score, hop.relation) for value in values]
        if hop.relation in ROLES:
            found += role_holders(sources, thing, hop.relation)
        if hop.relation in KIN:
            found += told_elsewhere(sources, thing, hop.relation)
    merged = _merge(weigh_by_gender(sources, found, hop.relation), thing, hop)
    if not merged or merged[0].score < 0.45:
        near: list[Reached] = []
        for relation, factor in _NEAR.get(hop.relation, ()):
            other = list(_by_facts(sources, thing, relation, False))
            for source, weight in thing.sources[:1]:
                other += [
                    replace(r, score=r.score * weight)
                    for r in read_source(source, thing, replace(hop, relation=relation))
                ]
            near += [replace(r, score=r.score * factor) for r in other]
        near += _through_family(sources, thing, hop)
        merged = _merge(merged + weigh_by_gender(sources, near, hop.relation), thing, hop)
    if hop.kind in ("date", "year"):
        merged = _fuller(merged)
    return merged[:BEAM] or _guesses(thing, hop)


def _fuller(values: list[Reached]) -> list[Reached]:
    """Put a fuller date of the same year before the best one: "3 May 1951" says more than "1951"."""
    dates = [parse_date(value.text) for value in values]
    if not values or dates[0] is None or dates[0].month is not None:
        return values
    for value, date in zip(values[1:], dates[1:], strict=True):
        if (
            date is not None
            and date.year == dates[0].year
            and date.month is not None
            and value.score > 0.4 * values[0].score
        ):
            best = replace(value, score=values[0].score)
            return [best, *(other for other in values if other is not value)]
    return values


# The words before a place that say another thing of it: where someone was born is not where they died.
_BORN = re.compile(r"\bborn\b(?![^,;]*\b(?:died|buried)\b)[^,;]*$", re.IGNORECASE)
_DIED = re.compile(r"\b(?:died|buried)\b(?![^,;]*\bborn\b)[^,;]*$", re.IGNORECASE)
_OTHER_PLACE = {"born in": _DIED, "died in": _BORN, "buried in": _BORN}
_AT = re.compile(r"\b(?:in|at|from|near)\s+$")


def _guesses(thing: Thing, hop: Hop) -> list[Reached]:
    """Return weak guesses where nothing says the relation: places that the document about the thing names."""
    if hop.kind != "place" or hop.inverse or not thing.sources or thing.sources[0][1] < 0.5:
        return []
    source = thing.sources[0][0]
    names = {*words(thing.name), *words(source.title)}
    other = _OTHER_PLACE.get(hop.relation)
    found: list[Reached] = []
    for sentence in source.sentences:
        for span in names_in(sentence.text, True):
            written = sentence.text[span.start : span.end]
            if is_demonym(written) or not _AT.search(sentence.text[: span.start]) or _NO_PLACE.search(written):
                continue
            if other is not None and other.search(sentence.text[: span.start]):
                continue
            span = own_part(sentence.text, span, names, "place")
            found.append(value_at(sentence, span, 0.2 * 0.95**sentence.number, hop.relation))
    return _merge(found, thing, hop)[:BEAM]


def _by_facts(sources: Sources, thing: Thing, relation: str, inverse: bool) -> Iterator[Reached]:
    """Yield what the facts say."""
    for entity_id in thing.ids:
        forward, backward = sources.by_subject.get(entity_id, ()), sources.by_object.get(entity_id, ())
        for fact in forward:
            said = fact.predicate == relation or (relation in ROLES and _role_of(fact.predicate) == relation)
            if not inverse and said and fact.evidence:
                yield _object_of(fact)
        for fact in backward:
            turned = fact.predicate == relation if inverse else fact.predicate in _INVERSE.get(relation, ())
            if not inverse and relation in ROLES and fact.predicate.endswith((" of", " at")):  # "Y be CEO of X"
                turned = turned or _role_of(fact.predicate.removeprefix("be ")) == relation
            if turned and fact.evidence:
                subject = sources.entities.get(fact.subject)
                if subject is not None:
                    yield Reached(subject.name, (fact.subject,), 0.85 * fact.confidence, fact.evidence[0], relation)


def _role_of(predicate: str) -> str:
    """Return the role that a predicate names: facts may call the chief executive officer "ceo"."""
    reading = NOUN_READINGS.get(predicate.lower().removesuffix(" of").removesuffix(" at"))
    return reading[0][0].relation if reading is not None else ""


def _object_of(fact: Fact) -> Reached:
    """Return a fact's object as a value."""
    ids = (fact.object,) if fact.object is not None else ()
    quote = fact.evidence[0]
    at = quote.text.find(fact.value)
    start = quote.span.start + at if at >= 0 else -1
    return Reached(fact.value, ids, 0.92 * fact.confidence, quote, fact.predicate, start)


def _backwards(sources: Sources, thing: Thing, relation: str) -> list[Reached]:
    """Return the subjects of documents whose own value of the relation is the thing: the film that X directed."""
    key = name_key(strip_disambiguation(thing.name))
    found: list[Reached] = []
    for source in sources.documents:
        if not source.name:
            continue
        for sentence in source.sentences[:3]:
            for value in cue_values(sentence.text, relation):
                if name_key(sentence.text[value.span.start : value.span.end]) == key:
                    found += [Reached(source.name, (), 0.8 * value.score, sentence.quote(), relation)]
    return found


def _through_family(sources: Sources, thing: Thing, hop: Hop) -> list[Reached]:
    """Return a mother as the father's wife, a father as the mother's husband, a sibling as a parent's child."""
    first, second = {"mother": ("father", "spouse"), "father": ("mother", "spouse")}.get(hop.relation, ("", ""))
    if not first:
        return []
    found: list[Reached] = []
    direct = list(_by_facts(sources, thing, first, False))
    for source, weight in thing.sources[:1]:
        direct += [replace(r, score=r.score * weight) for r in read_source(source, thing, Hop(first, "person"))]
    direct += told_elsewhere(sources, thing, first)
    for parent in _merge(direct, thing, Hop(first, "person"))[:2]:
        other = sources.thing(parent.text, parent.ids)
        values = list(_by_facts(sources, other, second, False))
        for source, weight in other.sources[:1]:
            values += [replace(r, score=r.score * weight) for r in read_source(source, other, Hop(second, "person"))]
        found += [replace(v, score=0.6 * v.score * parent.score) for v in values]
    return found


def _merge(found: list[Reached], thing: Thing, hop: Hop) -> list[Reached]:
    """Put equal values together; a value that several ways lead to gains."""
    own = name_key(strip_disambiguation(thing.name))
    best: dict[str, Reached] = {}
    for value in sorted(found, key=lambda r: (-r.score, r.quote.document_id, r.quote.span, r.start, r.text)):
        key = key_of(value.text)
        if not key or key == own or key in _TITLES:
            continue
        if hop.kind == "country" and hop.relation != "nationality" and country_of(value.text) is not None:
            key = name_key(country_of(value.text) or "")
        held = best.get(key)
        if held is None:
            best[key] = value
        elif held.quote != value.quote or not held.ids or not value.ids:
            gained = 1 - (1 - held.score) * (1 - 0.4 * value.score)
            best[key] = replace(held, score=min(gained, 0.99), ids=tuple(dict.fromkeys(held.ids + value.ids)))
    return sorted(best.values(), key=lambda r: (-r.score, r.quote.document_id, r.quote.span, r.start, r.text))
