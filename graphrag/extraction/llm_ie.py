"""Entities, relations and dated claims by an LLM: asked by prompt files, held to a schema, found in the text."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, WithJsonSchema, field_validator

from graphrag.errors import RecipeError
from graphrag.extraction.doubt import most_doubtful
from graphrag.extraction.grounding import Claim, Dropped, Named, ground
from graphrag.extraction.merging import merged
from graphrag.extraction.schema import load_schema
from graphrag.llms.prompts import load_prompt
from graphrag.llms.usage import llm_tokens
from graphrag.protocols import LLM, Reply, Request
from graphrag.text import name_key
from graphrag.types import Chunk, Extraction, content_digest

__all__ = ["LLMRefiner", "Reading"]

# Raise by one whenever the same replies would give other readings.
_VERSION = 1
_MOST_ITEMS = 200
_MOST_GLEANINGS = 5
# Of a reply, about: fitted to what GPT-3.5 said of 1,890 passages, written in the form that is asked for here.
_TOKENS, _TOKENS_A_TOKEN = 330, 3.0


def _list_of(*keys: str) -> WithJsonSchema:
    """Return the JSON schema of a list of objects of these strings."""
    properties = {key: {"type": "string"} for key in keys}
    item = {"type": "object", "properties": properties, "required": list(keys), "additionalProperties": False}
    return WithJsonSchema({"type": "array", "items": item})


class Reading(BaseModel):
    """What a reply says.  Lists must be there; single entries that are not sound are dropped later, and counted."""

    entities: Annotated[list[Any], _list_of("name", "type")]
    relations: Annotated[list[Any], _list_of("subject", "predicate", "object", "quote", "when")]
    claims: Annotated[list[Any], _list_of("subject", "type", "quote", "when")] = []

    @field_validator("entities", "relations")
    @classmethod
    def _some_are_objects(cls, items: list[Any]) -> list[Any]:
        if items and not any(isinstance(item, dict) for item in items):
            raise ValueError("its entries are no objects")
        return items


@dataclass
class _Said:
    """What all replies about one passage say, in sound entries."""

    names: dict[str, Named] = field(default_factory=dict)
    relations: dict[tuple[str, ...], Claim] = field(default_factory=dict)
    claims: dict[tuple[str, ...], Claim] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return it in the form of a reply, for asking what was left out."""
        relations = [[c.subject, c.predicate, c.object] for c in (*self.relations.values(), *self.claims.values())]
        names = [named.name for named in self.names.values()]
        return json.dumps({"entities": names, "relations": relations}, ensure_ascii=False)


