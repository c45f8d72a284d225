"""How texts say relations: words that stand beside a value of each relation, read without a parser.

Used beside the extracted facts, for what extraction missed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from graphrag.answering.countries import country_of, is_demonym, nationality_spans
from graphrag.answering.cue_table import BREAKERS, CUES, PERSON_RELATIONS, Cue
from graphrag.answering.spans import NOT_NAMES, names_in, next_name, read_name
from graphrag.text import fold
from graphrag.types import Span

__all__ = ["Value", "cue_values", "is_female", "nationality_values", "place_values"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value found beside a cue: where it stands in the text that was searched, and how sure the cue is."""

    span: Span
    score: float


_LIST_GAP = re.compile(
    r"(?:\s*[—–][^—–;.]{2,60}[—–]\s*)?\s*(?:,\s*(?:and|&|by)?|and|&|with|by|or)\s+(?:of\s+|then\s+|later\s+"
    r"|(?:his|her) (?:\w+ )?(?:wife|husband"
    r"|consort|spouse),?\s+|the\s+)?"
)


_FEMALE = re.compile(
    r"\b(?:she|her|herself|actress|queen|princess|duchess|countess|empress|lady|daughter|baroness|woman|mother|wife)\b",
    re.IGNORECASE,
)


_MALE = re.compile(
    r"\b(?:he|his|him|himself|king|prince|duke|count|emperor|lord|son|baron|man|father|husband|sir)\b", re.IGNORECASE
)


_ORGANISATION = re.compile(
    r"\b(?:University|College|School|Institute|Academy|Conservatory|Conservatoire|Seminary|Gymnasium|Polytechnic"
    r"|Lyceum|Universit\w+|UC|UCLA|MIT|École|Law)\b"
)


_AWARD = re.compile(
    r"\b(?:Awards?|Prizes?|Medals?|Oscars?|Emmys?|Orders?|Grammys?|Fellowships?|Honou?rs?|Cup|Trophy|Padma|Star"
    r"|Cross|Emmy|Grammy|Legion|Bear|Lion|Palme)\b"
)


_CAUSE = re.compile(
    r"\b(?:died|dies|dying|death|succumbed|suffer(?:ed|ing|s)?|diagnosed|killed|due"
    r"|complications)\b[^.;]{0,40}?\b(?:of|from|by|with|in|to|after|was)\s+"
    r"(?:an?\s+|the\s+)?(?P<cause>(?:complications (?:of|from)\s+)?[^.,;()]{3,60}?)(?=\s+(?:in|on|at|aged|when"
    r"|while|shortly|after|during|and)\b|[.,;()]|$)"
)


_ILLNESS = re.compile(
    r"\b(?:(?!(?:from|of|an?|the|by|to|with|in|her|his|and|or|for|after|as)\b)[\w-]+ )?(?:cancer|leuka?emia"
    r"|tuberculosis|pneumonia|heart (?:attack|failure|disease)|stroke|overdose|suicide|Parkinson's disease"
    r"|Alzheimer's disease|AIDS|cholera|typhoid|malaria|plague|smallpox|influenza|COVID-19|diabetes|cirrhosis"
    r"|cardiac arrest"
    r"|(?:car|plane|traffic|road|motorcycle|train|boating) (?:accident|crash|collision)|accident|murder"
    r"|assassination|execution|gunshot|drowning"
    r"|poisoning|childbirth|h(?:a?e)morrhage|sepsis|dysentery|beheading|hanging)\b",
    re.IGNORECASE,
)


def is_female(text: str) -> bool | None:
    """Tell from pronouns and titles whether a text is about a woman; None where it does not say."""
    female, male = len(_FEMALE.findall(text)), len(_MALE.findall(text))
    return None if female == male else female > male


def _prepositional_value(text: str, cue: Cue, begin: int, stop: int) -> Span | None:
    """Return the first name that follows one of the cue's prepositions after ``begin``."""
    for match in re.compile(rf"\b(?:{cue.prepositions})\b\s+").finditer(text, begin, min(stop, begin + 160)):
        between = text[begin : match.start()]
        if re.search(r";|\.\s+[A-Z]", between) or between.count(")") > between.count("("):
            return None
        name = next_name(text, match.end(), stop, commas=True, skip=cue.skip, breakers=BREAKERS)
        if name is not None and not is_demonym(text[name.start : name.end]):
            return name
    return None


