"""Typed, checked settings: the keys that a recipe may have, and what its messages say about wrong ones."""

import difflib
import json
import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from graphrag.errors import RecipeError
from graphrag.registry import Part
from graphrag.types import Scalar, content_digest

__all__ = [
    "MODES",
    "AskSettings",
    "Bench",
    "BenchData",
    "BuildSettings",
    "Chunking",
    "Communities",
    "LLMSettings",
    "Mode",
    "PartSettings",
    "Recipe",
    "ResolutionSettings",
    "check_settings",
]

Mode = Literal["auto", "lexical", "basic", "hybrid", "ppr", "links", "local", "global", "drift"]
MODES: tuple[str, ...] = get_args(Mode)

Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, gt=0)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Amount = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = re.compile(r"(^|_)(key|token|password|secret)$", re.IGNORECASE)


class _Settings(BaseModel):
    """Frozen settings that refuse unknown keys and have a fingerprint."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @property
    def fingerprint(self) -> str:
        """Digest of all values; it changes whenever one of them does, and never holds a secret."""
        return content_digest(type(self).__name__, json.dumps(self.model_dump(mode="json"), sort_keys=True))


class PartSettings(_Settings):
    """The filler of a slot: its name in the registry and its options."""

    name: str
    options: Mapping[str, Scalar] = {}

    @field_validator("options")
    @classmethod
    def _no_secrets(cls, options: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        for key, value in options.items():
            if _SECRET.search(key) and value is not None and not _VARIABLE.fullmatch(str(value)):
                raise ValueError(f"{key} is a secret: write ${{NAME}} and set the environment variable NAME")
        return options

    def part(self, slot: str) -> Part:
        """Return the part for a slot, with ``${NAME}`` replaced from the environment.

        Raises
        ------
        RecipeError
            An environment variable that an option names is not set.
        """
        return Part(slot, self.name, {key: _expand(key, value) for key, value in sorted(self.options.items())})


class Chunking(_Settings):
    """How documents are cut."""

    max_tokens: Positive = 384
    overlap_sentences: Count = 0


class ResolutionSettings(_Settings):
    """How mentions become entities."""

    fuzzy_threshold: Share = 0.85


class Communities(_Settings):
    """How the graph is clustered: one Leiden resolution a level, the coarsest first."""

    resolutions: Annotated[tuple[Amount, ...], Field(min_length=1, max_length=8)] = (0.25, 1.0, 4.0)
    min_size: Positive = 3
    max_size: Positive = 200


class BuildSettings(_Settings):
    """Everything that decides what a build makes, and where it runs."""

    executor: Literal["processes", "ray"] = "processes"  # of this machine, or of the cluster RAY_ADDRESS names
    chunking: Chunking = Chunking()
    extraction: PartSettings = PartSettings(name="spacy")
    refinement: PartSettings | None = None  # what reads passages a second time
    embedding: PartSettings = PartSettings(name="onnx")
    resolution: ResolutionSettings = ResolutionSettings()
    communities: Communities = Communities()
    reporting: PartSettings | None = None  # what writes the reports anew

    @property
    def fingerprint(self) -> str:
        """Digest of all values but the executor, which changes nothing of what is made."""
        return content_digest(
            type(self).__name__, json.dumps(self.model_dump(mode="json", exclude={"executor"}), sort_keys=True)
        )


class AskSettings(_Settings):
    """Everything that decides how a question is answered.  Changing it needs no new build."""

    mode: Mode = "auto"
    k: Annotated[int, Field(strict=True, ge=1, le=200)] = 10
    weights: Mapping[str, Annotated[float, Field(strict=True, allow_inf_nan=False)]] = {}
    answer_threshold: Share = 0.12
    rerank: PartSettings | None = None  # "cross-encoder", or "llm" where ``llm`` is true
    llm: Annotated[bool, Field(strict=True)] = False  # whether the recipe's LLM words the answers
    rewrite: tuple[Literal["rewrite", "decompose", "hyde", "step_back"], ...] = ()  # other searches that it words
    rounds: Annotated[int, Field(strict=True, ge=0, le=5)] = 0  # times that it may ask for what is missing
    context_tokens: Annotated[int, Field(strict=True, ge=100, le=200_000)] = 2400  # of evidence that it is shown


class BenchData(_Settings):
    """Where a benchmark's files are: ``corpus`` and ``questions`` inside ``folder``."""

    folder: str
    corpus: str = "corpus.json"
    questions: str = "questions.json"


class Bench(_Settings):
    """A benchmark: its data, the least its scores may be and the most its costs may be."""

    data: BenchData
    untitled: Annotated[bool, Field(strict=True)] = False
    expect: Mapping[str, Share] = {}
    limits: Mapping[str, Amount] = {}


