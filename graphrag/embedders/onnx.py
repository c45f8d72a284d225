"""Vectors by an ONNX encoder of the BERT family, on the CPU.

Each text runs alone and on one thread, though several may run at once.  Dynamic int8 quantisation scales activations
over the whole batch, so a text embedded beside others gets another vector; alone, its vector is the same to the bit
whatever else is embedded.
"""

import functools
import hashlib
import json
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from graphrag.cores import cores
from graphrag.errors import RecipeError, WorkspaceDamaged
from graphrag.resources import resource
from graphrag.types import Chunk, PassageVectors

if TYPE_CHECKING:
    from graphrag.types import FloatArray

__all__ = ["OnnxEmbedder"]

_IMPLEMENTATION = "onnx-2"
_WORTH_THREADS = 8  # chunks
_SURROGATE = re.compile("[\ud800-\udfff]")


class OnnxEmbedder:
    """The bundled embedder, or any encoder folder of the same layout.

    A folder holds ``model.onnx``, ``tokenizer.json`` and ``provenance.json`` with the files' sha256, the query prefix
    and the number of dimensions.  Pooling is the first token's state, normalised (BGE: Xiao et al., "C-Pack",
    arXiv 2309.07597, section 4).  A sentence's vector is the mean of its tokens' states in the passage's own forward
    pass: it knows the passage around it and costs no pass of its own.

    Parameters
    ----------
    model : str
        Name of a folder under the package's ``models`` resource, or a path to a folder.
    max_tokens : int
        Word pieces of a text that are read, at most what the model was trained for.

    Raises
    ------
    RecipeError
        The folder or one of its files is missing.
    WorkspaceDamaged
        A file does not match its checksum.
    """

    def __init__(self, model: str = "bge-small-en-v1.5-int8", max_tokens: int = 512) -> None:
        folder = _model_folder(model)
        facts = _checked_provenance(folder)
        self.dimensions = int(facts["dimensions"])
        self.fingerprint = f"{_IMPLEMENTATION}:{facts['files']['model.onnx']['sha256'][:16]}:{max_tokens}"
        self._prefix = str(facts["query_prefix"])
        self._folder = folder
        self._max_tokens = max_tokens

    # Loaded when a text comes: a build that finds every vector in its cache needs the fingerprint alone.

    @functools.cached_property
    def _tokenizer(self) -> Tokenizer:
        """The tokenizer, cutting at the window."""
        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._max_tokens)
        return tokenizer

    @functools.cached_property
    def _session(self) -> Any:
        """The network, on one thread."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def embed_chunks(self, chunks: Sequence[Chunk]) -> list[PassageVectors]:
        """Return the passage vector and the sentence vectors of each chunk, in order; on all cores if they are many."""
        threads = _threads()
        if len(chunks) < _WORTH_THREADS or threads == 1:
            return [self._embed_chunk(chunk) for chunk in chunks]
        first = self._embed_chunk(chunks[0])  # loads the model
        # The network leaves the interpreter to other threads, which may share it.
        with ThreadPoolExecutor(threads) as pool:
            return [first, *pool.map(self._embed_chunk, chunks[1:])]

    def embed_query(self, text: str) -> "FloatArray":
        """Return the vector (dimensions,) of a question."""
        states, _ = self._run(self._prefix + text)
        return _unit(states[0])

    def embed_phrase(self, text: str) -> "FloatArray":
        """Return the vector (dimensions,) of a part of a question, which goes without the model's prefix."""
        states, _ = self._run(text)
        return _unit(states[0])

    def _embed_chunk(self, chunk: Chunk) -> PassageVectors:
        """Embed one chunk: title, heading and text in one pass."""
        context = "".join(part + "\n" for part in (chunk.title, chunk.heading) if part)
        states, offsets = self._run(context + chunk.text)
        # Token offsets relative to the document, so that they compare with the sentences' spans.
        offsets = offsets + (chunk.span.start - len(context))
        sentences = np.empty((len(chunk.sentences), self.dimensions), dtype=np.float32)
        for row, span in enumerate(chunk.sentences):
            inside = (offsets[:, 0] >= span.start) & (offsets[:, 1] <= span.end) & (offsets[:, 0] < offsets[:, 1])
            # A sentence beyond the model's window has no tokens of its own; the passage stands for it.
            sentences[row] = states[inside].mean(axis=0) if inside.any() else states[0]
        return PassageVectors(_unit(states[0]), _unit(sentences))

    def _run(self, text: str) -> tuple["FloatArray", "np.ndarray[Any, np.dtype[np.int64]]"]:
        """Return the last hidden states (tokens, dimensions) and each token's (start, end) in ``text``."""
        # The tokenizer refuses lone surrogates; one character for one keeps the offsets.
        encoded = self._tokenizer.encode(_SURROGATE.sub("\ufffd", text))
        ids = np.array([encoded.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states: FloatArray = self._session.run(None, inputs)[0][0]
        return states, np.array(encoded.offsets, dtype=np.int64)


def _threads() -> int:
    """Return how many cores this process may use; one where it is told so, as the worker processes of a build are."""
    if os.environ.get("OMP_NUM_THREADS") == "1":
        return 1
    return cores()


def _unit(vectors: "FloatArray") -> "FloatArray":
    """Scale the last axis to length 1; a zero vector stays zero."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: FloatArray = (vectors / np.maximum(norm, 1e-12)).astype(np.float32)
    return scaled


def _model_folder(model: str) -> Path:
    """Find the folder of a model by its bundled name or path."""
    for folder in (resource("models") / model, Path(model)):
        if (folder / "model.onnx").is_file():
            return folder
    raise RecipeError(
        f"embedding model {model!r} was not found; name a bundled model (bge-small-en-v1.5-int8) or a folder with "
        "model.onnx, tokenizer.json and provenance.json"
    )


def _checked_provenance(folder: Path) -> dict[str, Any]:
    """Read ``provenance.json`` and compare the files' checksums with it."""
    try:
        facts: dict[str, Any] = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        for name in ("model.onnx", "tokenizer.json"):
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != facts["files"][name]["sha256"]:
                raise WorkspaceDamaged(
                    f"{folder.name}/{name} does not match its checksum in provenance.json; reinstall the package"
                )
    except (OSError, ValueError, KeyError) as error:
        raise RecipeError(f"embedding model folder {folder.name!r} cannot be read: {error}; reinstall it") from error
    return facts
