from itertools import repeat

from graphrag.resolution.many import make_many
from graphrag.types import Quote, Span


def test_many_values_are_those_made_one_by_one() -> None:
    spans = make_many(Span, [1, 3], [2, 5])
    assert spans == [Span(1, 2), Span(3, 5)]
    assert {*spans} == {Span(1, 2), Span(3, 5)}
    quotes = make_many(Quote, ["d", "e"], ["c", "f"], spans, ["a", "bc"], repeat(None))
    assert repr(quotes) == repr([Quote("d", "c", Span(1, 2), "a"), Quote("e", "f", Span(3, 5), "bc")])
    assert make_many(Span, [], []) == []
