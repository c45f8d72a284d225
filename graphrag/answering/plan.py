"""What a question asks, without an LLM: its names, the chain of relations from each, and how they are compared."""

import re
from collections.abc import Sequence

from graphrag.answering.comparisons import detect_comparison
from graphrag.answering.forms import Branch, Chain, Comparison, Hop, QuestionForm
from graphrag.answering.grammar import unread_clause
from graphrag.answering.phrases import Asked, asks_for_several, parse_question
from graphrag.answering.relations import NOUN_READINGS, ROLES, noun_readings
from graphrag.text import strip_disambiguation, word_spans
from graphrag.types import Span

__all__ = ["analyse"]

_TOKEN = re.compile(r"§\d+|'s\b|[^\W_]+(?:[-.][^\W_]+)*|,")
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_RANK = re.compile(
    r"(?:\d|(?:duke|count|earl|prince|king|lord|baron|duchess|countess|queen|margrave|landgrave|viscount|marquess"
    r"|princess|emperor|elector|jr|sr|junior|senior)\b)",
    re.IGNORECASE,
)
_LONGEST = 80  # words of a question that are read
_MOST_CHARACTERS, _MOST_WORDS = 20_000, 2_000  # of a question that are analysed: names are compared with each other
_QUESTION_WORDS = frozenset(
    "who whom whose what which where when why how is are was were do does did has have had can could in on at of the a "
    "an both between among name list tell give film song movie director composer performer author wife husband".split()
)


def analyse(question: str, names: Sequence[tuple[Span, str]] = ()) -> QuestionForm:
    """Take a question apart.

    Parameters
    ----------
    question : str
        The question as asked.
    names : sequence of (Span, str)
        The entity names found in it: where in the question, and the name as the dictionary has it.  They may overlap;
        longer ones win.  Runs of capitalised words that no name covers are taken for names too.

    Returns
    -------
    QuestionForm
        Pure: depends on nothing but the arguments.  Of very long questions only the beginning is analysed.
    """
    whole, question = question, _beginning(question)
    names = [(span, name) for span, name in names if span.end <= len(question)]
    found = _settle_names(question, names)
    asked_comparison = detect_comparison(question, found)
    residual = _residual(question, [span for span, _ in found])
    if asked_comparison is not None:
        options, chains, comparison = asked_comparison
        branches = tuple(
            Branch(name, _written(question[span.start : span.end], name), span, chains) for span, name in options
        )
        answer = "yes/no" if comparison.order in ("same", "verify") else "choice"
        subs = _sub_questions(branches, comparison)
        return QuestionForm(whole, "comparison", answer, branches, comparison, residual, subs)
    masked = _mask(question, [span for span, _ in found])
    asked = parse_question(masked)
    branches = _branches(question, found, asked)
    unread = unread_clause(masked, asked.chains)
    kind = "multi-hop" if branches and any(len(chain) > 1 for chain in branches[0].chains) else "plain"
    subs, several = _sub_questions(branches, None), asks_for_several(masked)
    return QuestionForm(whole, kind, asked.kind, branches, None, residual, subs, unread, several)


def _beginning(question: str) -> str:
    """Return the part of a question that is analysed."""
    cut = question[:_MOST_CHARACTERS]
    end = next((match.end() for number, match in enumerate(re.finditer(r"\S+", cut), 1) if number == _MOST_WORDS), None)
    return cut if end is None else cut[:end]


def _branches(question: str, found: list[tuple[Span, str]], asked: Asked) -> tuple[Branch, ...]:
    """Make the branch of the name the chain starts from; the other names are left as context."""
    order = list(range(len(found)))
    if asked.name is not None:
        order.remove(asked.name)
        order.insert(0, asked.name)
    branches = []
    for position, number in enumerate(order):
        span, name = found[number]
        chains: tuple[Chain, ...] = asked.chains if position == 0 else ((),)
        branches.append(Branch(name, _written(question[span.start : span.end], name), span, chains))
    return tuple(branches)


