"""Any encoder as embedder and any cross-encoder as reranker, with real weights."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from graphrag import GraphRAG
from graphrag.embedders.sentence_transformers import SentenceTransformerEmbedder
from graphrag.errors import RecipeError
from graphrag.retrieval.rerank import CrossEncoderReranker
from graphrag.types import Chunk, ChunkId, DocumentId, Evidence, Span

pytestmark = pytest.mark.torch

QUESTION = "What is the place of birth of the director of film Under The Cards?"


def chunk(text: str, *sentences: tuple[int, int], title: str = "", start: int = 0) -> Chunk:
    spans = tuple(Span(a + start, b + start) for a, b in sentences)
    return Chunk(ChunkId("c"), DocumentId("d"), 0, Span(start, start + len(text)), text, title, "", spans)


@pytest.fixture(scope="module")
def embedder(encoder: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(encoder))


def test_vectors_are_the_model_s_own(embedder: SentenceTransformerEmbedder, encoder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder), device="cpu")
    assert embedder.dimensions == model.get_embedding_dimension() == 384
    for text in ("Who directed the film?", "", "Zażółć gęślą jaźń 日本"):
        assert np.allclose(embedder.embed_query(text), model.encode(text), atol=1e-6)
    text = "The river is wide. The king was tall."
    found = embedder.embed_chunks([chunk(text, (0, 18), (19, 37), title="Rivers")])[0]
    assert np.allclose(found.passage, model.encode(f"Rivers\n{text}"), atol=1e-6)


def test_sentences_are_pooled_from_the_passage(embedder: SentenceTransformerEmbedder) -> None:
    text = "The river is wide. The king was tall."
    found = embedder.embed_chunks([chunk(text, (0, 18), (19, 37), start=500)])[0]
    assert found.sentences.shape == (2, 384)
    assert np.allclose(np.linalg.norm(found.sentences, axis=1), 1.0, atol=1e-5)
    asked = embedder.embed_query("How tall was the king?")
    assert found.sentences[1] @ asked > found.sentences[0] @ asked + 0.2


def test_a_vector_does_not_depend_on_its_neighbours(embedder: SentenceTransformerEmbedder) -> None:
    some = [chunk("A short one.", (0, 12)), chunk("A much longer one, with more words in it than the other.", (0, 55))]
    together = embedder.embed_chunks(some)
    for one, vectors in zip(some, together, strict=True):
        alone = embedder.embed_chunks([one])[0]
        assert alone.passage.tobytes() == vectors.passage.tobytes()
        assert alone.sentences.tobytes() == vectors.sentences.tobytes()


def test_odd_texts_have_vectors(embedder: SentenceTransformerEmbedder) -> None:
    long = "word " * 2000
    texts = [
        chunk("", title="t"),
        chunk("\ud800 lone", (0, 6)),
        chunk(long + "The end.", (0, 5), (len(long), len(long) + 8)),
    ]
    for one in texts:
        found = embedder.embed_chunks([one])[0]
        assert np.isfinite(found.passage).all() and found.sentences.shape == (len(one.sentences), 384)


def test_settings_change_the_fingerprint_and_cost_no_torch(encoder: Path) -> None:
    code = (
        "import sys; from graphrag.embedders.sentence_transformers import SentenceTransformerEmbedder as E\n"
        f"folder = {str(encoder)!r}\n"
        "made = [E(folder), E(folder, query_prefix='query: '), E(folder, max_tokens=64)]\n"
        "print(len({one.fingerprint for one in made}), [one.dimensions for one in made], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "3 [384, 384, 384] False"


def test_a_copy_of_the_model_is_the_same_model(encoder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(encoder, tmp_path / "model")
    assert SentenceTransformerEmbedder(str(copy)).fingerprint == SentenceTransformerEmbedder(str(encoder)).fingerprint
    (copy / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(RecipeError, match="cannot be loaded"):
        SentenceTransformerEmbedder(str(copy)).embed_query("x")
    (copy / "model.safetensors").unlink()
    with pytest.raises(RecipeError, match="no weights in the safetensors format"):
        SentenceTransformerEmbedder(str(copy))


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere", "no body/no such model", "nobody/no-such-model"])
def test_a_model_that_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch, encoder: Path) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(RecipeError, match=name.replace(".", r"\.")):
        SentenceTransformerEmbedder(name)


# --- a workspace


def test_reembedding_extracts_nothing_and_can_be_undone(
    encoder: Path, sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphrag.extraction.spacy_ie import SpacyExtractor

    def never(*_: object) -> None:
        pytest.fail("it was extracted again")

    workspace = shutil.copytree(sample_workspace, tmp_path / "w")
    monkeypatch.setattr(SpacyExtractor, "extract", never)
    with GraphRAG.create(workspace) as rag:
        before = rag.inspect()
        report = rag.reembed("sentence-transformers", {"model": str(encoder)}, workers=1)
        after = rag.inspect()
        assert report.analysed == report.chunks and after["build"]["embedder"].startswith("sentence-transformers-1:")
        assert after["counts"] == before["counts"]
        assert rag.ask(QUESTION).text == "Carcassonne"
    with GraphRAG.open(workspace) as rag:  # it stays so
        assert rag.ask(QUESTION).text == "Carcassonne"
        assert rag.recipe.build.embedding.name == "sentence-transformers"
    with GraphRAG.create(workspace) as rag:
        back = rag.reembed("onnx", workers=1)
        assert back.analysed == 0 and back.digest == before["build"]["digest"]


def test_the_command_reembeds(encoder: Path, samples: Path, tmp_path: Path) -> None:
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.build([samples / "notes"])
    command = [sys.executable, "-m", "graphrag.cli", "reembed", "-w", str(tmp_path / "w"), "--json"]
    options = ["--embedder", "sentence-transformers", "--model", str(encoder), "-o", "max_tokens=128"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["changed"] is True
    assert "Loading weights" not in done.stderr


# --- a cross-encoder


@pytest.fixture(scope="module")
def cross_encoder(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder with the encoder's weights and a head that was not trained: real parts, no sense."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("cross-encoder")
    AutoModelForSequenceClassification.from_pretrained(encoder, num_labels=1).save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder).save_pretrained(folder)
    return folder


def test_a_cross_encoder_decides_the_order(cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder

    texts = ["The king was tall.", "A river.", "Carcassonne is a town in France.", "Who knows?"]
    passages = [Evidence(chunk(text, (0, len(text)), title=f"t{n}"), 1.0, {}) for n, text in enumerate(texts)]
    scores = CrossEncoder(str(cross_encoder)).predict([(QUESTION, f"t{n}\n{text}") for n, text in enumerate(texts)])
    order = CrossEncoderReranker(str(cross_encoder)).rerank(QUESTION, passages)
    assert order == sorted(range(4), key=lambda n: -float(scores[n]))
    assert CrossEncoderReranker(str(cross_encoder)).rerank(QUESTION, []) == []


def test_a_recipe_reranks(cross_encoder: Path, sample_workspace: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    rerank = {"name": "cross-encoder", "options": {"model": str(cross_encoder)}}
    recipe.write_text(yaml.safe_dump({"ask": {"rerank": rerank}}))
    with GraphRAG.open(sample_workspace) as plain, GraphRAG.open(sample_workspace, recipe=str(recipe)) as rag:
        before, after = plain.search(QUESTION, k=30), rag.search(QUESTION, k=5)
        expected = CrossEncoderReranker(str(cross_encoder)).rerank(QUESTION, before.passages)[:5]
        assert [p.chunk.id for p in after.passages] == [before.passages[n].chunk.id for n in expected]
        assert "rerank" in after.timings
        assert len(rag.ask(QUESTION, k=3).evidence) == 3


@pytest.mark.usefixtures("encoder")
def test_a_cross_encoder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be loaded"):
        CrossEncoderReranker(str(tmp_path)).rerank("?", [Evidence(chunk("a", (0, 1)), 1.0, {})])
