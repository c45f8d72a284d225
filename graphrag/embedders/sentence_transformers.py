"""Vectors by any encoder of the sentence-transformers format, of a folder or a hub name (extra ``torch``).

PyTorch is imported when the first text comes, not before: a build that finds every vector in its cache never loads it.
"""

import functools
import hashlib
import importlib.util
import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrag.errors import MissingExtra, RecipeError
from graphrag.types import Chunk, PassageVectors

if TYPE_CHECKING:
    from graphrag.types import FloatArray

__all__ = ["SentenceTransformerEmbedder"]

_IMPLEMENTATION = "sentence-transformers-1"
_READ = ("*.json", "*.txt", "*.safetensors", "*.model")  # the files that decide what a model says
_BLOCK = 1 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")


class SentenceTransformerEmbedder:
    """Any encoder that sentence-transformers reads, with safetensors weights.

    A passage's vector is what the model makes of title, heading and text.  A sentence's vector is the mean of its
    tokens' states in the passage's own forward pass, as the bundled embedder has it; a model that gives no states of
    tokens, or projects them, embeds each sentence by itself.  Each text runs alone and on one thread, so that its
    vector is the same to the bit whatever else is embedded.

    Parameters
    ----------
    model : str
        A folder, or a name on the Hugging Face hub, which is downloaded once.
    query_prefix, passage_prefix : str
        What the model wants before questions and passages; by default its own prompts of the names "query" and
        "passage", if it has them.
    max_tokens : int
        Word pieces of a text that are read; 0 for what the model was made for.
    device : str
        Where it runs: ``cpu``, ``cuda``, ``mps``.

    Raises
    ------
    MissingExtra
        sentence-transformers is not installed.
    RecipeError
        There is no such folder and no such model, or it has no safetensors weights.
    """

    def __init__(
        self,
        model: str,
        query_prefix: str | None = None,
        passage_prefix: str | None = None,
        max_tokens: int = 0,
        device: str = "cpu",
    ) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise MissingExtra(
                "embedder 'sentence-transformers' needs the package 'sentence_transformers', which is not installed; "
                "run: pip install 'hopgraph[torch]'"
            )
        self._folder = _model_folder(model)
        prompts = _read_json(self._folder / "config_sentence_transformers.json").get("prompts") or {}
        self._query_prefix = query_prefix if query_prefix is not None else str(prompts.get("query") or "")
        self._passage_prefix = passage_prefix if passage_prefix is not None else str(prompts.get("passage") or "")
        self._max_tokens = max_tokens
        self._device = device
        settings = json.dumps([self._query_prefix, self._passage_prefix, max_tokens])
        self.fingerprint = f"{_IMPLEMENTATION}:{_digest(self._folder, settings)}"

    @functools.cached_property
    def dimensions(self) -> int:
        """The length of a vector: as the last module that says one, else as the model itself says."""
        modules = _read_json(self._folder / "modules.json")
        paths = [str(module.get("path", "")) for module in modules] if isinstance(modules, list) else []
        for path in reversed(paths):
            config = _read_json(self._folder / path / "config.json") if path else {}
            said = (
                config.get("out_features")
                or config.get("word_embedding_dimension")
                or config.get("embedding_dimension")
            )
            if said:
                return int(said)
        found = self._model.get_embedding_dimension()
        return int(found) if found else len(self._model.encode("a", show_progress_bar=False))

    @functools.cached_property
    def _model(self) -> Any:
        """The model; safetensors only, because the older format can run code."""
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        # How sums are split among threads would show in their last digits.
        torch.set_num_threads(1)
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        try:
            model = SentenceTransformer(
                str(self._folder),
                device=self._device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # the libraries have many kinds of their own
            raise RecipeError(f"The model in {self._folder} cannot be loaded: {_first_line(error)}") from error
        if self._max_tokens:
            model.max_seq_length = self._max_tokens
        return model.eval()

    def embed_chunks(self, chunks: Sequence[Chunk]) -> list[PassageVectors]:
        """Return the passage vector and the sentence vectors of each chunk, in order."""
        return [self._embed_chunk(chunk) for chunk in chunks]

    def embed_query(self, text: str) -> "FloatArray":
        """Return the vector (dimensions,) of a question."""
        return _unit(self._encode(self._query_prefix + _well_formed(text))[0])

    def _embed_chunk(self, chunk: Chunk) -> PassageVectors:
        """Embed one chunk: prefix, title, heading and text in one pass."""
        context = self._passage_prefix + "".join(part + "\n" for part in (chunk.title, chunk.heading) if part)
        text = _well_formed(context + chunk.text)
        passage, states = self._encode(text)
        spans = [(s.start - chunk.span.start + len(context), s.end - chunk.span.start + len(context))
                 for s in chunk.sentences]  # fmt: skip
        offsets = self._offsets(text) if states is not None else None
        sentences = np.empty((len(spans), len(passage)), dtype=np.float32)
        for row, (start, end) in enumerate(spans):
            if states is None or offsets is None or len(offsets) != len(states):
                sentences[row] = self._encode(self._passage_prefix + text[start:end])[0]
                continue
            inside = (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 0] < offsets[:, 1])
            # A sentence beyond the model's window has no tokens of its own; the passage stands for it.
            sentences[row] = states[inside].mean(axis=0) if inside.any() else passage
        return PassageVectors(_unit(passage), _unit(sentences))

    def _encode(self, text: str) -> "tuple[FloatArray, FloatArray | None]":
        """Return the vector (dim,) of a text, and the states (tokens, dim) of its tokens where they are comparable."""
        # prompt="": the prefix is part of the text, so that offsets count from its start.
        features = self._model.encode([text], output_value=None, prompt="", show_progress_bar=False)[0]
        vector: FloatArray = features["sentence_embedding"].float().cpu().numpy()
        tokens = features.get("token_embeddings")
        if tokens is None or tokens.shape[-1] != len(vector):
            return vector, None
        return vector, tokens.float().cpu().numpy()

    def _offsets(self, text: str) -> "np.ndarray[Any, np.dtype[np.int64]] | None":
        """Return (start, end) in ``text`` of each token, None where the tokenizer cannot tell."""
        tokenizer = self._model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            return None
        found = tokenizer(text, truncation=True, max_length=self._model.max_seq_length, return_offsets_mapping=True)[
            "offset_mapping"
        ]
        return np.array(found, dtype=np.int64).reshape(-1, 2)


