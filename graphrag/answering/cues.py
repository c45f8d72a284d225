"""How texts say relations: words that stand beside a value of each relation, read without a parser.

Used beside the extracted facts, for what extraction missed.  A cue is a pattern and where the value stands: after it,
before it, or after one of the prepositions that follow it in the sentence.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from graphrag.answering.countries import country_of, is_demonym, nationality_spans
from graphrag.answering.dates import find_dates
from graphrag.answering.spans import NOT_NAMES, names_in, next_name
from graphrag.text import fold
from graphrag.types import Span

__all__ = ["Cue", "Life", "Value", "cue_values", "is_female", "life_of", "nationality_values", "place_values"]

_RANKED = r"(?:older|elder|younger|twin|eldest|youngest|only|half|first|second|third|fourth|late|former|then|long-time|biological|own)?[ -]?"
_HIS = r"\b(?:his|her|their|whose)\b\s+(?:\w+\s+)?" + _RANKED
_BREAK = (
    r"who|which|whose|that|when|while|but|because|where|in|on|at|from|was|were|is|are|has|had|starring|featuring|about"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value found beside a cue: where it stands in the text that was searched, and how sure the cue is."""

    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern and where the value stands: "after" it, "before" it, or after one of ``prepositions``."""

    pattern: re.Pattern[str]
    side: str
    score: float
    prepositions: str = ""
    skip: int = 7


def _after(pattern: str, score: float, skip: int = 7) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), "after", score, skip=skip)


def _before(pattern: str, score: float) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), "before", score)


def _prepositional(pattern: str, prepositions: str, score: float, skip: int = 6) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), "prepositional", score, prepositions, skip)


_CUES: dict[str, tuple[Cue, ...]] = {
    "directed by": (
        _after(r"\bdirected\b[^.;]{0,60}?\bby\b", 0.95),
        _after(r"\bdirect(?:ion|orial (?:debut|effort))\b[^.;]{0,30}?\b(?:by|of|for|from)\b", 0.8),
        _after(
            r"\b(?:film|movie|serial|documentary|short|comedy|drama|thriller|western|musical)\s+(?:\w+\s+)?(?:by|from)\s+(?:director\s+)?",
            0.75,
            5,
        ),
        _after(r"\b(?:film-?maker|directors?)\b(?:\s+(?:is|was|were|are)|,)?", 0.6, 2),
        _before(r"\b(?:who\s+)?(?:also\s+)?directed\s+(?:the|this|it)\b", 0.6),
    ),
    "written by": (
        _after(
            r"\b(?:written|authored|penned|screenplay|script|story|words|lyrics|novel|book|play|poem)\b[^.;]{0,50}?\bby\b",
            0.9,
        ),
        _after(r"\b(?:author|writer|novelist|playwright|screenwriter|lyricist)\b(?:\s+(?:is|was)|,)?", 0.6, 2),
        _before(r"\bwrote\b", 0.5),
    ),
    "composed by": (
        _after(r"\bcomposed\b[^.;]{0,50}?\bby\b", 0.95),
        _after(r"\bcredited\s+to\b", 0.75, 4),
        _after(r"\b(?:music|score|soundtrack|songs?|tune|lyrics|theme)\b[^.;]{0,60}?\bby\b", 0.85),
        _after(r"\b(?:written|co-written)\b[^.;]{0,40}?\bby\b", 0.6),
        _after(r"\b(?:composers?|music director|songwriters?)\b(?:\s+(?:is|was|were)|,)?", 0.7, 2),
        _before(r"\b(?:composed|scored|wrote)\s+(?:the|its|all)\b", 0.7),
        _before(r"['’]s?\s+(?:music|score|soundtrack)\b", 0.4),
    ),
    "performed by": (
        _after(r"\b(?:performed|sung|recorded|released|covered)\b[^.;]{0,50}?\bby\b", 0.85),
        _after(
            r"\b(?:song|single|album|record|ballad|track|hit|EP|LP|mixtape|duet|debut|release|compilation)\b[^.;]{0,70}?\b(?:by|from|of)\b",
            0.9,
        ),
        _after(r"\b(?:singer|rapper|musician|band|group|artist|duo|vocalist|saxophonist|guitarist|pianist)\b", 0.6, 1),
        _before(r"['’]s?\s+(?:\w+\s+){0,3}(?:song|single|album|record|EP)\b", 0.8),
        _before(r"\b(?:recorded|sang|performed|released)\b", 0.5),
    ),
    "produced by": (
        _after(r"\bproduced\b[^.;]{0,50}?\bby\b", 0.95),
        _after(r"\bproducers?\b(?:\s+(?:is|was|were)|,)?", 0.6, 2),
    ),
    "starring": (
        _after(r"\b(?:starring|stars|starred|featuring|features|with)\b", 0.8, 6),
        _after(r"\b(?:played|portrayed)\b[^.;]{0,20}?\bby\b", 0.7),
    ),
    "founded by": (
        _after(
            r"\b(?:founded|established|started|created|formed|set up|launched|co-founded)\b[^.;]{0,50}?\bby\b", 0.95
        ),
        _after(r"\b(?:co-?)?founders?\b(?:\s+(?:is|was|were|are|of [^.;,]{2,40}?,)|,)?", 0.6, 3),
        _before(r"\b(?:co-)?founded\b", 0.6),
    ),
    "created by": (
        _after(
            r"\b(?:created|designed|developed|invented|painted|drawn|built|sculpted|made|commissioned)\b[^.;]{0,50}?\bby\b",
            0.9,
        ),
        _after(r"\b(?:painting|sculpture|series|cartoon|comic|work)\b[^.;]{0,30}?\bby\b", 0.7),
        _after(r"\b(?:creator|designer|architect|inventor|developer)s?\b(?:\s+(?:is|was|were)|,)?", 0.6, 2),
    ),
    "owned by": (
        _after(r"\b(?:owned|operated|run|acquired|bought|purchased|held)\b[^.;]{0,40}?\bby\b", 0.9),
        _after(r"\b(?:owner|subsidiary|division|brand|property)\b\s*(?:is|was|of)?", 0.7, 3),
    ),
    "spouse": (
        _after(r"\b(?:wife|husband|spouse|consort|widow|widower|queen consort|married name)\s+(?:of|to)\b", 0.9),
        _after(_HIS + r"(?:wife|husband|spouse|consort|widow|partner)\b(?:\s+(?:is|was)|,)?", 0.9, 4),
        _after(r"\b(?:married|marries|wed|weds)\b(?:\s+to\b)?", 0.9),
        _after(r"\b(?:marriage|engaged|betrothed|wedding)\b[^.;]{0,25}?\b(?:to|with|was)\b", 0.8),
        _after(r"\b(?:with|and|by)\s+(?:his|her)\s+(?:\w+\s+)?(?:wife|husband)\b", 0.8),
        _before(r"['’]s?\s+(?:\w+\s+)?(?:wife|husband|widow|consort)\b", 0.6),
        _before(r"(?:,\s*)?\bwhom?\s+(?:she|he)\s+(?:\w+\s+){0,2}(?:married|wed)\b", 0.85),
        _before(r",\s*(?:his|her)\s+(?:[\w-]+\s+)?(?:\w+-)*(?:wife|husband|spouse)\b", 0.75),
        _after(r"\b(?:wife|husband|queen(?: consort)? of|concubine of)\b", 0.5, 0),
    ),
    "father": (
        _after(
            r"\b(?:son|daughter|child|children|sons|daughters|boy)\b(?:\s+(?:born\s+)?|[^,.;()]{1,45}?)\b(?:of|to)\b",
            0.9,
        ),
        _after(_HIS + r"(?:father|dad)\b(?:\s+(?:is|was)|,)?", 0.9, 6),
        _after(r"\b(?:was\s+)?born\b[^.;]{0,120}?\bto\b", 0.75),
        _after(r"\b(?:parents)\b(?:\s+(?:are|were)|,)?", 0.7),
        _before(r"['’]s?\s+(?:\w+\s+){0,2}(?:son|daughter|child)\b", 0.6),
        _after(r"\bfathered by\b|\bsucceeded (?:his|her) father\b", 0.9),
    ),
    "child": (
        _after(r"\b(?:father|mother|parents?)\s+(?:of|to)\b", 0.9, 10),
        _after(
            _HIS
            + r"(?:sons?|daughters?|child(?:ren)?)\b(?:\s+(?:is|was|are|were|include|included|with [^,;.]{2,40}?)|,)?",
            0.8,
        ),
        _after(r"\b(?:had|has|have)\b[^.;]{0,40}?\b(?:sons?|daughters?|child(?:ren)?)\b\s*[,:]?", 0.7),
    ),
    "sibling": (
        _after(r"\b(?:brother|sister|sibling|twin)s?\s+(?:of|to)\b", 0.9),
        _after(_HIS + r"(?:brother|sister|sibling|half-brother|half-sister)s?\b(?:\s+(?:is|was|are|were)|,)?", 0.85, 5),
        _before(r"['’]s?\s+(?:\w+\s+)?(?:brother|sister)\b", 0.6),
    ),
    "born in": (
        _prepositional(r"\bborn\b", r"in|at|near", 0.9),
        _after(r"\b(?:native of|birthplace|hometown(?: of)?|home town(?: of)?)\b(?:\s+(?:is|was))?", 0.7),
        _prepositional(r"\b(?:grew up|raised|brought up)\b", r"in|at|near", 0.45),
    ),
    "died in": (
        _prepositional(
            r"\b(?:died|killed|assassinated|executed|murdered|perished|drowned|passed away)\b", r"in|at|near", 0.9
        ),
        _prepositional(r"\b(?:death|murder|assassination|execution)\b", r"in|at|near", 0.6),
        _prepositional(r"\b(?:lived|settled|moved|retired)\b", r"in|to|at", 0.3),
    ),
    "buried in": (
        _prepositional(r"\b(?:buried|interred|entombed|laid to rest|burial|tomb|cremated|grave)\b", r"in|at|near", 0.9),
    ),
    "educated at": (
        _prepositional(
            r"\b(?:educated|studied|graduat\w+|degree|B\.?A\.?|M\.?A\.?|Ph\.?D\.?|doctorate|diploma|enrolled|trained|schooling|education|"
            r"alumn\w+|studies)\b",
            r"at|from|in|of|with",
            0.85,
            5,
        ),
        _after(r"\b(?:attended|attending|attends|student (?:at|of)|studying at|educated at)\b", 0.85, 4),
    ),
    "works for": (
        _prepositional(
            r"\b(?:professor|lecturer|teacher|chair|dean|faculty|fellow|worked|works|working|employed|teaches|taught|teaching|joined|"
            r"journalist|reporter|engineer|correspondent|researcher|instructor|director|position)\b",
            r"at|for|with|of|by",
            0.7,
            5,
        ),
        _after(r"\bjoined\b", 0.5, 3),
    ),
    "member of": (
        _prepositional(
            r"\b(?:member|members|plays?|played|playing|signed|drummer|guitarist|singer|bassist|politician|midfielder|pitcher)\b",
            r"of|for|with|in",
            0.7,
        ),
    ),
    "award": (
        _after(
            r"\b(?:won|wins|winner of|received|receives|awarded|recipient of|earned|honou?red with|bestowed)\b", 0.8, 8
        ),
        _before(r"\b(?:was|were)\s+(?:awarded|given|presented)\b", 0.5),
    ),
    "based on": (_after(r"\b(?:based (?:up)?on|adapted from|adaptation of|inspired by)\b", 0.9, 9),),
    "part of": (
        _after(r"\b(?:part|division|subsidiary|segment|section|member|province|district|suburb)\s+of\b", 0.8, 5),
    ),
    "capital": (
        _after(r"\bcapital(?:\s+city)?\b[^.;]{0,25}?(?:\bis\b|\bwas\b|,|\bof\b)", 0.7, 4),
        _after(
            r"\b(?:administrative (?:centre|center)|county seat|headquarters)\b[^.;]{0,20}?(?:\bis\b|\bwas\b|\bin\b|\bat\b)",
            0.7,
            4,
        ),
        _before(r"\bis\s+(?:the|its)\s+(?:capital|county seat)\b", 0.7),
    ),
    "also known as": (
        _after(
            r"\b(?:also known as|better known as|known as|nicknamed|called|born(?: as)?|alias|pseudonym(?: of)?)\b",
            0.8,
            2,
        ),
    ),
}
_CUES["mother"] = (
    *(_after(p, s, k) for p, s, k in ((_HIS + r"(?:mother|mum|mom)\b(?:\s+(?:is|was)|,)?", 0.9, 6),)),
    *_CUES["father"][:1],
    *_CUES["father"][2:4],
)
_CUES["parent"] = (*_CUES["father"], _CUES["mother"][0])

_PERSON_RELATIONS = frozenset(
    "directed by|written by|composed by|performed by|produced by|starring|founded by|created by|spouse|father|mother|parent|child|sibling".split(
        "|"
    )
)
_LIST_GAP = re.compile(
    r"\s*(?:,\s*(?:and|&|by)?|and|&|with|by|or)\s+(?:of\s+|then\s+|later\s+|(?:his|her) (?:\w+ )?(?:wife|husband|consort|spouse),?\s+|the\s+)?"
)
_FEMALE = re.compile(
    r"\b(?:she|her|herself|actress|queen|princess|duchess|countess|empress|lady|daughter|baroness|woman|mother|wife)\b",
    re.IGNORECASE,
)
_MALE = re.compile(
    r"\b(?:he|his|him|himself|king|prince|duke|count|emperor|lord|son|baron|man|father|husband|sir)\b", re.IGNORECASE
)
_ORGANISATION = re.compile(
    r"\b(?:University|College|School|Institute|Academy|Conservatory|Conservatoire|Seminary|Gymnasium|Polytechnic|Lyceum|Universit\w+|UC|UCLA|MIT|École|Law)\b"
)
_AWARD = re.compile(
    r"\b(?:Awards?|Prizes?|Medals?|Oscars?|Emmys?|Orders?|Grammys?|Fellowships?|Honou?rs?|Cup|Trophy|Padma|Star|Cross|Emmy|Grammy|Legion|Bear|Lion|Palme)\b"
)
_CAUSE = re.compile(
    r"\b(?:died|dies|dying|death|succumbed|suffer(?:ed|ing|s)?|diagnosed|killed|due|complications)\b[^.;]{0,40}?\b(?:of|from|by|with|in|to|after|was)\s+"
    r"(?:an?\s+|the\s+)?(?P<cause>(?:complications (?:of|from)\s+)?[^.,;()]{3,60}?)(?=\s+(?:in|on|at|aged|when|while|shortly|after|during|and)\b|[.,;()]|$)"
)
_ILLNESS = re.compile(
    r"\b(?:(?!(?:from|of|an?|the|by|to|with|in|her|his|and|or|for|after|as)\b)[\w-]+ )?(?:cancer|leuka?emia|tuberculosis|pneumonia|heart (?:attack|failure|disease)|stroke|overdose|suicide|Parkinson's disease"
    r"|Alzheimer's disease|AIDS|cholera|typhoid|malaria|plague|smallpox|influenza|COVID-19|diabetes|cirrhosis|cardiac arrest"
    r"|(?:car|plane|traffic|road|motorcycle|train|boating) (?:accident|crash|collision)|accident|murder|assassination|execution|gunshot|drowning"
    r"|poisoning|childbirth|h(?:a?e)morrhage|sepsis|dysentery|beheading|hanging)\b",
    re.IGNORECASE,
)


def is_female(text: str) -> bool | None:
    """Tell from pronouns and titles whether a text is about a woman; None where it does not say."""
    female, male = len(_FEMALE.findall(text)), len(_MALE.findall(text))
    return None if female == male else female > male


@dataclass(frozen=True, slots=True)
class Life:
    """What the brackets after a person's name say, as spans of the text; None where they do not say it."""

    born_on: Span | None = None
    born_in: Span | None = None
    died_on: Span | None = None
    died_in: Span | None = None


