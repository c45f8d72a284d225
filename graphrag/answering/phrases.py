"""A small grammar of questions: from words with their names masked to a name and a chain of hops.

Names stand as ``§0``, ``§1``, … so that no word of a name is taken for a relation.  The grammar covers "the R of X",
"X's R", relative clauses ("the state where X is located", "the person who directed X") and the verbs of questions;
words that it does not know become an open hop, which the reader answers by matching words.
"""

import re
from dataclasses import dataclass

from graphrag.answering.forms import Chain, Hop
from graphrag.answering.relations import KINDS, VERB_RELATIONS, noun_readings, place_noun

__all__ = ["Asked", "is_name", "parse_phrase", "parse_question", "singular"]

_DETERMINERS = frozenset("the a an both his her its their this that these those s".split())
_AUXILIARIES = frozenset("is was are were did does do has have had been be being can could will would also".split())
_PREPOSITIONS = frozenset("of for to in at by behind from on with".split())
_RELATIVES = frozenset("who that which where whose whom when".split())

# A verb at the end of a question or clause, and the relation it stands for when a place, a time, a cause or a thing is
# asked for.  An empty relation: the verb keeps its own words.
_VERBS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"born( in| at| on)?", {"place": "born in", "date": "born on"}),
    (
        r"(die|died|dies|pass away|passed away|killed|assassinated|deceased)( in| at| on| of| from)?",
        {"place": "died in", "date": "died on", "cause": "died of"},
    ),
    (r"(buried|interred|entombed|laid to rest)( in| at)?", {"place": "buried in"}),
    (
        r"(study|studied|educated|attend|attended|graduate|graduated|graduate from|graduated from|go to school"
        r"|go to college|go to university|educated at|study at|studied at|schooled)( in| at| from)?",
        {"place": "educated at", "thing": "educated at"},
    ),
    (
        r"(work|works|worked|employed|teach|taught|teaches)( at| for| by| in)?",
        {"place": "works for", "thing": "works for"},
    ),
    (
        r"(located|situated|lie|lies|found|based|headquartered)( in| at| on)?",
        {"place": "located in", "thing": "located in"},
    ),
    (
        r"(released|come out|came out|published|premiered|premiere|air|aired|debut|issued)( in| on)?",
        {"date": "released in"},
    ),
    (
        r"(founded|established|formed|created|built|opened|incorporated|set up|constructed|launched)( in| on)?",
        {"date": "founded on"},
    ),
    (
        r"(from|come from|comes from|originate from|originate|hail from|originally from|native to)",
        {"place": "nationality"},
    ),
    (r"(citizen|citizen of|a citizen of|a citizen|a national of)", {"place": "nationality"}),
    (r"(married|married to|marry|wed)", {"person": "spouse"}),
    (r"(win|won|receive|received|earn|earned|get|got|awarded|given|receives|wins)", {"thing": "award"}),
    (
        r"(play for|played for|plays for|belong to|belongs to|a member of|member of)",
        {"thing": "member of", "place": "member of"},
    ),
    (r"(directed by|directed)", {"person": "directed by"}),
    (r"(written by|authored by)", {"person": "written by"}),
    (r"(composed by)", {"person": "composed by"}),
    (r"(performed by|sung by|recorded by)", {"person": "performed by"}),
    (r"(produced by)", {"person": "produced by"}),
    (r"(founded by|established by|started by)", {"person": "founded by", "thing": "founded by"}),
    (r"(created by|designed by|painted by|invented by|built by)", {"person": "created by"}),
    (r"(owned by)", {"person": "owned by", "thing": "owned by"}),
    (r"(based on)", {"thing": "based on"}),
    (r"(part of)", {"thing": "part of", "place": "located in"}),
    (r"(in)", {"place": "located in"}),
)
_VERB_PATTERNS = tuple(
    (re.compile(rf"(?:^|.*?\s){pattern}$"), re.compile(rf"\s?\b{pattern}$"), by) for pattern, by in _VERBS
)

