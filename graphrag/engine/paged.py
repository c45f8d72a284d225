"""Says on which pages of their documents the quotes of a result stand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from graphrag.documents.pages import page_of
from graphrag.stores.reading import Reader
from graphrag.types import Answer, Event, Evidence, Quote, SearchResult, Step

__all__ = ["paged_answer", "paged_event", "paged_search"]


def paged_search(result: SearchResult, store: Reader) -> SearchResult:
    """Return a search result whose quotes say their pages."""
    pages = _Pages(store, _quotes_of(result.passages))
    return replace(result, passages=pages.on_evidence(result.passages)) if pages else result


def paged_answer(answer: Answer, store: Reader) -> Answer:
    """Return an answer whose quotes say their pages."""
    pages = _Pages(store, [*answer.citations, *_quotes_on(answer.path), *_quotes_of(answer.evidence)])
    if not pages:
        return answer
    return replace(
        answer,
        citations=pages.on_quotes(answer.citations),
        path=pages.on_path(answer.path),
        evidence=pages.on_evidence(answer.evidence),
    )


def paged_event(event: Event, store: Reader) -> Event:
    """Return a step of an answer whose quotes say their pages."""
    value = event.value
    if event.kind == "evidence":
        value = _Pages(store, _quotes_of(value)).on_evidence(value)
    elif event.kind == "citations":
        value = _Pages(store, value).on_quotes(value)
    elif event.kind == "done":
        value = paged_answer(value, store)
    return replace(event, value=value)


def _quotes_on(path: Sequence[Step]) -> Iterator[Quote]:
    """Yield the quotes of a path."""
    return (step.quote for step in path if step.quote is not None)


def _quotes_of(evidence: Sequence[Evidence]) -> Iterator[Quote]:
    """Yield the quotes of passages."""
    for found in evidence:
        yield from found.quotes
        yield from _quotes_on(found.path)


class _Pages:
    """The pages of some quotes; false where no document of them has pages."""

    def __init__(self, store: Reader, quotes: Sequence[Quote] | Iterator[Quote]) -> None:
        documents = sorted({quote.document_id for quote in quotes})
        found = store.metadata_of(documents) if documents else {}
        self._metadata = {identity: metadata for identity, metadata in found.items() if "page_starts" in metadata}

    def __bool__(self) -> bool:
        return bool(self._metadata)

    def on_quotes(self, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
        """Return quotes with their pages."""
        return tuple(map(self._on_quote, quotes))

    def on_path(self, path: Sequence[Step]) -> tuple[Step, ...]:
        """Return a path with the pages of its quotes."""
        return tuple(step if step.quote is None else replace(step, quote=self._on_quote(step.quote)) for step in path)

    def on_evidence(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """Return passages with the pages of their quotes."""
        return tuple(
            replace(found, quotes=self.on_quotes(found.quotes), path=self.on_path(found.path)) for found in evidence
        )

    def _on_quote(self, quote: Quote) -> Quote:
        """Return a quote with its page."""
        metadata = self._metadata.get(quote.document_id)
        return quote if metadata is None else replace(quote, page=page_of(metadata, quote.span.start))
