"""What retrieval finds with weights that were not fitted on the questions that it is scored on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphrag.evaluation.scores import bootstrap_interval
from graphrag.evaluation.tuning import Example, Scored, cross_validate, fit_weights, score

__all__ = ["AS_ASKED", "OTHER_SETS", "Row", "out_of_sample"]

AS_ASKED = "cross-validated"
OTHER_SETS = "fitted on the other sets"


@dataclass(frozen=True, slots=True)
class Row:
    """The means of a question set, with 95 % intervals."""

    set: str
    how: str  # AS_ASKED, a variant of the questions, or OTHER_SETS
    questions: int
    scores: dict[str, dict[str, float]]  # metric -> mean, low, high


def out_of_sample(
    sets: Mapping[str, Sequence[Example]], variants: Mapping[str, Mapping[str, Sequence[Example]]]
) -> list[Row]:
    """Score question sets by weights fitted on other questions.

    Parameters
    ----------
    sets : mapping of str to sequence of Example
        Name -> question set.
    variants : mapping of str to (mapping of str to sequence of Example)
        How the questions were asked -> name -> the same questions asked so.

    Returns
    -------
    list of Row
        For each set: cross-validated over all sets; each variant by the same weights; and by weights fitted only on
        the sets that have no question in common with it, where there are such.
    """
    also = [(name, how, examples) for how, asked in variants.items() for name, examples in asked.items()]
    scored = cross_validate(list(sets.values()), [examples for _, _, examples in also])
    named = [(name, AS_ASKED) for name in sets] + [(name, how) for name, how, _ in also]
    rows = [_row(name, how, scores) for (name, how), scores in zip(named, scored, strict=True)]
    for name, examples in sets.items():
        mine = {example.question for example in examples}
        others = [other for other in sets.values() if mine.isdisjoint(example.question for example in other)]
        if others:
            rows.append(_row(name, OTHER_SETS, score(examples, fit_weights(others))))
    order = list(sets)
    return sorted(rows, key=lambda row: order.index(row.set))


def _row(name: str, how: str, scored: Scored) -> Row:
    """Return the means and intervals of scores."""
    scores = {}
    for metric, values in scored.items():
        low, high = bootstrap_interval(values)
        scores[metric] = {"mean": sum(values) / len(values), "low": low, "high": high}
    return Row(name, how, len(next(iter(scored.values()))), scores)
