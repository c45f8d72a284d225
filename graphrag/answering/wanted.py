"""What a question wants, read from its grammar: the question word, the noun it stands by, the type of thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphrag.answering.dimensions import dimension_asked
from graphrag.answering.events import event_of
from graphrag.answering.properties import makes, measured_by
from graphrag.answering.question_grammar import (
    EMPTY,
    QUESTION_WORDS,
    UNTOLD,
    asks_passive,
    asks_plural,
    called_in,
    counted_of,
    defined_in,
    described_in,
    identified,
    left_alone,
    names_in,
    noun_of,
    path_length,
    question_word,
    side_of,
    singular,
    verb_of,
    whose_event,
    year_of,
)
from graphrag.answering.synonyms import alike
from graphrag.answering.wording import stem
from graphrag.types import ParsedSentence

__all__ = ["Wanted", "wanted_of", "wants_yes_or_no"]

_AUXILIARIES = frozenset("is are was were do does did has have had can could will would may might must should".split())
_RELATIVES = frozenset("who whom whose which that".split())
_PERSONS = frozenset("who whom whose".split())
_MEASURES = frozenset(
    "long old far tall high large big often fast deep wide heavy cold warm hot steep soon thick short".split()
)
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
# Nouns whose values stand in texts without them.
_ANY = frozenset("example class category kind nature time place side way reason result idea concept thing".split())
_HAPPENS = frozenset("happen happens happened happening occur occurs occurred".split())  # told by no sentence
_COSTS = frozenset(("cost", "costs"))
_PRICED = _COSTS | frozenset("earn earns earned pay pays paid claim contribute charge charged owe owes".split())


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
    dimension: str = ""  # "depth" of "how deep" and of "what is the depth"; empty where none is asked for
    side: str = ""  # "doer" of "who leads X", "done" of "whom does X lead"; empty where neither is asked for
    preposition: str = ""  # that the question leaves without its noun: "in" of "what is it written in"
    passive: bool = False  # the question's verb is: "is written"
    same: Mapping[str, str] = field(default_factory=dict)  # stems -> those of the question that tell the same
    made: bool = False  # who made a work is asked for: "who wrote X", "who is the author of X"
    called: Mapping[str, frozenset[str]] = field(default_factory=dict)  # "panda" of "the Panda House", by its noun
    several: bool = False  # a plural is asked for: "which rivers", "who are the founders"
    listed: bool = False  # one or several may be asked for: "who founded X", "what does X bake"
    defined: str = ""  # stem of the common noun whose meaning is asked for: "what is turbidity"
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)  # last word of each name -> the words before it
    counted: frozenset[str] = frozenset()  # "parental" of "how many weeks of parental leave"
    year: str = ""  # of what is asked about
    future: bool = False  # "when will it open"
    whose: frozenset[str] = frozenset()  # stems of the name whose birth, death, … is asked for
    described: frozenset[str] = frozenset()  # stems of nouns for things that the question starts from: "X's captain"


def wanted_of(question: ParsedSentence) -> Wanted:
    """Read what a question wants."""
    words = [word.lower() for word in question.words]
    place, defined = question_word(question, words), defined_in(question, words)
    closeness = _closeness(question, words, place, defined)
    if place is None:
        return Wanted("other", "", "", "", closeness)
    asks, head = _asked(question, words, place)
    same = {other: word for word in closeness for other in alike(word, of_person=asks == "who")}
    noun = "" if head is None else singular(words[head])
    asked = identified(question, words, place)
    nouns = _asked_nouns(question, words, asked, asks)
    measures = _measures(words, place, nouns)
    event = _event(words, place, asked, asks)
    found = Wanted(
        asks=asks,
        noun=noun,
        kind=_TYPE_OF.get(noun, ""),
        verb=verb_of(question, words, place),
        closeness=closeness,
        event=event,
        properties=tuple(n for n in nouns if n not in EMPTY | _ANY and _TYPE_OF.get(n) != "amount"),
        measures=measures,
        dimension=_dimension(words, place, nouns, measures),
        preposition=left_alone(question, words),
        passive=asks_passive(question, words),
        same={other: word for other, word in same.items() if other not in closeness},
        several=asks in ("who", "which") and asks_plural(question, words, [*asked, *([] if head is None else [head])]),
        listed=asks == "who" or (words[place] == "what" and not noun and question.relations[place] == "dobj"),
        described=_described(question, words, asked) if asks in ("who", "where") else frozenset(),
        called=called_in(question, words),
        defined=defined,
        counted=counted_of(question, words, head) if asks == "how many" else frozenset(),
        year=year_of(question, words, place),
        future="will" in words,
        names=names_in(question, words),
        whose=whose_event(question, words) if event and asks in ("when", "where") else frozenset(),
    )
    return _of_person(found, question, words, place, asked) if asks == "who" else found


def _closeness(question: ParsedSentence, words: list[str], place: int | None, defined: str) -> dict[str, float]:
    """Return the stem of each telling word with how near it stands to the question word in the tree."""
    untold = UNTOLD | (_HAPPENS if place is not None and words[place] == "when" else frozenset())
    untold |= {"mean"} if defined else frozenset()
    found: dict[str, float] = {}
    for token, word in enumerate(words):
        if word not in untold and token != place and any(map(str.isalnum, word)):
            steps = 3 if place is None else path_length(question, token, place)
            found[stem(word)] = max(found.get(stem(word), 0.0), 2.0 ** (-steps / 2))
    return found


def _event(words: list[str], place: int, asked: list[int], asks: str) -> str:
    """Return what is asked for of a life or of kin; nothing where a relative clause tells it of another."""
    last = [token for token, word in enumerate(words) if word.isalpha()][-1:] if asks in ("when", "where") else []
    own = [token for token in [*asked, *last] if not _RELATIVES & set(words[place + 1 : token])]
    return next((event for token in own if (event := event_of(words[token]))), "")


def _described(question: ParsedSentence, words: list[str], asked: list[int]) -> frozenset[str]:
    """Return the stems of the nouns for what a question starts from, but for what it asks for itself."""
    return frozenset(stem(words[t]) for t in described_in(question, words, asked)) - {stem(words[t]) for t in asked}


def _of_person(wanted: Wanted, question: ParsedSentence, words: list[str], place: int, asked: list[int]) -> Wanted:
    """Add what is asked of someone: as who does something, by which words, of what work."""
    return replace(
        wanted,
        side=side_of(question, words, place),
        made=any(makes(word) for word in (*wanted.properties, *(words[token] for token in asked))),
    )


def wants_yes_or_no(question: ParsedSentence) -> bool:
    """Tell whether a question can only be answered by yes or no: "Is it red?", not "Is it red or blue?"."""
    words = [word.lower() for word in question.words if any(map(str.isalnum, word))]
    if not words or words[0] not in _AUXILIARIES or words[1:2] == ["you"]:  # "Can you name …"
        return False
    return "or" not in words and not QUESTION_WORDS & set(words)


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
        return "which", noun_of(question, words, place)
    return word, None


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
    if words[place] == "what" and _COSTS & set(words[place + 1 :]):
        return ("money",)
    if words[place] != "how" or not following:
        return tuple(dict.fromkeys(measure for noun in nouns for measure in measured_by(noun)))
    if following[0] == "much":
        priced = _PRICED & set(words[place + 2 :]) or following[1:] in (["is"], ["are"], ["was"], ["were"])
        return ("money",) if priced else measured_by(nouns[0]) if nouns else ()
    if following[0] == "long" and following[1:] and following[1] in ("do", "does", "did", "has", "have", "will"):
        return ("time",)
    return measured_by(following[0])


def _dimension(words: list[str], place: int, nouns: tuple[str, ...], measures: tuple[str, ...]) -> str:
    """Return the dimension that is asked for, by an adjective or by its noun."""
    if words[place] == "how" and words[place + 1 :]:
        return "" if measures == ("time",) and words[place + 1] == "long" else dimension_asked(words[place + 1])
    return next((dimension for noun in nouns if (dimension := dimension_asked(noun))), "")
