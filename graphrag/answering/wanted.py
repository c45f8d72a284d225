"""What a question wants, read from its grammar: the question word, the noun it stands by, the type of thing."""

import re
from dataclasses import dataclass

from graphrag.answering.events import event_of
from graphrag.answering.properties import measured_by
from graphrag.answering.wording import stem
from graphrag.types import ParsedSentence

__all__ = ["UNTOLD", "Wanted", "path_length", "singular", "wanted_of", "wants_yes_or_no"]

# Words that tell nothing of what is asked.
UNTOLD = frozenset(
    "a an the of in on at to for from by with and or is was were are be been has have had do does did who whom whose "
    "what which when where why how that this these those it its he his she her they their as name named called s also "
    "not can could would will may might many much into during about than then there".split()
)
_WORDS = frozenset("who whom whose what which when where why how".split())
_AUXILIARIES = frozenset("is are was were do does did has have had can could will would may might must should".split())
_RELATIVES = frozenset("who whom whose which that".split())
_PERSONS = frozenset("who whom whose".split())
_MEASURES = frozenset("long old far tall high large big often fast deep wide heavy".split())
# "What is the name of the river": the river is wanted.
_EMPTY = frozenset("name type kind term title part one form sort number".split())
_TYPES = {
    "person": "person man woman actor actress singer player president king queen leader author writer founder director "
    "emperor composer musician artist scientist politician physicist general philosopher poet rapper footballer mother "
    "father wife husband son daughter brother sister producer coach",
    "organisation": "company team organization organisation university school college group band party club agency "
    "network channel magazine newspaper league corporation government publisher label family station conference "
    "academy institution church army",
    "place": "city country place location state town area region county river island continent nation province village "
    "district street building stadium museum mountain lake ocean venue park neighborhood airport hall capital",
    "date": "year date day century decade month time era period season age",
    "amount": "percentage percent amount number population size price cost distance length height speed weight rate "
    "temperature",
    "work": "film movie song album book novel show series game episode play poem magazine opera act treaty award medal "
    "prize war battle event festival",
    "people": "nationality religion ethnicity people tribe",
    "language": "language",
}
_TYPE_OF = {noun: kind for kind, nouns in reversed(_TYPES.items()) for noun in nouns.split()}
# "The title of captain" is what someone has, not who it is.
_HELD = frozenset("title role position post office rank job award prize example".split())
# Nouns whose values stand in texts without them.
_ANY = frozenset("example class category kind nature time place side way reason result idea concept thing".split())
_PRICED = frozenset("cost costs earn earns earned pay pays paid".split())
_FAR = 12  # steps between two words of different trees
_DEEPEST = 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants."""

    asks: str  # "who", "when", "where", "how many", "how long", "which", "why", "how", or "other"
    noun: str  # what the question word stands by, singular: "which river" -> "river"; empty where there is none
    kind: str  # of thing that the noun names: "person", "place", …; empty where that is not known
    verb: str  # stem of the verb that the question word belongs to; empty for "be", "have" and "do"
    closeness: dict[str, float]  # stem of each telling word -> 1 at the question word, less with each step in the tree
    event: str = ""  # of a life, or the kin: "birth", "death", "marriage", …; empty where none is asked for
    properties: tuple[str, ...] = ()  # nouns of which one must be told: "salary" of "what is the salary of X"
    measures: tuple[str, ...] = ()  # what an answer is measured in: "length" of "how tall", "money" of "the price"
    several: bool = False  # a plural is asked for: "which rivers", "who are the founders"
    described: frozenset[str] = frozenset()  # stems of nouns for things that the question starts from: "X's captain"


def wanted_of(question: ParsedSentence) -> Wanted:
    """Read what a question wants."""
    words = [word.lower() for word in question.words]
    place = _question_word(question, words)
    closeness: dict[str, float] = {}
    for token, word in enumerate(words):
        if word not in UNTOLD and token != place and any(map(str.isalnum, word)):
            steps = 3 if place is None else path_length(question, token, place)
            closeness[stem(word)] = max(closeness.get(stem(word), 0.0), 2.0 ** (-steps / 2))
    if place is None:
        return Wanted("other", "", "", "", closeness)
    asks, head = _asked(question, words, place)
    noun = "" if head is None else singular(words[head])
    verb = _verb(question, words, place)
    asked = _identified(question, words, place)
    last = [token for token, word in enumerate(words) if word.isalpha()][-1:] if asks in ("when", "where") else []
    own = [token for token in [*asked, *last] if not _RELATIVES & set(words[place + 1 : token])]
    event = next((event for token in own if (event := event_of(words[token]))), "")
    described: frozenset[str] = frozenset()
    if asks in ("who", "where"):
        itself = {stem(words[token]) for token in asked}
        described = frozenset(stem(words[token]) for token in _described(question, words, asked)) - itself
    asked_nouns = _asked_nouns(question, words, asked, asks)
    properties = tuple(n for n in asked_nouns if n not in _EMPTY | _ANY and _TYPE_OF.get(n) != "amount")
    measures = _measures(words, place, asked_nouns)
    several = asks in ("who", "which") and _plural(question, words, [*asked, *([] if head is None else [head])])
    kind = _TYPE_OF.get(noun, "")
    return Wanted(asks, noun, kind, verb, closeness, event, properties, measures, several, described)


def wants_yes_or_no(question: ParsedSentence) -> bool:
    """Tell whether a question can only be answered by yes or no: "Is it red?", not "Is it red or blue?"."""
    words = [word.lower() for word in question.words if any(map(str.isalnum, word))]
    if not words or words[0] not in _AUXILIARIES or words[1:2] == ["you"]:  # "Can you name …"
        return False
    return "or" not in words and not _WORDS & set(words)


def singular(noun: str) -> str:
    """Return a noun without the commonest ending of the plural."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-1] if re.search(r"[^su]s$", noun) and noun != "series" else noun