_NOUN_KINDS = {
    "year": "year",
    "date": "date",
    "day": "date",
    "month": "date",
    "decade": "date",
    "century": "date",
    "time": "date",
    "nationality": "nationality",
    "person": "person",
    "man": "person",
    "woman": "person",
    "actor": "person",
    "actress": "person",
    "player": "person",
    "president": "person",
    "king": "person",
    "queen": "person",
    "leader": "person",
    "singer": "person",
    "director": "person",
    "author": "person",
    "writer": "person",
    "character": "person",
    "film": "work",
    "movie": "work",
    "book": "work",
    "song": "work",
    "album": "work",
    "novel": "work",
    "band": "organisation",
    "company": "organisation",
    "team": "organisation",
    "club": "organisation",
    "university": "organisation",
    "college": "organisation",
    "school": "organisation",
    "party": "organisation",
    "organization": "organisation",
    "organisation": "organisation",
    "league": "organisation",
    "label": "organisation",
    "percentage": "number",
    "number": "number",
    "population": "number",
    "language": "thing",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks: its answer's kind, the number of the name it starts from, and the chains from there."""

    kind: str
    name: int | None
    chains: tuple[Chain, ...]


def is_name(token: str) -> bool:
    """Tell whether a token stands for a name."""
    return token.startswith("§")


def singular(noun: str) -> str:
    """Return the singular of an English noun, roughly."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def noun_kind(noun: str) -> str:
    """Return the kind of thing a noun asks for."""
    one = singular(noun)
    if one == "country" or one == "nation":
        return "country"
    if place_noun(one):
        return "place"
    if one in _NOUN_KINDS:
        return _NOUN_KINDS[one]
    count, readings = noun_readings([one])
    return readings[0][-1].kind if count else "thing"


def _join(inner: tuple[Chain, ...], outer: tuple[Chain, ...]) -> tuple[Chain, ...]:
    """Follow every inner chain by every outer one."""
    return tuple(i + o for i in inner for o in outer)


def _open(tokens: list[str], kind: str, wanted: str = "") -> tuple[Chain, ...]:
    """Make a hop of words that the vocabulary does not know."""
    words = [t for t in tokens if not is_name(t) and t not in _DETERMINERS and t not in _AUXILIARIES and t != "'s"]
    if not any(w not in _PREPOSITIONS and w not in _RELATIVES for w in words):
        return ((),)
    return ((Hop(" ".join(words), kind, wanted, open=True),),)


def _strip(tokens: list[str]) -> list[str]:
    """Drop leading determiners and trailing auxiliaries."""
    start, end = 0, len(tokens)
    while start < end and tokens[start] in _DETERMINERS:
        start += 1
    while end > start and (tokens[end - 1] in _AUXILIARIES or tokens[end - 1] in ("and", ",")):
        end -= 1
    return tokens[start:end]


def parse_phrase(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]]:
    """Read a noun phrase.

    Parameters
    ----------
    tokens : list of str
        Lower-case words; names as ``§n``; the possessive as its own token ``'s``.

    Returns
    -------
    (int or None, tuple of Chain)
        The number of the name the phrase starts from, and its readings from there.
    """
    tokens = _strip(tokens)
    if not any(map(is_name, tokens)):
        return None, _open(tokens, "thing", tokens[-1] if tokens else "")
    if len(tokens) == 1:
        return int(tokens[0][1:]), ((),)
    return _noun_of(tokens) or _possessive(tokens) or _relative(tokens) or _compound(tokens) or _open_of(tokens)


def _noun_of(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "R of X", with up to two adjectives before R."""
    for skip in range(min(3, len(tokens))):
        if is_name(tokens[skip]) or tokens[skip] in _RELATIVES or tokens[skip] in _PREPOSITIONS:
            return None
        count, readings = noun_readings(tokens[skip:])
        after = skip + count
        if count and after < len(tokens) - 1 and tokens[after] in _PREPOSITIONS:
            name, inner = parse_phrase(tokens[after + 1 :])
            return (name, _join(inner, readings)) if name is not None else None
    return None


def _possessive(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "X's R"."""
    if "'s" not in tokens:
        return None
    at = len(tokens) - 1 - tokens[::-1].index("'s")
    left, right = tokens[:at], tokens[at + 1 :]
    first = next((i for i, t in enumerate(left) if is_name(t)), -1)
    if first < 0 or any(t in _RELATIVES or t in _PREPOSITIONS for t in left[:first]):
        return None
    name, inner = parse_phrase(left)
    for skip in range(min(3, len(right))):
        count, readings = noun_readings(right[skip:])
        if count and skip + count == len(right):
            return name, _join(inner, readings)
    return name, _join(inner, _open(right, noun_kind(right[-1]) if right else "thing", right[-1] if right else ""))


def _relative(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "the N where X is located", "the N who VERB X", "the N that X VERB", "the N containing X"."""
    cut = next((i for i, t in enumerate(tokens) if t in _RELATIVES or t in ("containing", "including")), None)
    first = next(i for i, t in enumerate(tokens) if is_name(t))
    if cut is None or cut == 0 or cut > first:
        return _reduced(tokens, first)
    head, clause = tokens[:cut], tokens[cut + 1 :]
    if head[-1] in _PREPOSITIONS:  # "the city in which"
        head = head[:-1]
    if not head or any(t in _PREPOSITIONS for t in head):
        return None
    wanted = singular(head[-1])
    if tokens[cut] in ("containing", "including"):
        name, inner = parse_phrase(clause)
        return name, _join(inner, ((Hop("located in", "place", wanted),),))
    if tokens[cut] == "whose":
        return _whose(clause, wanted)
    if tokens[cut] in ("who", "that", "which") and clause and not is_name(clause[0]):
        verbs = [t for t in clause if t not in _AUXILIARIES] if clause[0] in _AUXILIARIES else clause
        for size in (3, 2, 1):
            relation = VERB_RELATIONS.get(" ".join(clause[:size])) or VERB_RELATIONS.get(" ".join(verbs[:size]))
            if relation:
                rest = clause[size:] if VERB_RELATIONS.get(" ".join(clause[:size])) else verbs[size:]
                name, inner = parse_phrase(rest)
                if name is not None:
                    return name, _join(inner, ((Hop(relation, "person", wanted),),))
    asked = _clause(clause, noun_kind(wanted), wanted)
    if asked is not None:
        return asked
    name, inner = parse_phrase([t for t in clause if is_name(t)][:1])
    return name, _join(inner, _open(head + clause, noun_kind(wanted), wanted))


def _reduced(tokens: list[str], first: int) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "the city X was born in", a relative clause without its pronoun."""
    if first == 0 or first == len(tokens) - 1:
        return None
    head = [t for t in tokens[:first] if t not in _DETERMINERS]
    if not head or any(t in _PREPOSITIONS for t in head) or not any(t in _AUXILIARIES for t in tokens[first + 1 :]):
        return None
    return _clause(tokens[first:], noun_kind(head[-1]), singular(head[-1]))


def _whose(clause: list[str], wanted: str) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "the N whose R is X": R, walked backwards."""
    count, readings = noun_readings(clause)
    if not count or len(readings[0]) != 1:
        return None
    name, inner = parse_phrase([t for t in clause[count:] if t not in _AUXILIARIES])
    if name is None:
        return None
    return name, _join(inner, ((Hop(readings[0][0].relation, noun_kind(wanted), wanted, inverse=True),),))


def _asks_for(kind: str) -> str:
    """Return which column of the verb table a kind reads."""
    if kind in ("place", "country"):
        return "place"
    if kind in ("date", "year"):
        return "date"
    return kind if kind in ("person", "cause") else "thing"


def _clause(tokens: list[str], kind: str, wanted: str) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "X was born (in)": a subject with a verb of the table at its end."""
    if not any(map(is_name, tokens)):
        return None
    text = " ".join(tokens)
    column = _asks_for(kind)
    for pattern, tail, relations in _VERB_PATTERNS:
        if not pattern.match(text):
            continue
        relation = relations.get(column) or (relations.get("place") if column == "thing" and wanted == "" else None)
        if relation is None:
            continue
        subject = [t for t in tail.sub("", text).split() if t]
        subject = [t for i, t in enumerate(subject) if not (i == 0 and t in _AUXILIARIES)]
        if not any(map(is_name, subject)):
            continue
        name, inner = parse_phrase(subject)
        value_kind = kind if kind not in ("thing", "") else KINDS[relation]
        if relation == "nationality" and kind in ("place",):
            relation, value_kind = (
                ("nationality", "country") if wanted in ("", "country", "nation") else ("born in", "place")
            )
        return name, _join(inner, ((Hop(relation, value_kind, wanted),),))
    bare = [t for t in tokens if t not in _AUXILIARIES]
    if column == "place" and bare and is_name(bare[-1]) and len(bare) == len([t for t in bare if is_name(t)]):
        name, inner = parse_phrase(bare)
        return name, _join(inner, ((Hop("located in", kind, wanted),),))
    return None


def _compound(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "film X" and "the X singer"."""
    names = [i for i, t in enumerate(tokens) if is_name(t)]
    if names[0] == len(tokens) - 1 and not any(t in _PREPOSITIONS for t in tokens):
        return int(tokens[-1][1:]), ((),)
    if names[0] == 0 and len(tokens) <= 4:
        count, readings = noun_readings(tokens[1:])
        if count and count == len(tokens) - 1:
            return int(tokens[0][1:]), readings
    return None


def _open_of(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]]:
    """Read "WORDS of PHRASE" with words outside the vocabulary, else everything as words about the first name."""
    for at, token in enumerate(tokens):
        if is_name(token):
            break
        if token in ("of", "in", "for", "at", "from", "by") and at > 0:
            inner_name, inner = parse_phrase(tokens[at + 1 :])
            if inner_name is not None:
                head = [t for t in tokens[:at] if t not in _DETERMINERS]
                if inner == ((),) or all(h.relation for chain in inner for h in chain):
                    return inner_name, _join(
                        inner, _open(head, noun_kind(head[-1]) if head else "thing", head[-1] if head else "")
                    )
    name = int(next(t for t in tokens if is_name(t))[1:])
    return name, _open(tokens, "thing", "")


def parse_question(tokens: list[str]) -> Asked:
    """Read a question that is not a comparison.

    Where the grammar is left with words that it does not know, the longest phrase that it does know ("the state where
    X is located") is walked first, and the other words become one last open hop.

    Parameters
    ----------
    tokens : list of str
        As for :func:`parse_phrase`, without the question mark.
    """
    while tokens and tokens[0] in _PREPOSITIONS:
        tokens = tokens[1:]
    if not tokens:
        return Asked("thing", None, ((),))
    asked = _parse(tokens)
    if not any(hop.open for chain in asked.chains for hop in chain) or not any(map(is_name, tokens)):
        return asked
    window = _known_window(tokens)
    if window is None:
        name = asked.name if asked.name is not None else int(next(t for t in tokens if is_name(t))[1:])
        return Asked(asked.kind, name, _open(tokens[1:], asked.kind))
    start, end, name, chains = window
    rest = tokens[1:start] + tokens[end:] if start else tokens[end:]
    if any(map(is_name, tokens)) and asked.chains[0] and not asked.chains[0][0].open and asked.name == name:
        return asked  # already closed from the name outwards
    return Asked(asked.kind, name, _join(chains, _open(rest, asked.kind)))


def _known_window(tokens: list[str]) -> tuple[int, int, int, tuple[Chain, ...]] | None:
    """Find the longest run of words that reads without open hops and has at least one hop."""
    starts = [i for i, t in enumerate(tokens) if t in _DETERMINERS or is_name(t) or noun_readings(tokens[i:])[0]]
    windows = sorted(
        ((end - start, start, end) for start in starts for end in range(start + 2, min(len(tokens), start + 16) + 1)),
        key=lambda item: (-item[0], item[1]),
    )
    for _, start, end in windows:
        part = tokens[start:end]
        if not any(map(is_name, part)) or (end < len(tokens) and tokens[end] == "'s"):
            continue
        name, chains = parse_phrase(part)
        if name is not None and chains[0] and not any(hop.open for chain in chains for hop in chain):
            return start, end, name, chains
    return None


def _parse(tokens: list[str]) -> Asked:
    """Read a question by its question word."""
    word, rest = tokens[0], tokens[1:]
    if word in ("who", "whom", "whose"):
        return _who(rest)
    if word == "where":
        return _adverb(rest, "place")
    if word == "when":
        return _adverb(rest, "date")
    if word in ("why", "how") and rest and rest[0] in _AUXILIARIES:
        return _adverb(rest, "cause")
    if word == "how":
        name, chains = parse_phrase([t for t in rest if is_name(t)][:1])
        return Asked("number", name, _join(chains, _open(rest, "number")))
    if word in ("what", "which", "name"):
        return _what(rest)
    name, chains = parse_phrase(tokens)
    return Asked(chains[0][-1].kind if chains[0] else "thing", name, chains)


def _finish(kind: str, name: int | None, chains: tuple[Chain, ...]) -> Asked:
    """Settle the kind of the answer: what the chain leads to, unless the question says better."""
    last = chains[0][-1] if chains and chains[0] else None
    if last is not None and (kind in ("", "thing") or last.kind in ("nationality", "cause")):
        kind = last.kind
    if last is not None and last.open and kind not in ("", last.kind):
        chains = tuple(c[:-1] + (Hop(c[-1].relation, kind, c[-1].wanted, open=True),) if c else c for c in chains)
    return Asked(kind or "thing", name, chains)


def _who(rest: list[str]) -> Asked:
    """Read what follows "who"."""
    while rest and rest[0] == "else":
        rest = rest[1:]
    for size in (3, 2, 1):
        relation = VERB_RELATIONS.get(" ".join(rest[:size]))
        if relation and any(map(is_name, rest[size:])):
            name, inner = parse_phrase(rest[size:])
            if name is not None:
                return Asked("person", name, _join(inner, ((Hop(relation, "person"),),)))
    asked = _clause(rest, "person", "")
    if asked is not None:
        return _finish("person", *asked)
    if rest and rest[0] in _AUXILIARIES and rest[0] not in ("did", "does", "do"):
        return _finish("person", *parse_phrase(rest[1:]))
    name, inner = _first_phrase(rest)
    return Asked("person", name, _join(inner, _open(rest, "person")))


def _first_phrase(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]]:
    """Read the longest phrase at the end of ``tokens`` that the vocabulary knows, else only the first name."""
    for start in range(len(tokens)):
        if tokens[start] in _DETERMINERS and any(map(is_name, tokens[start:])):
            name, chains = parse_phrase(tokens[start:])
            if name is not None and chains[0] and not any(hop.open for hop in chains[0]):
                return name, chains
    return parse_phrase([t for t in tokens if is_name(t)][:1])


