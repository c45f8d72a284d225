"""One step along a relation, over the facts and the sentences of the evidence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from graphrag.answering.countries import country_of, is_demonym, nationality_spans
from graphrag.answering.cues import cue_values, is_female, life_of, nationality_values, place_values
from graphrag.answering.dates import find_dates, parse_date
from graphrag.answering.forms import Hop
from graphrag.answering.sources import Sentence, Source, Sources, Thing
from graphrag.answering.spans import names_in, sentence_subject
from graphrag.text import name_key, strip_disambiguation, words
from graphrag.types import EntityId, Fact, Quote, Span

__all__ = ["Reached", "follow"]

BEAM = 4
"""How many values of a hop are kept."""

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
_NO_PLACE = re.compile(
    r"\b(?:Award|Prize|Festival|Film|University|College|School|Academy|Institute|Orchestra|Theatre|Games|Olympics|Cup|War|Church|Company|Records"
    r"|Pictures|Studios?|Museum|Association|Society|Order|Party|Club|League|Championships?|Hall of Fame)\b"
)
_KIN = frozenset(("spouse", "father", "mother", "parent", "child", "sibling"))
_PRONOUNS = frozenset("he she it they his her its their the this born after in".split())
_MALE = frozenset("father husband son brother grandfather uncle nephew".split())
_FEMALE = frozenset("mother wife daughter sister grandmother aunt niece".split())


@dataclass(frozen=True, slots=True)
class Reached:
    """A value that a hop led to."""

    text: str
    ids: tuple[EntityId, ...]
    score: float
    quote: Quote
    predicate: str
    start: int = -1  # where the value stands in its document; -1 where only a fact tells


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
            found += [replace(r, score=r.score * weight) for r in _by_words(source, thing, hop)]
        if hop.relation == "located in" and not thing.sources:
            for sentence in sources.naming(thing.name)[:6]:
                values = place_values(sentence.text, hop.wanted)
                found += [_reached(sentence, value.span, 0.5 * value.score, hop.relation) for value in values]
        if hop.relation in _KIN:
            found += _told_elsewhere(sources, thing, hop.relation)
    merged = _merge(_by_gender(sources, found, hop.relation), thing, hop)
    if not merged or merged[0].score < 0.45:
        near: list[Reached] = []
        for relation, factor in _NEAR.get(hop.relation, ()):
            other = list(_by_facts(sources, thing, relation, False))
            for source, weight in thing.sources[:1]:
                other += [
                    replace(r, score=r.score * weight)
                    for r in _by_words(source, thing, replace(hop, relation=relation))
                ]
            near += [replace(r, score=r.score * factor) for r in other]
        near += _through_family(sources, thing, hop)
        merged = _merge(merged + _by_gender(sources, near, hop.relation), thing, hop)
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


def _by_gender(sources: Sources, found: list[Reached], relation: str) -> list[Reached]:
    """Weigh fathers and mothers by whether the documents about them speak of a man or a woman."""
    if relation not in ("father", "mother"):
        return found
    weighed: list[Reached] = []
    for value in found:
        about = sources.thing(value.text, value.ids).sources
        female = is_female(about[0][0].text[:500]) if about and about[0][1] >= 0.6 else None
        factor = 1.0 if female is None else 1.1 if female == (relation == "mother") else 0.15
        weighed.append(replace(value, score=min(0.99, value.score * factor)))
    return weighed


_AT = re.compile(r"\b(?:in|at|from|near)\s+$")


def _guesses(thing: Thing, hop: Hop) -> list[Reached]:
    """Return weak guesses where nothing says the relation: places that the document about the thing names."""
    if hop.kind != "place" or hop.inverse or not thing.sources or thing.sources[0][1] < 0.5:
        return []
    source = thing.sources[0][0]
    found: list[Reached] = []
    for sentence in source.sentences:
        for span in names_in(sentence.text, True):
            written = sentence.text[span.start : span.end]
            if is_demonym(written) or not _AT.search(sentence.text[: span.start]) or _NO_PLACE.search(written):
                continue
            found.append(_reached(sentence, span, 0.2 * 0.95**sentence.number, hop.relation))
    return _merge(found, thing, hop)[:BEAM]


def _by_facts(sources: Sources, thing: Thing, relation: str, inverse: bool) -> Iterator[Reached]:
    """Yield what the facts say."""
    for entity_id in thing.ids:
        forward, backward = sources.by_subject.get(entity_id, ()), sources.by_object.get(entity_id, ())
        for fact in forward:
            if not inverse and fact.predicate == relation and fact.evidence:
                yield _object_of(fact)
        for fact in backward:
            turned = fact.predicate == relation if inverse else fact.predicate in _INVERSE.get(relation, ())
            if turned and fact.evidence:
                subject = sources.entities.get(fact.subject)
                if subject is not None:
                    yield Reached(subject.name, (fact.subject,), 0.85 * fact.confidence, fact.evidence[0], relation)


def _object_of(fact: Fact) -> Reached:
    """Return a fact's object as a value."""
    ids = (fact.object,) if fact.object is not None else ()
    quote = fact.evidence[0]
    at = quote.text.find(fact.value)
    start = quote.span.start + at if at >= 0 else -1
    return Reached(fact.value, ids, 0.92 * fact.confidence, quote, fact.predicate, start)


