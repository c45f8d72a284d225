"""Columns in the cache come back as they were put there, or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from graphrag.stores import columns
from graphrag.stores.columns import decode_part, load_columns, store_columns

ARRAYS = {"a.key": np.arange(7, dtype=np.int32), "a.ptr": np.zeros(0, dtype=np.int64), "b": np.array([0.5, -1.0])}
TEXTS = ["Ada", "Été", "\ud800", "", "a\nb"]


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    monkeypatch.setattr(columns, "_NUMBERS", 3)  # so that there are several parts
    monkeypatch.setattr(columns, "_TEXTS", 2)
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("ATTACH ':memory:' AS cache")
        db.execute("CREATE TABLE cache.memo (name TEXT PRIMARY KEY, made_by TEXT NOT NULL, body BLOB NOT NULL)")
        store_columns(db, "me", (ARRAYS, TEXTS))
        yield db


def test_columns_come_back(cache: sqlite3.Connection) -> None:
    found = load_columns(cache, "me")
    assert found is not None
    arrays, texts = found
    assert texts == TEXTS
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_columns_of_others_are_none(cache: sqlite3.Connection) -> None:
    assert load_columns(cache, "other") is None
    store_columns(cache, "other", ({}, []))
    assert load_columns(cache, "me") is None
    assert load_columns(cache, "other") == ({}, [])


def test_every_damaged_or_lost_part_is_noticed(cache: sqlite3.Connection) -> None:
    parts = cache.execute("SELECT name, body FROM cache.memo").fetchall()
    assert len(parts) == 3 + 1 + 1 + 3 + 1
    for name, body in parts:
        decode_part(body)
        for damaged in (body[:-1], body[:9] + bytes([body[9] ^ 1]) + body[10:], b""):
            with pytest.raises(ValueError, match="damaged"):
                decode_part(damaged)
            cache.execute("UPDATE cache.memo SET body = ? WHERE name = ?", (damaged, name))
            assert load_columns(cache, "me") is None
        cache.execute("DELETE FROM cache.memo WHERE name = ?", (name,))
        assert load_columns(cache, "me") is None
        cache.execute("INSERT INTO cache.memo VALUES (?, 'me', ?)", (name, body))
        assert load_columns(cache, "me") is not None
