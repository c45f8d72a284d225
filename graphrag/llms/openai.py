"""Any server that speaks OpenAI's chat completions: hosted, Ollama, vLLM, llama.cpp."""

import json
import logging
import os
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import stamina

from graphrag.errors import LLMError
from graphrag.llms.adapter import Messages, Raw
from graphrag.llms.refusals import Again, Refused, again_or_never
from graphrag.llms.usage import llm_tokens

__all__ = ["OpenAICompatible"]

# Libraries that log each retry would print it where a program has set up no logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_DEFAULT_URL = "https://api.openai.com/v1"
_LARGEST_BODY = 16 * 1024 * 1024
# Requests that fail one after the other, each after all its attempts, until the endpoint is given up.
_GIVE_UP = 10
_FORMATS = ("json_schema", "json_object", "none")


class OpenAICompatible:
    """Sends requests to ``{base_url}/chat/completions``.

    Parameters
    ----------
    base_url : str
        Up to and with ``/v1``.  Default: the environment's ``OPENAI_BASE_URL``, else OpenAI's own where a key is set.
    model : str
        The model's name.  Default: the environment's ``GRAPHRAG_LLM_MODEL``.
    api_key : str
        Default: the environment's ``OPENAI_API_KEY``; a local server needs none.
    temperature : float
        0 for the likeliest words.
    max_tokens : int
        The most tokens of a reply, unless the request says otherwise.
    timeout : float
        Seconds until an attempt is given up.
    attempts : int
        Attempts at a request that fails for a time: too many requests, server errors, silence.
    patience : float
        Seconds to wait at most where the server says how long.

    Raises
    ------
    LLMError
        No address or no model is set.
    """

    def __init__(
        self,
        base_url: str = "",
        model: str = "",
        api_key: str = "",
        temperature: float = 0.0,
        max_tokens: int = 2048,
        timeout: float = 120.0,
        attempts: int = 8,
        patience: float = 120.0,
    ) -> None:
        self._key = api_key or os.environ.get("OPENAI_API_KEY", "")
        url = base_url or os.environ.get("OPENAI_BASE_URL", "") or (_DEFAULT_URL if self._key else "")
        self.model = model or os.environ.get("GRAPHRAG_LLM_MODEL", "")
        if not url:
            raise LLMError(
                "No LLM endpoint is set: set OPENAI_BASE_URL (for example http://127.0.0.1:11434/v1 for Ollama), or "
                "llm.base_url in the recipe, or OPENAI_API_KEY for OpenAI itself."
            )
        if not self.model:
            raise LLMError("No LLM is named: set GRAPHRAG_LLM_MODEL, or llm.model in the recipe.")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LLMError("The LLM's base URL is wrong: it begins with http:// or https:// and names a host.")
        self._shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        self._settings = {"temperature": temperature, "max_tokens": max_tokens}
        self.fingerprint = json.dumps({"model": self.model, **self._settings}, sort_keys=True)
        self._attempts, self._patience, self._timeout = attempts, patience, timeout
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/",
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            limits=httpx.Limits(max_connections=None),
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            follow_redirects=False,
        )
        self._lock = threading.Lock()
        self._without: set[str] = set()  # parameters that this server does not take
        self._format = 0
        self._failures = 0

    # The key is in none of these, whoever prints the object.
    def __repr__(self) -> str:
        return f"OpenAICompatible({self._shown!r}, {self.model!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, messages: Messages, schema: Mapping[str, Any] | None, max_tokens: int | None) -> Raw:
        """Return one reply; parameters, result and errors as :meth:`graphrag.llms.adapter.Adapter.send`."""
        sent = 0
        try:
            for attempt in self._trying():
                with attempt:
                    sent += 1
                    raw = self._send_once(messages, schema, max_tokens)
        except (Again, Refused) as error:
            self._failed(error)
            return Raw("", 0, 0, problem=self._clean(str(error)), sent=sent)
        self._failures = 0
        return Raw(raw.text, raw.tokens_in, raw.tokens_out, cut=raw.cut, sent=sent)

    def stream(self, messages: Messages, max_tokens: int | None) -> Generator[str, None, Raw]:
        """Yield one reply piece by piece; parameters, result and errors as the adapter protocol says.

        Attempts are repeated until the first piece has come; a stream that breaks off later is an error.
        """
        pieces: list[str] = []
        cut = False
        try:  # around the loop: the last attempt's error comes when the next attempt is asked for
            for attempt in self._trying():
                with attempt:
                    try:
                        for piece, end in self._events(self._body(messages, None, max_tokens) | {"stream": True}):
                            cut = cut or end == "length"
                            if piece:
                                pieces.append(piece)
                                yield piece
                    except Again as error:
                        if pieces:
                            message = f"The LLM's reply broke off after {len(pieces):,} pieces: ask again."
                            raise LLMError(message) from error
                        raise
        except (Again, Refused) as error:
            self._failed(error)
            raise LLMError(f"The LLM gave no reply ({self._clean(str(error))}): try again later.") from error
        text = "".join(pieces)
        tokens_in = sum(llm_tokens(said) for _, said in messages)
        return Raw(text, tokens_in, llm_tokens(text), cut=cut)

    # --- one attempt

    def _trying(self) -> Iterator[Any]:
        """Give attempts, with the pauses that the server asks for, else growing ones."""

        def wait(error: Exception) -> bool | float:
            if not isinstance(error, Again):
                return False
            if error.after is not None and error.after > self._patience:
                raise LLMError(
                    f"The LLM endpoint {self._shown} asks to wait {error.after:,.0f} seconds ({error}): go on after "
                    "that; what was paid for is kept."
                )
            return True if error.after is None else error.after

        return iter(
            stamina.retry_context(
                on=wait,
                attempts=self._attempts,
                timeout=None,
                wait_initial=0.25,
                wait_max=30.0,
                wait_jitter=0.25,
            )
        )

    def _send_once(self, messages: Messages, schema: Mapping[str, Any] | None, max_tokens: int | None) -> Raw:
        """Send a request once, more often only where the server does not know one of its parameters."""
        while True:
            body = self._body(messages, schema, max_tokens)
            with self._reached(), self._http.stream("POST", "chat/completions", json=body) as response:
                data = self._read(response)
            if response.status_code < 300:
                return _raw_of(data, messages)
            if not self._learns(response.status_code, data, body):
                raise self._refusal(response, data)

    def _body(self, messages: Messages, schema: Mapping[str, Any] | None, max_tokens: int | None) -> dict[str, Any]:
        """Return the request's JSON, in the form that the server is known to take."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": role, "content": text} for role, text in messages],
        }
        if "temperature" not in self._without:
            body["temperature"] = self._settings["temperature"]
        limit = "max_completion_tokens" if "max_tokens" in self._without else "max_tokens"
        body[limit] = max_tokens or self._settings["max_tokens"]
        kind = _FORMATS[self._format]
        if schema is not None and kind == "json_schema":
            inner = {"name": "reply", "schema": schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": inner}
        elif schema is not None and kind == "json_object":
            body["response_format"] = {"type": "json_object", "schema": schema}
        return body

    def _learns(self, status: int, data: bytes, body: Mapping[str, Any]) -> bool:
        """Tell whether the server refused a parameter, and leave that out from now on."""
        if status not in (400, 422, 500, 501):  # llama-cpp-python says 500
            return False
        said = data.decode("utf-8", "replace").casefold()
        with self._lock:
            sent = body.get("response_format", {}).get("type")
            # Another thread may have learnt it in the meantime: then this request is only sent again.
            if sent and any(word in said for word in ("response_format", "json_schema", "json_object", "schema")):
                self._format = max(self._format, _FORMATS.index(sent) + 1)
                return True
            for parameter in ("max_tokens", "temperature"):
                if parameter in body and parameter in said:
                    self._without.add(parameter)
                    return True
        return False

    def _read(self, response: httpx.Response) -> bytes:
        """Read a body of bounded size within the timeout, however slowly it drips."""
        started = time.monotonic()
        data = bytearray()
        for block in response.iter_bytes():
            data += block
            if len(data) > _LARGEST_BODY:
                raise Again("a reply of more than 16 MiB")
            if time.monotonic() - started > self._timeout:
                raise Again(f"no whole reply within {self._timeout:g} seconds")
        return bytes(data)

    def _events(self, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield (piece of text, reason of the end or nothing) of a stream of server-sent events."""
        ended = False
        with self._reached(), self._http.stream("POST", "chat/completions", json=body) as response:
            if response.status_code >= 300:
                raise self._refusal(response, self._read(response))
            for line in response.iter_lines():
                if not line.startswith("data:"):
                    continue
                data = line.removeprefix("data:").strip()
                if data == "[DONE]":
                    ended = True
                    break
                try:
                    choice = (json.loads(data).get("choices") or [{}])[0]
                    piece, end = (choice.get("delta") or {}).get("content") or "", choice.get("finish_reason") or ""
                except (ValueError, AttributeError, IndexError, TypeError) as error:
                    raise Again("an event that is not JSON") from error
                ended = ended or bool(end)
                yield str(piece), str(end)
        if not ended:
            raise Again("the stream ended before the reply did")

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Turn errors of the connection into another attempt."""
        try:
            yield
        except httpx.ConnectError as error:
            raise Again(f"the server {self._shown} cannot be reached", unreachable=True) from error
        except httpx.TimeoutException as error:
            raise Again(f"no reply within {self._timeout:g} seconds") from error
        except httpx.HTTPError as error:
            raise Again(f"the connection broke ({type(error).__name__})") from error

    # --- refusals

    def _refusal(self, response: httpx.Response, data: bytes) -> Exception:
        """Return the error for a status that is not success."""
        said = self._clean(data.decode("utf-8", "replace"))
        models = self._models() if response.status_code == 404 else []
        return again_or_never(response.status_code, response.headers, said, self._shown, self.model, models)

    def _models(self) -> list[str]:
        """Return the names of the server's models, none where it does not say."""
        try:
            return sorted(str(entry["id"]) for entry in self._http.get("models", timeout=5.0).json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return []

    def _failed(self, error: Exception) -> None:
        """Give the endpoint up where it cannot be reached, or fails again and again.

        Raises
        ------
        LLMError
            Where it is given up.
        """
        self._failures += 1
        unreachable = isinstance(error, Again) and error.unreachable
        if unreachable or self._failures >= _GIVE_UP:
            many = "" if unreachable else f"{self._failures} requests failed one after the other; the last: "
            raise LLMError(
                f"The LLM endpoint {self._shown} gives nothing: {many}{self._clean(str(error))}. Check the address "
                "and that it runs; what was paid for is kept, so the same command goes on."
            ) from error

    def _clean(self, text: str) -> str:
        """Return a message of the server in one bounded line, without the key that it may repeat."""
        if self._key:
            text = text.replace(self._key, "***")
        return " ".join(text.split())[:300]


def _raw_of(data: bytes, messages: Messages) -> Raw:
    """Return the reply in a response's body.

    Raises
    ------
    Again
        The body is not what a chat completion looks like.
    """
    try:
        body = json.loads(data)
        choice = body["choices"][0]
        text = choice["message"].get("content")
        usage = body.get("usage") or {}
        tokens_in, tokens_out = usage.get("prompt_tokens"), usage.get("completion_tokens")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Again("a body that is no chat completion") from error
    text = text if isinstance(text, str) else ""
    return Raw(
        text,
        tokens_in if isinstance(tokens_in, int) else sum(llm_tokens(said) for _, said in messages),
        tokens_out if isinstance(tokens_out, int) else llm_tokens(text),
        cut=choice.get("finish_reason") == "length",
    )
