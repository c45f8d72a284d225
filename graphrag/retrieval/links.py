"""The next hop: passages that a passage points at by naming what they are about, and passages that point back."""

from dataclasses import dataclass

import numpy as np

from graphrag.retrieval.reader import FloatRows, Index, Rows, among, best_per_key, distinct

__all__ = ["Links", "links_back", "links_out", "no_links", "shared_entities", "sharers"]

# A name that more documents than this go by points nowhere; an entity named by more chunks than this ties nothing.
_MOST_DOCUMENTS = 40
_MOST_NAMERS = 300
_MOST_SHARERS = 50


@dataclass(frozen=True, slots=True)
class Links:
    """For each target passage its best link: from which passage, through which entity, how strong."""

    target: Rows
    source: Rows
    entity: Rows
    weight: FloatRows


def no_links() -> Links:
    """Return an empty set of links."""
    none = np.zeros(0, dtype=np.int64)
    return Links(none, none, none, np.zeros(0, dtype=np.float32))


def _best(target: Rows, source: Rows, entity: Rows, weight: FloatRows) -> Links:
    """Keep the strongest link to each target."""
    unique, position = best_per_key(target, weight)
    return Links(unique, source[position], entity[position], weight[position])


def links_out(index: Index, hops: Rows, strength: FloatRows) -> Links:
    """Return the passages about the entities that some passages name.

    Parameters
    ----------
    index : Index
        Holds mentions and abouts.
    hops : ndarray (n,)
        Passages to start from.
    strength : ndarray (n,)
        How sure each of them is evidence itself; a link is as strong as that times how surely the name means the
        target.
    """
    entities, owners, _ = index.mentions(hops)
    telling = index.arrays["documents_about"][entities] <= _MOST_DOCUMENTS
    entities, owners = entities[telling], owners[telling]
    targets, via, weight = index.abouts(entities)
    source = owners[via]
    other = targets != hops[source]
    targets, via, source, weight = targets[other], via[other], source[other], weight[other]
    return _best(targets, hops[source], entities[via], weight * strength[source])


def links_back(index: Index, hops: Rows, strength: FloatRows) -> Links:
    """Return the passages that name what some passages are about."""
    entities, owners, weight = index.own_entities(hops)
    telling = index.chunk_frequency[entities] <= _MOST_NAMERS
    entities, owners, weight = entities[telling], owners[telling], weight[telling]
    targets, via = index.namers(entities)
    source = owners[via]
    other = targets != hops[source]
    targets, via, source = targets[other], via[other], source[other]
    return _best(targets, hops[source], entities[via], weight[via] * strength[source])


def sharers(index: Index, hops: Rows, known: Rows) -> Rows:
    """Return the passages that name a rare entity which some hop passage names too, distinct and ascending.

    Parameters
    ----------
    index : Index
        Holds the mentions.
    hops : ndarray (n,)
        Passages to start from, ascending.
    known : ndarray
        Entities of the question, ascending, which say nothing new.
    """
    entities, _, _ = index.mentions(hops)
    rare = (index.chunk_frequency[entities] <= _MOST_SHARERS) & ~among(entities, known)
    targets, _ = index.namers(distinct(entities[rare]))
    targets = distinct(targets)
    return targets[~among(targets, hops)]


def shared_entities(index: Index, chunks: Rows, hops: Rows, strength: FloatRows, known: Rows) -> FloatRows:
    """Return for each of ``chunks`` the weight of the rarest entity it shares with a hop passage.

    Parameters
    ----------
    index : Index
        Holds the mentions.
    chunks : ndarray (n,)
        Candidates; the hop passages themselves score 0.
    hops, strength : ndarray (m,)
        Hop passages, ascending, and how sure each is evidence.
    known : ndarray
        Entities of the question, ascending, which say nothing new.
    """
    entities, owners, _ = index.mentions(hops)
    telling = (index.chunk_frequency[entities] < _MOST_NAMERS) & ~among(entities, known)
    entities, owners = entities[telling], owners[telling]
    shared = np.zeros(len(chunks), dtype=np.float32)
    if len(entities) == 0:
        return shared
    bridge, position = best_per_key(entities, (strength[owners] * index.entity_idf[entities]).astype(np.float32))
    value = strength[owners[position]] * index.entity_idf[bridge]
    mine, whose, _ = index.mentions(chunks)
    place = np.minimum(np.searchsorted(bridge, mine), len(bridge) - 1)
    hit = bridge[place] == mine
    np.maximum.at(shared, whose[hit], value[place[hit]].astype(np.float32))
    shared[among(chunks, hops)] = 0.0
    return shared
