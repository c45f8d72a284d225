"""An LLM with its prompts, as the steps of answering one question use it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graphrag.llms.prompts import load_prompt
from graphrag.protocols import LLM, Reply, Request
from graphrag.text import token_estimate

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["STAGE", "Model"]

STAGE = "answering"
"""What the usage of all these requests is counted under."""


class Model:
    """What is asked for one question, and what that took.

    Parameters
    ----------
    llm : LLM
        Who is asked.
    prompts : str
        A folder of the user's own prompts; empty for the shipped ones alone.
    """

    def __init__(self, llm: LLM, prompts: str = "") -> None:
        self._llm = llm
        self._prompts = prompts
        self.usage = {"requests": 0, "cached": 0, "tokens_in": 0, "tokens_out": 0}
        """Requests, those of them answered from the cache, and tokens (of streamed replies estimated)."""

    def request(
        self, prompt: str, shape: "type[BaseModel] | None" = None, max_tokens: int | None = None, **values: str
    ) -> Request:
        """Return the request that a prompt and its values make."""
        return Request(STAGE, load_prompt(prompt, self._prompts).fill(**values), shape, max_tokens)

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Return the replies to requests that do not wait for each other, in order."""
        if not requests:
            return []
        replies = self._llm.complete(requests)
        for reply in replies:
            self._count(reply.tokens_in, reply.tokens_out, cached=reply.cached)
        return replies

    def stream(self, request: Request) -> Iterator[str]:
        """Yield the text of a reply piece by piece."""
        tokens = 0
        try:
            for piece in self._llm.stream(request):
                tokens += token_estimate(piece)
                yield piece
        finally:
            self._count(sum(token_estimate(said) for _, said in request.messages), tokens, cached=False)

    def _count(self, tokens_in: int, tokens_out: int, *, cached: bool) -> None:
        """Count one request; what comes from the cache takes no tokens."""
        self.usage["requests"] += 1
        self.usage["cached"] += cached
        self.usage["tokens_in"] += 0 if cached else tokens_in
        self.usage["tokens_out"] += 0 if cached else tokens_out
