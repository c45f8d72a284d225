"""What LLM replies cost: counts by stage, prices by model, and a budget that is kept."""

import fnmatch
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from graphrag.errors import BudgetSpent, RecipeError

__all__ = ["Budget", "Price", "Usage", "llm_tokens", "load_prices", "price_of"]

_PIECE = re.compile(r"\w+|[^\w\s]+")


def llm_tokens(text: str) -> int:
    """Return about how many tokens an LLM makes of ``text``: words in pieces of six letters, runs of marks in one."""
    return sum(1 + (len(piece) - 1) // 6 if piece[0].isalnum() else 1 for piece in _PIECE.findall(text))


@dataclass(slots=True)
class Usage:
    """What one stage asked of an LLM."""

    requests: int = 0  # that were wanted
    cached: int = 0  # of them, answered from the cache
    sent: int = 0  # HTTP requests, with all further attempts
    repaired: int = 0  # replies whose JSON was mended without asking again
    corrected: int = 0  # replies that were good after being asked for again
    bad: int = 0  # requests without a usable reply
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # in the currency of the prices; 0 where the price is not known
    seconds: float = 0.0  # of all replies together; with several at a time less by the clock

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as JSON-able values."""
        return asdict(self) | {"cost": round(self.cost, 6), "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost."""

    tokens_in: float
    tokens_out: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Return the price of so many tokens."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


def load_prices(path: str = "") -> dict[str, Price]:
    """Return prices by pattern of model names: the user's file before the shipped one.

    Parameters
    ----------
    path : str
        A YAML file ``pattern: {in: …, out: …}``, per million tokens; empty for the shipped prices alone.

    Raises
    ------
    RecipeError
        The file cannot be read or a price is no number.
    """
    shipped = Path(__file__).with_name("prices.yaml")
    files = [Path(path), shipped] if path else [shipped]
    prices: dict[str, Price] = {}
    for file in files:
        try:
            data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            for pattern, price in data.items():
                both = Price(float(price["in"]), float(price["out"]))
                if not (both.tokens_in >= 0 and both.tokens_out >= 0):
                    raise ValueError(f"{pattern} is below zero")
                prices.setdefault(str(pattern), both)
        except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise RecipeError(
                f"The prices in {file} cannot be read ({error}): write `model: {{in: 0.5, out: 1.5}}`, per million "
                "tokens."
            ) from error
    return prices


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """Return the price of a model by the first pattern that fits its name, None where none does."""
    for pattern, price in prices.items():
        if fnmatch.fnmatchcase(model.casefold(), pattern.casefold()):
            return price
    return None


@dataclass
class Budget:
    """The most that may be spent; what is under way is reserved, so that the limit holds with many at once.

    Parameters
    ----------
    cost : float, optional
        Money, in the currency of the prices.
    tokens : int, optional
        Tokens in and out.
    price : Price, optional
        Of the model; needed where ``cost`` is given.
    """

    cost: float | None = None
    tokens: int | None = None
    price: Price | None = None
    spent_cost: float = field(default=0.0, init=False)
    spent_tokens: int = field(default=0, init=False)
    _reserved: int = field(default=0, init=False)
    _reserved_cost: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.cost is not None and self.price is None:
            raise RecipeError(
                "A limit of money needs the model's price: add it to a file of prices and name that in llm.prices, or "
                "limit llm.max_total_tokens."
            )

    def reserve(self, tokens_in: int, tokens_out: int) -> tuple[int, float]:
        """Set aside what a request may cost at most.

        Returns
        -------
        (int, float)
            What :meth:`settle` takes back: tokens and money.

        Raises
        ------
        BudgetSpent
            It is more than is left.
        """
        tokens, cost = tokens_in + tokens_out, self.money(tokens_in, tokens_out)
        with self._lock:
            if self.cost is not None and self.spent_cost + self._reserved_cost + cost > self.cost:
                raise BudgetSpent(
                    f"The budget of {self.cost:g} is spent: {self.spent_cost:.4f} were paid and the next reply may "
                    f"cost {cost:.4f}. What was paid for is kept: run the same command with a higher "
                    "--max-cost to go on."
                )
            if self.tokens is not None and self.spent_tokens + self._reserved + tokens > self.tokens:
                raise BudgetSpent(
                    f"The budget of {self.tokens:,} tokens is spent: {self.spent_tokens:,} were used and the next "
                    f"reply may take {tokens:,}. What was paid for is kept; raise llm.max_total_tokens to go on."
                )
            self._reserved += tokens
            self._reserved_cost += cost
        return tokens, cost

    def settle(self, reserved: tuple[int, float], tokens_in: int, tokens_out: int) -> float:
        """Take back a reservation, count what was used instead, and return its price."""
        cost = self.money(tokens_in, tokens_out)
        with self._lock:
            self._reserved -= reserved[0]
            self._reserved_cost -= reserved[1]
            self.spent_tokens += tokens_in + tokens_out
            self.spent_cost += cost
        return cost

    def money(self, tokens_in: int, tokens_out: int) -> float:
        """Return the price of so many tokens, 0 where no price is known."""
        return self.price.of(tokens_in, tokens_out) if self.price else 0.0
