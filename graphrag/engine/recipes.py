"""Which recipe a workspace is asked with."""

from graphrag.config import Recipe, check_settings, load_recipe
from graphrag.stores.reading import Reader

__all__ = ["asked_with", "recipe_of"]


def recipe_of(store: Reader) -> Recipe:
    """Return the recipe that a workspace was built with; before the first build, the default one."""
    stored = store.meta("recipe")
    return load_recipe() if stored is None else check_settings(stored, where=f"the recipe stored in {store.path}")


def asked_with(recipe: Recipe, asked: Recipe | None, llm: bool | None) -> Recipe:
    """Return a recipe with another's way of asking, and with an LLM that words answers, or without."""
    if asked is not None:
        recipe = recipe.model_copy(update={"ask": asked.ask, "llm": asked.llm})
    if llm is not None:
        recipe = recipe.model_copy(update={"ask": recipe.ask.model_copy(update={"llm": llm})})
    return recipe