def _by_words(source: Source, thing: Thing, hop: Hop) -> Iterator[Reached]:
    """Yield what the words of a document about the thing say."""
    relation = hop.relation
    if relation in ("born on", "died on", "born in", "died in"):
        yield from _from_brackets(source, relation)
    if relation in ("born on", "died on", "released in", "founded on"):
        yield from _from_dates(source, relation)
    elif relation in ("nationality", "country"):
        yield from _from_countries(source, hop)
    elif relation == "located in":
        for sentence in source.sentences[:4]:
            for value in place_values(sentence.text, hop.wanted):
                yield _reached(sentence, value.span, value.score * 0.9**sentence.number, relation)
    elif relation == "occupation":
        yield from _from_copula(source)
    elif hop.kind == "number":
        yield from _from_numbers(source, relation)
    else:
        names = set(words(thing.name)) | set(words(source.title))
        for sentence in source.sentences:
            values = cue_values(sentence.text, relation)
            if not values:
                continue
            factor = 0.985**sentence.number * _about_subject(sentence.text, names)
            order = {value.span: place for place, value in enumerate(sorted(values, key=lambda v: v.span))}
            for value in values:
                score = value.score * factor
                span = _own_part(sentence.text, value.span, names, hop.kind)
                if relation == "spouse" and _of_another(sentence.text[: span.start]):
                    score *= 0.25
                if relation in ("father", "mother"):
                    score *= _parent_factor(sentence.text, value.span, relation, order[value.span], len(values))
                reached = _reached(sentence, span, score, relation)
                yield replace(reached, text=_full_name(source, reached.text)) if hop.kind == "person" else reached


_AND_HIS = re.compile(
    r"\b(?:is|was|were|of|to|by|from)\s.*[^\W\d_][\w.'’-]*,?\s+(?:and|by|with)\s+(?:his|her)\s+(?:[\w-]+\s+){0,2}"
    r"(?:wife|husband|consort|spouse)[,\s]*(?:\w+\s+){0,3}$"
)


def _of_another(before: str) -> bool:
    """Tell whether "and his wife" follows the name of someone else: "was the son of Hans Lind and his wife …"."""
    return _AND_HIS.search(before) is not None


def _own_part(sentence: str, span: Span, names: set[str], kind: str) -> Span:
    """Cut the subject's own name from the end of a place: "Born in St. Louis, Missouri, Berry …"."""
    head, comma, tail = sentence[span.start : span.end].rpartition(",")
    if kind == "place" and comma and set(words(tail)) <= names:
        return Span(span.start, span.start + len(head))
    return span


def _full_name(source: Source, name: str) -> str:
    """Return the full name that the document gave before to a person it now calls by the last name."""
    if " " in name or len(name) < 3:
        return name
    for sentence in source.sentences:
        for span in names_in(sentence.text):
            written = sentence.text[span.start : span.end]
            if written.endswith(" " + name) and 1 <= written.count(" ") <= 3:
                return written
    return name


def _about_subject(sentence: str, names: set[str]) -> float:
    """Weigh a sentence by whether it speaks of the document's subject."""
    subject = sentence_subject(sentence)
    return 1.0 if subject in _PRONOUNS or subject in names else 0.8


