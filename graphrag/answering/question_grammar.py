"""The grammar of a question: its question word, the noun and the verb that this belongs to, what it starts from."""

import re

from graphrag.answering.wording import stem
from graphrag.types import ParsedSentence

__all__ = [
    "EMPTY",
    "QUESTION_WORDS",
    "UNTOLD",
    "asks_passive",
    "asks_plural",
    "called_in",
    "counted_of",
    "defined_in",
    "described_in",
    "identified",
    "left_alone",
    "names_in",
    "noun_of",
    "path_length",
    "question_word",
    "side_of",
    "singular",
    "verb_of",
    "whose_event",
    "year_of",
]

# Words that tell nothing of what is asked.
UNTOLD = frozenset(
    "a an the of in on at to for from by with and or is was were are be been has have had do does did who whom whose "
    "what which when where why how that this these those it its he his she her they their i me my we us our you your "
    "as name named called s also not if am can could would will may might must shall should many much into "
    "during about than then there".split()
)
_ASKING = frozenset("who whom whose what which how".split())  # as first words; "when he was old, who …" asks who
QUESTION_WORDS = frozenset("who whom whose what which when where why how".split())
# "What is the name of the river": the river is wanted.
EMPTY = frozenset("name type kind term title part one form sort number".split())
# "The title of captain" is what someone has, not who it is.
_HELD = frozenset("title role position post office rank job award prize example".split())
_FAR = 12  # steps between two words of different trees
_DEEPEST = 25


