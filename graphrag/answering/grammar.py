"""A small grammar of questions: from words with their names masked to a name and a chain of hops.

Names stand as ``§0``, ``§1``, … so that no word of a name is taken for a relation.  The grammar covers "the R of X",
"X's R", relative clauses ("the state where X is located", "the person who directed X") and the verbs of questions;
words that it does not know become an open hop, which the reader answers by matching words.
"""

from graphrag.answering.forms import Chain, Hop
from graphrag.answering.relations import KINDS, VERB_RELATIONS, noun_readings
from graphrag.answering.vocabulary import (
    AUXILIARIES,
    DETERMINERS,
    PREPOSITIONS,
    RELATIVES,
    VERB_PATTERNS,
    noun_kind,
    singular,
)

__all__ = ["is_name", "join", "open_hop", "parse_clause", "parse_phrase", "unread_clause"]


# "The X team" is X itself, not a team of X.
_GROUPS = frozenset("team club party group university college school".split())


def is_name(token: str) -> bool:
    """Tell whether a token stands for a name."""
    return token.startswith("§")


def join(inner: tuple[Chain, ...], outer: tuple[Chain, ...]) -> tuple[Chain, ...]:
    """Follow every inner chain by every outer one."""
    return tuple(i + o for i in inner for o in outer)


def open_hop(tokens: list[str], kind: str, wanted: str = "") -> tuple[Chain, ...]:
    """Make a hop of words that the vocabulary does not know."""
    words = [t for t in tokens if not is_name(t) and t not in DETERMINERS and t not in AUXILIARIES and t != "'s"]
    if not any(w not in PREPOSITIONS and w not in RELATIVES for w in words):
        return ((),)
    return ((Hop(" ".join(words), kind, wanted, open=True),),)


def _strip(tokens: list[str]) -> list[str]:
    """Drop leading determiners and trailing auxiliaries."""
    start, end = 0, len(tokens)
    while start < end and tokens[start] in DETERMINERS:
        start += 1
    while end > start and (tokens[end - 1] in AUXILIARIES or tokens[end - 1] in ("and", ",")):
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
        return None, open_hop(tokens, "thing", tokens[-1] if tokens else "")
    if len(tokens) == 1:
        return int(tokens[0][1:]), ((),)
    return _noun_of(tokens) or _possessive(tokens) or _relative(tokens) or _compound(tokens) or _open_of(tokens)


