"""The digest of rows: the same for equal rows on every machine, and another for different ones."""

import pytest

from graphrag.stores.inspection import ContentDigest
from graphrag.stores.rows import Row

ROWS: list[Row] = [(0, "ab", "c", 0.5, None), (1, "é🙂", "", 1.0, 7), (2, "x\0y", "z", -2.0, "7")]


def digest_of(rows: list[Row], form: int = 2, table: str = "fact") -> str:
    """Return the digest of a table of these rows."""
    digest = ContentDigest(form)
    for _ in digest.take(table, iter(rows)):
        pass
    return digest.hexdigest()


def changed(row: int, column: int, value: object) -> list[Row]:
    """Return the rows with one value changed."""
    new = [list(values) for values in ROWS]
    new[row][column] = value
    return [tuple(values) for values in new]


@pytest.mark.parametrize("form", [1, 2])
def test_different_rows_have_different_digests(form: int) -> None:
    others = [
        ROWS,
        ROWS[:2],
        [*ROWS[:2], ROWS[2], ROWS[2]],
        ROWS[::-1],
        [(*row[:1], "", *row[2:]) for row in ROWS],
        changed(0, 0, 3),
        changed(0, 1, "a"),
        [(0, "a", "bc", 0.5, None), *ROWS[1:]],
        [(0, "abé", "c", 0.5, None), (1, "🙂", "", 1.0, 7), ROWS[2]],
        changed(1, 3, 1.0000000000000002),
        changed(1, 4, None),
        changed(1, 4, "7"),
        changed(0, 4, ""),
        changed(0, 0, "0"),
        changed(0, 0, 0.0),
        [row[::-1] for row in ROWS],
    ]
    digests = [digest_of(rows, form) for rows in others] + [digest_of(ROWS, form, "alias")]
    assert len(set(digests)) == len(digests)


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert digest_of(ROWS, 1) == "4faa06ca93376b8811c6dccaa8ebd798"
    assert digest_of(ROWS * 400, 2) == "8fe75d6c02b29398d532ec6acda8e491"


def test_columns_of_several_kinds_have_the_same_digest_on_every_machine() -> None:
    rows: list[Row] = [
        (0, "ab", 0.5, None, 1, "x"),
        (1, "é\ud800🙂", 1.0, 7, 2.0, 3),
        (-2, "", -2.0, "7", None, None),
    ]
    assert digest_of(rows) == "0e003be53a520c3072142e8aa8ad5957"
