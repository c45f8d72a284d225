"""Dates are found where texts write them and compared as far as they are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrag.answering.dates import PartialDate, compare_dates, find_dates, parse_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("born March 20, 1884 in Lyon", PartialDate(1884, 3, 20)),
        ("on 20 March 1884", PartialDate(1884, 3, 20)),
        ("the 3rd of May 1901", PartialDate(1901, 5, 3)),
        ("in Sept. 1912", PartialDate(1912, 9)),
        ("1999-12-31", PartialDate(1999, 12, 31)),
        ("(1884)", PartialDate(1884)),
        ("c. 1540", PartialDate(1540, approximate=True)),
        ("in 953", PartialDate(953)),
        ("died 44 BC", PartialDate(-44)),
        ("the 1990s", PartialDate(1990, approximate=True)),
        ("the 16th century", PartialDate(1550, approximate=True)),
        ("(18 October 18041 October 1868)", PartialDate(1804, 10, 18)),
    ],
)
def test_every_way_to_write_a_date(text: str, expected: PartialDate) -> None:
    found = parse_date(text)
    assert found is not None
    assert (found.year, found.month, found.day) == (expected.year, expected.month, expected.day)
    assert found.approximate == expected.approximate


@pytest.mark.parametrize(
    "text", ["1,234 people", "1500 km away", "99 red balloons", "room 101", "no date at all", "32 May"]
)
def test_other_numbers_are_no_dates(text: str) -> None:
    assert find_dates(text) == ()


def test_spans_point_at_what_is_written() -> None:
    text = "He lived from c. 1198 to 20 March 1267 (or 1268)."
    found = find_dates(text)
    assert [text[d.span.start : d.span.end] for d in found] == ["1198", "20 March 1267", "1268"]
    assert all(text[d.span.start : d.span.end] == d.text for d in found)


def test_two_dates_that_lost_their_dash() -> None:
    assert [d.text for d in find_dates("(December 26, 1914March 24, 2008)")] == ["December 26, 1914", "March 24, 2008"]


def test_comparison_stops_where_a_date_is_not_known() -> None:
    assert compare_dates(PartialDate(1900), PartialDate(1901, 1, 1)) == -1
    assert compare_dates(PartialDate(1900, 5), PartialDate(1900, 4, 2)) == 1
    assert compare_dates(PartialDate(1900), PartialDate(1900, 4, 2)) == 0
    assert compare_dates(PartialDate(-44), PartialDate(14)) == -1


@given(st.integers(1000, 2100), st.integers(1, 12), st.integers(1, 28), st.integers(1000, 2100), st.integers(1, 12))
def test_comparison_is_the_order_of_the_calendar(year: int, month: int, day: int, other: int, month2: int) -> None:
    first, second = PartialDate(year, month, day), PartialDate(other, month2, 15)
    expected = ((year, month, day) > (other, month2, 15)) - ((year, month, day) < (other, month2, 15))
    assert compare_dates(first, second) == expected == -compare_dates(second, first)


@given(st.text(max_size=80))
def test_any_text_is_searched_without_harm(text: str) -> None:
    for found in find_dates(text):
        assert text[found.span.start : found.span.end] == found.text