def _parent_factor(sentence: str, span: Span, relation: str, place: int, count: int) -> float:
    """Tell fathers from mothers: by title, by "his wife" before the name, else the father is named first."""
    before = sentence[max(0, span.start - 22) : span.start]
    written = sentence[span.start : span.end]
    if re.search(r"\b(?:mother)\b[\s,]*(?:\w+\s){0,2}$", before):
        return 1.0 if relation == "mother" else 0.1
    if re.search(r"\b(?:father)\b[\s,]*(?:\w+\s){0,2}$", before):
        return 1.0 if relation == "father" else 0.1
    if re.search(r"\b(?:wife|consort|concubine|spouse|mistress)\b[,\s]+(?:\w+\s+)?$", before) or re.match(
        r"(?:Queen|Princess|Lady|Duchess|Countess|Empress|Dame|Mrs|Grand Duchess|Archduchess|Infanta|Baroness)\b",
        written,
    ):
        return 1.0 if relation == "mother" else 0.1
    if re.match(
        r"(?:King|Prince|Lord|Duke|Count|Emperor|Sir|Mr|Grand Duke|Archduke|Baron|Earl|Sultan|Infante)\b", written
    ):
        return 1.0 if relation == "father" else 0.1
    given = written.split()[0]
    if count == 2 and given[-1] == "a" and place == 0 and " " in written:
        return 0.9 if relation == "mother" else 0.5
    if count == 1:
        return 0.9 if relation == "father" else 0.45
    return (1.0 if place == 0 else 0.35) if relation == "father" else (1.0 if place == 1 else 0.35)


def _reached(sentence: Sentence, span: Span, score: float, relation: str) -> Reached:
    """Make a value of a part of a sentence."""
    text = sentence.text[span.start : span.end].strip()
    return Reached(text, (), score, sentence.quote(), relation, sentence.span.start + span.start)


def _sentence_at(source: Source, offset: int) -> Sentence | None:
    """Return the sentence that holds an offset of the source's text."""
    if not source.sentences:
        return None
    base = source.sentences[0].chunk.span.start
    at = base + offset
    return next((s for s in source.sentences if s.span.start <= at < s.span.end), None)


def _from_brackets(source: Source, relation: str) -> Iterator[Reached]:
    """Yield birth and death from the brackets after the name."""
    if not source.opening:
        return
    life = life_of(source.text[:500])
    span = {"born on": life.born_on, "died on": life.died_on, "born in": life.born_in, "died in": life.died_in}[
        relation
    ]
    if span is None:
        return
    sentence = _sentence_at(source, span.start)
    if sentence is None:
        return
    text = source.text[span.start : span.end]
    yield Reached(text, (), 0.93, sentence.quote(), relation, sentence.chunk.span.start + span.start)


_DATE_CUES = {
    "born on": re.compile(r"\bborn\b|\bbirth\b", re.IGNORECASE),
    "died on": re.compile(
        r"\b(?:died|(?:his|her|their|until|the) death|killed|passed away|assassinated|executed|murdered|drowned|dead)\b",
        re.IGNORECASE,
    ),
    "released in": re.compile(
        r"\b(?:released?|premiered?|published|aired|broadcast|debuted|issued|opened|came out|recorded)\b", re.IGNORECASE
    ),
    "founded on": re.compile(
        r"\b(?:founded|established|formed|created|built|opened|incorporated|inaugurated|constructed|launched|started|began|completed|foundation)\b",
        re.IGNORECASE,
    ),
}


def _from_dates(source: Source, relation: str) -> Iterator[Reached]:
    """Yield the dates that stand beside words for the event."""
    cue = _DATE_CUES[relation]
    for sentence in source.sentences:
        dates = find_dates(sentence.text)
        if not dates:
            continue
        decay = 0.97**sentence.number
        for match in cue.finditer(sentence.text):
            for date in dates:
                gap = date.span.start - match.end() if date.span.start >= match.end() else match.start() - date.span.end
                if gap > 90:
                    continue
                after = 1.0 if date.span.start >= match.end() else 0.6
                yield _reached(sentence, date.span, 0.8 * decay * after * (1 - gap / 200), relation)
        if sentence.number == 0 and relation in ("released in", "founded on"):
            copula = re.search(r"\b(?:is|was|are|were)\b", sentence.text)
            for date in dates:
                near = copula is not None and 0 <= date.span.start - copula.end() <= 40
                yield _reached(sentence, date.span, 0.85 if near else 0.5, relation)
    if relation == "released in":
        titled = re.search(r"\((\d{4})\b[^()]*\)\s*$", source.title)
        if titled and source.sentences:
            yield Reached(titled.group(1), (), 0.7, source.sentences[0].quote(), relation)


