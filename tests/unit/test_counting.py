"""Words counted by numpy are counted as a loop counts them."""

import random
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from graphrag.retrieval import counting
from graphrag.retrieval.counting import ReadWords, WordCounter, numbered, stem
from graphrag.text import Words, words

WORDS = ["engine", "Engine", "engines", "story", "stories", "Is", "it", "Home", "home", "runs", "a"]


def texts(seed: int) -> list[tuple[str, str]]:
    """Return titles and texts of chunks, some of them empty."""
    some = random.Random(seed)
    return [tuple(" ".join(some.choices(WORDS, k=some.randrange(size))) for size in (3, 12)) for _ in range(50)]


def counted(chunks: list[tuple[str, str]]) -> WordCounter:
    """Count the words of titles and texts."""
    counter = WordCounter()
    for title, text in chunks:
        found = Words.of(text)
        counter.add(words(title) + found.folded, len(words(title)), found.capitals)
    return counter


def counted_as_read(chunks: list[tuple[str, str]]) -> WordCounter:
    """Count words that are numbered already."""
    found = [Words.of(text) for _, text in chunks]
    known = sorted({word for one in found for word in one.folded})
    read = ReadWords(
        words=known,
        numbers=np.array([known.index(word) for one in found for word in one.folded], dtype=np.int32),
        capital=np.array([place in one.capitals for one in found for place in range(len(one.folded))], dtype=bool),
        ptr=np.cumsum([0, *(len(one.folded) for one in found)]),
    )
    counter = WordCounter()
    counter.add_read(read, [words(title) for title, _ in chunks])
    return counter


@pytest.mark.parametrize("count", [counted, counted_as_read])
@pytest.mark.parametrize("block", [1, 7, 50, 1024])
def test_terms_and_casing_are_those_of_a_loop(
    monkeypatch: pytest.MonkeyPatch, block: int, count: Callable[[list[tuple[str, str]]], WordCounter]
) -> None:
    monkeypatch.setattr(counting, "_BLOCK", block)
    chunks = texts(block)
    counter = count(chunks)
    terms, number, chunk, times, lengths = counter.counts()
    expected = {
        (term, row): often
        for row, (title, text) in enumerate(chunks)
        for term, often in Counter(map(stem, words(f"{title} {text}"))).items()
    }
    found = {(terms[t], c): n for t, c, n in zip(number.tolist(), chunk.tolist(), times.tolist(), strict=True)}
    assert found == expected and len(number) == len(expected)
    assert chunk.tolist() == sorted(chunk.tolist())
    assert lengths.tolist() == [len(words(f"{title} {text}")) for title, text in chunks]

    said = [word for _, text in chunks for word in text.split()]
    names = ["home", "engine", "home engine", "it", "nowhere", "home nowhere"]

    def share(word: str) -> float:
        total = sum(one.lower() == word for one in said)
        return sum(one == word for one in said) / max(total, 1)

    flat = numbered(counter.numbers, (word for name in names for word in name.split()))
    starts = np.cumsum([0, *(len(name.split()) for name in names[:-1])])
    least = [min(share(word) for word in name.split()) for name in names]
    assert counter.commonness(flat, starts).tolist() == least
    assert 0 < least[0] < 1


def test_nothing_is_counted_of_nothing() -> None:
    counter = WordCounter()
    terms, *arrays = counter.counts()
    assert terms == [] and [len(array) for array in arrays] == [0, 0, 0, 0]
    assert len(counter.commonness(numbered(counter.numbers, []), np.zeros(0, dtype=np.int64))) == 0
