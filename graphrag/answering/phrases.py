"""Whole questions, by their question word: the kind of the answer and the chains that lead to it."""

from dataclasses import dataclass

from graphrag.answering.forms import Chain, Hop
from graphrag.answering.grammar import is_name, join, open_hop, parse_clause, parse_phrase
from graphrag.answering.relations import VERB_RELATIONS, noun_readings
from graphrag.answering.vocabulary import AUXILIARIES, DETERMINERS, PREPOSITIONS, RELATIVES, noun_kind, singular

__all__ = ["Asked", "asks_for_several", "parse_question"]

_PLURALS = frozenset("people children men women".split())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks: its answer's kind, the number of the name it starts from, and the chains from there."""

    kind: str
    name: int | None
    chains: tuple[Chain, ...]


def parse_question(tokens: list[str]) -> Asked:
    """Read a question that is not a comparison.

    Where the grammar is left with words that it does not know, the longest phrase that it does know ("the state where
    X is located") is walked first, and the other words become one last open hop.  Where they only lead to what the
    rest is asked of ("the captain of X" in "Where was the captain of X born?"), they are the first hop.

    Parameters
    ----------
    tokens : list of str
        As for :func:`parse_phrase`, without the question mark.
    """
    while tokens and tokens[0] in PREPOSITIONS:
        tokens = tokens[1:]
    if not tokens:
        return Asked("thing", None, ((),))
    asked = _parse(tokens)
    if not any(hop.open for chain in asked.chains for hop in chain) or not any(map(is_name, tokens)):
        return asked
    if all(len(chain) > 1 and chain[0].open and not any(hop.open for hop in chain[1:]) for chain in asked.chains):
        return asked
    window = _known_window(tokens)
    if window is None:
        name = asked.name if asked.name is not None else int(next(t for t in tokens if is_name(t))[1:])
        return Asked(asked.kind, name, open_hop(tokens[1:], asked.kind, _head(tokens[1:])))
    start, end, name, chains = window
    rest = tokens[1:start] + tokens[end:] if start else tokens[end:]
    if any(map(is_name, tokens)) and asked.chains[0] and not asked.chains[0][0].open and asked.name == name:
        return asked  # already closed from the name outwards
    return Asked(asked.kind, name, join(chains, open_hop(rest, asked.kind, _head(rest))))


def asks_for_several(tokens: list[str]) -> bool:
    """Tell whether a question asks for a plural: "which children", "who were X's parents".

    Parameters
    ----------
    tokens : list of str
        As for :func:`parse_question`.
    """
    while tokens and tokens[0] in PREPOSITIONS:
        tokens = tokens[1:]
    if not tokens or tokens[0] not in ("who", "which", "what"):
        return False
    rest = tokens[1:]
    if rest[:1] in (["are"], ["were"]):
        rest = rest[rest.index("'s") + 1 :] if "'s" in rest else rest[1:]
    elif tokens[0] == "who":
        return False
    if rest[:1] == ["the"]:
        rest = rest[1:]
    ends = AUXILIARIES | PREPOSITIONS | RELATIVES
    noun = rest[: next((i for i, t in enumerate(rest) if t in ends or is_name(t)), len(rest))][-1:]
    return bool(noun) and (noun[0] in _PLURALS or singular(noun[0]) != noun[0])


def _head(tokens: list[str]) -> str:
    """Return the noun that is asked for: "airport" of "the name of the airport in …"."""
    rest = [t for t in tokens if t not in DETERMINERS and t not in AUXILIARIES]
    if rest[:2] in (["name", "of"], ["names", "of"]):
        rest = rest[2:]
    cut = next((i for i, t in enumerate(rest) if t in PREPOSITIONS or is_name(t)), len(rest))
    return singular(rest[cut - 1]) if cut else ""


