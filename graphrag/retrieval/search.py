"""The retrieval line: question in, scored candidate passages out.

Two rounds.  The first finds the passages that the question itself points at (names, vectors, words).  The best of
them are the *hop passages*: what they name, and what names them, joins the candidates, and every candidate gets a
feature for each way in which it can be the next piece of evidence.
"""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.clauses import split_clauses
from graphrag.retrieval.dense import SentenceScores
from graphrag.retrieval.fusion import FEATURES, fuse
from graphrag.retrieval.lexical import lexical_scores
from graphrag.retrieval.links import Links, links_back, links_out, no_links, shared_entities, sharers
from graphrag.retrieval.nearest import Scores, passage_scores, top_rows
from graphrag.retrieval.onward import onward_sentences
from graphrag.retrieval.reader import FloatRows, Index, Rows, among, best_per_key, distinct
from graphrag.retrieval.seeds import NamedSpan, find_seeds, residual, respelled
from graphrag.retrieval.spelling import Speller
from graphrag.retrieval.walk import walk_scores
from graphrag.text import words

__all__ = ["Candidates", "Query", "Vectors", "prepare", "rank", "retrieve"]

_TOP = 100  # passages that each first retriever proposes
_HOPS = 6  # passages from which links are followed
_BACK = 30  # passages that point back, at most
_SHARERS = 60  # passages that share a rare entity with a hop passage, at most


