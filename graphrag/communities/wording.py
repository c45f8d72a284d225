"""Whether a sentence can stand alone: complete, and without a word that points back at another sentence.

Rules on the text alone, for English; of other languages only the marks and the length are looked at.
"""

import re

__all__ = ["is_complete", "is_english", "points_back", "subject_pronoun"]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_OPENERS = "\"'`“‘«([¿¡"
_END = re.compile(r"[.!?。！？][\"'”’»)\]]*$")
_MARKUP = re.compile(r"^\s*[#>|*+-]\s|\]\(|https?://|[|{}<>]|\*\*|__|::|\n\s*\n")
_ENGLISH = frozenset("the of and with from by".split())
# Above this share of digits a sentence is a row of a table.
_MOST_DIGITS = 0.2

# Finite verbs that take no -ed.  A sentence without a finite verb is a fragment ("Directed by the film's author.").
_FINITE = frozenset(
    "is are was were am has have had does do did will would can could shall should may might must isn't aren't wasn't "
    "weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't can't couldn't cannot became become becomes "
    "began begin begins bore broke brought built bought came come comes caught chose cost drew drove dealt dwelt ate "
    "fell felt fed fought found fled flew forgot gave give gives goes go went got get gets grew held hid hit hung "
    "hurt kept knew know knows laid lay led leads left lent let lie lies lost lose loses made make makes meant mean "
    "means met meet meets paid put ran run runs read rose rode said say says saw sang sank sat sent set shook shot "
    "showed shows show shut sold sought spent spoke split spread stood stand stands stars stole struck stuck sung "
    "swam swore taught tell tells thinks thought threw told took take takes tore underwent understood upset wears "
    "wins won wore wrote writes write acts aims allows appears appear attends belongs borders carries causes centers "
    "centres chronicles concerns connects consists consist contains contain covers cover crosses deals defines "
    "depicts describes describe details discovers discusses documents draws employs enters establishes examines "
    "exists exist explains explores falls features feature feeds fights finds flows focuses focus follows follow "
    "forms form gains generates hosts houses includes include inhabits introduces involves joins keeps kills leaves "
    "lives live looks manages marks marries moves narrates needs occurs offers opens operates overlooks owns plays "
    "play portrays presents produces provides provide publishes ranges reaches receives recounts refers refer "
    "reflects relates remains remain represents requires returns reveals revolves rises seeks seems serves serve "
    "shares sings sits specializes specialises starts states studies suggests survives holds varies occupies results "
    "helps happens adds arrives asks awards brings calls changes checks competes compares creates differs dies drives "
    "earns edits ends enables escapes exceeds extends faces flies grants heads hits incorporates intends learns links "
    "lists originates passes performs premieres prevents promotes proves ranks realizes records releases rules sells "
    "sends speaks sponsors summarizes supplies targets transports travels trains understands supports surrounds "
    "teaches tends tracks tries turns uses use visits wants works work yields ".split()
)
_PAST = re.compile(r"^[a-z]{2,}ed$")
# Past participles that open a fragment more often than they close a clause.
_NOT_FINITE = frozenset("born based located situated titled entitled called named known".split())