def _known_window(tokens: list[str]) -> tuple[int, int, int, tuple[Chain, ...]] | None:
    """Find the longest run of words that reads without open hops and has at least one hop."""
    starts = [i for i, t in enumerate(tokens) if t in DETERMINERS or is_name(t) or noun_readings(tokens[i:])[0]]
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
    if word in ("why", "how") and rest and rest[0] in AUXILIARIES:
        return _adverb(rest, "cause")
    if word == "how":
        name, chains = parse_phrase([t for t in rest if is_name(t)][:1])
        return Asked("number", name, join(chains, open_hop(rest, "number")))
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
        chains = tuple((*c[:-1], Hop(c[-1].relation, kind, c[-1].wanted, open=True)) if c else c for c in chains)
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
                return Asked("person", name, join(inner, ((Hop(relation, "person"),),)))
    asked = parse_clause(rest, "person", "")
    if asked is not None:
        return _finish("person", *asked)
    if rest and rest[0] in AUXILIARIES and rest[0] not in ("did", "does", "do"):
        return _finish("person", *parse_phrase(rest[1:]))
    name, inner = _first_phrase(rest)
    return Asked("person", name, join(inner, open_hop(rest, "person")))


def _first_phrase(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]]:
    """Read the longest phrase at the end of ``tokens`` that the vocabulary knows, else only the first name."""
    for start in range(len(tokens)):
        if tokens[start] in DETERMINERS and any(map(is_name, tokens[start:])):
            name, chains = parse_phrase(tokens[start:])
            if name is not None and chains[0] and not any(hop.open for hop in chains[0]):
                return name, chains
    return parse_phrase([t for t in tokens if is_name(t)][:1])


def _adverb(rest: list[str], kind: str) -> Asked:
    """Read what follows "where", "when", "why" or "how"."""
    body = rest[1:] if rest and rest[0] in AUXILIARIES else rest
    asked = parse_clause(body, kind, "")
    if asked is not None:
        return _finish(kind, *asked)
    name, chains = parse_phrase(body)
    last = chains[0][-1] if chains[0] else None
    if last is None:
        if kind == "place" and name is not None:
            return Asked(kind, name, ((Hop("located in", "place"),),))
        return Asked(kind, name, open_hop(body, kind))
    if last.kind == kind:
        return Asked(kind, name, chains)
    if last.open:
        inner_name, inner = _first_phrase(body)
        return Asked(kind, inner_name, join(inner, open_hop(list(body), kind)))
    if kind == "place":  # "where is the capital of X": the place itself, or where it lies
        return Asked(kind, name, tuple((*c, Hop("located in", "place")) for c in chains))
    return Asked(
        kind, name, tuple((*c, Hop(" ".join(t for t in body if not is_name(t)), kind, open=True)) for c in chains)
    )


def _what(rest: list[str]) -> Asked:
    """Read what follows "what" or "which"."""
    if rest and rest[0] in AUXILIARIES:
        if rest[0] in ("is", "was", "are", "were"):
            asked = None if rest[1:2] and rest[1] in DETERMINERS else parse_clause(rest[1:], "thing", "thing")
            return _finish("", *(asked or parse_phrase(rest[1:])))
        return _adverb(rest, "thing")
    cut = next((i for i, t in enumerate(rest) if t in AUXILIARIES or is_name(t) or t in ("the",)), len(rest))
    noun, body = rest[:cut], rest[cut:]
    if not noun:
        return _finish("", *parse_phrase(rest))
    kind, wanted = noun_kind(noun[-1]), singular(noun[-1])
    if len(noun) > 1 and noun[-1] in PREPOSITIONS:
        kind, wanted = noun_kind(noun[0]), singular(noun[0])
    body = body[1:] if body and body[0] in AUXILIARIES else body
    asked = parse_clause(body, kind, wanted)
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
        return Asked(kind, name, join(inner, readings))
    for size in (2, 1):  # "which person directed X"
        relation = VERB_RELATIONS.get(" ".join(noun[-size:])) or VERB_RELATIONS.get(" ".join(body[:size]))
        if relation and name is not None:
            return Asked(kind, name, ((Hop(relation, kind, wanted),),))
    inner_name, inner = _first_phrase(body)
    return Asked(kind, inner_name, join(inner, open_hop(noun + body, kind, wanted)))
