"""Reports on communities as a retriever: scored by words and vectors, chosen by going down the tree."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graphrag.retrieval.index import hash_word, stem
from graphrag.retrieval.reader import FloatRows, Index, Rows, gather
from graphrag.text import STOP_WORDS, words

__all__ = ["GENERIC", "Reports", "Scored", "content_words"]

# Words that ask about a corpus without saying about what in it.
GENERIC = frozenset(
    stem(word)
    for word in (
        "main major key common overall general central recurring dominant important biggest broad big most prominent "
        "significant notable theme topic subject idea pattern trend group community cluster thread issue area category "
        "document documents corpus collection text texts article articles dataset data archive file report reports "
        "source sources library page pages passage material content summary summarise summarize overview outline "
        "describe tell list name give show about across kind sort type relate related connect connected relation "
        "relationship together whole entire all several many different various other each discuss discussed cover "
        "covered mention mentioned appear emerge say deal these this those there contain contained information "
        "present highlight identify explain main does do find found entity entities people person thing focus "
        "concern concerned set happen happening gist essence story stories record records note notes figure figures "
        "structure structured organise organised organize organized thematic thematically described here often "
        "everything stand time contents player players"
    ).split()
)
_WORDS = 0.5  # share of the words' score in the whole
_FULL_MARK = 1.6  # BM25 of a word in a report that says it two or three times, in units of its rarity
_LEAST_COSINE, _MOST_COSINE = 0.45, 0.75  # between unrelated and equal sentences of the bundled embedder
_REFINED = 300  # reports whose findings are looked at one by one
_DEPTH_GAIN = 1.02  # a part must be better than its whole by this factor to be told instead of it


@dataclass(frozen=True, slots=True)
class Scored:
    """How well each report answers a question.

    Attributes
    ----------
    scores : ndarray (n_reports,)
        0 to about 1.
    cosines, lexical : ndarray (n_reports,)
        What they are made of.
    general : bool
        The question says nothing that a report could hold, such as "What are the main themes?": importance decides.
    """

    scores: FloatRows
    cosines: FloatRows
    lexical: FloatRows
    general: bool


def content_words(question: str) -> list[str]:
    """Return the stemmed words of a question that say what it is about, sorted, each once."""
    return sorted({stem(word) for word in words(question) if word not in STOP_WORDS} - GENERIC)


class Reports:
    """The arrays of :func:`graphrag.retrieval.report_arrays.report_arrays`, opened for reading.

    Parameters
    ----------
    index : Index
        The arrays of a build.  One of a version that did not index reports counts as one without reports.
    """

    def __init__(self, index: Index) -> None:
        self._arrays = arrays = index.arrays
        self._index = index
        self.n = len(arrays["report_rank"]) if "report_rank" in arrays else 0
        none = np.zeros(0, dtype=np.int64)
        self.level: Rows = arrays["report_level"].astype(np.int64) if self.n else none
        self.parent: Rows = arrays["report_parent"].astype(np.int64) if self.n else none
        self.size: Rows = arrays["report_size"].astype(np.int64) if self.n else none

    def score(self, question: str, vector: FloatRows) -> Scored:
        """Score every report for a question with the unit vector (dim,)."""
        if self.n == 0:
            none = np.zeros(0, dtype=np.float32)
            return Scored(none, none, none, True)
        asked = content_words(question)
        lexical = self._lexical(asked)
        cosines: FloatRows = self._arrays["report_vectors"] @ vector
        rank = self._arrays["report_rank"]
        if not asked:
            return Scored(rank.astype(np.float32), cosines, lexical, True)
        first = _WORDS * lexical + (1.0 - _WORDS) * _stretched(cosines) + 0.02 * rank
        near = cosines.copy()
        for row in np.argsort(-first, kind="stable")[:_REFINED].tolist():
            near[row] = max(float(near[row]), max(self.finding_scores(row, vector), default=0.0))
        scores = _WORDS * lexical + (1.0 - _WORDS) * _stretched(near) + 0.02 * rank
        return Scored(scores.astype(np.float32), near, lexical, False)

    def _lexical(self, stems: list[str]) -> FloatRows:
        """Return the BM25 score of each report, 1 for one that says every word of the question."""
        scores = np.zeros(self.n, dtype=np.float32)
        possible = 0.0
        hashes, ptr = self._arrays["report_term_hash"], self._arrays["report_term_ptr"]
        rows, weights = self._arrays["report_posting_chunk"], self._arrays["report_posting_weight"]
        for word in stems:
            value = np.uint64(hash_word(word))
            row = int(np.searchsorted(hashes, value))
            lo = hi = 0
            if row < len(hashes) and hashes[row] == value:
                lo, hi = int(ptr[row]), int(ptr[row + 1])
                scores[rows[lo:hi]] += weights[lo:hi]
            possible += float(np.log1p((self.n - (hi - lo) + 0.5) / (hi - lo + 0.5)))
        marks: FloatRows = np.clip(scores / np.float32(max(_FULL_MARK * possible, 1e-6)), 0.0, 1.0)
        return marks

    def select(self, scored: Scored, most: int, level: int | None = None) -> list[int]:
        """Choose reports for a question, the best first, none of them a part of another.

        Parameters
        ----------
        scored : Scored
            See :meth:`score`.
        most : int
            How many reports, at most.
        level : int, optional
            Only reports of this level of the tree, 0 the coarsest; deeper than the tree means its finest.
        """
        return self.descend(scored, most, level)[0]

    def descend(self, scored: Scored, most: int, level: int | None = None) -> tuple[list[int], list[int]]:
        """Choose reports as :meth:`select` does, and tell which gave way to their parts, in that order.

        Without a level the tree is gone down from its roots: a community gives way to its parts where one of them
        answers the question better than it does ("dynamic community selection", Microsoft Research, 2024, with the
        scores of reports in place of a model's ratings).
        """
        if self.n == 0:
            return [], []
        scores = scored.scores
        if level is not None or scored.general:
            wanted = min(level or 0, int(self.level.max()))
            rows = np.flatnonzero(self.level == wanted)
            return [int(row) for row in rows[np.argsort(-scores[rows], kind="stable")][:most]], []
        best = self._best_below(scores)
        children: dict[int, list[int]] = {}
        for row, above in enumerate(self.parent.tolist()):
            children.setdefault(above, []).append(row)
        chosen: list[int] = []
        divided: list[int] = []
        open_ = sorted(children.get(-1, []), key=lambda row: (-best[row], row))[: 2 * most]
        while open_:
            row = open_.pop(0)
            parts = children.get(row, [])
            if parts and max(float(best[part]) for part in parts) > float(scores[row]) * _DEPTH_GAIN:
                divided.append(row)
                parts = sorted(parts, key=lambda part: (-best[part], part))[:most]
                open_ = sorted([*open_, *parts], key=lambda row: (-best[row], row))[: 4 * most]
            else:
                chosen.append(row)
        return sorted(chosen, key=lambda row: (-float(scores[row]), row))[:most], divided

    def _best_below(self, scores: FloatRows) -> FloatRows:
        """Return the best score at or below each report; parts stand after their wholes."""
        best = scores.copy()
        for row in range(self.n - 1, -1, -1):
            above = int(self.parent[row])
            if above >= 0:
                best[above] = max(best[above], best[row])
        return best

    def finding_scores(self, report: int, vector: FloatRows) -> list[float]:
        """Return the cosine with a question of each finding of a report: of the sentence nearest to it."""
        first, last = (int(x) for x in self._arrays["report_finding_ptr"][report : report + 2])
        bounds = self._arrays["report_sentence_ptr"][first : last + 1]
        rows = self._arrays["report_sentence"][bounds[0] : bounds[-1]]
        vectors = self._arrays["sentence_vectors"][rows].astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        cosines = vectors @ vector
        starts = (bounds - bounds[0]).tolist()
        return [float(cosines[a:b].max(initial=0.0)) for a, b in pairwise(starts)]

    def of_entities(self, entities: Rows) -> list[int]:
        """Return the reports on the communities of some entities, the finest and best-ranked first."""
        if self.n == 0 or len(entities) == 0:
            return []
        positions, _ = gather(self._arrays["report_of_entity_ptr"], entities)
        rows = np.unique(self._arrays["report_of_entity"][positions].astype(np.int64))
        rank = self._arrays["report_rank"][rows]
        return [int(row) for row in rows[np.lexsort((rows, -rank, -self.level[rows]))]]


def _stretched(cosines: FloatRows) -> FloatRows:
    """Map cosines to 0…1."""
    stretched: FloatRows = np.clip((cosines - _LEAST_COSINE) / (_MOST_COSINE - _LEAST_COSINE), 0.0, 1.0)
    return stretched
