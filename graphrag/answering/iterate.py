"""What to look up next, and in which order passages help: decisions of an LLM that change no word of the evidence."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from graphrag.answering.evidence import compressed, fenced, numbered
from graphrag.answering.model import Model
from graphrag.types import Evidence

__all__ = ["LLMReranker", "next_question"]

_LONGEST = 300  # characters of a question that a model words
_READ = 20  # passages that are put in order
_TOKENS = 2500  # of these passages together


class _Next(BaseModel):
    enough: bool
    question: str = ""


class _Order(BaseModel):
    order: list[int] = Field(max_length=1000)


def next_question(model: Model, question: str, passages: Sequence[Evidence], asked: Sequence[str]) -> str | None:
    """Return the question whose answer is missing from the evidence, None where nothing is missing.

    Source: Trivedi et al., "Interleaving Retrieval with Chain-of-Thought Reasoning", arXiv 2212.10509; here the step is
    a question instead of a sentence of reasoning.

    Parameters
    ----------
    model : Model
        Asked once.
    question : str
        The whole question.
    passages : sequence of Evidence
        What was found so far, best first.
    asked : sequence of str
        What was searched for already, which is not searched for again.
    """
    items, _ = numbered(passages)
    evidence, mark = fenced(question, compressed(items, lambda quote: -quote.span.start, _TOKENS))
    reply = model.ask([model.request("next_question", _Next, 128, question=question, evidence=evidence, mark=mark)])[0]
    if not reply.good or reply.value.enough:
        return None
    wanted = " ".join(str(reply.value.question).split())[:_LONGEST]
    return wanted if wanted and wanted.casefold() not in {text.casefold() for text in asked} else None


class LLMReranker:
    """Puts passages in the order in which they help, by one request for all of them (listwise).

    Source: Sun et al., "Is ChatGPT Good at Search?", arXiv 2304.09542, section 3.

    Parameters
    ----------
    model : Model
        Asked once for each question.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def rerank(self, question: str, passages: Sequence[Evidence]) -> list[int]:
        """Return the places of the passages, the most helpful first; what the reply leaves out keeps its order."""
        some = passages[:_READ]
        items, _ = numbered(some)
        place_of = {found.chunk.id: place for place, found in enumerate(some)}
        if len(items) < 2:
            return list(range(len(passages)))
        shown = compressed(items, lambda quote: -quote.span.start, _TOKENS)
        evidence, mark = fenced(question, shown)
        request = self._model.request("rerank", _Order, 256, question=question, evidence=evidence, mark=mark)
        reply = self._model.ask([request])[0]
        of_number = {item.number: place_of[item.quotes[0].chunk_id] for item in shown}
        chosen = [of_number[number] for number in reply.value.order if number in of_number] if reply.good else []
        return list(dict.fromkeys([*chosen, *range(len(passages))]))