def _settle_names(question: str, names: Sequence[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """Return the names without overlaps, in order, each with its disambiguation and its capitalised neighbours."""
    capitals = [run for run in _capital_runs(question) if not _is_role(question[run.start : run.end])]
    chosen: list[tuple[Span, str]] = []
    for span, name in sorted(names, key=lambda item: (item[0].start - item[0].end, item[0].start, item[1])):
        if (
            span.start < span.end
            and not _is_relation(question[span.start : span.end])
            and not _is_role(question[span.start : span.end])
            and not any(span.start < c.end and c.start < span.end for c, _ in chosen)
        ):
            chosen.append((span, name))
    grown: list[tuple[Span, str]] = []
    for span, name in sorted(chosen):
        cover = next((c for c in capitals if c.start <= span.start and span.end <= c.end and c != span), None)
        if cover is not None and not any(o != span and cover.start < o.end and o.start < cover.end for o, _ in chosen):
            span, name = cover, question[cover.start : cover.end]
        grown.append((span, name))
    for run in capitals:
        if not any(run.start < c.end and c.start < run.end for c, _ in grown):
            grown.append((run, question[run.start : run.end]))
    grown.sort()
    return _merge_ranks(question, [(_with_brackets(question, span), name) for span, name in grown])


_TOLD_APART = re.compile(
    r"\([^()]*\b(?:\d{4}|film|movie|song|album|single|band|series|miniseries|serial|novel|book|play|opera"
    r"|musical|magazine|game|singer|musician"
    r"|actor|actress|director|footballer|politician|player|writer|author|artist|rapper|painter|born"
    r"|disambiguation)\b[^()]*\)\s*$",
    re.IGNORECASE,
)


def _written(written: str, name: str) -> str:
    """Return a name without the brackets that only tell it from others; "(That's My Home)" belongs to its song."""
    known = re.search(r"\(([^()]*)\)\s*$", name)
    if known and known.group(1)[:1].isupper() and not _TOLD_APART.search(name):
        return written
    return strip_disambiguation(written)


def _is_relation(written: str) -> bool:
    """Tell whether a name is written like a relation ("place of birth"), which some document may be about."""
    tokens = written.split()
    return written.islower() and noun_readings(tokens)[0] == len(tokens)


def _is_role(written: str) -> bool:
    """Tell whether capitals write a role ("CEO", "Chief Executive Officer"), not a name."""
    reading = NOUN_READINGS.get(written.lower())
    return reading is not None and reading[0][0].relation in ROLES


def _with_brackets(question: str, span: Span) -> Span:
    """Extend a name by the disambiguation that follows it in brackets."""
    if question[span.end : span.end + 1] == ")" and question.count("(", span.start, span.end) == 1:
        return Span(span.start, span.end + 1)
    match = _BRACKETS.match(question, span.end)
    return Span(span.start, match.end()) if match else span


def _merge_ranks(question: str, names: list[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """Join "George Tuchet" and "1st Earl of Castlehaven", which a comma separates."""
    merged: list[tuple[Span, str]] = []
    for span, name in names:
        if merged and span.start < merged[-1][0].end:
            continue
        gap = question[merged[-1][0].end : span.start] if merged else ""
        if (
            merged
            and re.fullmatch(r",\s+(?:the\s+)?(?:\d+[a-z]*\s+)?", gap, re.IGNORECASE)
            and _RANK.match(question, span.start)
        ):
            whole = Span(merged[-1][0].start, span.end)
            merged[-1] = (whole, question[whole.start : whole.end])
        else:
            merged.append((span, name))
    return merged


def _capital_runs(question: str) -> list[Span]:
    """Return runs of capitalised words, small words between them included, question words at the front left out."""
    runs: list[Span] = []
    start: int | None = None
    end = 0
    for span in word_spans(question):
        word = question[span.start : span.end]
        gap = question[end : span.start] if start is not None else ""
        capital = word[0].isupper() or (word[0].isdigit() and start is not None and gap in (" ", ", "))
        if start is None:
            if capital and word.lower().removesuffix("'s") not in _QUESTION_WORDS and not word[0].isdigit():
                start, end = span.start, span.end
        elif capital and re.fullmatch(r"\s|[-.]\s?|:\s", gap) and not re.search(r"['’]s$", question[start:end]):
            end = span.end
        else:
            runs.append(Span(start, end))
            start = span.start if capital and word.lower() not in _QUESTION_WORDS and not word[0].isdigit() else None
            end = span.end
    if start is not None:
        runs.append(Span(start, end))
    runs = [run for run in runs if run.start > 0 or " " in question[run.start : run.end]]
    return [_without_possessive(question, run) for run in runs]


def _without_possessive(question: str, span: Span) -> Span:
    """Cut "'s" from the end of a name."""
    match = re.search(r"['’]s$", question[span.start : span.end])
    return Span(span.start, span.start + match.start()) if match else span


def _mask(question: str, spans: Sequence[Span]) -> list[str]:
    """Return the question's lower-case words, names as ``§n``; of very long questions those around the first name."""
    pieces, last = [], 0
    plain = question.replace("§", " ")
    for number, span in enumerate(spans):
        pieces += [plain[last : span.start].lower(), f" §{number} "]
        last = span.end
    pieces.append(plain[last:].lower())
    text = "".join(pieces).replace("’", "'")
    tokens = [token for token in _TOKEN.findall(text) if token != ","]
    first = next((i for i, token in enumerate(tokens) if token.startswith("§")), 0)
    start = max(0, first - _LONGEST // 2) if len(tokens) > _LONGEST else 0
    return tokens[start : start + _LONGEST]


def _residual(question: str, spans: Sequence[Span]) -> str:
    """Return the question without its names."""
    pieces, last = [], 0
    for span in spans:
        pieces.append(question[last : span.start])
        last = span.end
    pieces.append(question[last:])
    return " ".join(" ".join(pieces).split())


_SAID = {
    "born on": "When was {0} born?",
    "died on": "When did {0} die?",
    "born in": "Where was {0} born?",
    "died in": "Where did {0} die?",
    "buried in": "Where was {0} buried?",
    "released in": "When did {0} come out?",
    "nationality": "What nationality is {0}?",
    "country": "Which country is {0} from?",
    "located in": "Where is {0}?",
    "lifespan": "How long did {0} live?",
    "educated at": "Where did {0} study?",
    "works for": "Where does {0} work?",
    "died of": "What did {0} die of?",
    "founded on": "When was {0} founded?",
}


def _sub_questions(branches: tuple[Branch, ...], comparison: Comparison | None) -> tuple[str, ...]:
    """Say each hop as a question of its own; an answer not known yet is called by its relation."""
    said: list[str] = []
    for branch in branches:
        known = branch.written
        chain = branch.chains[0] if branch.chains else ()
        for hop in chain:
            said.append(_say(hop, known))
            known = f"the {hop.wanted or hop.relation.removesuffix(' by')} of {known}"
        if comparison is not None and comparison.order != "verify":
            said.append(_SAID.get(comparison.relation, "What is the " + comparison.relation + " of {0}?").format(known))
    return tuple(dict.fromkeys(said)) if len(said) > 1 else ()


def _say(hop: Hop, known: str) -> str:
    """Say one hop as a question."""
    if hop.relation in _SAID:
        return _SAID[hop.relation].format(known)
    if hop.relation.endswith(" by"):
        return f"Who is the {hop.wanted}?" if not known else f"{known}: {hop.relation} whom?"
    return f"{known}: {hop.relation}?"
