"""Synthetic corpora are what they say, small ones can be measured, and the chart shows what was measured."""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from graphrag.cli.app import main
from graphrag.evaluation.chart import scaling_chart
from graphrag.evaluation.scale import Cost, _ask, _build, growth
from graphrag.evaluation.synthetic import SENTENCES, draw, index_of, questions_of
from graphrag.retrieval.index import graph_arrays
from graphrag.retrieval.lexical import lexical_scores
from graphrag.retrieval.reader import Index
from graphrag.retrieval.seeds import find_seeds
from graphrag.stores.arrays import ArrayInfo, write_arrays
from graphrag.text import words


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(index_of(draw(400, 16)))


def test_a_synthetic_index_is_whole(index: Index) -> None:
    np.testing.assert_allclose(np.linalg.norm(index.passages, axis=1), 1.0, atol=1e-5)
    assert index.sentence_ptr[-1] == SENTENCES * 400 == len(index.arrays["sentence_vectors"])
    assert index.n_entities == 200
    assert (np.diff(index.own_ptr) == 1).all()
    common, rare = index.chunk_frequency[:5], index.chunk_frequency[-5:]
    assert common.min() > 4 * rare.max()  # Zipf's law
    ptr = index.arrays["term_ptr"]
    for row in range(0, len(ptr) - 1, 37):
        chunks = index.arrays["posting_chunk"][ptr[row] : ptr[row + 1]]
        assert (np.diff(chunks) > 0).all()


def test_synthetic_questions_name_known_entities(index: Index) -> None:
    questions = questions_of(400, 10)
    assert len(set(questions)) == 10
    for question in questions:
        assert 1 <= len(find_seeds(index, question, words(question))) <= 2
        assert lexical_scores(index, question).any()


