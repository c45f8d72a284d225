"""What people should look at: names that are likely of one entity, and facts that disagree."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from graphrag.resolution.links import Link
from graphrag.text import name_key, numbers
from graphrag.types import Entity, EntityId, Fact

__all__ = ["FUNCTIONAL", "Conflict", "Pair", "find_conflicts", "likely_duplicates"]

FUNCTIONAL = frozenset({"born on", "born in", "died on", "died in", "buried in", "father", "mother"})
"""Predicates that can be true of one object only."""

_DIGITS = re.compile(r"\d")
_LEAST = 0.7  # below this, two differing words are two words
_MAX_BLOCK = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entities that may be one."""

    one: Entity  # the one named more often
    other: Entity
    score: float  # 0 to 1
    why: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements of which at most one can be true; each stays in the graph with its sources."""

    subject: EntityId
    predicate: str
    facts: tuple[Fact, ...]  # the best supported first


def likely_duplicates(entities: Iterable[Entity], decided: Sequence[Link] = (), limit: int = 50) -> list[Pair]:
    """Return pairs of entities whose names are nearly equal, the likeliest first.

    Compared are names that agree in all words but one, or in all words in another order; a pair that differs in a
    number, in its kind, or that people decided about, is left out.

    Parameters
    ----------
    entities : iterable of Entity
        All entities of a graph.
    decided : sequence of Link
        What people decided already.
    limit : int
        The most pairs.
    """
    by_key: dict[str, Entity] = {}
    blocks: dict[tuple[int, str], list[str]] = defaultdict(list)
    for entity in sorted(entities, key=lambda entity: entity.id):
        key = name_key(entity.name)
        words = key.split()
        if not 2 <= len(words) <= 6 or key in by_key:
            continue
        by_key[key] = entity
        blocks[-1, " ".join(sorted(words))].append(key)
        for at in range(len(words)):
            blocks[at, " ".join([*words[:at], "\0", *words[at + 1 :]])].append(key)
    known = {frozenset((name_key(link.name), name_key(link.other))) for link in decided if link.kind != "name"}
    best: dict[tuple[str, str], Pair] = {}
    for (at, _), block in blocks.items():
        if 2 <= len(block) <= _MAX_BLOCK:
            for a, b, score in _near(block, at):
                pair = _pair(by_key[a], by_key[b], score, at) if frozenset((a, b)) not in known else None
                if pair is not None and ((a, b) not in best or best[a, b].score < score):
                    best[a, b] = pair
    ranked = sorted(best.values(), key=lambda pair: (-pair.score, -pair.one.mention_count, pair.one.id, pair.other.id))
    return ranked[:limit]


def _near(block: Sequence[str], at: int) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs of a block with how alike their differing words are."""
    for number, a in enumerate(block):
        for b in block[number + 1 :]:
            if numbers(a) != numbers(b):
                continue
            if at < 0:
                yield a, b, 0.9
                continue
            one, other = a.split()[at], b.split()[at]
            score = Levenshtein.normalized_similarity(one, other)
            if min(len(one), len(other)) >= 4 and score >= _LEAST:
                yield a, b, score


def _pair(a: Entity, b: Entity, score: float, at: int) -> Pair | None:
    """Return two entities as a pair, unless they are known to be of different kinds."""
    if a.label and b.label and a.label != b.label:
        return None
    one, other = sorted((a, b), key=lambda entity: (-entity.mention_count, entity.id))
    return Pair(one, other, round(score, 3), "words in another order" if at < 0 else "one word differs a little")


def find_conflicts(facts: Iterable[Fact], functional: Iterable[str] = FUNCTIONAL) -> list[Conflict]:
    """Return the statements that disagree: one subject, one functional predicate, objects that cannot all be true.

    A date that only says less ("1912" beside "5 May 1912") and a place named within the other ("Paris" beside "Paris,
    France") agree, and so does what one sentence says together ("in Burbank, California").

    Parameters
    ----------
    facts : iterable of Fact
        All facts of a graph.
    functional : iterable of str
        Predicates that can be true of one object only.

    Returns
    -------
    list of Conflict
        By predicate and subject.
    """
    wanted = frozenset(functional)
    groups: Mapping[tuple[str, EntityId], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.predicate in wanted:
            groups[fact.predicate, fact.subject].append(fact)
    found = []
    for (predicate, subject), group in sorted(groups.items()):
        if any(not _agree(a, b) for number, a in enumerate(group) for b in group[number + 1 :]):
            ranked = sorted(group, key=lambda fact: (-fact.confidence, fact.id))
            found.append(Conflict(subject, predicate, tuple(ranked)))
    return found


def _agree(a: Fact, b: Fact) -> bool:
    """Tell whether two objects can both be true."""
    if a.object is not None and a.object == b.object:
        return True
    if bool(_DIGITS.search(a.value)) != bool(_DIGITS.search(b.value)):
        return True  # a date and a place
    if {(q.document_id, q.span) for q in a.evidence} & {(q.document_id, q.span) for q in b.evidence}:
        return True
    one, other = set(name_key(a.value).split()), set(name_key(b.value).split())
    return one <= other or other <= one
