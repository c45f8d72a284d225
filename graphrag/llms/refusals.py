"""What a server's refusal means: try again, and when, or never."""

import difflib
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime

from graphrag.errors import LLMError

__all__ = ["Again", "Refused", "again_or_never", "seconds_to_wait"]

# Statuses that another attempt may change.
_FOR_A_TIME = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})


class Again(Exception):
    """An attempt failed in a way that may be gone at the next one."""

    def __init__(self, message: str, after: float | None = None, unreachable: bool = False) -> None:
        super().__init__(message)
        self.after = after  # seconds to wait, where the server says so
        self.unreachable = unreachable


class Refused(Exception):
    """One request is refused (too long, filtered): another attempt would be too, other requests need not be."""


def again_or_never(
    status: int, headers: Mapping[str, str], said: str, shown: str, model: str, models: Sequence[str]
) -> Exception:
    """Return the error for a refused request.

    Parameters
    ----------
    status : int
        The HTTP status.
    headers : mapping
        The response's headers.
    said : str
        What the server said, without secrets.
    shown : str
        What to call the server.
    model : str
        The model that was asked for.
    models : sequence of str
        The models that the server has, where known.

    Returns
    -------
    Exception
        :class:`Again`, :class:`Refused` or :class:`graphrag.errors.LLMError`.
    """
    if status in (401, 403):
        return LLMError(f"The LLM endpoint {shown} refuses the key ({status}: {said}): check OPENAI_API_KEY.")
    if status == 402 or "insufficient_quota" in said:
        return LLMError(f"The account at {shown} has no money or quota left ({status}: {said}).")
    if status == 404:
        near = difflib.get_close_matches(model, models, n=1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}?" if near else "check the model's name and the base URL, which ends in /v1"
        return LLMError(f"The LLM endpoint {shown} has no model {model!r} ({status}: {said}); {hint}")
    if status in _FOR_A_TIME:
        return Again(f"status {status}: {said}", after=seconds_to_wait(headers))
    if "model" in said.casefold() and ("not found" in said.casefold() or "does not exist" in said.casefold()):
        return LLMError(f"The LLM endpoint {shown} has no model {model!r} ({status}: {said}); check its name.")
    return Refused(f"status {status}: {said}")


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Return how long a server asks to wait, by ``Retry-After`` in seconds or as a date; None where it does not."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
