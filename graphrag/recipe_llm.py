"""The LLM of a recipe, ready to use: its adapter, its budget, and the workspace's cache of replies."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from graphrag.registry import create

if TYPE_CHECKING:
    from graphrag.config import LLMSettings
    from graphrag.llms.adapter import Adapter
    from graphrag.llms.client import Client
    from graphrag.llms.usage import Price

__all__ = ["connect_llm", "model_price"]

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def connect_llm(
    settings: "LLMSettings", folder: Path | None, *, max_cost: float | None = None, adapter: "Adapter | None" = None
) -> "Client":
    """Return the LLM that settings describe.

    Parameters
    ----------
    settings : LLMSettings
        The recipe's section ``llm``.
    folder : pathlib.Path, optional
        The workspace, whose cache of replies is used and filled; without one nothing is kept.
    max_cost : float, optional
        The most money to spend, instead of the settings'.
    adapter : Adapter, optional
        What sends, instead of the one that the settings name.

    Raises
    ------
    LLMError
        No endpoint or no model is set.
    RecipeError
        A setting is wrong, or money is limited and the model's price is not known.
    """
    from graphrag.llms.client import Client
    from graphrag.llms.usage import Budget
    from graphrag.stores.replies import Replies
    from graphrag.stores.schema import REPLIES_FILE

    adapter = adapter or cast("Adapter", create(settings.part()))
    try:
        limit = settings.max_cost if max_cost is None else max_cost
        budget = Budget(limit, settings.max_total_tokens, model_price(settings, adapter.model))
        cache = None if folder is None else Replies(folder / REPLIES_FILE)
    except BaseException:
        adapter.close()
        raise
    return Client(adapter, cache=cache, budget=budget, concurrency=settings.concurrency, max_tokens=settings.max_tokens)


def model_price(settings: "LLMSettings", model: str) -> "Price | None":
    """Return the price of a model: the user's, the shipped, or nothing for a server on this machine.

    Raises
    ------
    RecipeError
        The user's file of prices cannot be read.
    """
    from graphrag.llms.usage import Price, load_prices, price_of

    known = price_of(model, load_prices(settings.prices))
    if known is not None:
        return known
    host = urlsplit(settings.base_url or os.environ.get("OPENAI_BASE_URL", "")).hostname
    return Price(0.0, 0.0) if settings.name == "recorded" or host in _HERE else None