def _adverb(rest: list[str], kind: str) -> Asked:
    """Read what follows "where", "when", "why" or "how"."""
    body = rest[1:] if rest and rest[0] in _AUXILIARIES else rest
    asked = _clause(body, kind, "")
    if asked is not None:
        return _finish(kind, *asked)
    name, chains = parse_phrase(body)
    last = chains[0][-1] if chains[0] else None
    if last is None:
        if kind == "place" and name is not None:
            return Asked(kind, name, ((Hop("located in", "place"),),))
        return Asked(kind, name, _open(body, kind))
    if last.kind == kind:
        return Asked(kind, name, chains)
    if last.open:
        inner_name, inner = _first_phrase(body)
        return Asked(kind, inner_name, _join(inner, _open([t for t in body], kind)))
    if kind == "place":  # "where is the capital of X": the place itself, or where it lies
        return Asked(kind, name, tuple(c + (Hop("located in", "place"),) for c in chains))
    return Asked(
        kind, name, tuple(c + (Hop(" ".join(t for t in body if not is_name(t)), kind, open=True),) for c in chains)
    )


def _what(rest: list[str]) -> Asked:
    """Read what follows "what" or "which"."""
    if rest and rest[0] in _AUXILIARIES:
        if rest[0] in ("is", "was", "are", "were"):
            asked = None if rest[1:2] and rest[1] in _DETERMINERS else _clause(rest[1:], "thing", "thing")
            return _finish("", *(asked or parse_phrase(rest[1:])))
        return _adverb(rest, "thing")
    cut = next((i for i, t in enumerate(rest) if t in _AUXILIARIES or is_name(t) or t in ("the",)), len(rest))
    noun, body = rest[:cut], rest[cut:]
    if not noun:
        return _finish("", *parse_phrase(rest))
    kind, wanted = noun_kind(noun[-1]), singular(noun[-1])
    if len(noun) > 1 and noun[-1] in _PREPOSITIONS:
        kind, wanted = noun_kind(noun[0]), singular(noun[0])
    body = body[1:] if body and body[0] in _AUXILIARIES else body
    asked = _clause(body, kind, wanted)
    if asked is not None:
        return _finish(kind, *asked)
    count, readings = noun_readings([wanted])
    name, inner = parse_phrase(body)
    if (
        count
        and len(readings[0]) == 1
        and kind not in ("place", "person", "work")
        and (not inner[0] or not inner[0][-1].open)
    ):
        return Asked(kind, name, _join(inner, readings))
    for size in (2, 1):  # "which person directed X"
        relation = VERB_RELATIONS.get(" ".join(noun[-size:])) or VERB_RELATIONS.get(" ".join(body[:size]))
        if relation and name is not None:
            return Asked(kind, name, ((Hop(relation, kind, wanted),),))
    inner_name, inner = _first_phrase(body)
    return Asked(kind, inner_name, _join(inner, _open(noun + body, kind, wanted)))