def test_drawing_twice_gives_the_same() -> None:
    one, other = index_of(draw(50, 16)), index_of(draw(50, 16))
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_postings_are_the_same_section_by_section(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = draw(60, 16)
    whole = index_of(corpus)
    monkeypatch.setattr("graphrag.retrieval.index._SECTION", 7)
    parts = index_of(corpus)
    assert all(whole[name].tobytes() == parts[name].tobytes() for name in whole)
    by_term: dict[int, list[int]] = {}
    for term, chunk in zip(corpus.term.tolist(), corpus.chunk.tolist(), strict=True):
        by_term.setdefault(term, []).append(chunk)
    ptr = parts["term_ptr"].tolist()
    found = sorted(parts["posting_chunk"][a:b].tolist() for a, b in pairwise(ptr) if a < b)
    assert found == sorted(by_term.values())


def test_mentions_are_joined_in_any_order() -> None:
    random = np.random.default_rng(5)
    chunk, entity, sentence = random.integers(9, size=300), random.integers(7, size=300), random.integers(70, size=300)
    arrays = graph_arrays(chunk, entity, sentence, np.zeros((0, 3)), np.zeros(7, dtype=np.float32), 9)
    count = Counter(zip(chunk.tolist(), entity.tolist(), strict=True))
    bits: dict[tuple[int, int], int] = defaultdict(int)
    for pair, place in zip(zip(chunk.tolist(), entity.tolist(), strict=True), sentence.tolist(), strict=True):
        bits[pair] |= 1 << min(place, 63)
    rows = np.repeat(np.arange(9), np.diff(arrays["mention_ptr"])).tolist()
    pairs = list(zip(rows, arrays["mention_entity"].tolist(), strict=True))
    assert pairs == sorted(count)
    assert arrays["mention_count"].tolist() == [count[pair] for pair in pairs]
    assert arrays["mention_sentences"].tolist() == [bits[pair] for pair in pairs]
    rows = np.repeat(np.arange(7), np.diff(arrays["entity_ptr"])).tolist()
    turned = list(zip(arrays["entity_chunk"].tolist(), rows, strict=True))
    assert turned == sorted(count, key=lambda pair: (pair[1], pair[0]))
    assert arrays["entity_count"].tolist() == [count[pair] for pair in turned]


def test_the_chunks_of_each_of_very_many_entities_are_in_order() -> None:
    random = np.random.default_rng(6)
    many = 3 * 2**16  # more than 16 bits number
    chunk, entity = random.integers(50, size=5000), random.integers(many, size=5000)
    arrays = graph_arrays(chunk, entity, chunk * 0, np.zeros((0, 3)), np.zeros(many, dtype=np.float32), 50)
    rows = np.repeat(np.arange(many), np.diff(arrays["entity_ptr"])).tolist()
    pairs = sorted(set(zip(entity.tolist(), chunk.tolist(), strict=True)))
    assert list(zip(rows, arrays["entity_chunk"].tolist(), strict=True)) == pairs


def test_every_corpus_of_a_size_is_kept_until_all_are_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []

    def written(folder: Path, arrays: dict[str, np.ndarray]) -> list[ArrayInfo]:
        infos = write_arrays(folder, arrays)
        kept.append(len(list(tmp_path.rglob("term_ptr.npy"))))
        return infos

    monkeypatch.setattr("graphrag.evaluation.scale.write_arrays", written)
    _build(tmp_path / "arrays", 30, 8, 3)
    assert kept == [1, 2, 3]
    assert [path.name for path in tmp_path.iterdir()] == ["arrays"]


def test_a_small_corpus_is_measured(tmp_path: Path) -> None:
    built = _build(tmp_path / "arrays", 300, 384)
    assert built["index_seconds"] > 0 and built["disk_mb"] > 300 * 384 * 8 / 2**20
    asked = _ask(tmp_path / "arrays", built["infos"], questions_of(300, 12))
    assert 0 < asked["embed_ms_median"] < asked["search_ms_median"] <= asked["search_ms_p95"]
    assert asked["recall"] is None  # so few are compared exactly


def cost(passages: int, index_us: float) -> Cost:
    return Cost(passages, 1.0, 2.0 * index_us, index_us, 3.0, 100.0, 0.1, 90.0, 5.0, 9.0, 4.0, None)


def test_growth_is_against_ten_thousand() -> None:
    assert growth([cost(10_000, 20.0), cost(1_000_000, 25.0)]) == 1.25
    assert growth([cost(1_000, 20.0), cost(1_000_000, 25.0)]) is None
    assert growth([]) is None


def test_the_chart_is_sound_and_shows_every_figure() -> None:
    chart = ElementTree.fromstring(scaling_chart([cost(1_000, 21.5), cost(1_000_000, 1250.0)]))
    space = "{http://www.w3.org/2000/svg}"
    assert len(chart.findall(f".//{space}polyline")) == 7
    assert len(chart.findall(f".//{space}circle")) == 14
    titles = [title.text for title in chart.iter(f"{space}title")]
    assert {"21.5", "1,250"} <= set(titles)
    one = ElementTree.fromstring(scaling_chart([cost(1_000, 1.0)]))
    assert len(one.findall(f".//{space}circle")) == 7


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scale", "--sizes", "many"], "'many' is no number of passages"),
        (["scale", "--sizes", "0"], "'0' is no number of passages"),
        (["run"], "Missing argument 'NAME'"),
    ],
)
def test_a_wrong_command_line_is_explained(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.slow
def test_quality_compares_all_modes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    passages = [
        {"id": "a", "title": "Ada Lovelace", "text": "Ada Lovelace wrote notes on the Analytical Engine."},
        {"id": "b", "title": "Analytical Engine", "text": "The Analytical Engine was designed by Charles Babbage."},
    ]
    asked = [
        {"id": n, "question": f"Who designed the Analytical Engine in {1830 + n}?", "gold": ["b"]} for n in range(12)
    ]
    (tmp_path / "corpus.json").write_text(json.dumps(passages), encoding="utf-8")
    (tmp_path / "questions.json").write_text(json.dumps(asked), encoding="utf-8")
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(f"extends: offline\nbench: {{data: {{folder: {tmp_path}}}}}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["bench", "quality", str(recipe), "--workers", "1", "--cross-validated"])
    assert ended.value.code == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()]
    assert [row[1] for row in rows[-3:]] == ["cross-validated", "lower case", "one typo"]
    assert rows[-3][2].startswith("100.0 (")
    with pytest.raises(SystemExit) as ended:
        main(["bench", "quality", str(recipe), "--workers", "1"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[-7:]] == [
        f"| {mode}" for mode in ("lexical", "basic", "rrf", "hybrid", "links", "ppr", "auto")
    ]
    assert "| auto | 100.0 (100.0–100.0) |" in lines[-1]