_DASH = re.compile(
    r"\s[–—-]+\s|\s?[–—]\s?|(?<=[\d?A-Za-z])-\s|\s-(?=\w)|(?<=[\d?])-(?=c?\.?\s?\d{3,4}\b)|;\s*(?=died|d\.)|,\s*(?=died)"
)


@lru_cache(maxsize=20_000)
def life_of(text: str) -> Life:
    """Read "(born 10 January 1930 in Ajmer)" or "(1 May 1900, Lyon – 1980, Paris)" near the start of ``text``."""
    for opening in re.finditer(r"\(", text[:400]):
        close = _closing(text, opening.start())
        inside = text[opening.end() : close]
        if not find_dates(inside) and not re.search(r"\b(?:born|died|\d{3,4})\b", inside):
            continue
        begin = opening.end()
        dash = next(
            (
                m
                for m in _DASH.finditer(inside)
                if re.search(r"\d|\?|born", inside[: m.start()]) and re.search(r"\d|present", inside[m.end() :])
            ),
            None,
        )
        joined = find_dates(inside)
        if dash is None and len(joined) > 1 and joined[1].span.start - joined[0].span.end <= 1:
            cut = begin + joined[1].span.start
            return Life(*_date_place(text, begin, cut), *_date_place(text, cut, close))
        if dash is None:
            if re.match(r"\s*(?:died|d\.)", inside):
                return Life(None, None, *_date_place(text, begin, close))
            said_born = re.search(r"\bborn\b|\bb\.|\bné", inside)
            whole = find_dates(inside)
            if not said_born and not (whole and whole[0].date.day):
                continue
            return Life(*_date_place(text, begin, close))
        left, right = (begin, begin + dash.start()), (begin + dash.end(), close)
        if not re.search(r"\d{3}|\?", inside[: dash.start()]):
            continue
        return Life(*_date_place(text, *left), *_date_place(text, *right))
    return Life()


