"""Reads a parsed chunk: what a token refers to, whose verb it is, what a noun phrase holds."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from graphrag.extraction.dates import is_date
from graphrag.extraction.mentions import RANKS, VALUE_LABELS, is_capital
from graphrag.extraction.parsed import Parsed, Piece
from graphrag.extraction.subject import Main, is_corporate
from graphrag.lemmas import verb_lemma
from graphrag.types import Term, Triple

__all__ = ["Reader", "Ref"]

_DETERMINERS = frozenset("the a an this that these those some any his her its their".split())
_FILM = frozenset("film movie picture".split())
_FILM_KINDS = _FILM | frozenset("comedy drama musical documentary short thriller western serial adventure".split())
_RELATIVE = frozenset("who whom which that whose".split())
_YEAR = re.compile(r"\d{3,4}")


@dataclass(frozen=True, slots=True)
class Ref:
    """What a token refers to: where it is said, the name that is meant, and how sure that is."""

    start: int
    end: int
    text: str
    sure: float = 1.0


@dataclass(slots=True)
class Reader:
    """One chunk while its statements are read.

    Parameters
    ----------
    parsed : Parsed
        The chunk.
    pieces : list of Piece
        Its mentions, in order and without overlap.
    main : Main
        What it is about.
    """

    parsed: Parsed
    pieces: list[Piece]
    main: Main
    found: list[Triple] = field(default_factory=list)
    piece_at: list[Piece | None] = field(init=False)
    lower: list[str] = field(init=False)
    values: frozenset[Piece] = field(init=False)
    dates: dict[int, Piece] = field(init=False)  # verb -> the date said with it

    def __post_init__(self) -> None:
        self.piece_at = [None] * len(self.parsed.words)
        for piece in self.pieces:
            for i in range(piece.start, piece.end):
                self.piece_at[i] = piece
        self.lower = [word.casefold() for word in self.parsed.words]
        self.dates = {}
        self.values = frozenset(piece for piece in self.pieces if piece.label in VALUE_LABELS)
        for piece in self.pieces:
            if piece.label == "DATE" and self.is_dated(piece):
                verb = self._verb_above(piece.end - 1)
                self.dates.setdefault(verb, piece)

    def is_dated(self, piece: Piece | None) -> bool:
        """Tell whether a piece is a date that names a year."""
        return (
            piece is not None
            and piece.label in ("DATE", "CARDINAL", "TIME")
            and _dated(self.parsed.slice(piece.start, piece.end))
        )

    def is_verb(self, i: int) -> bool:
        """Tell whether token ``i`` is a verb, no auxiliary."""
        return self.parsed.tags[i].startswith("VB") and not self.parsed.deps[i].startswith("aux")

    def _verb_above(self, i: int) -> int:
        for _ in range(6):
            if self.parsed.tags[i].startswith("VB") or self.parsed.heads[i] == i:
                break
            i = self.parsed.heads[i]
        return i

    def when(self, verb: int) -> str:
        """Return the date said with a verb, empty where there is none."""
        piece = self.dates.get(verb)
        return self.parsed.slice(piece.start, piece.end) if piece else ""

    def name_at(self, i: int) -> Piece | None:
        """Return the name (no value) that token ``i`` is part of; a single capitalised noun is one."""
        piece = self.piece_at[i]
        if piece is not None:
            if piece.label == "NORP":  # a person's name taken for a demonym, unless a noun follows
                after = self.parsed.tags[piece.end] if piece.end < len(self.piece_at) else "."
                single = self.parsed.tags[piece.end - 1] == "NNP" and piece.end - piece.start > 1
                return piece if single and not after.startswith(("NN", "JJ", "HYPH")) else None
            return None if piece.label in VALUE_LABELS else piece
        if self.parsed.tags[i].startswith("NNP") and is_capital(self.parsed.words[i]):
            return self.piece_or_word(i)
        return None

    def piece_or_word(self, i: int) -> Piece:
        """Return the mention that token ``i`` is part of, or the run of proper nouns outside mentions from it on."""
        piece = self.piece_at[i]
        if piece is not None:
            return piece
        end = i + 1
        while (
            end < len(self.piece_at)
            and self.piece_at[end] is None
            and self.parsed.tags[end].startswith("NNP")
            and is_capital(self.parsed.words[end])
        ):
            end += 1
        return Piece(i, end, "NAME")

    def ref(self, piece: Piece) -> Ref:
        """Return a name as a reference; a short form of the chunk's subject means that subject."""
        text = self.parsed.slice(piece.start, piece.end)
        first_end = self.parsed.bounds[self.parsed.first][1]
        if piece.start == 0 and self.main.end == 1:
            return Ref(0, 1, self.main.name)
        if (piece.start < self.main.end and piece.end <= first_end and self._leads(piece)) or (
            self.main.person and piece.label in ("PERSON", "NAME", "ORG", "GPE") and self.main.is_named_by(text)
        ):
            return Ref(piece.start, piece.end, self.main.name, 0.95)
        return Ref(piece.start, piece.end, text)

    def _leads(self, piece: Piece) -> bool:
        """Tell whether a piece before the first verb names the chunk's subject rather than something about it."""
        return piece.start == self.parsed.bounds[self.parsed.first][0] or self.main.is_named_by(
            self.parsed.slice(piece.start, piece.end)
        )

    def main_ref(self, start: int, end: int, sure: float) -> Ref | None:
        """Return the chunk's subject, said by the tokens ``start`` to ``end``."""
        return Ref(start, end, self.main.name, sure) if self.main.name else None

    def referent(self, i: int, depth: int = 0) -> Ref | None:
        """Return what token ``i`` refers to, None where that is not a name or not safe to tell."""
        parsed = self.parsed
        if i < 0 or depth > 4:
            return None
        if i < self.main.end == 1:
            return self.main_ref(0, 1, 1.0)
        if parsed.tags[i].startswith("PRP"):
            return self._pronoun(i)
        piece = self.name_at(i)
        if piece is not None:
            words = parsed.words
            numbered = words[piece.start][0].isdigit() and words[min(piece.start + 1, piece.end - 1)] in RANKS
            if numbered or (piece.start > 0 and words[piece.start - 1] == "," and words[piece.start] in RANKS):
                return None  # a title after a name
            return self.ref(piece)
        word = self.lower[i]
        if i < self.main.end and i < parsed.bounds[parsed.first][1] and parsed.deps[i].startswith("nsubj"):
            return self.main_ref(parsed.bounds[parsed.first][0], i + 1, 0.9)
        if parsed.deps[i] in ("attr", "appos", "conj"):
            head = parsed.heads[i]
            if parsed.deps[i] == "attr":
                return self.referent(self.subject(head), depth + 1)
            if self.piece_at[head] is not None or parsed.deps[head] in ("attr", "appos"):
                return self.referent(head, depth + 1)
        if self._means_main(i, word):
            return self.main_ref(self.left(i), i + 1, 0.85)
        named = parsed.kid(i, "appos")
        if named > i and (name := self.name_at(named)) is not None and word not in ("son", "daughter"):
            return self.ref(name)
        return None

    def _means_main(self, i: int, word: str) -> bool:
        """Tell whether "the film" or "the band" means the chunk's subject."""
        classes = self.main.classes
        if word not in classes and not (word in _FILM and classes & _FILM_KINDS):
            return False
        det = self.parsed.kid(i, "det")
        if det < 0 or self.lower[det] not in ("the", "this"):
            return False
        return all(
            self.parsed.deps[k] in ("det", "prep", "acl", "relcl", "punct", "appos") for k in self.parsed.kids[i]
        )

    def _pronoun(self, i: int) -> Ref | None:
        """Return whom a pronoun means: the chunk's subject, or the only other person said just before."""
        word = self.lower[i]
        if self.main.accepts(word):
            return self.main_ref(i, i + 1, 0.85)
        if word not in ("he", "she", "his", "her", "him"):
            return None
        number = next((n for n, (a, b) in enumerate(self.parsed.bounds) if a <= i < b), 0)
        first = self.parsed.bounds[max(number - 1, 0)][0]
        others = {}
        for piece in self.pieces:
            text = self.parsed.slice(piece.start, piece.end)
            if piece.label == "PERSON" and first <= piece.start < i and not self.main.is_named_by(text):
                others[text.split()[-1]] = Ref(i, i + 1, text, 0.6)
        return next(iter(others.values())) if len(others) == 1 else None

    def owner(self, noun: int) -> Ref | None:
        """Return whose ``noun`` is: "his wife", "Foo's wife"."""
        token = self.parsed.kid(noun, "poss")
        return self.referent(token)

    def subject(self, verb: int, depth: int = 0) -> int:
        """Return the token that is the subject of a verb (of a participle: what it describes), -1 where none."""
        parsed = self.parsed
        if depth > 6:
            return -1
        own = parsed.kid(verb, "nsubj", "nsubjpass")
        if own >= 0 and not (self.lower[own] in _RELATIVE and parsed.tags[own].startswith(("W", "DT", "IN"))):
            return own
        dep, head = parsed.deps[verb], parsed.heads[verb]
        if own >= 0 and dep != "relcl":
            while dep in ("conj", "xcomp") and head != verb:
                verb, dep, head = head, parsed.deps[head], parsed.heads[head]
            return head if dep == "relcl" else -1
        if dep in ("relcl", "acl"):
            return head
        if dep in ("conj", "xcomp", "advcl", "pcomp", "prep") and head != verb:
            if parsed.tags[head].startswith(("VB", "IN")):
                return self.subject(head, depth + 1)
            if dep in ("conj", "advcl"):
                return head
        return -1

    def is_passive(self, verb: int) -> bool:
        """Tell whether a verb is a passive or a past participle that describes something."""
        parsed = self.parsed
        if parsed.kid(verb, "nsubjpass", "auxpass") >= 0:
            return True
        if parsed.tags[verb] != "VBN" or parsed.kid(verb, "aux", "nsubj") >= 0:
            return False
        if parsed.deps[verb] == "conj" and parsed.tags[parsed.heads[verb]] == "VBN":
            return self.is_passive(parsed.heads[verb])
        return parsed.deps[verb] in ("acl", "advcl", "ROOT", "conj", "amod", "ccomp")

    def left(self, i: int) -> int:
        """Return the first token of the noun phrase of ``i``, its determiner included."""
        parsed, first = self.parsed, i
        for child in parsed.kids[i]:
            if child < first and parsed.deps[child] in (
                "det", "amod", "compound", "nummod", "poss", "nmod", "quantmod", "advmod", "npadvmod", "predet",
            ):  # fmt: skip
                first = min(first, self.left(child))
        return first

    def phrase(self, i: int) -> Ref:
        """Return the noun phrase of token ``i`` as said, without its article."""
        piece = self.piece_at[i]
        first = min(self.left(i), piece.start if piece else i)
        last = max(i + 1, piece.end if piece else 0)
        while first < i and (self.lower[first] in _DETERMINERS or not self.lower[first][0].isalnum()):
            first += 1
        return Ref(first, last, self.parsed.slice(first, last))

    def lemma(self, verb: int) -> str:
        """Return the base form of a verb with its particle: "set up"."""
        particle = self.parsed.kid(verb, "prt")
        base = verb_lemma(self.parsed.words[verb])
        return f"{base} {self.lower[particle]}" if particle >= 0 else base

    def is_person(self, ref: Ref) -> bool:
        """Tell whether a reference means a person."""
        if ref.text == self.main.name:
            return self.main.person
        piece = self.piece_at[ref.start]
        return piece is not None and piece.label == "PERSON" and not is_corporate(ref.text)

    def add(self, subject: Ref, predicate: str, target: Ref, sentence: int, confidence: float, when: str = "") -> None:
        """Keep a statement, unless its sides are the same, empty, a mere rank or cut off in a parenthesis."""
        if not subject.text or not target.text or subject.text == target.text:
            return
        if target.text in RANKS or any(side.count("(") != side.count(")") for side in (subject.text, target.text)):
            return
        self.found.append(
            Triple(
                subject=Term(self.parsed.span(subject.start, subject.end), subject.text),
                predicate=predicate,
                object=Term(self.parsed.span(target.start, target.end), target.text),
                sentence=self.parsed.sentences[sentence],
                when=when,
                confidence=round(confidence * subject.sure * target.sure, 3),
            )
        )


@lru_cache(maxsize=20_000)
def _dated(text: str) -> bool:
    return is_date(text) or _YEAR.search(text) is not None
