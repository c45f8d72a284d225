"""Whether a sentence tells of the property that a question asks for: by the noun for it, or by a value of its kind."""

import re
from collections.abc import Iterable, Sequence

from graphrag.answering.relations import NOUN_READINGS, VERB_RELATIONS
from graphrag.answering.vocabulary import singular
from graphrag.answering.wording import stem

__all__ = ["is_named", "makes", "measure_of", "measured_by"]

_MAKING = frozenset(("written by", "composed by", "directed by", "created by", "performed by"))
_STEM = 5  # letters: "percentile" and "percent" are of one property

# What is measured -> the words that ask for it, and the units of its values.
_MEASURES = {
    "length": (
        "length width height depth distance altitude elevation diameter radius tall high deep wide far",
        r"(?:[cdmnµ]m|km|m|mi|ft|yd|in)\b|(?:kilo|centi|milli|nano|micro)?met(?:re|er)s?\b|miles?\b|feet\b|foot\b"
        r"|inch(?:es)?\b|yards?\b|(?:light|astronomical)[ -](?:years?|units?)\b|leagues?\b|floors?\b"
        r"|stor(?:e?ys?|ies)\b",
    ),
    "time": (
        "duration age lifespan old",
        r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies)|generations?)\b"
        r"|(?:ms|s|min|hrs?|h)\b",
    ),
    "money": (
        "price cost money salary wage wages fee revenue turnover budget income profit debt rent",
        r"(?:million|billion|trillion|m|bn)?\s?(?:euros?|dollars?|pounds?|cents?|francs?|yen|yuan|rupees?|kron\w+|zlot\w+"
        r"|pesos?|ro?ubles?|marks?|lir[ae]|crowns?|shillings?|guilders?|ducats?|pence|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|JPY)\b",
    ),
    "weight": (
        "weight mass heavy",
        r"(?:[kmµ]?g|t|lbs?|oz|(?:kilo|milli)?gram(?:me)?s?|kilos?|ton(?:ne)?s?|ounces?|pounds?|stones?)\b",
    ),
    "volume": (
        "volume capacity",
        r"(?:[cdm]?[lL]\b|(?:milli|centi|deci|hecto)?lit(?:re|er)s?\b|gallons?\b|pints?\b|barrels?\b|[cd]?m³"
        r"|cubic\s(?:met(?:re|er)s?|feet|yards?))",
    ),
    "angle": ("steep slope gradient incline", r"(?:°|degrees?\b)(?!\s?(?:C\b|F\b|Celsius|Fahrenheit))"),
    "data": ("", r"(?:[kKMGTP]i?B|[kMG]?bit|(?:kilo|mega|giga|tera)?(?:byte|bit)s?)\b"),
    "temperature": ("temperature hot cold warm", r"°|degrees?\b|kelvins?\b"),
}
_ASKED = {word: measure for measure, (words, _) in _MEASURES.items() for word in words.split()}
_QUANTITY = (
    r"(?:\d|\b(?:million|billion|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|few))\s?-?"
)
_VALUES = {measure: re.compile(rf"{_QUANTITY}(?:{units})", re.IGNORECASE) for measure, (_, units) in _MEASURES.items()}
_PRICE = re.compile(r"[€£$¥₹]|\d[pc¢]\b")
# Of a distance people tell the time that it takes, and of a length of time how far back it reaches.
_ALSO = {"far": ("time",), "deep": (), "long": ("length", "time"), "soon": ("time",)}


def measured_by(word: str) -> tuple[str, ...]:
    """Return what a noun or adjective of a question measures: "length", "time", …; nothing where that is not known."""
    if word in _ALSO:
        return (*dict.fromkeys((*([_ASKED[word]] if word in _ASKED else []), *_ALSO[word])),)
    return (_ASKED[word],) if word in _ASKED else ()


def measure_of(text: str) -> frozenset[str]:
    """Return what the unit of a value measures; nothing for a value without a known unit."""
    found = {measure for measure, values in _VALUES.items() if values.search(text)}
    return frozenset(found | ({"money"} if _PRICE.search(text) else set()))


def is_named(nouns: Sequence[str], said: Iterable[str]) -> bool:
    """Tell whether words name one of some properties: by a word of the same stem, or one for the same relation.

    Parameters
    ----------
    nouns : sequence of str
        Singular.
    said : iterable of str
        Words in lower case.
    """
    stems = {stem(noun) for noun in nouns}
    opening = tuple(noun[:_STEM] for noun in nouns if len(noun) >= _STEM)
    relations = {relation for noun in nouns if (relation := _relation_of(noun))}
    return any(
        stem(singular(word)) in stems
        or stem(word) in stems
        or (opening and word.startswith(opening))
        or _relation_of(word) in relations
        for word in said
    )


# Who is at the head of something is told by many words.
_HEADS = frozenset(map(stem, "head leader boss chief director manager lead run manage direct chair president".split()))


def makes(word: str) -> bool:
    """Tell whether a noun or verb of a question asks for who made a work: "wrote", "author", "painter"."""
    return _relation_of(word) in _MAKING


def _relation_of(word: str) -> str:
    """Return the relation that a noun or verb stands for; empty where none is known."""
    if stem(word) in _HEADS:
        return "head"
    reading = NOUN_READINGS.get(word)
    return VERB_RELATIONS.get(word, "") or (reading[0][0].relation if reading and len(reading[0]) == 1 else "")