def singular(noun: str) -> str:
    """Return a noun without the commonest ending of the plural."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-1] if re.search(r"[^su]s$", noun) and noun != "series" else noun


def path_length(sentence: ParsedSentence, one: int, other: int) -> int:
    """Return how many steps lie between two tokens in the tree."""
    up = {token: steps for steps, token in reversed(list(enumerate(way_up(sentence, one))))}
    for steps, token in enumerate(way_up(sentence, other)):
        if token in up:
            return steps + up[token]
    return _FAR


def way_up(sentence: ParsedSentence, token: int) -> list[int]:
    """Return a token and all above it."""
    way = [token]
    while sentence.heads[token] != token and len(way) < _DEEPEST:
        token = sentence.heads[token]
        way.append(token)
    return way


def question_word(question: ParsedSentence, words: list[str]) -> int | None:
    """Return the question word that asks: the first word, or the one in no relative clause and highest in the tree."""
    if words[:1] and words[0] in _ASKING:
        return 0
    found = [token for token, word in enumerate(words) if word in QUESTION_WORDS]

    def rank(token: int) -> tuple[bool, int, int]:
        above = way_up(question, token)
        inside = any(question.relations[other] in ("relcl", "acl") for other in above)
        return inside, len(above), token

    return min(found, key=rank, default=None)


def noun_of(question: ParsedSentence, words: list[str], place: int) -> int | None:
    """Return the noun of "which river" and of "what is the river"."""
    above = question.heads[place]
    head: int | None = None
    if above > place and question.tags[above].startswith("N"):
        head = above
    elif question.tags[place + 1 : place + 2] in (("NN",), ("NNS",)):  # "On which ships did …", read wrongly
        head = place + 1
    else:
        nouns = [
            token
            for token, up in enumerate(question.heads)
            if up == above
            and token != place
            and question.relations[token] in ("nsubj", "attr", "nsubjpass", "dobj")
            and question.tags[token].startswith("N")
        ]
        if nouns and stem(words[above]) in {"is", "was", "are", "were"}:
            head = nouns[0]
    if head is not None and singular(words[head]) in EMPTY:
        inner = [
            token
            for token, up in enumerate(question.heads)
            if question.relations[token] == "pobj" and words[up] == "of" and question.heads[up] == head
        ]
        head = inner[0] if inner else head
    return head


def called_in(question: ParsedSentence, words: list[str]) -> dict[str, frozenset[str]]:
    """Return the stem of each noun that others tell from its like, with theirs: "panda" of "the Panda House"."""
    found: dict[str, set[str]] = {}
    for token, relation in enumerate(question.relations):
        if relation in ("compound", "amod", "nmod", "poss") and question.tags[token] not in ("PRP$", "WP$"):
            found.setdefault(stem(words[question.heads[token]]), set()).add(stem(words[token]))
    return {noun: frozenset(others) for noun, others in found.items()}


def identified(question: ParsedSentence, words: list[str], place: int) -> list[int]:
    """Return the verb of the question word, or the nouns of "who is the wife": what is asked for itself."""
    above = [token for token in way_up(question, place) if question.tags[token].startswith("V")]
    verb = next((token for token in above if not question.relations[token].startswith("aux")), None)
    if verb is None or words[verb] not in ("is", "was", "are", "were"):
        return [place] if verb is None else [place, verb]
    below = [token for token, up in enumerate(question.heads) if up == verb and token != verb]
    # "Where was the captain born": the small model puts "born" beside "was" instead of above it.
    verbs = [t for t in below if question.tags[t] == "VBN" and question.relations[t] in ("acomp", "advcl", "ccomp")]
    return [place, *(verbs or [t for t in below if question.relations[t] in ("nsubj", "attr", "acomp")])]


def side_of(question: ParsedSentence, words: list[str], place: int) -> str:
    """Return whether a person is asked for as the one who does something, or to whom it is done."""
    if len(QUESTION_WORDS.intersection(words)) > 1 or any(
        question.relations[t] == "relcl" for t in way_up(question, place)
    ):
        return ""
    return {"nsubj": "doer", "dobj": "done", "nsubjpass": "done"}.get(question.relations[place], "")


def left_alone(question: ParsedSentence, words: list[str]) -> str:
    """Return the preposition at the end of a question."""
    end = [token for token, word in enumerate(words) if word[0].isalnum()][-1:]
    return words[end[0]] if end and question.tags[end[0]] in ("IN", "RP") else ""


def asks_passive(question: ParsedSentence, words: list[str]) -> bool:
    """Tell whether a question asks what is done to its subject: "what is it written in"."""
    being = any(word in ("is", "was", "are", "were", "been", "being") for word in words)
    return "auxpass" in question.relations or (being and any(tag == "VBN" for tag in question.tags))


def asks_plural(question: ParsedSentence, words: list[str], asked: list[int]) -> bool:
    """Tell whether a noun that is asked for is a plural, as is "kinds" of "which kinds of tea"."""
    above = [question.heads[question.heads[token]] for token in asked if question.relations[token] == "pobj"]
    nouns = [token for token in asked if question.tags[token] in ("NNS", "NNPS")]
    return bool(nouns) or any(question.tags[t] == "NNS" and singular(words[t]) in EMPTY for t in above)


def defined_in(question: ParsedSentence, words: list[str]) -> str:
    """Return the stem of the common noun that a question asks the meaning of: "what is turbidity", "what is a weir"."""
    said = [token for token, word in enumerate(words) if word[:1].isalnum() and word not in ("a", "an")]
    opening = [words[token] for token in said[:2]]
    means = opening in (["what", "does"], ["what", "do"]) and words[said[-1]] == "mean"
    told = said[2:-1] if means else said[2:]
    if not means and opening not in (["what", "is"], ["what", "are"]):
        return ""
    # A verb is asked for only by "what does … mean", where the small model takes nouns for verbs too.
    common = all(question.words[t].islower() and (means or question.tags[t] in ("NN", "NNS", "JJ")) for t in told)
    return stem(singular(words[told[-1]])) if told and common and len(told) < 3 else ""


def names_in(question: ParsedSentence, words: list[str]) -> dict[str, frozenset[str]]:
    """Return the stem of the last word of each name of two words and more, with those of the words before it."""
    found: dict[str, set[str]] = {}
    for token, relation in enumerate(question.relations):
        above = question.heads[token]
        if relation == "compound" and question.tags[token] == question.tags[above] == "NNP":
            found.setdefault(stem(words[above]), set()).add(stem(words[token]))
    return {last: frozenset(before) for last, before in found.items()}


def counted_of(question: ParsedSentence, words: list[str], head: int | None) -> frozenset[str]:
    """Return the stems that tell a noun behind "of" from its like: "parental" of "how many weeks of parental leave"."""
    bys = [t for t, up in enumerate(question.heads) if up == head and words[t] == "of"]
    nouns = [t for t, up in enumerate(question.heads) if up in bys and question.relations[t] == "pobj"]
    return frozenset(
        stem(words[t])
        for t, up in enumerate(question.heads)
        if up in nouns and question.relations[t] in ("amod", "compound")
    )


def year_of(question: ParsedSentence, words: list[str], place: int) -> str:
    """Return the year of what is asked about: "2021" of "how many came in 2021", not of "a song of 1968 …"."""
    above = [token for token in way_up(question, place) if question.tags[token].startswith("V")]
    for token, word in enumerate(words):
        by = question.heads[token]
        told = question.relations[token] == "pobj" and words[by] in ("in", "during") and question.heads[by] in above[:1]
        if told and re.fullmatch(r"1\d{3}|20\d{2}", word):
            return word
    return ""


def whose_event(question: ParsedSentence, words: list[str]) -> frozenset[str]:
    """Return the stems of the names that a question about a life starts from: "weil" of "when was Jonas Weil born"."""
    subjects = [t for t, relation in enumerate(question.relations) if relation in ("nsubj", "nsubjpass")]
    named = [t for t in subjects if question.tags[t] == "NNP"]
    return frozenset(stem(words[token]) for token in named)


def described_in(question: ParsedSentence, words: list[str], asked: list[int]) -> list[int]:
    """Return the nouns for things that a question for someone or a place speaks of without asking which they are.

    These are subjects, possessors, and what follows "of": "captain" of "who is the husband of the captain", but not of
    "who is the captain", "what is the captain's name" and "who held the title of captain".
    """
    found = []
    for token, relation in enumerate(question.relations):
        above = question.heads[token]
        over = question.heads[above] if relation == "pobj" and words[above] == "of" else above
        if token in asked or question.tags[token] not in ("NN", "NNS") or singular(words[token]) in EMPTY:
            continue
        if relation == "nsubj" or (
            (relation == "poss" or (relation == "pobj" and over != above and words[over] not in QUESTION_WORDS))
            and singular(words[over]) not in EMPTY | _HELD
        ):
            found.append(token)
    return found


def verb_of(question: ParsedSentence, words: list[str], place: int) -> str:
    """Return the stem of the first verb above the question word."""
    for token in way_up(question, place):
        if question.tags[token].startswith("V") and not question.relations[token].startswith("aux"):
            verb = "" if words[token] in UNTOLD else stem(words[token])
            return verb or _at_end(question, words, place)
    return ""


def _at_end(question: ParsedSentence, words: list[str], place: int) -> str:
    """Return the stem of the participle that a question ends with: "which language is it written in"."""
    end = [
        token
        for token, tag in enumerate(question.tags)
        if token > place and tag[0].isalpha() and tag not in ("IN", "RP")
    ]
    return stem(words[end[-1]]) if end and question.tags[end[-1]] in ("VBN", "VBD") else ""
