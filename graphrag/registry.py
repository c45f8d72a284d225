"""One table of parts: (slot, name) -> "module:factory", and the entry points of other packages.

A recipe names the filler of a slot.  A package adds its own with an entry point in the group ``graphrag.<slot>``::

    [project.entry-points."graphrag.extractor"]
    mine = "my_package.extract:MyExtractor"
"""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from graphrag.errors import MissingExtra, RecipeError
from graphrag.types import Scalar

__all__ = ["Part", "create", "names", "slots"]

# (slot, name) -> (factory, what to install when its packages are missing)
_BUILT_IN: dict[tuple[str, str], tuple[str, str]] = {
    ("extractor", "spacy"): ("graphrag.extraction.spacy_ie:SpacyExtractor", "hopgraph"),
    ("embedder", "onnx"): ("graphrag.embedders.onnx:OnnxEmbedder", "hopgraph"),
    ("embedder", "sentence-transformers"): (
        "graphrag.embedders.sentence_transformers:SentenceTransformerEmbedder",
        "hopgraph[torch]",
    ),
    ("reranker", "cross-encoder"): ("graphrag.retrieval.rerank:CrossEncoderReranker", "hopgraph[torch]"),
    ("refiner", "from_file"): ("graphrag.extraction.from_file:FromFile", "hopgraph"),
    ("refiner", "imported"): ("graphrag.extraction.imported:ImportedReadings", "hopgraph"),
    ("refiner", "llm"): ("graphrag.extraction.llm_ie:LLMRefiner", "hopgraph"),
    ("reporter", "llm"): ("graphrag.overview.llm_reports:LLMReporter", "hopgraph"),
    ("llm", "openai"): ("graphrag.llms.openai:OpenAICompatible", "hopgraph"),
    ("llm", "recorded"): ("graphrag.llms.recorded:Recorded", "hopgraph"),
}


@dataclass(frozen=True)
class Part:
    """The filler of a slot: small and picklable, so a worker process can make the object itself.

    Parameters
    ----------
    slot : str
        What the part is for, e.g. ``"extractor"``.
    name : str
        Its name in the registry, e.g. ``"spacy"``.
    options : Mapping[str, Scalar]
        Keyword arguments of its factory.
    """

    slot: str
    name: str
    options: Mapping[str, Scalar] = field(default_factory=dict)


def slots() -> list[str]:
    """Return the slots that the package itself fills, sorted."""
    return sorted({slot for slot, _ in _BUILT_IN})


def names(slot: str) -> list[str]:
    """Return the names of the parts that fit ``slot``, built in and from other packages, sorted."""
    return sorted({name for known, name in _BUILT_IN if known == slot} | set(_plug_ins(slot)))


def create(part: Part, **wired: object) -> object:
    """Make the object that a part describes.

    Parameters
    ----------
    part : Part
        The slot, the name and the options of the part.
    **wired
        What no recipe can hold, such as the LLM; each goes to a factory that has a parameter of that name.

    Returns
    -------
    object
        What the part's factory returns for its options.

    Raises
    ------
    RecipeError
        No part of that name fits the slot, an entry point names nothing, or the factory refuses the options.
    MissingExtra
        A package that the part needs is not installed.
    """
    factory, extra = _locate(part)
    module_name, _, attribute = factory.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{part.slot} {part.name!r} needs the package {error.name!r}, which is not installed; run: "
            f"pip install '{extra}'"
        ) from error
    make = getattr(module, attribute, None)
    if not callable(make):
        raise RecipeError(
            f"{part.slot} {part.name!r} is declared as {factory!r}, but {module_name!r} has no such callable; update "
            f"the package that declares it"
        )
    _check_options(part, make)
    import inspect  # slow to import, and only needed once a part is made

    takes = inspect.signature(make).parameters if wired else {}
    made: object = make(**{name: value for name, value in wired.items() if name in takes} | dict(part.options))
    return made


def _locate(part: Part) -> tuple[str, str]:
    """Return the factory and what to install for a part; a built-in part cannot be replaced by an entry point."""
    built_in = _BUILT_IN.get((part.slot, part.name))
    if built_in is not None:
        return built_in
    plug_in = _plug_ins(part.slot).get(part.name)
    if plug_in is not None:
        return plug_in.value, plug_in.dist.name if plug_in.dist is not None else part.name
    known = names(part.slot)
    if not known:
        raise RecipeError(f"there is no slot {part.slot!r}; the slots are {', '.join(slots())}")
    near = difflib.get_close_matches(part.name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise RecipeError(f"there is no {part.slot} named {part.name!r}; {hint}")


def _plug_ins(slot: str) -> dict[str, EntryPoint]:
    """Return the entry points of other packages for a slot by name; the first by value wins, whatever the order."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=f"graphrag.{slot}"), key=lambda entry: (entry.name, entry.value)):
        found.setdefault(entry.name, entry)
    return found


def _check_options(part: Part, make: object) -> None:
    """Refuse options that the factory does not take, naming the nearest one it does."""
    import inspect  # slow to import, and only needed once a part is made

    if not callable(make):
        return
    parameters = inspect.signature(make).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for option in part.options:
        if option not in parameters:
            near = difflib.get_close_matches(option, parameters, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it takes: {', '.join(parameters) or 'none'}"
            raise RecipeError(f"{part.slot} {part.name!r} has no option {option!r}; {hint}")