class LLMRefiner:
    """Reads passages with an LLM.

    Parameters
    ----------
    llm : callable
        Returns the LLM.
    schema : str
        A YAML file of the kinds and relations that are wanted; empty for all.
    gleanings : int
        How many times to ask for what was left out.
    share : float
        The share of the passages, the most doubtful first, for which the LLM is asked; the others keep the first
        reading.
    prompts : str
        A folder of the user's own ``extract.md`` and ``glean.md``.

    Raises
    ------
    RecipeError
        An option, the schema or a prompt is wrong.
    """

    def __init__(
        self,
        llm: Callable[[], LLM],
        schema: str = "",
        gleanings: int = 0,
        share: float = 1.0,
        prompts: str = "",
    ) -> None:
        if not 0 <= gleanings <= _MOST_GLEANINGS:
            raise RecipeError(f"refinement: gleanings = {gleanings} is wrong: 0 to {_MOST_GLEANINGS}")
        if not 0.0 < share <= 1.0:
            raise RecipeError(f"refinement: share = {share} is wrong: above 0, and 1 at most")
        self._llm = llm()
        self._schema = load_schema(schema)
        self._gleanings = gleanings
        self._share = share
        self._extract, self._glean = load_prompt("extract", prompts), load_prompt("glean", prompts)
        self._dropped: Dropped = Counter()
        self.apart: list[dict[str, Any]] = []
        """What was said but is not in the schema: digest of the passage, document, kind, entry."""
        how = content_digest(self._extract.digest, self._glean.digest, self._schema.digest, str(gleanings))
        self.fingerprint = f"llm-ie {_VERSION}; {self._llm.fingerprint}; {how}"

    def choose(self, passages: Iterable[tuple[Chunk, Extraction]]) -> set[str]:
        """Return the contents that the LLM is asked about."""
        return most_doubtful(passages, self._share)

    def request(self, chunk: Chunk) -> Request:
        """Return the first request about a passage."""
        return Request("extraction", self._extract.fill(**self._values(chunk)), Reading)

    def expect(self, passages: Iterable[tuple[Chunk, Extraction]]) -> Iterator[tuple[Request, int]]:
        """Yield the requests that passages take, each with about how many tokens its reply has."""
        for chunk, _ in passages:
            tokens = round(_TOKENS + _TOKENS_A_TOKEN * llm_tokens(chunk.text))
            yield self.request(chunk), tokens
            for _ in range(self._gleanings):
                yield self._request(chunk, _Said(), 1), tokens // 2

    def refine(self, passages: Sequence[tuple[Chunk, Extraction]]) -> Iterator[tuple[int, Extraction | str]]:
        """Yield each passage's place with its reading, or with why the LLM gave none."""
        said = [_Said() for _ in passages]
        open_places = list(range(len(passages)))
        for turn in range(1 + self._gleanings):
            last = turn == self._gleanings
            requests = [self._request(passages[place][0], said[place], turn) for place in open_places]
            going_on = []
            for at, reply in self._llm.replies(requests):
                place = open_places[at]
                if not reply.good and turn == 0:
                    yield place, reply.problem
                    continue
                # What was gleaned is a gain; where it fails, the first reading stands.
                new = self._hear(passages[place][0], said[place], reply) if reply.good else 0
                if last or not new:
                    yield place, self._reading(*passages[place], said[place])
                else:
                    going_on.append(place)
            open_places = sorted(going_on)

    def report(self) -> str:
        """Return what was dropped and what is not in the schema."""
        parts = [f"dropped {count:,} {what}" for what, count in sorted(self._dropped.items())]
        if self.apart:
            parts.append(f"kept {len(self.apart):,} apart that are not in the schema")
        return ", ".join(parts)

    # --- one passage

    def _values(self, chunk: Chunk) -> dict[str, str]:
        """Return the parameters that both prompts have; the text cannot end its own frame."""
        title = " > ".join(part for part in (chunk.title, chunk.heading) if part)
        text = chunk.text.replace("</passage", "< /passage")
        return {"guide": self._schema.guide, "title": title or "(none)", "text": text}

    def _request(self, chunk: Chunk, said: _Said, turn: int) -> Request:
        """Return the request of a turn."""
        if turn == 0:
            return self.request(chunk)
        return Request("gleaning", self._glean.fill(**self._values(chunk), found=said.as_json()), Reading)

    def _hear(self, chunk: Chunk, said: _Said, reply: Reply) -> int:
        """Add what a reply says, and return how much of it is new."""
        reading: Reading = reply.value
        before = len(said.names) + len(said.relations) + len(said.claims)
        for item in self._sound(reading.entities, ("name",), ("type",)):
            named = Named(item["name"], item["type"])
            if self._schema.allows_kind(named.kind):
                said.names.setdefault(name_key(named.name), named)
            else:
                self._set_apart(chunk, "entity", item)
        for item in self._sound(reading.relations, ("subject", "predicate", "object"), ("quote", "when")):
            claim = Claim(item["subject"], item["predicate"], item["object"], item["quote"], item["when"])
            if self._allows(claim, said):
                said.relations.setdefault((claim.subject, claim.predicate, claim.object), claim)
            else:
                self._set_apart(chunk, "relation", item)
        for item in self._sound(reading.claims, ("subject", "type", "quote"), ("when",)):
            claim = Claim(item["subject"], f"claim: {item['type']}", item["quote"], item["quote"], item["when"])
            if self._schema.kinds and name_key(claim.subject) not in said.names:
                self._set_apart(chunk, "claim", item)
            else:
                said.claims.setdefault((claim.subject, claim.predicate, claim.object), claim)
        return len(said.names) + len(said.relations) + len(said.claims) - before

    def _sound(self, items: list[Any], needed: tuple[str, ...], other: tuple[str, ...]) -> Iterator[dict[str, str]]:
        """Yield the entries that have all that is needed, as text."""
        if len(items) > _MOST_ITEMS:
            self._dropped["entries beyond the most that a passage may have"] += len(items) - _MOST_ITEMS
        for item in items[:_MOST_ITEMS]:
            values = item if isinstance(item, dict) else {}
            words = {key: _words(values.get(key)) for key in (*needed, *other)}
            if all(words[key] for key in needed):
                yield words
            else:
                self._dropped["entries that lack something"] += 1

    def _allows(self, claim: Claim, said: _Said) -> bool:
        """Tell whether the schema has a relation between things of these kinds."""
        if not self._schema.kinds:
            return True
        subject, target = said.names.get(name_key(claim.subject)), said.names.get(name_key(claim.object))
        kind = target.kind if target is not None else None
        return subject is not None and self._schema.allows(subject.kind, claim.predicate, kind)

    def _set_apart(self, chunk: Chunk, kind: str, item: dict[str, str]) -> None:
        """Keep what the schema does not have."""
        self.apart.append({"digest": chunk.digest, "document": chunk.document_id, "kind": kind, "entry": item})

    def _reading(self, chunk: Chunk, first: Extraction, said: _Said) -> Extraction:
        """Return what was said as far as the text says it; without a schema it adds to the first reading."""
        claims = [*said.relations.values(), *said.claims.values()]
        types = self._schema.types
        reading = ground(chunk, first, said.names.values(), claims, self._dropped, types)
        return reading if self._schema.kinds else merged(reading, first)


def _words(value: Any) -> str:
    """Return a value as one line of text; empty for what is no text and no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).replace("\x00", " ").split())[:500]