# Words that open a sentence about something said before it.
_BACK = frozenset(
    "he she they it his her hers their theirs its him them this that these those such which who whose however "
    "moreover furthermore therefore thus hence also but and or nor yet so then afterwards afterward meanwhile "
    "instead additionally consequently nevertheless nonetheless otherwise similarly likewise finally later here "
    "both another others other thereafter subsequently there again still besides accordingly alternatively "
    "conversely eventually secondly thirdly we our i my you your".split()
)
_BACK_PHRASES = re.compile(
    r"^(?:in addition|as a result|as such|for (?:example|instance|this)|in contrast|on the other hand|because of th|"
    r"due to th|after th(?:is|at|ese)|during th(?:is|at|ese)|at th(?:is|at|e time)|since then|until then|by then|"
    r"in th(?:is|at|ese)|with th(?:is|ese)|one of th(?:em|ese|ose)|some of th(?:em|ese)|the (?:same|former|latter|"
    r"other|following|first|second|two)|that (?:year|same)|in turn|in fact|even so|of these|despite th(?:is|at)|"
    r"the (?:next|previous) )\b",
    re.IGNORECASE,
)
# "Published in 1951, it sold well": the opening clause names no "it".
_LATE = re.compile(
    r"^(?:[^,]{1,60},){1,2} (?:it|its|he|she|they|these)\b|"
    r"^[A-Z][a-z]+(?:ed|en|wn)\b .{0,90}?, the (?:film|movie|song|album|single|book|novel|series|show|band|company|"
    r"group|team|school|city|town|village)\b"
)
# "The film was released": a common noun that only the sentence before explains.
_BARE_NOUN = re.compile(
    r"^(?:The|Each|Its|This) (?:[a-z]+, |(?:[a-z]+ ){1,2}?(?:is|was|are|were|has|had|also|[a-z]+ed|[a-z]+s)\b)"
)
# "Ada Lovelace translated it", "Ada was his sister": what "it" or whose "his" is was said before.
_NAME = r"^(?:[A-Z][\w.’'-]* (?:of |de |von |van |the )?){0,6}[A-Z][\w.’'-]*,?"
_BARE_OBJECT = re.compile(
    rf"{_NAME} (?:(?:then |also |later )?[a-z]+ed (?:it|them|him|this)\b|"
    r"(?:is|was|are|were) (?:also )?(?:his|her|their|its)\b)"
    rf"|{_NAME}(?<=,) (?:his|her|their|its)\b"
)
_ANOTHER = re.compile(r"^An? (?:previous|second|third|further|similar|subsequent|later) [a-z]+ ")
_PRONOUN = re.compile(r"\b(?:he|she|his|her|him|they|their|them)\b", re.IGNORECASE)


def is_english(text: str) -> bool:
    """Tell whether a text has an English function word, so that the rules on English verbs hold."""
    return not _ENGLISH.isdisjoint(_folded(_WORD.findall(text)))


def is_complete(text: str, *, english: bool = True) -> bool:
    """Tell whether a text is one complete sentence: its marks are whole, and it has at least 5 words and a verb.

    Parameters
    ----------
    text : str
        A sentence as the sentence rules cut it.
    english : bool
        Whether an English verb is asked for.

    Returns
    -------
    bool
        False for headings, list items, rows of tables, fragments, and sentences with markup, open brackets or open
        quotation marks.
    """
    opening = text.lstrip(_OPENERS + " ")[:1]
    if not opening or opening.islower() or not opening.isalnum():
        return False
    if not _END.search(text) or _MARKUP.search(text) or not _balanced(text):
        return False
    if sum(map(str.isdigit, text)) > _MOST_DIGITS * len(text):
        return False
    found = _WORD.findall(text)
    spaced = len(found) > 1 or text.isascii()
    if len(found) < 5 and (spaced or len(text) < 12):
        return False
    return not english or _has_verb(found)


def _folded(found: list[str]) -> list[str]:
    """Return words in lower case, with straight apostrophes."""
    return [word.casefold().replace("’", "'") for word in found]


def _balanced(text: str) -> bool:
    """Tell whether every bracket and quotation mark that opens also closes."""
    pairs = text.count("(") == text.count(")") and text.count("[") == text.count("]")
    quotes = text.count("“") == text.count("”") and text.count("«") == text.count("»")
    return pairs and quotes and text.count('"') % 2 == 0 and text.count("``") == text.count("''")


def _has_verb(found: list[str]) -> bool:
    """Tell whether a finite verb is among the words; the first word of a sentence is none ("Directed by …")."""
    for word, low in zip(found[1:], _folded(found[1:]), strict=True):
        if low in _FINITE and word[0].islower():
            return True
        if _PAST.match(word) and low not in _NOT_FINITE:
            return True
    return False


def points_back(text: str) -> bool:
    """Tell whether a sentence opens with a word or phrase that needs the sentence before it.

    Parameters
    ----------
    text : str
        A sentence.

    Returns
    -------
    bool
        True for "He died in Paris.", "However, …", "The film was released …".
    """
    stripped = text.lstrip(_OPENERS + " ")
    first = _WORD.match(stripped)
    if first is None or first.group().casefold().split("'")[0].split("’")[0] in _BACK:
        return True
    return any(pattern.match(stripped) for pattern in (_BACK_PHRASES, _BARE_NOUN, _BARE_OBJECT, _ANOTHER, _LATE))


def subject_pronoun(text: str) -> int:
    """Return where the first personal pronoun of a sentence stands, or the length of the text where there is none."""
    match = _PRONOUN.search(text)
    return match.start() if match else len(text)
