"""Who does what in a sentence, who made what, what hangs on which verb, and what something is said to be."""

from graphrag.answering.clauses import is_passive, way_up
from graphrag.answering.vocabulary import singular
from graphrag.answering.wording import stem
from graphrag.types import ParsedSentence

__all__ = ["hangs_by", "is_definition", "is_maker", "is_other_side", "is_whole_of"]

_MEANS = frozenset(("is", "are", "means", "mean"))
_WORKS = frozenset(
    "book novel poem play story album song film movie opera symphony essay memoir painting sculpture cookbook thriller "
    "trilogy debut biography autobiography series work masterpiece comedy single ballad collection".split()
)


def is_other_side(sentence: ParsedSentence, token: int, verb: str, does: bool) -> bool:
    """Tell whether who is asked for does what a part of a sentence suffers, or the other way round.

    Parameters
    ----------
    sentence : ParsedSentence
    token : int
        The part, by the token that the others hang on.
    verb : str
        Stem of the verb that is asked for.
    does : bool
        Whether its subject is asked for: "who leads X", not "whom does X lead".
    """
    below = token
    for other in way_up(sentence, token):
        if other != token and sentence.tags[other].startswith("V") and stem(sentence.words[other].lower()) == verb:
            passive = is_passive(sentence, other)
            if not passive and sentence.tags[other] == "VBN" and not _has_helper(sentence, other):
                return False  # "with the army forbidden to enter"
            relation = sentence.relations[below]
            agent = relation == "agent" if passive else relation == "nsubj"
            patient = relation == ("nsubjpass" if passive else "dobj")
            return patient if does else agent
        below = other
    return False


def _has_helper(sentence: ParsedSentence, verb: int) -> bool:
    return any(up == verb and sentence.relations[t] == "aux" for t, up in enumerate(sentence.heads))


def is_maker(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether a part of a sentence is whose work something is: "her book", "Anna Vidal's novel"."""
    above = sentence.heads[token]
    return sentence.relations[token] == "poss" and singular(sentence.words[above].lower()) in _WORKS


def hangs_by(sentence: ParsedSentence, token: int, preposition: str, verb: str, passive: bool) -> bool:
    """Tell whether a part of a sentence hangs by a preposition on a verb in its voice; on any for an empty one."""
    while sentence.relations[token] in ("conj", "compound", "appos"):
        token = sentence.heads[token]
    by = sentence.heads[token]
    if sentence.relations[token] != "pobj" or sentence.words[by].lower() != preposition:
        return False
    return not verb or any(
        stem(sentence.words[other].lower()) == verb and is_passive(sentence, other) == passive
        for other in way_up(sentence, by)
    )


def is_definition(sentence: ParsedSentence, token: int, noun: str) -> bool:
    """Tell whether a sentence says what something is by a part of it: "turbidity is the cloudiness of a liquid".

    Parameters
    ----------
    sentence : ParsedSentence
    token : int
        The part, by the token that the others hang on.
    noun : str
        Stem of the noun for what is defined.
    """
    above, relation = sentence.heads[token], sentence.relations[token]
    if relation == "appos":
        return stem(singular(sentence.words[above].lower())) == noun
    subjects = [t for t, up in enumerate(sentence.heads) if up == above and sentence.relations[t] == "nsubj"]
    means = relation in ("attr", "dobj", "xcomp", "ccomp") and sentence.words[above].lower() in _MEANS
    return means and any(stem(singular(sentence.words[t].lower())) == noun for t in subjects)


def is_whole_of(sentence: ParsedSentence, token: int, verb: str) -> bool:
    """Tell whether a part of a sentence is what others are taken from: "of 1,150 seedlings 310 were planted".

    Parameters
    ----------
    sentence : ParsedSentence
    token : int
        The part, by the token that the others hang on.
    verb : str
        Stem of the verb that is asked for.
    """
    while sentence.relations[token] in ("nummod", "compound", "quantmod"):
        token = sentence.heads[token]
    by = sentence.heads[token]
    above = sentence.heads[by]
    of = sentence.relations[token] == "pobj" and sentence.words[by].lower() in ("of", "from", "among")
    return of and sentence.tags[above].startswith("V") and stem(sentence.words[above].lower()) == verb
