"""The parts of retrieval on a small corpus whose right answers are plain to see, and lexical scores against bm25s."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import bm25s
import numpy as np
import pytest

from graphrag.errors import RecipeError
from graphrag.resolution.resolve import resolve
from graphrag.retrieval.dense import SentenceScores
from graphrag.retrieval.fusion import FEATURES, default_weights, fuse, weight_vector
from graphrag.retrieval.index import K1, B, build_index, stem
from graphrag.retrieval.lexical import lexical_scores
from graphrag.retrieval.links import links_back, links_out, shared_entities, sharers
from graphrag.retrieval.nearest import top_rows
from graphrag.retrieval.onward import onward_sentences
from graphrag.retrieval.reader import FloatRows, Index, Rows, among, best_per_key, distinct, gather
from graphrag.retrieval.search import prepare, rank, retrieve
from graphrag.retrieval.seeds import find_seeds, residual, respelled, unknown_names
from graphrag.retrieval.spelling import Speller
from graphrag.text import STOP_WORDS, sentence_spans, words
from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Mention, PassageVectors, Span

CORPUS = {
    "engine": ("Analytical Engine", "The Analytical Engine was designed by Charles Babbage. It used punched cards."),
    "babbage": ("Charles Babbage", "Charles Babbage was born in London. He was an English polymath."),
    "lovelace": ("Ada Lovelace", "Ada Lovelace wrote notes on the Analytical Engine. She studied with De Morgan."),
    "morgan": ("Augustus De Morgan", "Augustus De Morgan was a logician. He was born in Madurai."),
    "london": ("London", "London is the capital of England. The Thames runs through it."),
    "loom": ("Jacquard loom", "The Jacquard loom was a machine for weaving. It used punched cards as well."),
}
NAMES = {
    "engine": [("Charles Babbage", "PERSON")],
    "babbage": [("Charles Babbage", "PERSON"), ("London", "GPE")],
    "lovelace": [("Ada Lovelace", "PERSON"), ("Analytical Engine", "PRODUCT"), ("De Morgan", "PERSON")],
}
DIMENSIONS = 64


def embed(text: str) -> FloatRows:
    """Return a unit vector that sums one fixed random direction a word: texts that share words are near."""
    total = np.full(DIMENSIONS, 1e-3, dtype=np.float32)
    for word in words(text):
        seed = int.from_bytes(word.encode()[:8].ljust(8, b"\0"), "little")
        total += np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)
    unit: FloatRows = total / np.linalg.norm(total)
    return unit


VECTORS = SimpleNamespace(question=embed, rest=embed, clause=embed)


def fits(index: Index, asked: str) -> Callable[[Rows], tuple[FloatRows, Rows]]:
    """Return what tells how well sentences fit a text."""
    return SentenceScores(index, embed(asked)[None, :]).each


def chunk(identity: str, title: str, text: str) -> Chunk:
    return Chunk(
        ChunkId(f"chunk-{identity}"),
        DocumentId(identity),
        0,
        Span(0, len(text)),
        text,
        title,
        "",
        tuple(sentence_spans(text)),
    )


@pytest.fixture(scope="module")
def chunks() -> list[Chunk]:
    return [chunk(identity, *CORPUS[identity]) for identity in sorted(CORPUS)]


@pytest.fixture(scope="module")
def index(chunks: list[Chunk]) -> Index:
    extractions = []
    for one in chunks:
        mentions = [
            Mention(Span(one.text.index(n), one.text.index(n) + len(n)), n, label)
            for n, label in NAMES.get(one.document_id, [])
        ]
        extractions.append(Extraction(tuple(mentions), ()))
    resolution = resolve(lambda: zip(chunks, extractions, strict=True))
    vectors = [
        PassageVectors(embed(c.title + " " + c.text), np.stack([embed(c.text[s.start : s.end]) for s in c.sentences]))
        for c in chunks
    ]
    return Index(build_index(chunks, vectors, resolution, DIMENSIONS))


def row(name: str) -> int:
    return sorted(CORPUS).index(name)


def found(index: Index, question: str, *features: str) -> list[str]:
    """Return document names, best first, by the shipped weights or by single features."""
    weights = (
        np.array([1.0 if name in features else 0.0 for name in FEATURES], dtype=np.float32)
        if features
        else weight_vector({})
    )
    candidates = retrieve(index, prepare(index, Speller(index), question, VECTORS))
    order, _ = rank(candidates, weights)
    return [sorted(CORPUS)[int(r)] for r in candidates.rows[order]]


def test_lexical_scores_are_those_of_bm25s(index: Index, chunks: list[Chunk]) -> None:
    texts = [[stem(w) for w in words(f"{c.title}\n{c.heading}\n{c.text}")] for c in chunks]
    oracle = bm25s.BM25(method="lucene", k1=K1, b=B)
    oracle.index(texts, show_progress=False)
    question = "Who designed the engine that used punched cards in London?"
    tokens = sorted({stem(w) for w in words(question) if w not in STOP_WORDS})
    expected = oracle.get_scores([t for t in tokens if any(t in text for text in texts)])
    # Lucene's variant leaves out the constant factor k1 + 1.
    np.testing.assert_allclose(lexical_scores(index, question), expected * (K1 + 1.0), rtol=1e-4)


def test_seeds_are_the_longest_known_names_whatever_the_case(index: Index) -> None:
    question = "Where was the designer of the Analytical Engine born?"
    (seed,) = find_seeds(index, question, words(question))
    assert question[seed.span.start : seed.span.end] == "Analytical Engine"
    (lower,) = find_seeds(index, question.lower(), words(question))
    assert lower.entities == seed.entities
    assert residual(question, [seed]) == "Where was the designer of the born?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Who was Charles Babage?", "Who was Charles Babbage?"),
        ("Who was Charles Bbabage?", "Who was Charles Babbage?"),
        ("Who was charles babbaeg?", "Who was charles babbage?"),
        ("Who wrote about the Anlytical Engine?", "Who wrote about the Analytical Engine?"),
        ("Who was Xylophon Qwerty?", "Who was Xylophon Qwerty?"),
        ("Is Londom nice?", "Is London nice?"),
    ],
)
def test_a_misspelt_name_is_found(index: Index, typed: str, meant: str) -> None:
    corrected = Speller(index).correct(words(typed))
    assert respelled(typed, words(typed), corrected) == meant
    names = [typed[n.span.start : n.span.end] for n in find_seeds(index, typed, corrected)]
    assert len(names) == len(find_seeds(index, meant, words(meant)))


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Where was the designer of the Analytical Engine born?", []),
        ("Where was the designer of the Quantum Engine born?", ["Quantum"]),
        ("Where was Zorbal's designer born in Madurai?", ["Zorbal"]),
        ("Zorbal was born where?", []),  # any question opens with a capital
        ("Where was the designer of the UN born?", []),
        ("Where Was The Quantum Engine Designed?", []),
        ("where was the quantum engine designed?", []),
        ("", []),
    ],
)
def test_names_that_no_text_holds_are_unknown(index: Index, question: str, unknown: list[str]) -> None:
    assert unknown_names(index, question) == unknown


def test_links_lead_from_a_passage_to_what_it_names_and_back(index: Index) -> None:
    hops, strength = np.array([row("engine")]), np.array([1.0], dtype=np.float32)
    out = links_out(index, hops, strength)
    assert row("babbage") in out.target and row("engine") not in out.target
    assert set(out.source) == {row("engine")}
    back = links_back(index, hops, strength)
    assert row("lovelace") in back.target


def test_shared_entities_and_sharers(index: Index) -> None:
    none = np.zeros(0, dtype=np.int64)
    hops = np.array([row("engine")])
    assert row("babbage") in sharers(index, hops, none)
    rows = np.arange(index.n_chunks)
    shared = shared_entities(index, rows, hops, np.array([1.0], dtype=np.float32), none)
    assert shared[row("babbage")] > 0 and shared[row("engine")] == 0 and shared[row("loom")] == 0


def test_the_second_hop_is_found_by_its_link_alone(index: Index) -> None:
    question = "Where was the designer of the Analytical Engine born?"
    assert found(index, question)[0] == "engine" and "babbage" in found(index, question)[:3]
    assert found(index, question, "link")[0] == "babbage"


def test_a_comparison_finds_both_sides(index: Index) -> None:
    assert set(found(index, "Were Charles Babbage and Augustus De Morgan both English?")[:2]) == {"babbage", "morgan"}


def test_a_filter_holds_through_the_walk(index: Index) -> None:
    allowed = np.ones(index.n_chunks, dtype=np.bool_)
    allowed[row("engine")] = False
    query = prepare(index, Speller(index), "Where was the designer of the Analytical Engine born?", VECTORS)
    candidates = retrieve(index, query, allowed)
    assert row("engine") not in candidates.rows
    assert row("engine") not in candidates.links.source
    nothing = retrieve(index, query, np.zeros(index.n_chunks, dtype=np.bool_))
    assert len(nothing.rows) == 0


@pytest.mark.parametrize(
    "question",
    ["", "?", "the of and", "x", "Лондон", "東京はどこ", "Babbage " * 3000, "\ud800", "🙂", "a\x00b", "ADA LOVELACE"],
)
def test_odd_questions_are_answered_all_the_same(index: Index, question: str) -> None:
    candidates = retrieve(index, prepare(index, Speller(index), question, VECTORS))
    order, scores = rank(candidates, weight_vector({}))
    assert len(order) == len(candidates.rows) > 0
    assert np.isfinite(scores).all()


def test_features_are_finite_and_within_their_range(index: Index) -> None:
    candidates = retrieve(index, prepare(index, Speller(index), "Who wrote notes on the Analytical Engine?", VECTORS))
    assert candidates.features.shape == (len(candidates.rows), len(FEATURES))
    assert (candidates.features >= 0).all() and (candidates.features <= 2.0).all()
    assert list(candidates.rows) == sorted(set(candidates.rows.tolist()))


def test_an_empty_corpus_has_an_index() -> None:
    empty = Index(build_index([], [], resolve(lambda: iter(())), DIMENSIONS))
    candidates = retrieve(empty, prepare(empty, Speller(empty), "Who?", VECTORS))
    assert len(candidates.rows) == 0


def test_a_corpus_of_one_passage() -> None:
    one = chunk("a", "Ada", "Ada wrote notes.")
    resolution = resolve(lambda: iter([(one, Extraction((), ()))]))
    vectors = PassageVectors(embed("ada"), np.stack([embed(one.text)]))
    index = Index(build_index([one], [vectors], resolution, DIMENSIONS))
    candidates = retrieve(index, prepare(index, Speller(index), "What did Ada write?", VECTORS))
    assert candidates.rows.tolist() == [0] and np.isfinite(candidates.features).all()


def test_wrong_weights_are_refused() -> None:
    with pytest.raises(RecipeError, match="no feature"):
        weight_vector({"lnik": 1.0})
    with pytest.raises(RecipeError, match="negative"):
        weight_vector({"link": -1.0})
    assert weight_vector({"link": 9.0})[list(FEATURES).index("link")] == 9.0


def test_the_document_has_the_shipped_weights() -> None:
    text = (Path(__file__).parents[2] / "docs" / "retrieval.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    said = {row[0].strip("`"): row[2] for row in rows if len(row) == 3}
    assert said == {name: f"{weight:g}" for name, weight in default_weights().items()}


def test_a_full_mark_on_every_feature_is_one() -> None:
    assert fuse(np.ones((1, len(FEATURES)), dtype=np.float32), weight_vector({})) == pytest.approx([1.0])


def test_gather_and_best_per_key() -> None:
    ptr = np.array([0, 2, 2, 5])
    positions, owners = gather(ptr, np.array([2, 0, 1]))
    assert positions.tolist() == [2, 3, 4, 0, 1] and owners.tolist() == [0, 0, 0, 1, 1]
    keys, best = best_per_key(np.array([3, 1, 3, 1]), np.array([0.1, 0.5, 0.9, 0.5], dtype=np.float32))
    assert keys.tolist() == [1, 3] and best.tolist() == [1, 2]


@pytest.mark.parametrize("size", [0, 1, 200])
def test_sets_of_rows_are_those_of_numpy(size: int) -> None:
    rows, others = np.random.default_rng(size).integers(0, 100, (2, size))
    assert distinct(rows).tolist() == np.unique(rows).tolist()
    assert among(rows, distinct(others)).tolist() == np.isin(rows, others).tolist()
    assert not among(np.array([3]), distinct(rows[:0])).any()


def test_scores_of_sentences_against_a_plain_loop(index: Index) -> None:
    vectors = np.stack([embed("the Thames"), embed("punched cards")])
    scores = SentenceScores(index, vectors)
    scores.best(np.array([row("loom"), row("babbage")]))  # what is read later finds its place among them
    rows = np.arange(index.n_chunks)
    best, (each, starts) = scores.best(rows), scores.each(rows, 1)
    for i in rows:
        sentences, _ = index.sentences(np.array([i]))
        cosines = sentences @ vectors.T
        np.testing.assert_allclose(best[i], cosines.max(axis=0), atol=1e-6)
        np.testing.assert_allclose(each[starts[i] : starts[i] + len(cosines)], cosines[:, 1], atol=1e-6)


def test_a_sentence_carries_on_where_it_names_what_a_hop_passage_names(index: Index) -> None:
    none, all_rows = np.zeros(0, dtype=np.int64), np.arange(index.n_chunks)
    sure, scale = np.array([1.0], dtype=np.float32), (0.0, 1.0)
    (babbage,) = (entity for entity, _ in index.entities_named("charles babbage"))
    hops = np.array([row("engine")])
    onward = onward_sentences(index, all_rows, hops, sure, none, fits(index, "an English polymath"), scale)
    best = int(onward.weight.argmax())
    assert (onward.target[best], onward.source[best], onward.entity[best]) == (row("babbage"), row("engine"), babbage)
    assert not {row("engine"), row("loom")} & set(onward.target.tolist())
    # What the question names already, and what the hop passage itself is about, lead nowhere.
    known = np.array([babbage])
    assert babbage not in onward_sentences(index, all_rows, hops, sure, known, fits(index, "polymath"), scale).entity
    hops = np.array([row("babbage")])
    assert (
        row("engine") not in onward_sentences(index, all_rows, hops, sure, none, fits(index, "designed"), scale).target
    )


def test_a_sentence_that_only_names_it_counts_by_its_fit(index: Index) -> None:
    none, all_rows, sure = np.zeros(0, dtype=np.int64), np.arange(index.n_chunks), np.array([1.0], dtype=np.float32)
    hops = np.array([row("lovelace")])  # it names the engine; so does no other passage but the engine's own

    def weight(asked: str) -> float:
        onward = onward_sentences(
            index, all_rows, np.array([row("babbage")]), sure, none, fits(index, asked), (0.0, 1.0)
        )
        return float(dict(zip(onward.target.tolist(), onward.weight.tolist(), strict=True)).get(row("london"), 0.0))

    assert weight("the capital of England") == weight("weaving") > 0.0  # about London: the weight of the about
    own = onward_sentences(index, all_rows, hops, sure, none, fits(index, "designed"), (0.0, 1.0))
    assert row("engine") in own.target


def test_mentions_know_their_sentences(index: Index) -> None:
    rows = np.array([row("babbage"), row("lovelace")])
    entities, owners, _ = index.mentions(rows)
    sentences = dict(
        zip(zip(owners.tolist(), entities.tolist(), strict=True), index.mention_sentences(rows), strict=True)
    )
    (london,) = (entity for entity, _ in index.entities_named("london"))
    (engine,) = (entity for entity, _ in index.entities_named("analytical engine"))
    named = {entity for entity, _ in index.entities_named("de morgan")}
    assert sentences[0, london] == 0b01 and sentences[1, engine] == 0b01
    assert [sentences[1, entity] for entity in named if (1, entity) in sentences] == [0b10]
    older = Index({name: array for name, array in index.arrays.items() if name != "mention_sentences"})
    assert (older.mention_sentences(rows) == np.iinfo(np.uint64).max).all()


def test_equal_scores_at_the_cut_do_not_hang_on_the_order_of_rows() -> None:
    scores = np.array([1.0, 3.0, 1.0, 1.0, 2.0], dtype=np.float32)
    second = np.array([0.1, 0.0, 0.9, 0.5, 0.0], dtype=np.float32)
    assert sorted(top_rows(scores, 3, second.__getitem__).tolist()) == [1, 2, 4]
    turned = top_rows(scores[::-1], 3, second[::-1].__getitem__)
    assert sorted((4 - turned).tolist()) == [1, 2, 4]
    assert sorted(top_rows(scores, 4).tolist()) == [0, 1, 2, 4]


def test_top_rows() -> None:
    assert sorted(top_rows(np.array([0.1, 0.9, 0.5], dtype=np.float32), 2).tolist()) == [1, 2]
    assert top_rows(np.zeros(0, dtype=np.float32), 5).tolist() == []
