"""Words that tell the same: a question with one of them is answered by a sentence with another."""

from graphrag.answering.wording import stem

__all__ = ["alike"]

# Of persons: who is at the head of something ("director" is not among them: films have one too), and who wrote it.
_OF_PERSONS = ("head leader lead chair chairman run charge", "write author pen novelist")
_GROUPS = (
    "begin start commence",
    "end finish conclude",
    "build construct erect",
    "make manufacture produce",
    "buy purchase acquire",
    "repair fix mend",
    "close shut",
    "ill sick",
    "ring call phone telephone",
    "cost price fee",
    "staff employee worker",
    "keep store retain",
    "permit allow",
    "forbid prohibit ban",
    "choose select pick",
    "need require",
    "reject refuse decline",
    "damage harm",
    "accident crash",
    "salary wage pay",
    "holiday vacation leave",
    "journey trip",
    "yearly annual",
    "big large",
    "get receive",
    "send dispatch",
    "teach instruct",
    "delete remove",
)
_PERSONS, _OTHERS = (
    tuple(frozenset(map(stem, group.split())) for group in groups) for groups in (_OF_PERSONS, _GROUPS)
)


def alike(word: str, *, of_person: bool = False) -> frozenset[str]:
    """Return the stems that tell the same as a stem of a question: "chair" of "lead", "sick" of "ill".

    Parameters
    ----------
    word : str
        A stem.
    of_person : bool
        Whether someone is asked for: then "heads", "leads" and "in charge" tell the same too.
    """
    return frozenset[str]().union(*(group for group in (_PERSONS if of_person else ()) + _OTHERS if word in group))