def _from_countries(source: Source, hop: Hop) -> Iterator[Reached]:
    """Yield what the passage calls its subject: "an Indian film", "in Iran"."""
    text = source.text
    for value in nationality_values(text):
        sentence = _sentence_at(source, value.span.start)
        if sentence is not None:
            decay = 0.85**sentence.number
            word = text[value.span.start : value.span.end]
            start = sentence.chunk.span.start + value.span.start
            yield Reached(word, (), value.score * decay, sentence.quote(), hop.relation, start)


def _from_copula(source: Source) -> Iterator[Reached]:
    """Yield the description after "is a"."""
    for sentence in source.sentences[:1]:
        match = re.search(
            r"\b(?:is|was)\s+(?:an?|the)\s+([^.;()]{3,80}?)(?=\s+(?:who|which|that|from|in|of|and is|best)\b|[.;,]|$)",
            sentence.text,
        )
        if match:
            start = match.start(1)
            nations = [e for s, e, _, _ in nationality_spans(match.group(1)) if s < 20]
            start += (max(nations) + 1) if nations and max(nations) + 1 < len(match.group(1)) else 0
            yield _reached(sentence, Span(start, match.end(1)), 0.8, "occupation")


_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:\s+(?:million|billion|thousand))?")
_UNIT_CUES = {
    "population": r"\bpopulation|\binhabitants|\bresidents|\bpeople\b",
    "area": r"\barea\b|\bsquare|\bkm2|\bkm²|\bhectares|\bacres",
    "length": r"\blength|\blong\b|\bkilomet|\bmiles|\bminutes",
    "height": r"\bheight|\btall|\bhigh\b|\belevation|\bfeet|\bmet(?:re|er)s|\baltitude",
}


def _plausible(written: str, relation: str, year: bool) -> float:
    """Weigh a number by its size: years and ranks are seldom counts."""
    if relation != "population":
        return 0.3 if year else 1.0
    return 1.0 if "," in written or "illion" in written else 0.3 if year or len(written) < 3 else 0.8


def _from_numbers(source: Source, relation: str) -> Iterator[Reached]:
    """Yield the numbers that stand beside the word for what is counted."""
    cue = re.compile(_UNIT_CUES.get(relation, re.escape(relation)), re.IGNORECASE)
    for sentence in source.sentences:
        for match in cue.finditer(sentence.text):
            for number in _NUMBER.finditer(sentence.text):
                written = number.group().rstrip(",")
                gap = max(number.start() - match.end(), match.start() - number.end(), 0)
                if gap > 60:
                    continue
                year = re.fullmatch(r"1[5-9]\d\d|20\d\d", written) is not None
                span = Span(number.start(), number.start() + len(written))
                yield _reached(
                    sentence, span, 0.75 * (1 - gap / 90) * _plausible(written, relation, year) * 0.97**sentence.number, relation
                )


_TOLD = {
    "father": (
        r"\b(?:his|her|their|the|a|an|and|,)\s+(?:\w+\s+){0,2}(?:son|daughter|child|children|sons|daughters)\b",
        r"\bfather\s+of\b",
    ),
    "mother": (
        r"\b(?:his|her|their|the|a|an|and|,)\s+(?:\w+\s+){0,2}(?:son|daughter|child|children|sons|daughters)\b",
        r"\bmother\s+of\b",
    ),
    "spouse": (r"\b(?:wife|husband|married|marriage|consort|widow|spouse)\b",),
    "sibling": (r"\b(?:brother|sister|sibling|brothers|sisters|siblings)\b",),
    "child": (r"\b(?:son|daughter|child)\s+of\b", r"\b(?:father|mother|parents)\b"),
}
_TOLD["parent"] = (_TOLD["father"][0], r"\b(?:father|mother)\s+of\b")


def _told_elsewhere(sources: Sources, thing: Thing, relation: str) -> list[Reached]:
    """Return the subjects of other documents that name the thing as their child, spouse or sibling."""
    found: list[Reached] = []
    mine = {source.document_id for source, _ in thing.sources[:2]}
    name = strip_disambiguation(thing.name)
    forms = {name, name.split(",")[0]}
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(f) for f in sorted(forms, key=len, reverse=True) if f) + r")(?!\w)",
        re.IGNORECASE,
    )
    for source in sources.documents:
        if source.document_id in mine or not source.title:
            continue
        for sentence in source.sentences:
            named = pattern.search(sentence.text)
            if named is None:
                continue
            if relation == "sibling":
                found += _listed_with(sentence, named.span(), relation)
            for cue in _TOLD[relation]:
                said = [m for m in re.finditer(cue, sentence.text, re.IGNORECASE) if 0 <= named.start() - m.end() <= 60]
                if not said:
                    continue
                female = is_female(source.text[:600])
                wrong = (relation == "father" and female is True) or (relation == "mother" and female is False)
                title = strip_disambiguation(source.title)
                score = (0.15 if wrong else 0.6) * (1 - (named.start() - said[-1].end()) / 150)
                found.append(Reached(title, (), score, sentence.quote(), relation))
                break
    return found


