"""The names that a document goes by: its title, the short form of the title, and the names its first words give it.

These names link documents to one another: a passage that says one of them points at the document.  Only the text is
read, no model: a title is rarely what a named-entity recogniser would find.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from graphrag.text import STOP_WORDS, fold, name_key, strip_disambiguation

__all__ = ["Claim", "claims_of", "is_name_like", "lead_names"]

_LEAD_END = re.compile(r"\s*[(,;:]|\s+(?:is|was|are|were|has|had|refers|consists|became|may|or)\s|\s[–—-]\s")
_QUOTED_START = re.compile(r"[\"“”«'‘]+\s*([^\"“”«»]{2,80}?)\s*[\"“”»'’]+\s*(?=[(,]|\s?(?:is|was|are|were)\b)")
_ALSO = re.compile(
    r"\b(?:known|called|credited|billed|titled|released|published|spelled|styled|stylized|abbreviated|referred to"
    r"|named)\s+"
    r"(?:simply\s+|professionally\s+|mononymously\s+|collectively\s+|in English\s+)*(?:as|to)?\s*"
    r"(?:the\s+|by the stage name\s+)?[\"“«]?\s*"
    r"((?:[^\W\d_][\w.’'-]*|\d+|of|the|and|de|van|von|la|le|&)(?:\s+(?:[A-ZÀ-Þ0-9][\w.’'-]*|of|the|and|de|van|von|la|le|&))*)"
)
_BORN_AS = re.compile(r"(?:born|née|nee|né)\s+((?:[A-ZÀ-Þ][\w.’'-]+)(?:\s+[A-ZÀ-Þ][\w.’'-]*)+)")
_OR = re.compile(r"^[^(]{2,80}?\s*\(?\bor\s+(?:the\s+)?([A-ZÀ-Þ][\w’'-]+(?:\s+[A-ZÀ-Þ][\w’'-]+)*)")
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b", re.IGNORECASE
)
_HONORIFIC = re.compile(
    r"^(?:the|a|an|sir|dame|lord|lady|saint|st\.?|dr\.?|prof\.?|professor|mr\.?|mrs\.?|ms\.?|king|queen|prince|princess|"
    r"emperor|empress|pope|count|countess|duke|duchess|baron|baroness|general|major|colonel|captain|admiral|sheikh|"
    r"maharaja|his|her|their|reverend|rev\.?|bishop|archbishop|cardinal)\s+",
    re.IGNORECASE,
)
_QUOTES = " \"“”«»'‘’"
# "X is a …", "X (…) was the …": group 1 is X.
_COPULA = re.compile(r"^([^()]{2,100}?)\s*(?:\([^()]*\)\s*,?\s*)?(?:is|was|are|were)\s+(?:an?|the|one)\b")
# A year in brackets or the word "born" near the start: the text is about a person.
_LIFE = re.compile(r"^.{2,140}?(?:\([^()]*\d{3,4}|\bborn\b|\bdied\b)")
_NICKNAME = re.compile(r"[\"“(]\s*([A-ZÀ-Þ][\w.-]+)\s*[\"”)]")
_LEAD_WEIGHT, _VARIANT_WEIGHT = 0.7, 0.5
_ARTICLE = re.compile(r"^(?:the|a|an)\s+(?=\S)", re.IGNORECASE)
# A text that opens with one of these opens with a clause, not with a name.
_NOT_A_NAME = frozenset(
    "in on at by for from with without during after before since when while as it he she they we you i this that "
    "these those there here his her its their our if although though because but and or not all many most some several "
    "both each one two three who what which where how to under over between among despite following according"
    " however".split()
)
# Words that a name may hold in lower case.
_CONNECTORS = frozenset(
    "of the and de del della di da do dos das du la le les el al ibn van von der den zu af av y e o in on for to at "
    "a an with vs by und et from or s".split()
)
_MAX_NAME_WORDS = 10


@dataclass(frozen=True, slots=True)
class Claim:
    """A document says that it goes by a name."""

    key: str
    name: str
    weight: float
    reason: str  # "title", "short title" or "lead"


@lru_cache(maxsize=100_000)
def is_name_like(text: str) -> bool:
    """Tell whether ``text`` looks like a name: some words, opening with a capital or a digit, and no clause."""
    key_words = name_key(text).split()
    if not 0 < len(key_words) <= _MAX_NAME_WORDS or key_words[0] in _NOT_A_NAME or len("".join(key_words)) < 2:
        return False
    plain = [word.strip("\"“”‘’'«»()[]") for word in text.split()]
    lower = [word for word in plain if word[:1].islower() and fold(word) not in _CONNECTORS]
    return not plain[0][:1].islower() and (not lower or (len(lower) == 1 and len(plain) >= 4))


def _first_phrases(sentence: str) -> list[tuple[str, float]]:
    """Return what the sentence opens with, if that can be a name, with a weight.

    Two readings: up to the first bracket or comma, and up to the first "is a", which keeps commas inside a title.
    The second reading may open with any word ("Where Mountains Float is a documentary") and be in lower case ("Un
    giorno speciale is a film"), because what follows says that it was a name.
    """
    phrases: list[tuple[str, float]] = []
    quoted = _QUOTED_START.match(sentence)
    end = _LEAD_END.search(sentence)
    for phrase in (quoted.group(1) if quoted else "", sentence[: end.start()] if end else ""):
        phrase = phrase.strip(_QUOTES)
        if is_name_like(phrase):
            phrases.append((phrase, _LEAD_WEIGHT))
    copula = _COPULA.match(sentence)
    if copula:
        phrase = copula.group(1).strip(_QUOTES)
        n_words = len(phrase.split())
        capitals = all(word[:1].isupper() or fold(word) in _CONNECTORS for word in phrase.split())
        if capitals and n_words > 1:
            phrases.append((phrase, _LEAD_WEIGHT))
        elif n_words <= 6 and phrase[:1].isupper() and not _opens_a_clause(phrase):
            phrases.append((phrase, _VARIANT_WEIGHT))
    return phrases


def _opens_a_clause(phrase: str) -> bool:
    """Tell whether a phrase opens with a word that names do not open with."""
    first = name_key(phrase).split()[:1]
    return not first or first[0] in _NOT_A_NAME or first[0] in STOP_WORDS


def _person_variants(name: str) -> list[str]:
    """Return the shorter names of a person whose full name is given: no middle names, no rank, the nickname."""
    plain = [word for word in _NICKNAME.sub(" ", name).split() if fold(word.strip(".,")) not in ("jr", "sr")]
    variants = [" ".join(plain)]
    if 3 <= len(plain) <= 6 and all(word[:1].isupper() for word in plain):
        variants.append(f"{plain[0]} {plain[-1]}")
        variants += [part for part in (" ".join(plain[:-1]), " ".join(plain[1:])) if "." not in part]
    nickname = _NICKNAME.search(name)
    if nickname and plain:
        variants.append(f"{nickname.group(1).strip()} {plain[-1]}")
    return variants


def lead_names(sentence: str) -> list[tuple[str, float]]:
    """Return the names that the first sentence of a document gives to what it is about.

    Parameters
    ----------
    sentence : str
        The first sentence, as written.

    Returns
    -------
    list of (str, float)
        Names with their weights: .7 the first phrase, the same without an article or honorific, and names after
        "also known as", "born" and the like; .5 shortened forms.  Without repetition.
    """
    opening = _first_phrases(sentence)
    if not opening:
        return []
    found = opening + [(_HONORIFIC.sub("", name), weight) for name, weight in opening]
    head = sentence[:400]
    for pattern in (_ALSO, _BORN_AS, _OR):
        for match in pattern.finditer(head):
            name = match.group(1).strip()
            if name[:1].isupper() and is_name_like(name) and not _MONTH.fullmatch(name.split()[0]):
                found.append((name, _LEAD_WEIGHT))
    if _LIFE.search(head):
        found += [(variant, _VARIANT_WEIGHT) for name, _ in opening for variant in _person_variants(name)]
    best: dict[str, tuple[str, float]] = {}
    for name, weight in found:
        key = name_key(name)
        if len(key) > 1 and weight > best.get(key, ("", 0.0))[1]:
            best[key] = (name, weight)
    return list(best.values())


def claims_of(title: str, first_sentence: str) -> list[Claim]:
    """Return the names that a document goes by, each once with its greatest weight, the strongest first.

    Weights follow how sure the link is: 1.0 the title, .9 the title without its disambiguation, .7 a lead
    name, .5 a shortened lead name.
    """
    claims: dict[str, Claim] = {}

    def add(name: str, weight: float, reason: str) -> None:
        key = name_key(name)
        says = reason == "title" or not all(word in STOP_WORDS for word in key.split())
        if key and says and (key not in claims or claims[key].weight < weight):
            claims[key] = Claim(key, name.strip(), weight, reason)

    if title.strip():
        add(title, 1.0, "title")
        short = strip_disambiguation(title)
        add(short, 0.9, "short title")
        add(_ARTICLE.sub("", short), 0.9, "short title")
        before_comma = short.partition(",")[0]
        if len(name_key(before_comma).split()) > 1:
            add(before_comma, 0.8, "short title")
    for name, weight in lead_names(first_sentence):
        add(name, weight, "lead")
    return sorted(claims.values(), key=lambda claim: (-claim.weight, claim.key))