def path_length(sentence: ParsedSentence, one: int, other: int) -> int:
    """Return how many steps lie between two tokens in the tree."""
    up = {token: steps for steps, token in reversed(list(enumerate(_way_up(sentence, one))))}
    for steps, token in enumerate(_way_up(sentence, other)):
        if token in up:
            return steps + up[token]
    return _FAR


def _way_up(sentence: ParsedSentence, token: int) -> list[int]:
    """Return a token and all above it."""
    way = [token]
    while sentence.heads[token] != token and len(way) < _DEEPEST:
        token = sentence.heads[token]
        way.append(token)
    return way


def _question_word(question: ParsedSentence, words: list[str]) -> int | None:
    """Return the question word that asks: the one that stands in no relative clause, and highest in the tree."""
    found = [token for token, word in enumerate(words) if word in _WORDS]

    def rank(token: int) -> tuple[bool, int, int]:
        above = _way_up(question, token)
        inside = any(question.relations[other] in ("relcl", "acl") for other in above)
        return inside, len(above), token

    return min(found, key=rank, default=None)


def _asked(question: ParsedSentence, words: list[str], place: int) -> tuple[str, int | None]:
    """Return the way of asking, and the noun that the question word stands by."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) else ""
    if word in _PERSONS:
        return "who", None
    if word == "how":
        if following in ("many", "much"):
            counted = question.heads[place + 1]
            return "how many", counted if counted > place + 1 else None
        return ("how long", None) if following in _MEASURES else ("how", None)
    if word in ("what", "which"):
        return "which", _noun_of(question, words, place)
    return word, None


def _noun_of(question: ParsedSentence, words: list[str], place: int) -> int | None:
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
    if head is not None and singular(words[head]) in _EMPTY:
        inner = [
            token
            for token, up in enumerate(question.heads)
            if question.relations[token] == "pobj" and words[up] == "of" and question.heads[up] == head
        ]
        head = inner[0] if inner else head
    return head


def _identified(question: ParsedSentence, words: list[str], place: int) -> list[int]:
    """Return the verb of the question word, or the nouns of "who is the wife": what is asked for itself."""
    above = [token for token in _way_up(question, place) if question.tags[token].startswith("V")]
    verb = next((token for token in above if not question.relations[token].startswith("aux")), None)
    if verb is None or words[verb] not in ("is", "was", "are", "were"):
        return [place] if verb is None else [place, verb]
    below = [token for token, up in enumerate(question.heads) if up == verb and token != verb]
    # "Where was the captain born": the small model puts "born" beside "was" instead of above it.
    verbs = [t for t in below if question.tags[t] == "VBN" and question.relations[t] in ("acomp", "advcl", "ccomp")]
    return [place, *(verbs or [t for t in below if question.relations[t] in ("nsubj", "attr", "acomp")])]


def _asked_nouns(question: ParsedSentence, words: list[str], asked: list[int], asks: str) -> tuple[str, ...]:
    """Return the nouns for what is asked of someone or something: "who is the captain", "how much data"."""
    if words[asked[0] : asked[0] + 2] == ["how", "much"]:
        counted = question.heads[asked[0] + 1]
        return (singular(words[counted]),) if counted > asked[0] + 1 and question.tags[counted] == "NN" else ()
    if asks not in ("who", "which") or question.heads[asked[0]] == asked[0]:
        return ()
    if words[question.heads[asked[0]]] not in ("is", "was", "are", "were"):
        return ()
    for token in asked[1:]:
        below = [other for other, up in enumerate(question.heads) if up == token and other != token]
        bound = any(question.relations[t] == "poss" or words[t] in ("of", "for") for t in below)
        if question.tags[token] not in ("NN", "NNS") or not (bound or asks == "who"):
            continue
        before = [singular(words[t]) for t in below if question.relations[t] == "compound" and words[t].isalpha()]
        return (*before, singular(words[token]))
    return ()


def _measures(words: list[str], place: int, nouns: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the answer is measured in."""
    following = words[place + 1 : place + 3]
    if words[place] != "how" or not following:
        return tuple(dict.fromkeys(measure for noun in nouns for measure in measured_by(noun)))
    if following[0] == "much":
        return ("money",) if _PRICED & set(words[place + 2 :]) else measured_by(nouns[0]) if nouns else ()
    if following[0] == "long" and following[1:] and following[1] in ("do", "does", "did", "has", "have", "will"):
        return ("time",)
    return measured_by(following[0])