def _suits(text: str, span: Span, relation: str) -> bool:
    """Tell whether a name may be a value of the relation: no people's adjectives for persons, no dates."""
    written = text[span.start : span.end]
    if relation in PERSON_RELATIONS:
        return not is_demonym(written) and country_of(written) is None and fold(written) not in NOT_NAMES
    return True


def _named(text: str, cue: Cue, relation: str, match: re.Match[str], stop: int) -> list[Value]:
    """Return the names after the cue, a list of them as several values."""
    position = match.end()
    found: list[Value] = []
    skip = cue.skip
    for _ in range(6):
        name = next_name(text, position, stop, commas=relation not in PERSON_RELATIONS, skip=skip, breakers=BREAKERS)
        if name is None:
            break
        if relation in PERSON_RELATIONS:
            name = _after_role(text, name, stop)
        position = name.end
        if not _suits(text, name, relation):
            continue
        position = _whole_rank(text, name, stop)
        found.append(Value(name, cue.score * 0.97 ** len(found)))
        gap = _LIST_GAP.match(text, position, stop)
        brackets = re.compile(r"\s*\([^()]*\)").match(text, position, stop)
        if gap is None and brackets is not None:
            gap = _LIST_GAP.match(text, brackets.end(), stop)
        if gap is None:
            break
        position, skip = gap.end(), 0 if gap.group().strip() == "," else 2
    return found


@lru_cache(maxsize=50_000)
def cue_values(sentence: str, relation: str) -> tuple[Value, ...]:
    """Return the values of a relation that a sentence says of its subject, as its cues tell, best first.

    Parameters
    ----------
    sentence : str
        One sentence.
    relation : str
        A canonical predicate whose value is a name, or "died of".

    Returns
    -------
    tuple of Value
        Spans count from the start of the sentence.
    """
    if relation == "died of":
        return _causes(sentence)
    found: dict[Span, float] = {}
    for cue in CUES.get(relation, ()):
        for repeat, match in enumerate(cue.pattern.finditer(sentence)):
            if cue.side == "before":
                values = _named_before(sentence, cue, relation, match.start())
            elif cue.side == "prepositional":
                span = _prepositional_value(sentence, cue, match.end(), len(sentence))
                values = [Value(span, cue.score)] if span else []
            else:
                values = _named(sentence, cue, relation, match, len(sentence))
            for value in values:
                bonus = _bonus(sentence[value.span.start : value.span.end], relation)
                if repeat and relation in ("father", "mother", "parent"):  # "son of X, a daughter of Y"
                    bonus *= 0.3
                found[value.span] = max(found.get(value.span, 0.0), value.score * bonus)
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Value(span, score) for span, score in ranked)


_ROLE = re.compile(
    r"\s+(?:(?:lead|late|great|bass|film|music|television|former)\s+)?(?:co-)?(?:founder|guitarist|singer"
    r"|songwriter|drummer|vocalist|bassist"
    r"|frontman|keyboardist|member|star|director|producer|actor|actress|writer|author|composer|musician|rapper"
    r"|king|queen|prince|princess|ruler"
    r"|emperor|president|general|nobleman|noblewoman|politician|player|filmmaker|comedian|painter|poet"
    r"|journalist|businessman)s?\s+"
)


def _after_role(text: str, name: Span, stop: int) -> Span:
    """Return the person after a group and a role: "by Troma co-founder Lloyd Kaufman" names Kaufman."""
    role = _ROLE.match(text, name.end, stop)
    end = read_name(text, role.end(), stop) if role else None
    return Span(role.end(), end) if role and end is not None else name


def _whole_rank(text: str, name: Span, stop: int) -> int:
    """Return where a name with a rank ends: "Gozlin, Count of Bidgau and Methingau, and Oda" names two persons."""
    if "," not in text[name.start : name.end]:
        return name.end
    match = re.compile(r"\s+and\s+[^\W\d_][\w-]*(?=,\s+(?:and|by|with)\b)").match(text, name.end, stop)
    return match.end() if match else name.end


def _named_before(text: str, cue: Cue, relation: str, stop: int) -> list[Value]:
    """Return the name that ends where the cue begins, and the one before it where "and" joins the two."""
    names = [n for n in names_in(text[:stop]) if _suits(text, n, relation)]
    if not names or stop - names[-1].end > 12:
        return []
    values = [Value(names[-1], cue.score)]
    if len(names) > 1 and re.fullmatch(r"(?:['’]s?)?\s+(?:and|&)\s+", text[names[-2].end : names[-1].start]):
        values.append(Value(names[-2], cue.score))
    return values


