"""The LLM that the rest of the program sees: cached, checked, counted, within a budget, several requests at a time."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any, Protocol

from graphrag.llms.adapter import Adapter, Raw
from graphrag.llms.structure import parse, schema_of
from graphrag.llms.usage import Budget, Usage, llm_tokens
from graphrag.protocols import Reply, Request
from graphrag.types import content_digest

__all__ = ["Client", "Experience", "Kept", "ReplyCache"]

_CORRECTION = (
    "That reply cannot be used: {problem}. Reply again to the request above, with only one JSON object of the form "
    "that was asked for, without any text around it."
)
_BRIEFER = " It was cut off: be briefer."
# What of a bad reply is repeated to the model.
_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply as the cache holds it."""

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Experience:
    """What the kept replies of one stage of a model cost together, for estimates."""

    replies: int
    prompt_tokens: int  # as estimated before they were sent
    tokens_in: int  # as counted by the server
    tokens_out: int
    seconds: float


class ReplyCache(Protocol):
    """Keeps good replies.  Called from several threads and processes."""

    def get(self, key: str) -> Kept | None:
        """Return the reply of a request, None where there is none."""

    def put(self, key: str, stage: str, model: str, prompt_tokens: int, kept: Kept) -> None:
        """Keep a good reply; ``prompt_tokens`` is what the prompt was estimated at."""

    def experience(self, stage: str, model: str) -> Experience:
        """Return what the kept replies of a stage of a model cost."""

    def close(self) -> None:
        """Close the file."""