def _closing(text: str, opening: int) -> int:
    """Return where the bracket that opens at ``opening`` closes, at most 300 characters on."""
    depth = 0
    for position in range(opening, min(len(text), opening + 300)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return min(len(text), opening + 300)


def _date_place(text: str, start: int, stop: int) -> tuple[Span | None, Span | None]:
    """Return the first date of a part of the brackets, and the place beside it."""
    part = text[start:stop]
    dates = find_dates(part) or ()
    date = dates[0].span.shift(start) if dates else None
    if date is None:
        bare = re.search(r"\b\d{3,4}\b", part)
        date = Span(start + bare.start(), start + bare.end()) if bare else None
    after = date.end if date else start
    place = _place_at(text, after, stop)
    if place is None and date is not None:
        said = re.search(r"\bin\s+(?=[^\W\d])", part[: date.start - start])
        place = _place_at(text, start + said.start(), date.start) if said else None
    if place is None and date is None and not re.search(r"\b(?:born|née?)\b", part):
        place = None
    return date, place


def _place_at(text: str, start: int, stop: int) -> Span | None:
    """Return the place named after ``start``, over commas and "in"."""
    lead = re.compile(r"\??[\s,;]*(?:(?:in|at|near)\s+)?").match(text, start, stop)
    begin = lead.end() if lead else start
    name = next_name(text, begin, stop, commas=True, skip=3)
    return name if name is not None and fold(text[name.start : name.end].split()[0]) not in NOT_NAMES else None


def _prepositional_value(text: str, cue: Cue, begin: int, stop: int) -> Span | None:
    """Return the first name that follows one of the cue's prepositions after ``begin``."""
    for match in re.compile(rf"\b(?:{cue.prepositions})\b\s+").finditer(text, begin, min(stop, begin + 160)):
        if re.search(r";|\.\s+[A-Z]", text[begin : match.start()]):
            return None
        name = next_name(text, match.end(), stop, commas=True, skip=cue.skip, breakers=_BREAK)
        if name is not None and not is_demonym(text[name.start : name.end]):
            return name
    return None


def _suits(text: str, span: Span, relation: str) -> bool:
    """Tell whether a name may be a value of the relation: no people's adjectives for persons, no dates."""
    written = text[span.start : span.end]
    if relation in _PERSON_RELATIONS:
        return not is_demonym(written) and country_of(written) is None and fold(written) not in NOT_NAMES
    return True


def _named(text: str, cue: Cue, relation: str, match: re.Match[str], stop: int) -> list[Value]:
    """Return the names after the cue, a list of them as several values."""
    position, found = match.end(), []
    skip = cue.skip
    for _ in range(6):
        name = next_name(text, position, stop, commas=relation not in _PERSON_RELATIONS, skip=skip, breakers=_BREAK)
        if name is None:
            break
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
        position, skip = gap.end(), 2
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
    for cue in _CUES.get(relation, ()):
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
        whole = next_name(sentence, match.end(), len(sentence), commas=True, skip=5, breakers=_BREAK)
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