def _noun_of(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "R of X", with up to two adjectives before R."""
    for skip in range(min(3, len(tokens))):
        if is_name(tokens[skip]) or tokens[skip] in RELATIVES or tokens[skip] in PREPOSITIONS:
            return None
        count, readings = noun_readings(tokens[skip:])
        after = skip + count
        if count and after < len(tokens) - 1 and tokens[after] in PREPOSITIONS:
            name, inner = parse_phrase(tokens[after + 1 :])
            return (name, join(inner, readings)) if name is not None else None
    return None


def _possessive(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "X's R"."""
    if "'s" not in tokens:
        return None
    at = len(tokens) - 1 - tokens[::-1].index("'s")
    left, right = tokens[:at], tokens[at + 1 :]
    first = next((i for i, t in enumerate(left) if is_name(t)), -1)
    if first < 0 or any(t in RELATIVES or t in PREPOSITIONS for t in left[:first]):
        return None
    name, inner = parse_phrase(left)
    for skip in range(min(3, len(right))):
        count, readings = noun_readings(right[skip:])
        if count and skip + count == len(right):
            return name, join(inner, readings)
    return name, join(inner, open_hop(right, noun_kind(right[-1]) if right else "thing", right[-1] if right else ""))


def _relative(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "the N where X is located", "the N who VERB X", "the N that X VERB", "the N containing X"."""
    cut = next((i for i, t in enumerate(tokens) if t in RELATIVES or t in ("containing", "including")), None)
    first = next(i for i, t in enumerate(tokens) if is_name(t))
    if cut is None or cut == 0 or cut > first:
        return _reduced(tokens, first)
    head, clause = tokens[:cut], tokens[cut + 1 :]
    if head[-1] in PREPOSITIONS:  # "the city in which"
        head = head[:-1]
    if not head or any(t in PREPOSITIONS for t in head):
        return None
    wanted = singular(head[-1])
    if tokens[cut] in ("containing", "including"):
        name, inner = parse_phrase(clause)
        return name, join(inner, ((Hop("located in", "place", wanted),),))
    if tokens[cut] == "whose":
        return _whose(clause, wanted)
    if tokens[cut] in ("who", "that", "which") and clause and not is_name(clause[0]):
        verbs = [t for t in clause if t not in AUXILIARIES] if clause[0] in AUXILIARIES else clause
        for size in (3, 2, 1):
            relation = VERB_RELATIONS.get(" ".join(clause[:size])) or VERB_RELATIONS.get(" ".join(verbs[:size]))
            if relation:
                rest = clause[size:] if VERB_RELATIONS.get(" ".join(clause[:size])) else verbs[size:]
                name, inner = parse_phrase(rest)
                if name is not None:
                    return name, join(inner, ((Hop(relation, "person", wanted),),))
    # "The company that sponsors X based" has a verb of its own: "based" is not said of X.
    own_verb = tokens[cut] in ("who", "that", "which") and not (
        is_name(clause[0]) or clause[0] in DETERMINERS or clause[0] in AUXILIARIES
    )
    asked = None if own_verb else parse_clause(clause, noun_kind(wanted), wanted)
    if asked is not None:
        return asked
    name, inner = parse_phrase([t for t in clause if is_name(t)][:1])
    return name, join(inner, open_hop(head + clause, noun_kind(wanted), wanted))


def unread_clause(tokens: list[str], chains: tuple[Chain, ...]) -> bool:
    """Tell whether a relative clause of a question ("that sponsors X") has a verb that no hop stands for."""
    read = {hop.relation for chain in chains for hop in chain if not hop.open}
    for at, token in enumerate(tokens[:-1]):
        if at == 0 or token not in ("who", "that", "which", "whose") or tokens[at - 1] in PREPOSITIONS:
            continue
        clause = [t for t in tokens[at + 1 :] if t not in AUXILIARIES]
        own_verb = clause == tokens[at + 1 :] and not is_name(clause[0]) and clause[0] not in DETERMINERS
        if token == "whose":
            unread = not any(noun_readings(clause[skip:])[0] for skip in (0, 1))
        elif own_verb:
            unread = not {VERB_RELATIONS.get(" ".join(clause[:size])) for size in (3, 2, 1)} & read
        else:
            verb = clause[1:] if clause and is_name(clause[0]) else clause
            unread = bool(verb) and verb[0].isalpha() and verb[0] not in DETERMINERS and not _is_known_verb(verb)
        if unread:
            return True
    return False


def _is_known_verb(words: list[str]) -> bool:
    """Tell whether words begin with a verb of the tables, or one of its phrases."""
    heads = [" ".join(words[:size]) for size in (3, 2, 1)]
    return any(head in VERB_RELATIONS or any(tail.fullmatch(head) for _, tail, _ in VERB_PATTERNS) for head in heads)


def _reduced(tokens: list[str], first: int) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "the city X was born in", a relative clause without its pronoun."""
    if first == 0 or first == len(tokens) - 1:
        return None
    head = [t for t in tokens[:first] if t not in DETERMINERS]
    if not head or any(t in PREPOSITIONS for t in head) or not any(t in AUXILIARIES for t in tokens[first + 1 :]):
        return None
    return parse_clause(tokens[first:], noun_kind(head[-1]), singular(head[-1]))


def _whose(clause: list[str], wanted: str) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "the N whose R is X": R, walked backwards."""
    count, readings = noun_readings(clause)
    if not count or len(readings[0]) != 1:
        return None
    name, inner = parse_phrase([t for t in clause[count:] if t not in AUXILIARIES])
    if name is None:
        return None
    return name, join(inner, ((Hop(readings[0][0].relation, noun_kind(wanted), wanted, inverse=True),),))


def _asks_for(kind: str) -> str:
    """Return which column of the verb table a kind reads."""
    if kind in ("place", "country"):
        return "place"
    if kind in ("date", "year"):
        return "date"
    return kind if kind in ("person", "cause") else "thing"


def parse_clause(tokens: list[str], kind: str, wanted: str) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "X was born (in)": a subject with a verb of the table at its end."""
    if not any(map(is_name, tokens)):
        return None
    text = " ".join(tokens)
    column = _asks_for(kind)
    for pattern, tail, relations in VERB_PATTERNS:
        if not pattern.match(text):
            continue
        relation = relations.get(column) or (relations.get("place") if column == "thing" and wanted == "" else None)
        if relation is None:
            continue
        subject = [t for t in tail.sub("", text).split() if t]
        subject = [t for i, t in enumerate(subject) if not (i == 0 and t in AUXILIARIES)]
        if not any(map(is_name, subject)):
            continue
        name, inner = parse_phrase(subject)
        inverse, relation = relation.startswith("~"), relation.removeprefix("~")
        value_kind = kind if kind not in ("thing", "") else KINDS[relation]
        if relation == "nationality" and kind == "place":
            of_nation = wanted in ("", "country", "nation")
            relation, value_kind = ("nationality", "country") if of_nation else ("born in", "place")
        return name, join(inner, ((Hop(relation, value_kind, wanted, inverse=inverse),),))
    bare = [t for t in tokens if t not in AUXILIARIES]
    if column == "place" and bare and all(map(is_name, bare)):
        name, inner = parse_phrase(bare)
        return name, join(inner, ((Hop("located in", kind, wanted),),))
    return None


def _compound(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]] | None:
    """Read "film X" and "the X singer"."""
    names = [i for i, t in enumerate(tokens) if is_name(t)]
    if names[0] == len(tokens) - 1 and not any(t in PREPOSITIONS for t in tokens):
        return int(tokens[-1][1:]), ((),)
    if names[0] == 0 and len(tokens) <= 4:
        count, readings = noun_readings(tokens[1:])
        if count and count == len(tokens) - 1:
            return int(tokens[0][1:]), ((),) if tokens[-1] in _GROUPS else readings
    return None


def _open_of(tokens: list[str]) -> tuple[int | None, tuple[Chain, ...]]:
    """Read "WORDS of PHRASE" with words outside the vocabulary, else everything as words about the first name."""
    for at, token in enumerate(tokens):
        if is_name(token):
            break
        if token in ("of", "in", "for", "at", "from", "by") and at > 0:
            inner_name, inner = parse_phrase(tokens[at + 1 :])
            if inner_name is not None:
                head = [t for t in tokens[:at] if t not in DETERMINERS]
                if head in (["name"], ["names"]) and inner[0]:
                    return inner_name, inner
                if inner == ((),) or all(h.relation for chain in inner for h in chain):
                    return inner_name, join(
                        inner, open_hop(head, noun_kind(head[-1]) if head else "thing", head[-1] if head else "")
                    )
    name = int(next(t for t in tokens if is_name(t))[1:])
    return name, open_hop(tokens, "thing", "")
