"""Recipes as YAML files: finding one, laying it over its parents, and telling where each value came from."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from graphrag.config.settings import Recipe, check_settings
from graphrag.errors import RecipeError
from graphrag.resources import resource

__all__ = ["Setting", "load_recipe", "recipe_names", "trace_recipe"]


@dataclass(frozen=True)
class Setting:
    """One value of a resolved recipe and where it comes from."""

    key: str
    value: Any
    origin: str  # a recipe's name or file, or "default"


def recipe_names() -> list[str]:
    """Return the names of the shipped recipes, the default first."""
    folder = resource("pipelines")
    found = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))
    return sorted(found, key=lambda name: (name.count("/"), name))


def load_recipe(name: str = "offline") -> Recipe:
    """Return a resolved recipe.

    Parameters
    ----------
    name : str
        The name of a shipped recipe (``offline``, ``baselines/bm25``, ``bench/2wiki``) or a path to a YAML file.

    Raises
    ------
    RecipeError
        The recipe, its parent or a key is unknown, or a value is wrong.
    """
    values, origins = _resolve(name)
    return check_settings(values, origins, _origin(name))


def trace_recipe(name: str = "offline") -> list[Setting]:
    """Return every value of a resolved recipe with its origin, in the order of the settings.

    Raises
    ------
    RecipeError
        As :func:`load_recipe`.
    """
    values, origins = _resolve(name)
    recipe = check_settings(values, origins, _origin(name))
    return [
        Setting(key, value, origins.get(key, "default"))
        for key, value in _flatten(recipe.model_dump(mode="json"))
        if not (key == "bench" and value is None)
    ]


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) for every leaf, in order; an empty mapping is a leaf."""
    for key, value in values.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{dotted}.")
        else:
            yield dotted, value


def _resolve(name: str, children: tuple[Path, ...] = ()) -> tuple[dict[str, Any], dict[str, str]]:
    """Merge a recipe over its parents; return the values and the origin of each dotted key."""
    path = _find(name, children[-1].parent if children else None)
    if path in children:
        raise RecipeError(
            f"{_origin(name)} extends itself through {' -> '.join(c.stem for c in children)}; cut the loop"
        )
    own = _read(path, name)
    parent = own.pop("extends", None)
    if parent is not None and not isinstance(parent, str):
        raise RecipeError(f"{_origin(name)}: extends = {parent!r} is wrong: name one recipe")
    values, origins = _resolve(parent, (*children, path)) if parent else ({}, {})
    for described in ("description", "bench", "needs"):  # these speak of one recipe, and are not inherited
        values.pop(described, None)
        origins = {key: origin for key, origin in origins.items() if key.split(".")[0] != described}
    _merge(values, origins, own, _origin(name), "")
    values["name"] = own.get("name", _origin(name))
    origins["name"] = _origin(name)
    return values, origins


def _merge(values: dict[str, Any], origins: dict[str, str], own: Mapping[str, Any], origin: str, prefix: str) -> None:
    """Lay ``own`` over ``values`` in place; naming another part drops the options of the one before."""
    if "name" in own and values.get("name", own["name"]) != own["name"] and values.pop("options", None) is not None:
        for key in [key for key in origins if key.startswith(f"{prefix}options")]:
            del origins[key]
    for key, value in own.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            inner = values.get(key)
            values[key] = dict(inner) if isinstance(inner, Mapping) else {}
            _merge(values[key], origins, value, origin, f"{dotted}.")
        else:
            values[key] = value
            origins[dotted] = origin


def _origin(name: str) -> str:
    """Return what messages call a recipe: its name, or its file's path as given."""
    return name.removesuffix(".yaml") if not Path(name).is_file() else name


def _find(name: str, beside: Path | None) -> Path:
    """Find a recipe: a file (also beside the recipe that extends it), or a shipped recipe by name."""
    shipped = resource("pipelines")
    candidates = [Path(name)] if name.endswith((".yaml", ".yml")) else []
    if beside is not None:
        candidates.insert(0, beside / name)
    candidates.append(shipped / f"{name.removesuffix('.yaml')}.yaml")
    for path in candidates:
        if path.is_file():
            return path.resolve()
    known = recipe_names()
    short = {known_name.rsplit("/", 1)[-1]: known_name for known_name in known}
    near = difflib.get_close_matches(name, [*known, *short], n=1)
    hint = f"did you mean {short.get(near[0], near[0])!r}?" if near else f"known: {', '.join(known)}"
    raise RecipeError(f"there is no recipe {name!r}; {hint}")


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key said twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, refusing a second mention of a key."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "keys are plain words", key_node.start_mark)
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} is said twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _read(path: Path, name: str) -> dict[str, Any]:
    """Read one recipe file as a mapping."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it makes plain values only
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"recipe {name!r} cannot be read: {error}; check the file") from error
    except RecursionError as error:
        raise RecipeError(f"recipe {name!r} is nested too deep: check its brackets") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise RecipeError(f"recipe {name!r} is not valid YAML{where}: {problem}") from error
    if data is None:
        return {}
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise RecipeError(f"recipe {name!r} is not a mapping; start it with build: or ask:")
    return data
