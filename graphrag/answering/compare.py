"""Comparisons: the value of each named thing, and what follows from them."""

from dataclasses import dataclass

from graphrag.answering.countries import countries_in, country_of
from graphrag.answering.dates import PartialDate, compare_dates, parse_date
from graphrag.answering.forms import Branch, Comparison, Hop
from graphrag.answering.sources import Sources, Thing
from graphrag.answering.telling import Reached
from graphrag.answering.walk import follow
from graphrag.text import fold, name_key, words

__all__ = ["Side", "Verdict", "decide", "side_of"]


@dataclass(frozen=True, slots=True)
class Side:
    """One compared thing: the way to it, and the values found for it, best first."""

    branch: Branch
    trail: tuple[Reached, ...]  # the hops before the compared value
    thing: Thing
    values: tuple[Reached, ...]
    more: tuple[Reached, ...] = ()  # for life spans: the dates of death

    @property
    def score(self) -> float:
        """How sure the way to the best value is."""
        score = 1.0
        for step in (*self.trail, *self.values[:1]):
            score *= step.score
        return score if self.values else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a comparison and how sure it is."""

    text: str
    confidence: float
    used: tuple[Reached, ...]


def side_of(sources: Sources, branch: Branch, trail: tuple[Reached, ...], thing: Thing, comparison: Comparison) -> Side:
    """Find the values to compare for a thing."""
    if comparison.relation == "lifespan":
        born = follow(sources, thing, Hop("born on", "date"))
        died = follow(sources, thing, Hop("died on", "date"))
        return Side(branch, trail, thing, tuple(born), tuple(died))
    values = follow(
        sources, thing, Hop(comparison.relation, comparison.kind, "country" if comparison.kind == "country" else "")
    )
    if comparison.relation == "founded on" and not values:
        values = follow(sources, thing, Hop("released in", "date"))
    if comparison.relation == "released in" and not values:
        values = follow(sources, thing, Hop("founded on", "date"))
    return Side(branch, trail, thing, tuple(values))


def decide(comparison: Comparison, sides: list[Side]) -> Verdict | None:
    """Compare the sides; None where what was found does not tell them apart."""
    if comparison.order in ("least", "greatest"):
        return _extreme(comparison, sides)
    if comparison.order == "same":
        return _same(comparison, sides)
    return None


def _extreme(comparison: Comparison, sides: list[Side]) -> Verdict | None:
    """Return the thing with the least or greatest value."""
    measured: list[tuple[Side, PartialDate | float, tuple[Reached, ...]]] = []
    for side in sides:
        measure = _measure(comparison, side)
        if measure is not None:
            measured.append((side, *measure))
    if len(measured) < len(sides):
        return _one_known(comparison, sides, measured)
    best = measured[0]
    for other in measured[1:]:
        order = _order(other[1], best[1])
        if (order < 0) == (comparison.order == "least") and order != 0:
            best = other
    ties = [m for m in measured if m is not best and _order(m[1], best[1]) == 0]
    confidence = min(side.score for side, _, _ in measured) * (0.5 if ties else 1.0)
    used = tuple(value for side, _, values in measured for value in (*side.trail, *values))
    return Verdict(best[0].branch.written, confidence, used)


def _one_known(
    comparison: Comparison, sides: list[Side], measured: list[tuple[Side, PartialDate | float, tuple[Reached, ...]]]
) -> Verdict | None:
    """Guess where only one value is known: who has no date of death is likely alive, so died later and lived longer."""
    if len(measured) != 1:
        return None
    known, _, values = measured[0]
    other = next(side for side in sides if side is not known)
    used = (*known.trail, *values)
    text = known.branch.written
    if comparison.relation == "died on" and comparison.order == "greatest":
        text = other.branch.written
    return Verdict(text, (0.3 if other.thing.sources else 0.1) * known.score, used)


def _measure(comparison: Comparison, side: Side) -> tuple[PartialDate | float, tuple[Reached, ...]] | None:
    """Return the number or date of a side."""
    if comparison.relation == "lifespan":
        if not side.values or not side.more:
            return None
        born, died = parse_date(side.values[0].text), parse_date(side.more[0].text)
        if born is None or died is None:
            return None
        days = (
            (died.year - born.year) * 372
            + ((died.month or 6) - (born.month or 6)) * 31
            + (died.day or 15)
            - (born.day or 15)
        )
        return float(days), (side.values[0], side.more[0])
    if comparison.kind == "number":
        for value in side.values:
            number = _number(value.text)
            if number is not None:
                return number, (value,)
        return None
    dated = [(parse_date(value.text), value) for value in side.values]
    known = [(date, value) for date, value in dated if date is not None]
    if not known:
        return None
    date, value = known[0]
    return date, (value,)


def _number(text: str) -> float | None:
    """Read a number like "1,250" or "2.5 million"."""
    parts = text.replace(",", "").split()
    try:
        number = float(parts[0])
    except (ValueError, IndexError):
        return None
    scale = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
    return number * scale.get(parts[1] if len(parts) > 1 else "", 1.0)


def _order(first: PartialDate | float, second: PartialDate | float) -> int:
    """Compare two measures."""
    if isinstance(first, PartialDate) and isinstance(second, PartialDate):
        return compare_dates(first, second)
    if isinstance(first, float) and isinstance(second, float):
        return (first > second) - (first < second)
    return 0


def _same(comparison: Comparison, sides: list[Side]) -> Verdict | None:
    """Tell whether the sides share a value."""
    if any(not side.values for side in sides) or len(sides) < 2:
        return None
    first, second = (_classes(comparison, side) for side in sides[:2])
    shared = set(first) & set(second)
    used = tuple(value for side in sides for value in (*side.trail, *side.values[:1]))
    confidence = min(side.score for side in sides)
    return Verdict("yes" if shared else "no", confidence, used)


def _classes(comparison: Comparison, side: Side) -> list[str]:
    """Return what a side's values count as when they are compared: countries for nationalities, years for dates."""
    top = side.values[0].score
    values = [value for value in side.values if value.score >= 0.93 * top]
    if comparison.kind in ("nationality", "country"):
        named = [
            country for value in values for country in (countries_in(value.text) or (country_of(value.text) or "",))
        ]
        return [fold(country) for country in named if country] or [name_key(side.values[0].text)]
    if comparison.kind == "date":
        dates = [parse_date(value.text) for value in values[:1]]
        return [str(date.year) for date in dates if date is not None]
    if comparison.kind == "place":
        return [part for value in values for part in (name_key(p) for p in value.text.split(","))]
    if comparison.kind in ("occupation", "class"):
        return [word for value in values for word in words(value.text) if len(word) > 3]
    return [name_key(value.text) for value in values]