def _bonus(written: str, relation: str) -> float:
    """Weigh a value by whether it is written like what the relation leads to."""
    if relation == "educated at":
        return 1.1 if _ORGANISATION.search(written) else 0.5
    if relation == "award":
        return 1.2 if _AWARD.search(written) else 0.4
    if relation in ("born in", "died in", "buried in") and re.fullmatch(r"(?:World War.*|[IVX]+|God|Jesus.*)", written):
        return 0.2
    return 1.0


def _causes(sentence: str) -> tuple[Value, ...]:
    """Return what a sentence says someone died of."""
    found: dict[Span, float] = {}
    for match in _ILLNESS.finditer(sentence):
        deadly = re.search(
            r"\b(?:di(?:ed|es|ing)|death|killed|succumbed|suicide|murder|assassin|execut|overdose)", sentence
        )
        found[Span(*match.span())] = 0.85 if deadly else 0.4
    if not found:
        for match in _CAUSE.finditer(sentence):
            if not re.match(r"[A-Z\d]", match.group("cause")):
                found[Span(*match.span("cause"))] = 0.5
    return tuple(Value(span, score) for span, score in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def nationality_values(text: str) -> tuple[Value, ...]:
    """Return demonyms and countries of a passage about one thing: what its first sentence calls it counts most."""
    copula = re.search(r"\b(?:is|was|were|are)\b", text)
    found: list[Value] = []
    for rank, (start, end, _, demonym) in enumerate(nationality_spans(text[:1500])):
        score = 0.9 if copula and copula.end() <= start <= copula.end() + 60 else 0.55
        if copula and start < copula.start():
            score = 0.5
        found.append(Value(Span(start, end), (score if demonym else score * 0.8) * 0.97**rank))
    return tuple(sorted(found, key=lambda value: (-value.score, value.span)))


_IN = re.compile(r"\b(?:in|of|at|near|on|within|serving|outside)\s+(?:the\s+)?(?=[^\W\d_])")


_WANTED = {
    "county": r"\b(?:County|Counties)\b|shire\b",
    "district": r"\bDistrict\b",
    "province": r"\bProvince\b",
    "region": r"\bRegion\b",
    "municipality": r"\bMunicipality\b",
    "island": r"\bIslands?\b",
    "continent": r"\b(?:Africa|Asia|Europe|North America|South America|Antarctica|Oceania|Australia)\b",
    "department": r"\bDepartment\b",
    "parish": r"\bParish\b",
    "prefecture": r"\bPrefecture\b",
    "river": r"\bRiver\b",
}


def place_values(sentence: str, wanted: str) -> tuple[Value, ...]:
    """Return the places that a sentence puts its subject in; ``wanted`` is the kind of place, as a noun, or empty."""
    found: dict[Span, float] = {}
    for match in _IN.finditer(sentence):
        whole = next_name(sentence, match.end(), len(sentence), commas=True, skip=5, breakers=BREAKERS)
        if whole is None:
            continue
        near = (
            1.0
            if re.search(r"\b(?:is|was|located|situated|lies|in|city|town|village)\b", sentence[: match.end()])
            else 0.7
        )
        part_start = whole.start
        for part in sentence[whole.start : whole.end].split(","):
            start = part_start + len(part) - len(part.lstrip())
            span = Span(start, start + len(part.strip()))
            part_start += len(part) + 1
            found.setdefault(span, near * _place_score(part.strip(), wanted))
        if not wanted:
            found[whole] = near * 0.85
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Value(span, score) for span, score in ranked if score > 0.2)


def _place_score(part: str, wanted: str) -> float:
    """Weigh a place by whether it is of the wanted kind."""
    country = country_of(part)
    if is_demonym(part):
        return 0.0
    if wanted in ("country", "nation"):
        return 0.9 if country is not None else 0.1
    if wanted == "state":
        return 0.9 if country is not None and fold(country) != fold(part) else 0.35 if country is None else 0.25
    if wanted in _WANTED:
        return 0.9 if re.search(_WANTED[wanted], part) else 0.4
    return 0.5 if country is not None else 0.75