class LLMSettings(_Settings):
    """The LLM endpoint: what reads, writes and answers where a recipe says so."""

    name: str = "openai"
    base_url: str = ""  # empty: the environment's OPENAI_BASE_URL
    model: str = ""  # empty: the environment's GRAPHRAG_LLM_MODEL
    api_key: str = ""  # only as ${NAME}; empty: the environment's OPENAI_API_KEY
    temperature: Annotated[float, Field(strict=True, ge=0, le=2)] = 0.0
    max_tokens: Positive = 2048  # of a reply
    timeout: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] = 120.0  # seconds of an attempt
    attempts: Positive = 8
    concurrency: Annotated[int, Field(strict=True, ge=1, le=256)] = 8
    max_cost: Amount | None = None  # money, in the currency of the prices
    max_total_tokens: Positive | None = None
    prices: str = ""  # a YAML file of your own prices
    prompts: str = ""  # a folder of your own prompts
    recorded: str = ""  # the file of replies of name "recorded"

    @field_validator("api_key")
    @classmethod
    def _no_key(cls, value: str) -> str:
        if value and not _VARIABLE.fullmatch(value):
            raise ValueError("a key is a secret: write ${NAME} and set the environment variable NAME")
        return value

    def part(self) -> Part:
        """Return the adapter as a part, with ``${NAME}`` replaced from the environment.

        Raises
        ------
        RecipeError
            An environment variable that a setting names is not set.
        """
        if self.name == "recorded":
            options: dict[str, Scalar] = {"path": self.recorded, "model": self.model}
        else:
            base_url, model, api_key = (_expand(k, getattr(self, k)) for k in ("base_url", "model", "api_key"))
            options = {"base_url": base_url, "model": model, "api_key": api_key}
            options |= {"timeout": self.timeout, "attempts": self.attempts}
        return Part("llm", self.name, options | {"temperature": self.temperature, "max_tokens": self.max_tokens})


class Recipe(_Settings):
    """A whole recipe, resolved: parents are merged in and every default is filled."""

    name: str = "offline"
    description: str = ""
    needs: tuple[Literal["llm", "neo4j"], ...] = ()
    build: BuildSettings = BuildSettings()
    ask: AskSettings = AskSettings()
    llm: LLMSettings = LLMSettings()
    bench: Bench | None = None


def check_settings(data: Mapping[str, Any], origins: Mapping[str, str] | None = None, where: str = "recipe") -> Recipe:
    """Turn a mapping, such as the recipe stored in a workspace, into checked settings.

    Parameters
    ----------
    data : Mapping[str, Any]
        The keys of :class:`Recipe`.
    origins : Mapping[str, str], optional
        Dotted key -> file that states it, to name it in the message.
    where : str
        What to call the mapping where no origin is known.

    Raises
    ------
    RecipeError
        A key is unknown or missing, or a value is wrong.
    """
    try:
        return Recipe.model_validate(dict(data))
    except ValidationError as error:
        raise RecipeError(_message(error, origins or {}, where)) from error


def _expand(key: str, value: Scalar) -> Scalar:
    """Replace ``${NAME}`` in a string option by the environment's value."""
    if not isinstance(value, str):
        return value

    def read(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise RecipeError(f"option {key} needs the environment variable {match.group(1)}, which is not set; set it")
        return found

    return _VARIABLE.sub(read, value)


def _message(error: ValidationError, origins: Mapping[str, str], where: str) -> str:
    """Say in one line which key of which file is wrong and what would be right."""
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    dotted = ".".join(path)
    known = [origin for key, origin in origins.items() if key == dotted or key.startswith(f"{dotted}.")]
    origin = known[0] if known else where
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        return f"{origin}: unknown key {dotted}; {_nearest(path)}{more}"
    if first["type"] == "missing":
        return f"{origin}: {dotted} is missing; add it{more}"
    # A mapping is not repeated: it may hold a secret.
    plain = isinstance(first["input"], str | int | float | bool | None) and not _SECRET.search(path[-1])
    given = f" = {first['input']!r}" if plain else ""
    return f"{origin}: {dotted}{given} is wrong: {first['msg'].removeprefix('Value error, ')}{more}"


def _nearest(path: list[str]) -> str:
    """Suggest the known key that is nearest to the last of ``path``."""
    fields: list[str] = list(Recipe.model_fields)
    model: type[BaseModel] = Recipe
    for part in path[:-1]:
        inner = [model.model_fields[part].annotation] if part in model.model_fields else []
        inner += [argument for annotation in inner for argument in get_args(annotation)]
        models = [kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if models:
            model = models[0]
            fields = list(model.model_fields)
    near = difflib.get_close_matches(path[-1], fields, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(fields)}"
