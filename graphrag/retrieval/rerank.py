"""Passages in a new order by a cross-encoder, which reads question and passage together (extra ``torch``)."""

import functools
import importlib.util
import logging
from collections.abc import Sequence
from typing import Any

from graphrag.errors import MissingExtra, RecipeError
from graphrag.types import Evidence

__all__ = ["CrossEncoderReranker"]


class CrossEncoderReranker:
    """Any cross-encoder that sentence-transformers reads, with safetensors weights.

    Parameters
    ----------
    model : str
        A folder, or a name on the Hugging Face hub, such as ``cross-encoder/ms-marco-MiniLM-L6-v2``.
    device : str
        Where it runs: ``cpu``, ``cuda``, ``mps``.
    batch : int
        Pairs that run together.

    Raises
    ------
    MissingExtra
        sentence-transformers is not installed.
    """

    def __init__(self, model: str, device: str = "cpu", batch: int = 16) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise MissingExtra(
                "reranker 'cross-encoder' needs the package 'sentence_transformers', which is not installed; run: "
                "pip install 'hopgraph[torch]'"
            )
        self._name, self._device, self._batch = model, device, batch

    @functools.cached_property
    def _model(self) -> Any:
        """The model; safetensors only, because the older format can run code."""
        from sentence_transformers import CrossEncoder
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        try:
            return CrossEncoder(
                self._name, device=self._device, trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
        except Exception as error:  # the libraries have many kinds of their own
            reason = " ".join(str(error).split())[:300]
            raise RecipeError(f"The cross-encoder {self._name!r} cannot be loaded: {reason}") from error

    def rerank(self, question: str, passages: Sequence[Evidence]) -> list[int]:
        """Return the places of the passages, the one that answers best first; equal ones keep their order."""
        if not passages:
            return []
        pairs = [(question, "\n".join(part for part in (p.chunk.title, p.chunk.text) if part)) for p in passages]
        scores = self._model.predict(pairs, batch_size=self._batch, show_progress_bar=False)
        if getattr(scores, "ndim", 1) != 1:
            raise RecipeError(f"The cross-encoder {self._name!r} gives several scores for a pair: name one that ranks.")
        return sorted(range(len(passages)), key=lambda place: (-float(scores[place]), place))
