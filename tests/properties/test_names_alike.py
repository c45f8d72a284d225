"""Names are compared in blocks and by candidates; what is found is what comparing all of them finds."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from graphrag.resolution.blocks import alike
from graphrag.resolution.similar import similar_abouts
from graphrag.text import STOP_WORDS, numbers
from graphrag.types import DocumentId

# Few words: rare and common ones, short and long ones, a stop word, numbers.
WORDS = ("ada", "byron", "lovelace", "lovelase", "lavelace", "the", "prince", "princes", "county", "1990", "ii")
names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)


@given(st.sets(names))
def test_blocks_hold_all_pairs_that_differ_in_one_long_word(keys: set[str]) -> None:
    found = {(a, b, x, y) for some in alike(keys) for a, x in some for b, y in some if a != b}
    expected = set()
    for a in keys:
        for b in keys:
            pairs = list(zip(a.split(), b.split(), strict=False))
            differ = [(x, y) for x, y in pairs if x != y]
            if len(a.split()) == len(b.split()) and 2 <= len(pairs) <= 6 and len(differ) == 1:
                ((x, y),) = differ
                if min(len(x), len(y)) >= 6 and x[0] == y[0]:
                    expected.add((a, b, x, y))
    assert found == expected


def test_a_block_of_many_names_is_left_out() -> None:
    assert [len(some) for some in alike(f"county{n} ada" for n in range(200))] == [200]
    assert not list(alike(f"county{n} ada" for n in range(201)))
    assert not list(alike([*(f"county{n} ada" for n in range(200)), "x ada"]))  # what is short counts too


@given(st.sets(names), st.dictionaries(names, st.floats(0.5, 1), min_size=1))
def test_similar_names_are_those_that_a_plain_search_finds(keys: set[str], known: dict[str, float]) -> None:
    documents = {key: [(DocumentId(f"d {key}"), weight)] for key, weight in known.items()}
    words_of = {key: set(key.split()) - STOP_WORDS for key in known}
    count = Counter(word for words in words_of.values() for word in words)
    expected = []
    for name in sorted(keys):
        words = set(name.split()) - STOP_WORDS

        def weight(some: set[str]) -> float:
            return math.fsum(math.log1p(len(known) / count.get(word, 1)) for word in some)

        shared = sorted((count[word], word) for word in words if word in count)
        scored = []
        for key, others in words_of.items():
            both = words & others
            if len(shared) < 2 or not both & {word for _, word in shared[:2]}:
                continue
            score = weight(both) / (weight(words) + weight(others) - weight(both))
            contained = len(both) >= 2 and len(both) == min(len(words), len(others))
            if (score >= 0.6 or contained) and numbers(name) == numbers(key):
                scored.append((-score, key))
        links = [(round(-score * known[key] * 0.7, 4), f"d {key}") for score, key in sorted(scored)[:3]]
        expected += [(name, key, share) for share, key in sorted(links, key=lambda link: (-link[0], link[1]))]
    assert similar_abouts(keys, documents) == expected
