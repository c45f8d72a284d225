"""The grammar of questions and of sentences found, for the reader of answers."""

import functools
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphrag.extraction.spacy_ie import PIPELINE, load_pipeline
from graphrag.types import ParsedSentence

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["SentenceParser"]

_KEPT = 20_000  # parses, about 3 kB each: questions on one subject meet the same sentences again
_LONGEST = 2_000  # characters of a sentence that are parsed


class SentenceParser:
    """Parses with a spaCy pipeline, which is loaded when the first sentence comes; safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: dict[str, ParsedSentence] = {}
        self._lock = threading.Lock()

    @functools.cached_property
    def _nlp(self) -> "Language":
        return load_pipeline(PIPELINE)

    def parse(self, sentences: Sequence[str]) -> list[ParsedSentence]:
        """Return the parse of each sentence, in order; of very long ones only the beginning is parsed.

        Raises
        ------
        MissingExtra
            The pipeline is not installed.
        """
        with self._lock:
            if len(self._kept) > _KEPT:
                self._kept.clear()
            new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._kept]
            # spaCy refuses half characters; the mark that stands for one is as long.
            texts = [sentence[:_LONGEST].encode("utf-8", "replace").decode() for sentence in new]
            parsed = self._nlp.pipe(texts) if new else ()
            self._kept.update(zip(new, map(_read, parsed), strict=True))
            return [self._kept[sentence] for sentence in sentences]


def _read(doc: "Doc") -> ParsedSentence:
    """Return a parsed sentence as plain values."""
    tokens = [(token.text, token.idx, token.head.i, token.dep_, token.tag_) for token in doc]
    words, starts, heads, relations, tags = zip(*tokens, strict=True) if tokens else ((), (), (), (), ())
    names = tuple((name.start, name.end, name.label_) for name in doc.ents)
    return ParsedSentence(doc.text, words, starts, heads, relations, tags, names)
