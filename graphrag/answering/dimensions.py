"""What is measured of a thing: the dimension that a question asks for, and the one that stands beside a value."""

import re

__all__ = ["differ", "dimension_asked", "dimension_told", "is_count"]

# Each dimension -> its adjectives and nouns.
_WORDS = {
    "depth": "deep depth",
    "length": "long length",
    "height": "high tall height altitude elevation",
    "width": "wide broad width breadth",
    "thickness": "thick thickness",
    "diameter": "diameter",
    "radius": "radius",
    "weight": "heavy weight mass",
    "age": "old age",
    "distance": "far away distance",
    "speed": "fast speed velocity",
    "area": "area",
    "size": "big large size",
    "duration": "duration",
    "temperature": "hot cold warm temperature",
}
_OF_WORD = {word: dimension for dimension, words in _WORDS.items() for word in words.split()}
_NO_NOUN = r"(?!in|on|of|at|to|for|and|or|by|from|with|per|an?|the|as|than|but|is|was|were|are|when|while|after|before)"
_COUNTED = re.compile(
    rf"(?:\d[\d,.]*|(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|many|few))\s{_NO_NOUN}(?!deep|long|high|tall|wide|broad|thick|old|away)[a-z]{{3,}}\b"
)
# "How long is it" may be answered with a time, "how far" with the length of a way, "how high" with no depth.
_MEET = {"length": {"duration", "distance"}, "distance": {"length", "duration"}, "speed": {"duration"}}
_ADJECTIVES = "deep|long|high|tall|wide|broad|thick|old|away"
_NOUNS = "depth|length|height|altitude|elevation|width|breadth|thickness|diameter|radius|weight|mass|distance|area"
_AFTER = re.compile(
    rf"[\s-]*(?:\([^()]*\)\s*)?(?:(?P<adjective>{_ADJECTIVES})\b|(?:in|of)\s(?P<noun>{_NOUNS})\b|(?P<off>from)\b)"
)
_RATE = re.compile(r"\s*(?:per|an?|each|every|/)\s*(?:h|s|second|minute|hour|day|week|month|year)\b")
_LOOSE = (
    r"(?:(?:about|over|up|to|only|at|nearly|around|roughly|approximately|more|less|than|some|almost|just|least)\s+)*"
)
_BEFORE = re.compile(
    rf"\b(?:(?P<noun>{_NOUNS}|speed|velocity|age|duration|temperature)\s*(?:(?:of|is|was|are|were|:)\s+)?"
    rf"|(?P<weighed>weigh(?:s|ed|ing)?)\s+|(?P<lasted>lasts?|lasted|lasting|takes?|took|taking)\s+)(?:an?\s+)?{_LOOSE}$",
    re.IGNORECASE,
)
_SPEEDS = re.compile(r"\bknots?$|\bmph$|(?:/|\sper\s)\s?[a-z]+$|\bkph$", re.IGNORECASE)
_AREAS = re.compile(r"\b(?:square\s\w+|sq\.?\s\w+|hectares?|acres?|ha)$|[²]$", re.IGNORECASE)


def dimension_asked(word: str) -> str:
    """Return the dimension that a word of a question asks for: "depth" of "deep"; empty where it is none."""
    return _OF_WORD.get(word, "")


def dimension_told(text: str, start: int, end: int) -> str:
    """Return the dimension that the words beside a value tell: "88 km long", "a depth of 95 m", "weighs 9 kg".

    Parameters
    ----------
    text : str
        A sentence.
    start, end : int
        Where the value stands in it.

    Returns
    -------
    str
        Empty where nothing beside the value tells it.
    """
    value, following = text[start:end], text[end:]
    if _SPEEDS.search(value) or _RATE.match(following):
        return "speed"
    if _AREAS.search(value):
        return "area"
    after = _AFTER.match(following) or _AFTER.match(re.sub(r"^.*?\d\W*[^\W\d]+", "", value))
    before = _BEFORE.search(text[:start])
    if after is not None and not after["off"]:
        return _OF_WORD[after["adjective"] or after["noun"]]
    if before is not None:
        return _OF_WORD[before["noun"].lower()] if before["noun"] else "weight" if before["weighed"] else "duration"
    return "distance" if after is not None else ""


def is_count(text: str, start: int) -> bool:
    """Tell whether a value counts things instead of measuring them: "24" of "24 beds"."""
    return _COUNTED.match(text, start) is not None


def differ(asked: str, told: str) -> bool:
    """Tell whether a value of one dimension is none of another: a length of no depth."""
    return bool(asked and told) and asked not in (told, "size") and told not in _MEET.get(asked, ())
