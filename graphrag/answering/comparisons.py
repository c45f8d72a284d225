"""Questions that compare named things: which came first, who is older, whether both share a country."""

import re
from collections.abc import Sequence

from graphrag.answering.forms import Chain, Comparison, Hop
from graphrag.answering.relations import noun_readings
from graphrag.types import Span

__all__ = ["Option", "detect_comparison"]

Option = tuple[Span, str]

_FOUNDED = (
    r"\b(?:founded|established|formed|created|built|opened|started|begun|constructed|launched|incorporated|set up)\b"
)
_RELEASED = (
    r"\b(?:released?|came out|come out|published|premiered|aired|made|produced|debuted|issued|appeared?|written"
    r"|recorded|is|was|were)\b"
)
_FIRST = r"\b(?:first|earlier|earliest|before|sooner)"
_LAST = r"\b(?:last|later|latest|after|more recently)"
_NEWER = r"\b(?:last|later|latest|after|more recent|more recently|most recently|newer)\b"

# Pattern of the question without its names -> (least or greatest, relation, kind).
_ORDERS: tuple[tuple[str, str, str, str], ...] = (
    (r"\blived? (?:\w+ )?(?:longer|longest)|\blonger (?:life|lifespan|lived)", "greatest", "lifespan", "number"),
    (r"\blived? (?:\w+ )?(?:shorter|shortest)", "least", "lifespan", "number"),
    (rf"\b(?:died|die|passed away)\b.{{0,20}}{_FIRST}|\bfirst to die", "least", "died on", "date"),
    (rf"\b(?:died|die|passed away)\b.{{0,20}}{_LAST}", "greatest", "died on", "date"),
    (rf"\bborn\b.{{0,20}}{_FIRST}|\bfirst born", "least", "born on", "date"),
    (rf"\bborn\b.{{0,20}}{_LAST}", "greatest", "born on", "date"),
    (r"\b(?:older|elder|oldest|eldest)\b", "least", "born on", "date"),
    (r"\b(?:younger|youngest)\b", "greatest", "born on", "date"),
    (rf"{_FOUNDED}.{{0,20}}{_FIRST}", "least", "founded on", "date"),
    (rf"{_FOUNDED}.{{0,20}}{_LAST}", "greatest", "founded on", "date"),
    (rf"{_RELEASED}.{{0,25}}{_FIRST}\b", "least", "released in", "date"),
    (rf"{_RELEASED}.{{0,25}}{_NEWER}", "greatest", "released in", "date"),
    (r"\b(?:newer|newest|more recent|most recent)\b", "greatest", "released in", "date"),
    (
        r"\b(?:more|larger|largest|bigger|greater|higher|most)\b.{0,12}\b(?:population|inhabitants|people|populous)",
        "greatest",
        "population",
        "number",
    ),
    (
        r"\b(?:fewer|smaller|lower|less|least)\b.{0,12}\b(?:population|inhabitants|people|populous)",
        "least",
        "population",
        "number",
    ),
    (r"\b(?:taller|tallest|higher|highest)\b", "greatest", "height", "number"),
    (r"\b(?:lower|lowest)\b", "least", "height", "number"),
    (r"\b(?:longer|longest)\b", "greatest", "length", "number"),
    (r"\b(?:shorter|shortest)\b", "least", "length", "number"),
    (r"\b(?:larger|largest|bigger|biggest)\b", "greatest", "area", "number"),
    (r"\b(?:smaller|smallest)\b", "least", "area", "number"),
)
_SAME = (
    (r"\bnationalit|\bcitizen|\bcompatriot", "nationality", "nationality"),
    (r"\b(?:same|a) countr|\bsame nation\b|\bcountr(?:y|ies)\b", "country", "country"),
    (
        r"\bsame (?:year|day|date|time|month|decade|century)\b.*\bborn|\bborn\b.*\bsame (?:year|day|date|time"
        r"|month|decade|century)",
        "born on",
        "date",
    ),
    (
        r"\bsame (?:year|day|date|time|month|decade)\b.*\bdie|\bdied?\b.*\bsame (?:year|day|date|time|month|decade)",
        "died on",
        "date",
    ),
    (
        r"\b(?:released|published|came out|come out|made)\b.*\bsame (?:year|day|date|time)|\bsame year\b",
        "released in",
        "date",
    ),
    (r"\bborn\b.*\bsame\b|\bsame (?:birthplace|place of birth)|\bshare\b.*\bbirthplace", "born in", "place"),
    (r"\bdied?\b.*\bsame\b|\bsame place of death", "died in", "place"),
    (r"\blocated\b|\bsame (?:state|city|place|county|region|continent|district|province)\b", "located in", "place"),
    (r"\bsame (?:occupation|profession|job)|\bboth work as", "occupation", "occupation"),
    (r"\bsame director|\bdirected by the same", "directed by", "person"),
    (r"\bsame (?:composer)|\bcomposed by the same", "composed by", "person"),
    (r"\bsame (?:writer|author)|\bwritten by the same", "written by", "person"),
    (r"\bsame (?:performer|singer|artist|band)|\bperformed by the same", "performed by", "person"),
    (r"\bsame (?:university|college|school)", "educated at", "organisation"),
    (r"\bsame (?:genre|type|kind)", "instance of", "class"),
)
_YES_NO = re.compile(r"^\s*(?:are|is|was|were|do|does|did|have|has|had|can|could)\b", re.IGNORECASE)
_OR = re.compile(r",?\s+or\s+", re.IGNORECASE)
_AND = re.compile(r",?\s+(?:and|&)\s+", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^(?:(?:the|both|either|between|of|film|films|movie|movies|song|songs|album|albums|director|directors|composer"
    r"|performer|band|bands|magazine|magazines|book|books|by|did|was|is|are|do|does|were|who|out)\b[:,]?\s*)+",
    re.IGNORECASE,
)


def detect_comparison(
    question: str, names: Sequence[Option]
) -> tuple[tuple[Option, ...], tuple[Chain, ...], Comparison] | None:
    """Tell whether a question compares, and what.

    Parameters
    ----------
    question : str
    names : sequence of (Span, str)
        The names in it, without overlaps, in order.

    Returns
    -------
    (options, chains, comparison) or None
        The compared things, the hops from each to what is compared ("director"), and the comparison.
    """
    options = _alternatives(question, names)
    if len(options) >= 2 and not (_YES_NO.match(question) and not _OR.search(question)):
        rest = _without(question, [span for span, _ in options])
        for pattern, order, relation, kind in _ORDERS:
            if re.search(pattern, rest, re.IGNORECASE):
                return tuple(options), _bridge(rest, relation), Comparison(order, relation, kind)
    if not _YES_NO.match(question):
        return None
    return _yes_no(question, names)


def _alternatives(question: str, names: Sequence[Option]) -> list[Option]:
    """Return the things between which the question chooses: "…, A or B?", or two names joined by "or" or "and"."""
    joints = [m for m in _OR.finditer(question) if not any(s.start < m.end() and m.start() < s.end for s, _ in names)]
    joints = joints or list(_OR.finditer(question))
    if joints:
        joint = joints[-1]
        right = _trim(question, joint.end(), len(question.rstrip(" ?!.")))
        left_limit = _left_limit(question, joint.start(), names)
        left = _trim(question, left_limit, joint.start())
        if left.start < left.end and right.start < right.end:
            return [_named(question, left, names), _named(question, right, names)]
    if len(names) >= 2:
        between = question[names[-2][0].end : names[-1][0].start]
        if _AND.fullmatch(between) or _AND.search(between):
            return [names[-2], names[-1]]
    return []


def _left_limit(question: str, end: int, names: Sequence[Option]) -> int:
    """Return where the alternative that ends at ``end`` begins."""
    inside = [s for s, _ in names if s.end <= end and not question[s.end : end].strip(" ,\"'”’")]
    commas = [m.end() for m in re.finditer(r"[,:?]\s", question[:end])]
    if inside:
        start = inside[-1].start
        # A name that holds commas itself: what follows the first comma after the comparing words.
        head = [c for c in commas if c <= start]
        words = [
            c
            for c in head
            if re.search(
                r"\b(?:first|earlier|later|older|younger|longer|recently|died|born|last|other)\W*$", question[:c]
            )
        ]
        if words and re.fullmatch(r"[^?]*", question[words[0] : start]):
            return words[0]
        return start
    return commas[0] if commas else end


def _trim(question: str, start: int, end: int) -> Span:
    """Return the span without white space, quotes, commas and "the film" at its ends."""
    text = question[start:end]
    lead = re.match(r"[\s,\"'“”:]*", text)
    start += lead.end() if lead else 0
    intro = _LEAD_IN.match(question[start:end])
    if intro and intro.end() < end - start and not question[start : start + 1].isupper():
        start += intro.end()
    while end > start and question[end - 1] in " ,\"'“”?":
        end -= 1
    return Span(start, end)


def _named(question: str, span: Span, names: Sequence[Option]) -> Option:
    """Give an alternative the dictionary's name for it, where one covers it all but for a few words."""
    inside = [(s, n) for s, n in names if span.start <= s.start and s.end <= span.end]
    for name_span, name in inside:  # "… or X born first": the rest of the question is no part of the name
        rest = question[name_span.end : span.end].split()
        if name_span.start == span.start and rest and all(word.islower() for word in rest):
            return name_span, name
    if inside:
        best = max(inside, key=lambda item: item[0].end - item[0].start)
        if (best[0].end - best[0].start) * 10 >= (span.end - span.start) * 6 and len(inside) == 1:
            return (span if best[0].start - span.start < 3 else best[0]), best[1]
    return span, question[span.start : span.end]


def _without(question: str, spans: Sequence[Span]) -> str:
    """Return the question with the alternatives cut out."""
    pieces, last = [], 0
    for span in sorted(spans):
        pieces.append(question[last : span.start])
        last = span.end
    pieces.append(question[last:])
    return " … ".join(pieces)


def _bridge(rest: str, relation: str) -> tuple[Chain, ...]:
    """Find the relation between the named things and what is compared: the *director* of each film."""
    tokens = re.findall(r"[a-z]+(?:-[a-z]+)*|…", rest.lower())
    for at in range(len(tokens)):
        count, readings = noun_readings(tokens[at:])
        if not count or any(hop.kind not in ("person", "organisation") for hop in readings[0]):
            continue
        if tokens[at + count : at + count + 1] == ["…"]:
            continue  # "are the bands A and B": what the named things are
        before = tokens[max(0, at - 2) : at]
        after = tokens[at + count : at + count + 1]
        if at <= 1 and tokens[0] in ("who", "which", "what") and after != ["of"]:
            continue  # "which director was born first, A or B": the names are the directors
        if at == 1 and tokens[0] in ("is", "are", "do", "did", "was", "were") and after not in (["of"], ["for"]):
            continue
        if before or after == ["of"]:
            if relation == readings[0][-1].relation:
                continue
            return tuple(readings)
    return ((),)


def _yes_no(question: str, names: Sequence[Option]) -> tuple[tuple[Option, ...], tuple[Chain, ...], Comparison] | None:
    """Read "Are A and B from the same country?" and "Was A born in B?"."""
    if len(names) < 2:
        return None
    rest = _without(question, [span for span, _ in names]).lower()
    if re.search(r"\b(?:same|both|share|similar|compatriots?)\b", rest):
        for pattern, relation, kind in _SAME:
            if re.search(pattern, rest):
                return tuple(names[:2]), _bridge(rest, relation), Comparison("same", relation, kind)
        value = re.sub(r"…|\b(?:are|is|was|were|do|does|did|have|has|and|both|also|the|a|an|of)\b|[?,.]", " ", rest)
        options = tuple(names[:2])
        if len(names) > 2:
            value += " " + " ".join(question[s.start : s.end] for s, _ in names[2:])
        return options, ((),), Comparison("both", "instance of", "class", " ".join(value.split()))
    return _verify(question, names)


_CLAIMS: tuple[tuple[str, str, str, bool], ...] = (
    (r"\bborn\b", "born in", "place", False),
    (r"\bdied?\b", "died in", "place", False),
    (r"\bburied\b", "buried in", "place", False),
    (r"\blocated|\bsituated|\bin\b", "located in", "place", False),
    (r"\bdirect(?:ed)?\b", "directed by", "person", True),
    (r"\b(?:write|wrote|written|author)\b", "written by", "person", True),
    (r"\bcompose[d]?\b", "composed by", "person", True),
    (r"\b(?:perform|performed|sing|sang|record|recorded)\b", "performed by", "person", True),
    (r"\bproduced?\b", "produced by", "person", True),
    (r"\bfound(?:ed)?\b", "founded by", "person", True),
    (r"\b(?:married|marry|wife|husband|spouse)\b", "spouse", "person", False),
    (r"\b(?:father)\b", "father", "person", True),
    (r"\b(?:mother)\b", "mother", "person", True),
    (r"\b(?:son|daughter|child)\b", "parent", "person", False),
    (r"\b(?:brother|sister|sibling)\b", "sibling", "person", False),
    (r"\b(?:work|worked|employed)\b", "works for", "organisation", False),
    (r"\b(?:study|studied|attend|attended|graduate|graduated)\b", "educated at", "organisation", False),
    (r"\bcapital\b", "capital of", "place", False),
    (r"\bpart of\b", "part of", "thing", False),
)


def _verify(question: str, names: Sequence[Option]) -> tuple[tuple[Option, ...], tuple[Chain, ...], Comparison] | None:
    """Read "Was A born in B?": a claim about two names."""
    rest = _without(question, [span for span, _ in names[:2]]).lower()
    for pattern, relation, kind, backwards in _CLAIMS:
        if re.search(pattern, rest):
            active = backwards and not re.search(r"\bby\b", rest)
            first, second = (names[1], names[0]) if active else (names[0], names[1])
            chain = (Hop(relation, kind),)
            value = question[second[0].start : second[0].end]
            return (first, second), (chain,), Comparison("verify", relation, kind, value)
    return None
