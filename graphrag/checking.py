"""Whether an answer that was written down says what the documents of a workspace say."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphrag.errors import InputError
from graphrag.stores.workspace import Workspace
from graphrag.text import name_key, strip_disambiguation
from graphrag.types import Entity

__all__ = ["answer_problems", "differences"]

_CLOSE = 1e-4  # scores may differ in the last digits from processor to processor


def answer_problems(store: Workspace, answer: Mapping[str, Any]) -> list[str]:
    """Check the citations, quotes and path of an answer against the documents.

    Parameters
    ----------
    store : Workspace
        The workspace that was asked.
    answer : mapping
        What ``graphrag ask --json`` writes.

    Returns
    -------
    list of str
        One message for each place, document, passage or entity that is not what the answer says; empty where all is.

    Raises
    ------
    InputError
        The mapping is no answer.
    """
    try:
        return list(_problems(store, answer))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise InputError(
            f"This is no answer as `graphrag ask --json` writes it ({type(error).__name__}: {error}): save that "
            "command's output as it is."
        ) from error


def _problems(store: Workspace, answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an answer."""
    for number, quote in enumerate(answer["citations"], 1):
        yield from _quote(store, quote, f"citation {number}")
    for number, step in enumerate(answer["path"], 1):
        yield from _step(store, step, f"step {number} of the path")
    for number, passage in enumerate(answer.get("evidence", ()), 1):
        where = f"passage {number}"
        yield from _quote(store, {**passage, "quote": passage["text"]}, where)
        for quote in passage["quotes"]:
            yield from _quote(store, quote, f"a quote of {where}")
        for step in passage["path"]:
            yield from _step(store, step, f"a step of the path to {where}")


def _quote(store: Workspace, quote: Mapping[str, Any], where: str) -> Iterator[str]:
    """Check one quote against its document and its passage."""
    start, end, identity = int(quote["start"]), int(quote["end"]), str(quote["document_id"])
    document = store.document(identity)
    chunks = store.chunks_by_id([str(quote["chunk_id"])])
    if document is None:
        yield f"{where}: there is no document {identity!r}"
    elif not 0 <= start <= end or document.text[start:end] != quote["quote"]:
        yield f"{where}: the document {identity!r} does not say {quote['quote']!r} at {start} to {end}"
    elif not chunks or chunks[0].document_id != identity:
        yield f"{where}: the document {identity!r} has no passage {quote['chunk_id']!r}"
    elif not chunks[0].span.start <= start <= end <= chunks[0].span.end:
        yield f"{where}: {start} to {end} lies outside of the passage {quote['chunk_id']!r}"


def _step(store: Workspace, step: Mapping[str, Any], where: str) -> Iterator[str]:
    """Check one step of a path: its entity, the document about it, and the sentence that leads there."""
    identity = step["entity_id"]
    if identity:
        entity = store.entity(str(identity))
        if entity is None:
            yield f"{where}: there is no entity {identity!r}"
        elif not _is_called(entity, step["name"]):
            yield f"{where}: {step['name']!r} is no name of the entity {identity!r} ({entity.name!r})"
    if step["document_id"] is not None and store.document(str(step["document_id"])) is None:
        yield f"{where}: there is no document {step['document_id']!r}"
    if step["quote"] is not None:
        yield from _quote(store, step["quote"], where)


def _is_called(entity: Entity, name: str) -> bool:
    """Tell whether an entity goes by a name; answers leave out what tells namesakes apart, "(1944 film)"."""
    names = {entity.name, strip_disambiguation(entity.name), *entity.aliases}
    return name_key(name) in set(map(name_key, names))


def differences(said: object, again: object, where: str = "") -> Iterator[str]:
    """Yield the places where two JSON-able values differ; numbers may differ in their last digits.

    Parameters
    ----------
    said, again : JSON-able
        What was written down, and what is true now.
    where : str
        What to call the value.
    """
    if isinstance(said, Mapping) and isinstance(again, Mapping):
        for key in sorted({*said, *again}, key=str):
            place = f"{where}.{key}" if where else str(key)
            yield from differences(said.get(key), again.get(key), place)
    elif isinstance(said, list | tuple) and isinstance(again, list | tuple) and len(said) == len(again):
        for number, (one, other) in enumerate(zip(said, again, strict=True), 1):
            yield from differences(one, other, f"{where}[{number}]")
    elif isinstance(said, bool) or isinstance(again, bool):
        if said is not again:
            yield f"{where} is {said!r}, asked again it is {again!r}"
    elif isinstance(said, int | float) and isinstance(again, int | float):
        if not abs(said - again) <= _CLOSE:  # so that what is no number is found too
            yield f"{where} is {said!r}, asked again it is {again!r}"
    elif isinstance(said, list | tuple) and isinstance(again, list | tuple):
        yield f"{where} has {len(said)} entries, asked again it has {len(again)}"
    elif said != again:
        yield f"{where} is {said!r}, asked again it is {again!r}"