_OFFSPRING = re.compile(r"\b(?:father|mother|parents?|sons?|daughters?|children|child|brothers|sisters|siblings)\b", re.IGNORECASE)


def _listed_with(sentence: Sentence, named: tuple[int, int], relation: str) -> list[Reached]:
    """Return those who are listed beside a name as children: "father of the musicians A and B"."""
    cues = [m.end() for m in _OFFSPRING.finditer(sentence.text) if m.end() <= named[0] and named[0] - m.end() <= 120]
    if not cues:
        return []
    row = [s for s in names_in(sentence.text) if s.start >= cues[-1] and s.end <= named[1] + 80]
    found: list[Reached] = []
    for span in row:
        gap = sentence.text[min(span.end, named[1]) : max(span.start, named[0])]
        apart = span.end <= named[0] or span.start >= named[1]
        if apart and re.fullmatch(r"[\s,]*(?:and|&)?\s*|(?:,\s[^.;()]*)?(?:,|\band\b)\s+", gap):
            found.append(_reached(sentence, span, 0.55, relation))
    return found


def _backwards(sources: Sources, thing: Thing, relation: str) -> list[Reached]:
    """Return the subjects of documents whose own value of the relation is the thing: the film that X directed."""
    key = name_key(strip_disambiguation(thing.name))
    found: list[Reached] = []
    for source in sources.documents:
        if not source.title:
            continue
        for sentence in source.sentences[:3]:
            for value in cue_values(sentence.text, relation):
                if name_key(sentence.text[value.span.start : value.span.end]) == key:
                    title = strip_disambiguation(source.title)
                    found.append(Reached(title, (), 0.8 * value.score, sentence.quote(), relation))
    return found


def _through_family(sources: Sources, thing: Thing, hop: Hop) -> list[Reached]:
    """Return a mother as the father's wife, a father as the mother's husband, a sibling as a parent's child."""
    first, second = {"mother": ("father", "spouse"), "father": ("mother", "spouse")}.get(hop.relation, ("", ""))
    if not first:
        return []
    found: list[Reached] = []
    direct = list(_by_facts(sources, thing, first, False))
    for source, weight in thing.sources[:1]:
        direct += [replace(r, score=r.score * weight) for r in _by_words(source, thing, Hop(first, "person"))]
    direct += _told_elsewhere(sources, thing, first)
    for parent in _merge(direct, thing, Hop(first, "person"))[:2]:
        other = sources.thing(parent.text, parent.ids)
        values = list(_by_facts(sources, other, second, False))
        for source, weight in other.sources[:1]:
            values += [replace(r, score=r.score * weight) for r in _by_words(source, other, Hop(second, "person"))]
        found += [replace(v, score=0.6 * v.score * parent.score) for v in values]
    return found


def _merge(found: list[Reached], thing: Thing, hop: Hop) -> list[Reached]:
    """Put equal values together; a value that several ways lead to gains."""
    own = name_key(strip_disambiguation(thing.name))
    best: dict[str, Reached] = {}
    for value in sorted(found, key=lambda r: (-r.score, r.quote.document_id, r.quote.span, r.start, r.text)):
        key = name_key(value.text)
        if not key or key == own:
            continue
        if hop.kind == "country" and hop.relation != "nationality" and country_of(value.text) is not None:
            key = name_key(country_of(value.text) or "")
        held = best.get(key)
        if held is None:
            best[key] = value
        elif held.quote != value.quote or not held.ids or not value.ids:
            gained = 1 - (1 - held.score) * (1 - 0.4 * value.score)
            best[key] = replace(held, score=min(gained, 0.99), ids=tuple(dict.fromkeys(held.ids + value.ids)))
    if hop.wanted in _MALE | _FEMALE and len(best) > 1:
        best = {k: replace(v, score=v.score) for k, v in best.items()}
    return sorted(best.values(), key=lambda r: (-r.score, r.quote.document_id, r.quote.span, r.start, r.text))