def _model_folder(model: str) -> Path:
    """Return the folder of a model: as given, or downloaded from the hub."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not any(folder.glob("*.safetensors")):
            raise RecipeError(f"The model folder {folder} has no weights in the safetensors format.")
        return folder
    if folder.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise RecipeError(f"There is no model folder {model}: name a folder, or a model of the Hugging Face hub.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, allow_patterns=[*_READ, "*/config.json"], local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        pass  # not downloaded yet, or no name at all: the hub says which
    try:
        return Path(snapshot_download(model, allow_patterns=[*_READ, "*/config.json"], ignore_patterns=["onnx/*"]))
    except (OSError, ValueError, HfHubHTTPError, HFValidationError) as error:
        raise RecipeError(
            f"The model {model!r} is no folder, and the Hugging Face hub does not give it ({_first_line(error)}): "
            "check the name, or name a folder that holds it."
        ) from error


def _digest(folder: Path, settings: str) -> str:
    """Return a digest of all files that decide what a model says, and of the settings."""
    digest = hashlib.sha256(settings.encode())
    files = sorted({path for pattern in _READ for path in folder.rglob(pattern)})
    for path in files:
        digest.update(f"{path.relative_to(folder).as_posix()}:{path.stat().st_size}:".encode())
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()[:24]


def _read_json(path: Path) -> Any:
    """Return what a JSON file of a model says, an empty mapping where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _unit(vectors: "FloatArray") -> "FloatArray":
    """Scale the last axis to length 1; a zero vector stays zero."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: FloatArray = (vectors / np.maximum(norm, 1e-12)).astype(np.float32)
    return scaled


def _well_formed(text: str) -> str:
    """Return a text without lone surrogates, which tokenizers refuse; one character for one keeps the offsets."""
    return _SURROGATE.sub("\ufffd", text)


def _first_line(error: BaseException) -> str:
    """Return what an error of a library says, in one bounded line."""
    return " ".join(str(error).split())[:300] or type(error).__name__