def _plural(question: ParsedSentence, words: list[str], asked: list[int]) -> bool:
    """Tell whether a noun that is asked for is a plural, as is "kinds" of "which kinds of tea"."""
    above = [question.heads[question.heads[token]] for token in asked if question.relations[token] == "pobj"]
    nouns = [token for token in asked if question.tags[token] in ("NNS", "NNPS")]
    return bool(nouns) or any(question.tags[t] == "NNS" and singular(words[t]) in _EMPTY for t in above)


def _described(question: ParsedSentence, words: list[str], asked: list[int]) -> list[int]:
    """Return the nouns for things that a question for someone or a place speaks of without asking which they are.

    These are subjects, possessors, and what follows "of": "captain" of "who is the husband of the captain", but not of
    "who is the captain", "what is the captain's name" and "who held the title of captain".
    """
    found = []
    for token, relation in enumerate(question.relations):
        above = question.heads[token]
        over = question.heads[above] if relation == "pobj" and words[above] == "of" else above
        if token in asked or question.tags[token] not in ("NN", "NNS") or singular(words[token]) in _EMPTY:
            continue
        if relation == "nsubj" or (
            (relation == "poss" or (relation == "pobj" and over != above and words[over] not in _WORDS))
            and singular(words[over]) not in _EMPTY | _HELD
        ):
            found.append(token)
    return found


def _verb(question: ParsedSentence, words: list[str], place: int) -> str:
    """Return the stem of the first verb above the question word."""
    for token in _way_up(question, place):
        if question.tags[token].startswith("V"):
            return "" if words[token] in UNTOLD else stem(words[token])
    return ""