class Client:
    """Implements :class:`graphrag.protocols.LLM` over an adapter.

    Parameters
    ----------
    adapter : Adapter
        What sends.
    cache : ReplyCache, optional
        Where good replies are kept.
    budget : Budget, optional
        The most that may be spent; by default without limit.
    concurrency : int
        Requests that are under way at the same time.
    max_tokens : int
        The most tokens of a reply to a request that says nothing else.
    """

    def __init__(
        self,
        adapter: Adapter,
        *,
        cache: ReplyCache | None = None,
        budget: Budget | None = None,
        concurrency: int = 8,
        max_tokens: int = 2048,
    ) -> None:
        self._adapter = adapter
        self._cache = cache
        self._budget = budget or Budget()
        self.concurrency = concurrency
        self._max_tokens = max_tokens
        self._lock = threading.Lock()
        self.fingerprint = adapter.fingerprint
        self.model = adapter.model
        self.usage: dict[str, Usage] = {}
        """Stage -> what it asked since this client was made."""

    def close(self) -> None:
        """Close the connections and the cache."""
        self._adapter.close()
        if self._cache is not None:
            self._cache.close()

    def complete(self, requests: Sequence[Request]) -> list[Reply]:
        """Return one reply for each request, in order.

        Parameters
        ----------
        requests : sequence of Request
            Equal ones are sent once.

        Returns
        -------
        list of Reply
            One that cannot be used, also after it was asked for again, has a problem.

        Raises
        ------
        BudgetSpent
            What is left of the budget may not be enough for the next request.
        LLMError
            The endpoint refuses all requests, or fails again and again.
        """
        replies = dict(self.replies(requests))
        return [replies[place] for place in range(len(requests))]

    def replies(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the replies of :meth:`complete` as they come, each with the place of its request."""
        places: dict[str, list[int]] = {}
        for place, request in enumerate(requests):
            places.setdefault(self.key(request), []).append(place)
        for same, reply in self._all([(requests[same[0]], same) for same in places.values()]):
            for place in same:
                yield place, reply

    def stream(self, request: Request) -> Iterator[str]:
        """Yield the text of a reply piece by piece, a kept one at once; a whole reply is kept.

        Raises
        ------
        BudgetSpent, LLMError
            As :meth:`complete`; also where the stream breaks off.
        """
        key = self.key(request)
        kept = self._known(key, request)
        if kept is not None:
            yield kept.text
            return
        reserved = self._reserve(request)
        started = time.perf_counter()
        raw = Raw("", 0, 0, sent=1)
        try:
            raw = yield from self._adapter.stream(request.messages, request.max_tokens)
        finally:
            reply = self._count(request, raw, reserved, started, problem="" if raw.text else "it broke off")
        if not raw.cut and raw.text:
            self._keep(key, request, reply, started)

    def known(self, request: Request) -> bool:
        """Tell whether a request's good reply is in the cache, so that it costs nothing."""
        return self._from_cache(self.key(request), request) is not None

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """Return what so many tokens cost; None where no price is known."""
        return None if self._budget.price is None else self._budget.price.of(tokens_in, tokens_out)

    def experience(self, stage: str) -> Experience | None:
        """Return what the kept replies of a stage of this model cost; None where nothing is kept."""
        return None if self._cache is None else self._cache.experience(stage, self.model)

    def key(self, request: Request) -> str:
        """Return what a request's reply is kept by: its words, its form, the model and the settings."""
        schema = json.dumps(schema_of(request.shape), sort_keys=True) if request.shape else ""
        said = [part for message in request.messages for part in message]
        return content_digest(self.fingerprint, schema, str(request.max_tokens), *said)

    # --- one request

    def _all(self, work: list[tuple[Request, list[int]]]) -> Iterator[tuple[list[int], Reply]]:
        """Yield the replies as they come; after a failure or an interrupt what is under way is waited for and kept."""
        todo = iter(work)
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="llm") as threads:
            pending: dict[Future[Reply], list[int]] = {}
            while True:
                # None is queued: after a failure no other request starts, and those under way reach the cache.
                while len(pending) < self.concurrency and (one := next(todo, None)) is not None:
                    pending[threads.submit(self._one, one[0])] = one[1]
                if not pending:
                    return
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda future: future.exception() is not None):
                    yield pending.pop(future), future.result()

    def _one(self, request: Request) -> Reply:
        """Return one reply: from the cache, or sent, checked, and asked for once more where it is bad."""
        key = self.key(request)
        known = self._known(key, request)
        if known is not None:
            return known
        schema = schema_of(request.shape) if request.shape else None
        reserved = self._reserve(request)
        started = time.perf_counter()
        raw = Raw("", 0, 0)
        corrected = False
        try:
            raw = self._adapter.send(request.messages, schema, request.max_tokens)
            reply, problem, repaired = _read(raw, request)
            if problem and request.shape and not raw.problem:
                corrected = True
                again = self._correct(request, raw, problem, schema)
                reply, problem, repaired = _read(again, request)
                raw = replace(
                    again,
                    tokens_in=raw.tokens_in + again.tokens_in,
                    tokens_out=raw.tokens_out + again.tokens_out,
                    sent=raw.sent + again.sent,
                )
        except BaseException:
            self._budget.settle(reserved, raw.tokens_in, raw.tokens_out)
            raise
        said = self._count(request, raw, reserved, started, problem, repaired=repaired, corrected=corrected)
        said = replace(said, value=reply)
        if said.good:
            self._keep(key, request, said, started)
        return said

    def _correct(self, request: Request, raw: Raw, problem: str, schema: dict[str, Any] | None) -> Raw:
        """Ask once more, telling what was wrong; a reply that was cut off gets twice the room."""
        told = _CORRECTION.format(problem=problem) + (_BRIEFER if raw.cut else "")
        messages = (*request.messages, ("assistant", raw.text[:_SHOWN] or "(nothing)"), ("user", told))
        room = 2 * (request.max_tokens or self._max_tokens) if raw.cut else request.max_tokens
        reserved = self._budget.reserve(_prompt_tokens(replace(request, messages=messages)), room or self._max_tokens)
        try:
            return self._adapter.send(messages, schema, room)
        finally:
            self._budget.settle(reserved, 0, 0)  # counted with the first attempt

    def _known(self, key: str, request: Request) -> Reply | None:
        """Return a kept reply and count it."""
        reply = self._from_cache(key, request)
        if reply is not None:
            with self._lock:
                usage = self.usage.setdefault(request.stage, Usage())
                usage.requests += 1
                usage.cached += 1
        return reply

    def _from_cache(self, key: str, request: Request) -> Reply | None:
        """Return a kept reply, None where there is none that this version can read."""
        kept = self._cache.get(key) if self._cache is not None else None
        if kept is None:
            return None
        value, problem, _ = _read(Raw(kept.text, kept.tokens_in, kept.tokens_out), request)
        return None if problem else Reply(kept.text, value, "", kept.tokens_in, kept.tokens_out, cached=True)

    def _reserve(self, request: Request) -> tuple[int, float]:
        """Set aside what the request may cost at most."""
        return self._budget.reserve(_prompt_tokens(request), request.max_tokens or self._max_tokens)

    def _count(
        self,
        request: Request,
        raw: Raw,
        reserved: tuple[int, float],
        started: float,
        problem: str,
        *,
        repaired: bool = False,
        corrected: bool = False,
    ) -> Reply:
        """Count what a reply cost, and return it without its value."""
        cost = self._budget.settle(reserved, raw.tokens_in, raw.tokens_out)
        with self._lock:
            usage = self.usage.setdefault(request.stage, Usage())
            usage.requests += 1
            usage.sent += raw.sent
            usage.repaired += repaired and not problem
            usage.corrected += corrected and not problem
            usage.bad += bool(problem)
            usage.tokens_in += raw.tokens_in
            usage.tokens_out += raw.tokens_out
            usage.cost += cost
            usage.seconds += time.perf_counter() - started
        return Reply(raw.text, None, problem, raw.tokens_in, raw.tokens_out)

    def _keep(self, key: str, request: Request, reply: Reply, started: float) -> None:
        """Keep a good reply."""
        if self._cache is not None:
            kept = Kept(reply.text, reply.tokens_in, reply.tokens_out, time.perf_counter() - started)
            self._cache.put(key, request.stage, self.model, _prompt_tokens(request), kept)


def _prompt_tokens(request: Request) -> int:
    """Return about how many tokens a request's prompt has."""
    return sum(llm_tokens(said) for _, said in request.messages)


def _read(raw: Raw, request: Request) -> tuple[Any, str, bool]:
    """Return what a reply says, its problem, and whether it had to be repaired."""
    if raw.problem:
        return None, raw.problem, False
    if request.shape is None:
        return None, "" if raw.text.strip() else "it is empty", False
    if raw.cut:
        return None, "it was cut off at the most tokens that a reply may have, see llm.max_tokens", False
    try:
        value, repaired = parse(raw.text, request.shape)
    except ValueError as error:
        return None, str(error), False
    return value, "", repaired
