"""Prompts for a user's own corpus: what it is about, which kinds of things it names, and examples from it."""

import heapq
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, Field

from graphrag.errors import LLMError
from graphrag.extraction.grounding import Claim, Dropped, Named, ground
from graphrag.extraction.llm_ie import Reading
from graphrag.extraction.schema import FREE
from graphrag.llms.prompts import Prompt, load_prompt
from graphrag.protocols import LLM, Request
from graphrag.types import Chunk, Extraction, content_digest

__all__ = ["sample", "tuned_prompts"]

_EXAMPLES = 2
_MOST_TYPES = 20
_LONGEST = 1_500  # characters of a sample passage


class _Type(BaseModel):
    name: str
    description: str = ""


class _Corpus(BaseModel):
    domain: str
    entity_types: Annotated[list[_Type], Field(min_length=1)]
    relation_types: list[_Type] = []


def sample(chunks: Iterable[Chunk], most: int) -> list[Chunk]:
    """Return passages from as many documents as possible, the same ones for the same corpus.

    Parameters
    ----------
    chunks : iterable of Chunk
        All passages.
    most : int
        How many.
    """
    return heapq.nsmallest(most, chunks, key=lambda chunk: (chunk.position > 0, len(chunk.text) < 200, chunk.digest))


def tuned_prompts(llm: LLM, chunks: Sequence[Chunk], prompts: str = "") -> dict[str, str]:
    """Return prompt files for a corpus, by name.

    Parameters
    ----------
    llm : LLM
        Asked once about the corpus, and once for each example.
    chunks : sequence of Chunk
        Sample passages.
    prompts : str
        A folder of the user's own prompts, which are tuned further.

    Returns
    -------
    dict of str to str
        ``extract`` and ``glean`` with the domain, its kinds of things and relations, and examples; ``report`` with the
        domain.

    Raises
    ------
    LLMError
        The LLM gave no usable description of the corpus.
    """
    passages = "\n\n".join(f"{chunk.title}\n{chunk.text[:_LONGEST]}".strip() for chunk in chunks)
    mark = content_digest("tune", passages)[:16]
    asked = load_prompt("tune", prompts).fill(passages=passages, mark=mark)
    [reply] = llm.complete([Request("tuning", asked, _Corpus)])
    if not reply.good:
        raise LLMError(f"The LLM gave no usable description of the documents ({reply.problem}): try another model.")
    corpus: _Corpus = reply.value
    guide = _guide(corpus)
    extract, glean, report = (load_prompt(name, prompts) for name in ("extract", "glean", "report"))
    examples = _examples(llm, extract, guide, chunks)
    return {
        "extract": _file(replace(_advised(extract, guide), messages=_with(_advised(extract, guide), examples))),
        "glean": _file(_advised(glean, guide)),
        "report": _file(_advised(report, f"The documents: {_line(corpus.domain)}", before="Reply with one JSON")),
    }


def _guide(corpus: _Corpus) -> str:
    """Say what is wanted of this corpus."""
    lines = [f"The documents: {_line(corpus.domain)}", "Prefer these types of entities:"]
    lines += [_entry(kind) for kind in corpus.entity_types[:_MOST_TYPES] if _line(kind.name)]
    if corpus.relation_types:
        lines.append("Prefer these predicates:")
        lines += [_entry(kind) for kind in corpus.relation_types[:_MOST_TYPES] if _line(kind.name)]
    return "\n".join(lines)


def _entry(kind: _Type) -> str:
    """Return one line of a guide."""
    return f"- {_line(kind.name)}" + (f": {_line(kind.description)}" if kind.description.strip() else "")


def _examples(llm: LLM, extract: Prompt, guide: str, chunks: Sequence[Chunk]) -> list[tuple[str, str]]:
    """Return (question, answer) of passages that the LLM reads well: only what the passage says is left in them."""
    some = [chunk for chunk in chunks if len(chunk.text) <= _LONGEST][: 2 * _EXAMPLES]
    wanted = f"{FREE.guide}\n{guide}"
    requests = [
        Request("tuning", extract.fill(guide=wanted, title=chunk.title or "(none)", text=chunk.text), Reading)
        for chunk in some
    ]
    examples = []
    for chunk, reply in zip(some, llm.complete(requests), strict=True):
        found = _checked(chunk, reply.value) if reply.good else None
        if found:
            asked = f"Title: {chunk.title or '(none)'}\n\n<passage>\n{chunk.text}\n</passage>"
            examples.append((_harmless(asked), _harmless(json.dumps(found, ensure_ascii=False))))
    return examples[:_EXAMPLES]


def _checked(chunk: Chunk, reading: Reading) -> dict[str, Any] | None:
    """Return a reading without what the passage does not say; None where nothing is left to show."""
    nothing, dropped = Extraction((), ()), Dropped()
    entities = [
        item
        for item in reading.entities
        if _texts(item, "name", "type") and ground(chunk, nothing, [Named(item["name"])], [], dropped).mentions
    ]
    relations = [
        item
        for item in reading.relations
        if _texts(item, "subject", "predicate", "object", "quote")
        and ground(chunk, nothing, [], [_claim(item)], dropped).triples
    ]
    if not entities or not relations:
        return None
    return {"entities": entities, "relations": relations, "claims": []}


def _texts(item: Any, *keys: str) -> bool:
    """Tell whether an entry has a text for each key."""
    return isinstance(item, dict) and all(isinstance(item.get(key), str) and item[key].strip() for key in keys)


def _claim(item: dict[str, str]) -> Claim:
    """Return a relation of a reading."""
    return Claim(item["subject"], item["predicate"], item["object"], item["quote"])


def _advised(prompt: Prompt, advice: str, before: str = "{{guide}}") -> Prompt:
    """Return a prompt whose system message has advice before a place in it."""
    (role, text), *rest = prompt.messages
    at = text.find(before)
    advised = f"{text[:at]}{_harmless(advice)}\n\n{text[at:]}" if at >= 0 else f"{text}\n\n{_harmless(advice)}"
    return replace(prompt, messages=((role, advised), *rest))


def _with(prompt: Prompt, examples: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return a prompt's messages with examples before the last one."""
    shown = [message for asked, told in examples for message in (("user", asked), ("assistant", told))]
    return (*prompt.messages[:-1], *shown, prompt.messages[-1])


def _file(prompt: Prompt) -> str:
    """Return a prompt as its file's text."""
    parameters = "\n".join(f"  {name}: {json.dumps(what)}" for name, what in prompt.parameters.items())
    messages = "\n".join(f"# {role.capitalize()}\n{text}" for role, text in prompt.messages)
    return f"---\ndescription: {json.dumps(prompt.description)}\nparameters:\n{parameters}\n---\n{messages}\n"


def _line(text: str) -> str:
    """Return text on one line."""
    return " ".join(text.split())[:500]


def _harmless(text: str) -> str:
    """Return text that opens no place and no message of a prompt file."""
    return text.replace("{{", "{ {").replace("}}", "} }").replace("\n# ", "\n #")
