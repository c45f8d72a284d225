"""The bundled embedder: same bits in any company, near vectors for near texts, checked files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from graphrag.embedders import onnx
from graphrag.embedders.onnx import OnnxEmbedder
from graphrag.errors import RecipeError, WorkspaceDamaged
from graphrag.resources import resource
from graphrag.text import sentence_spans
from graphrag.types import Chunk, ChunkId, DocumentId, Span

MODEL = "bge-small-en-v1.5-int8"


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


def chunk(text: str, title: str = "", start: int = 0) -> Chunk:
    spans = tuple(span.shift(start) for span in sentence_spans(text))
    return Chunk(ChunkId("c"), DocumentId("d"), 0, Span(start, start + len(text)), text, title, "", spans)


TEXTS = [
    "Ada Lovelace wrote the first program. She was born in London.",
    "Paris is the capital of France.",
    "Нева течёт в Финский залив. 東京は日本の首都である。",
    "One. Two. Three. " * 60,
]


def test_a_vector_is_the_same_to_the_bit_whatever_it_is_embedded_with(embedder: OnnxEmbedder) -> None:
    chunks = [chunk(text, "Title") for text in TEXTS]
    together = embedder.embed_chunks(chunks)
    for one, expected in zip(chunks, together, strict=True):
        (alone,) = embedder.embed_chunks([one])
        assert alone.passage.tobytes() == expected.passage.tobytes()
        assert alone.sentences.tobytes() == expected.sentences.tobytes()


def test_several_threads_give_the_bits_of_one(embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = [chunk(f"{text} {number}") for number in range(6) for text in TEXTS]
    monkeypatch.setattr(onnx, "_threads", lambda: 4)
    several = embedder.embed_chunks(chunks)
    monkeypatch.undo()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert onnx._threads() == 1
    for one, other in zip(embedder.embed_chunks(chunks), several, strict=True):
        assert one.passage.tobytes() == other.passage.tobytes()
        assert one.sentences.tobytes() == other.sentences.tobytes()


def test_shapes_and_lengths(embedder: OnnxEmbedder) -> None:
    for one, vectors in zip(map(chunk, TEXTS), embedder.embed_chunks([chunk(t) for t in TEXTS]), strict=True):
        assert vectors.passage.shape == (384,) and vectors.passage.dtype == np.float32
        assert vectors.sentences.shape == (len(one.sentences), 384)
        np.testing.assert_allclose(np.linalg.norm(vectors.passage), 1, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(vectors.sentences, axis=1), 1, atol=1e-5)


def test_where_a_chunk_stands_in_its_document_does_not_matter(embedder: OnnxEmbedder) -> None:
    here, there = embedder.embed_chunks([chunk(TEXTS[0]), chunk(TEXTS[0], start=1000)])
    assert here.sentences.tobytes() == there.sentences.tobytes()


def test_a_question_is_nearest_to_the_passage_and_the_sentence_that_answer_it(embedder: OnnxEmbedder) -> None:
    question = embedder.embed_query("Where was Ada Lovelace born?")
    vectors = embedder.embed_chunks([chunk(text) for text in TEXTS])
    assert int(np.argmax([v.passage @ question for v in vectors])) == 0
    assert int(np.argmax(vectors[0].sentences @ question)) in (0, 1)
    capital = embedder.embed_query("What is the capital of France?")
    assert int(np.argmax([v.passage @ capital for v in vectors])) == 1


def test_a_part_of_a_question_goes_without_the_prefix(embedder: OnnxEmbedder) -> None:
    prefix = "Represent this sentence for searching relevant passages: "
    assert embedder.embed_phrase(prefix + "the capital").tobytes() == embedder.embed_query("the capital").tobytes()
    assert embedder.embed_phrase("the capital") @ embedder.embed_query("the capital") < 0.999


@pytest.mark.parametrize("text", ["", " ", "\x00", "🙂", "a" * 20_000])
def test_odd_texts_have_finite_vectors(embedder: OnnxEmbedder, text: str) -> None:
    (vectors,) = embedder.embed_chunks([chunk(text)])
    assert np.isfinite(vectors.passage).all() and np.isfinite(vectors.sentences).all()
    assert np.isfinite(embedder.embed_query(text)).all()


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(RecipeError, match="'nothing' was not found"):
        OnnxEmbedder("nothing")


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(resource("models") / MODEL, folder)
    return folder


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(WorkspaceDamaged, match=r"tokenizer\.json does not match its checksum"):
        OnnxEmbedder(str(folder))


def test_a_broken_provenance_file_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(RecipeError, match="cannot be read"):
        OnnxEmbedder(str(folder))
    (folder / "provenance.json").write_text(json.dumps({"files": {}}), encoding="utf-8")
    with pytest.raises(RecipeError, match="cannot be read"):
        OnnxEmbedder(str(folder))
