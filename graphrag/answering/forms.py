"""What a question asks, as values: hops along relations, branches that start at names, and comparisons."""

from dataclasses import dataclass

from graphrag.types import Span

__all__ = ["Branch", "Chain", "Comparison", "Hop", "QuestionForm"]


@dataclass(frozen=True, slots=True)
class Hop:
    """One step from a known thing to an unknown one."""

    relation: str  # canonical predicate, or the question's own words where there is none ("largest river")
    kind: str  # what the step leads to: "person", "place", "date", "number", "work", "thing", …
    wanted: str = ""  # the noun the question uses for it: "state", "wife", "year"
    inverse: bool = False  # the known thing is the relation's object: "the film that X directed"
    open: bool = False  # the relation is words of the question, not a canonical predicate


Chain = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A thing that the question names, and the ways to read what is asked of it, the likeliest first."""

    name: str  # as the dictionary of names has it, or as the question writes it
    written: str  # as the question writes it, without a disambiguation in brackets
    span: Span  # in the question
    chains: tuple[Chain, ...] = ((),)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the branches are compared.

    ``order`` is "least" or "greatest" (the answer is the name of the branch), "same" (the answer is yes or no) or
    "verify" (one branch's value is compared with a name or value in the question).
    """

    order: str
    relation: str  # the predicate whose values are compared; "lifespan" for died minus born
    kind: str
    value: str = ""  # for "verify": what the question claims


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """A question taken apart."""

    question: str
    kind: str  # "plain", "multi-hop" or "comparison"
    answer_kind: str  # person, place, country, nationality, date, year, number, yes/no, choice, work, organisation, …
    branches: tuple[Branch, ...]
    comparison: Comparison | None
    residual: str  # the question without its names
    sub_questions: tuple[str, ...]
    unread: bool = False  # a relative clause has a verb of its own that no hop of the chain stands for
    several: bool = False  # a plural is asked for: "who are the founders of X", "which children"