class Vectors(Protocol):
    """Makes unit vectors (dim,) of a question and its parts."""

    def question(self, text: str) -> FloatRows:
        """Return the vector of a whole question."""

    def rest(self, text: str) -> FloatRows:
        """Return the vector of what remains of a question without its names: a question still."""

    def clause(self, text: str) -> FloatRows:
        """Return the vector of a clause, which by itself is no question."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready: its names, what remains of it, and the vectors of both."""

    question: str  # as typed; the spans of names count in it
    text: str  # with misspelt names corrected
    named: tuple[NamedSpan, ...]
    residual: str
    vector: FloatRows
    residual_vector: FloatRows
    clause_vectors: FloatRows  # (clauses, dim); none for a question of one clause

    @property
    def entities(self) -> Rows:
        """The rows of all entities that the question may name, ascending."""
        return distinct(np.array([entity for named in self.named for entity in named.entities], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate passages with their features.

    Attributes
    ----------
    rows : ndarray (n,)
        Chunk rows, ascending.
    features : ndarray (n, len(FEATURES))
        See :data:`graphrag.retrieval.fusion.FEATURES`.
    links : Links
        The best link to each passage that a hop passage points at.
    onward : Links
        The best rare entity that a passage and a hop passage both name.
    """

    rows: Rows
    features: FloatRows
    links: Links
    onward: Links


def prepare(
    index: Index,
    speller: Speller,
    question: str,
    vectors: Vectors,
) -> Query:
    """Correct and find the names in a question and embed it, whole, without its names, and clause by clause.

    Parameters
    ----------
    index, speller : Index, Speller
        The corpus.
    question : str
        As typed.
    vectors : Vectors
        Makes the vectors of the question and its parts.
    """
    folded = words(question)
    corrected = speller.correct(folded)
    named = find_seeds(index, question, corrected)
    rest = residual(question, named)
    text = respelled(question, folded, corrected)
    vector = vectors.question(text)
    clauses = [vectors.clause(clause) for clause in split_clauses(text)]
    return Query(
        question,
        text,
        tuple(named),
        rest,
        vector,
        vectors.rest(rest) if named and rest else vector,
        np.stack(clauses) if clauses else np.zeros((0, len(vector)), dtype=np.float32),
    )


def retrieve(index: Index, query: Query, allowed: NDArray[np.bool_] | None = None) -> Candidates:
    """Return the candidate passages of a question with all features.

    Parameters
    ----------
    index : Index
        The corpus.
    query : Query
        See :func:`prepare`.
    allowed : ndarray of bool (n_chunks,), optional
        Passages that a filter leaves; no other is found, linked from or compared with.
    """
    dense, words_of = passage_scores(index, query.vector, allowed), lexical_scores(index, query.text)
    lexical = Scores(words_of if allowed is None else np.where(allowed, words_of, np.float32(0.0)))
    top_dense, top_lexical = dense.top(_TOP, lexical), lexical.top(_TOP, dense)
    entities = query.entities
    seed_rows, seed_weights = _seed_passages(index, entities)
    rows = _keep(np.concatenate([top_dense, top_lexical, seed_rows]), allowed)
    if len(rows) == 0:
        return Candidates(rows, np.zeros((0, len(FEATURES)), dtype=np.float32), no_links(), no_links())
    sentences = SentenceScores(index, np.vstack([query.vector, query.residual_vector, query.clause_vectors]))
    best_sentence = sentences.best(rows)[:, 0]
    scale = _Scales(
        _range(dense.of(_keep(top_dense, allowed))),
        _range(best_sentence[top_rows(best_sentence, _TOP)]),
        _range(lexical.of(_keep(top_lexical, allowed))),
    )
    similar = np.column_stack(_similarities(dense, lexical, rows, best_sentence, scale))
    strength = similar.mean(axis=1) + _spread(rows, seed_rows, seed_weights)
    hops = distinct(np.concatenate([rows[top_rows(strength, _HOPS)], _best_per_seed(index, entities, dense, rows)]))
    hop_strength = strength[np.searchsorted(rows, hops)]

    out, back = links_out(index, hops, hop_strength), links_back(index, hops, hop_strength)
    near = back.target[top_rows(dense.of(back.target), _BACK)]
    sharing = sharers(index, hops, entities)
    sharing = sharing[top_rows(dense.of(sharing), _SHARERS)]
    rows = _keep(np.concatenate([rows, out.target, near, sharing]), allowed)
    features = _direct_features(index, query, dense, lexical, rows, sentences, scale)
    features[:, _SEED] = _spread(rows, seed_rows, seed_weights)
    features[:, _LINK] = _spread(rows, out.target, out.weight)
    features[:, _TARGET] = features[:, _LINK] * features[:, _RESIDUAL]
    features[:, _SHARED] = _stretch(shared_entities(index, rows, hops, hop_strength, entities))
    features[:, _BRIDGE] = np.minimum(features[:, _LINK], features[:, _SHARED])
    limits = _range(sentences.best(rows)[:, 1])
    fits = partial(sentences.each, vector=1)
    onward = onward_sentences(index, rows, hops, hop_strength, entities, fits, limits)
    features[:, _ONWARD] = _spread(rows, onward.target, onward.weight)
    rank = np.argsort(np.argsort(-walk_scores(index, rows, entities, hops, hop_strength), kind="stable"))
    features[:, _WALK] = 1.0 / (1.0 + rank)
    features[:, _PASSAGE] **= 2  # the best few stand out; as part of the strength above it is not squared
    return Candidates(rows, features, out, onward)


(
    _PASSAGE,
    _SENTENCE,
    _LEXICAL,
    _SEED,
    _LINK,
    _TARGET,
    _SHARED,
    _RESIDUAL,
    _ONWARD,
    _WALK,
    _CONTEXT,
    _CLAUSE,
    _CLAUSE_PASSAGE,
    _BRIDGE,
) = range(len(FEATURES))


def rank(candidates: Candidates, weights: FloatRows) -> tuple[Rows, FloatRows]:
    """Return positions of candidates, best first, and all scores; ties go to the lower row."""
    scores = fuse(candidates.features, weights)
    return np.argsort(-scores, kind="stable"), scores


@dataclass(frozen=True, slots=True)
class _Scales:
    """Limits that map raw similarities to 0…1: 0 at the hundredth best passage of the question, 1 at the best."""

    passage: tuple[float, float]
    sentence: tuple[float, float]
    lexical: tuple[float, float]


def _range(scores: FloatRows) -> tuple[float, float]:
    """Return the least and the greatest score."""
    return float(scores.min()), float(scores.max())


def _scaled(scores: FloatRows, limits: tuple[float, float]) -> FloatRows:
    """Scale to 0…1 between two limits; where they are equal, all 1 if above 0: the only candidate is the best."""
    low, high = limits
    if high <= low:
        return (scores > 0).astype(np.float32)
    scaled: FloatRows = np.clip((scores - low) / (high - low), 0.0, 1.0)
    return scaled


def _stretch(scores: FloatRows) -> FloatRows:
    """Scale to 0…1 between the least and the greatest."""
    return _scaled(scores, _range(scores))


def _spread(rows: Rows, targets: Rows, values: FloatRows) -> FloatRows:
    """Return for each of the ascending ``rows`` the greatest of the ``values`` given for it, 0 where there is none."""
    spread = np.zeros(len(rows), dtype=np.float32)
    place = np.minimum(np.searchsorted(rows, targets), len(rows) - 1)
    hit = rows[place] == targets
    np.maximum.at(spread, place[hit], values[hit])
    return spread


def _keep(rows: Rows, allowed: NDArray[np.bool_] | None) -> Rows:
    """Return the distinct rows that a filter leaves, ascending."""
    rows = distinct(rows)
    return rows if allowed is None else rows[allowed[rows]]


def _seed_passages(index: Index, entities: Rows) -> tuple[Rows, FloatRows]:
    """Return the passages about the question's entities, with weights."""
    chunks, _, weights = index.abouts(entities)
    return chunks, weights


def _best_per_seed(index: Index, entities: Rows, dense: Scores, rows: Rows) -> Rows:
    """Return for each entity of the question the passage about it that is nearest to the question.

    A comparison needs evidence on each side, however much better one side matches.
    """
    chunks, owners, _ = index.abouts(entities)
    inside = among(chunks, rows)
    chunks, owners = chunks[inside], owners[inside]
    _, nearest = best_per_key(owners, dense.of(chunks))
    return chunks[nearest]


def _direct_features(
    index: Index,
    query: Query,
    dense: Scores,
    lexical: Scores,
    rows: Rows,
    sentences: SentenceScores,
    scale: _Scales,
) -> FloatRows:
    """Return the features that need no other passage, the others 0."""
    features = np.zeros((len(rows), len(FEATURES)), dtype=np.float32)
    sentence = sentences.best(rows)
    similar = _similarities(dense, lexical, rows, sentence[:, 0], scale)
    features[:, _PASSAGE], features[:, _SENTENCE], features[:, _LEXICAL] = similar
    features[:, _RESIDUAL] = _stretch(sentence[:, 1])
    passages = index.passages[rows]
    features[:, _CONTEXT] = _stretch(passages @ query.residual_vector)
    if len(query.clause_vectors):
        features[:, _CLAUSE] = _best_clause(sentence[:, 2:])
        features[:, _CLAUSE_PASSAGE] = _best_clause(passages @ query.clause_vectors.T)
    return features


def _similarities(
    dense: Scores, lexical: Scores, rows: Rows, sentence: FloatRows, scale: _Scales
) -> tuple[FloatRows, FloatRows, FloatRows]:
    """Return how like the question each passage, its best sentence and its words are, each 0…1."""
    return (
        _scaled(dense.of(rows), scale.passage),
        _scaled(sentence, scale.sentence),
        _scaled(lexical.of(rows), scale.lexical),
    )


def _best_clause(cosines: FloatRows) -> FloatRows:
    """Return how well each passage fits the clause it fits best; the power keeps only those near the best of all."""
    low, high = cosines.min(axis=0), cosines.max(axis=0)
    fit: FloatRows = ((cosines - low) / np.maximum(high - low, 1e-12)).max(axis=1) ** 4
    return fit
