"""What documents about other people tell of someone: whose child, spouse or sibling they are said to be."""

import re
from dataclasses import replace

from graphrag.answering.cues import is_female
from graphrag.answering.sources import Sentence, Sources, Thing
from graphrag.answering.spans import names_in
from graphrag.answering.telling import MAN, WOMAN, Reached, value_at
from graphrag.text import strip_disambiguation

__all__ = ["KIN", "told_elsewhere", "weigh_by_gender"]

KIN = frozenset(("spouse", "father", "mother", "parent", "child", "sibling"))


def weigh_by_gender(sources: Sources, found: list[Reached], relation: str) -> list[Reached]:
    """Weigh fathers and mothers by whether the documents about them speak of a man or a woman."""
    if relation not in ("father", "mother"):
        return found
    weighed: list[Reached] = []
    for value in found:
        about = sources.thing(value.text, value.ids).sources
        female = is_female(about[0][0].text[:500]) if about and about[0][1] >= 0.6 else None
        if (MAN if relation == "mother" else WOMAN).match(value.text):
            female = relation == "father"
        factor = 1.0 if female is None else 1.1 if female == (relation == "mother") else 0.15
        weighed.append(replace(value, score=min(0.99, value.score * factor)))
    return weighed


_HIS_CHILD = r"\b(?:his|her|their|the|a|an|and|,)\s+(?:\w+\s+){0,2}(?:son|daughter|child|children|sons|daughters)\b"
# The words of another document before a name that say whose relative its subject is.
_TOLD = {
    "father": (_HIS_CHILD, r"\bfather\s+of\b"),
    "mother": (_HIS_CHILD, r"\bmother\s+of\b"),
    "parent": (_HIS_CHILD, r"\b(?:father|mother)\s+of\b"),
    "spouse": (r"\b(?:wife|husband|married|marriage|consort|widow|spouse)\b",),
    "sibling": (r"\b(?:brother|sister|sibling|brothers|sisters|siblings)\b",),
    "child": (r"\b(?:son|daughter|child)\s+of\b", r"\b(?:father|mother|parents)\b"),
}


def told_elsewhere(sources: Sources, thing: Thing, relation: str) -> list[Reached]:
    """Return the subjects of other documents that name the thing as their child, spouse or sibling."""
    found: list[Reached] = []
    mine = {source.document_id for source, _ in thing.sources[:2]}
    name = strip_disambiguation(thing.name)
    first = name.split(",")[0]
    forms = {name, first} if " " in first else {name}
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(f) for f in sorted(forms, key=len, reverse=True) if f) + r")(?!\w)",
        re.IGNORECASE,
    )
    for source in sources.documents:
        if source.document_id in mine or not source.name:
            continue
        for sentence in source.sentences:
            named = pattern.search(sentence.text)
            if named is None:
                continue
            if relation == "sibling":
                found += _listed_with(sentence, named.span(), relation)
            for cue in _TOLD[relation]:
                said = [
                    m
                    for m in re.finditer(cue, sentence.text, re.IGNORECASE)
                    if 0 <= named.start() - m.end() <= 60
                    and not (
                        relation in _OF_THEM and re.match(r"[^,;()]*?\bof\b", sentence.text[m.end() : named.start()])
                    )
                ]
                if not said:
                    continue
                female = is_female(source.text[:600])
                wrong = (relation == "father" and female is True) or (relation == "mother" and female is False)
                title = source.name
                score = (0.15 if wrong else 0.6) * (1 - (named.start() - said[-1].end()) / 150)
                found.append(Reached(title, (), score, sentence.quote(), relation))
                break
    return found


# "The son of X" says that X is the parent, not the child.
_OF_THEM = frozenset(("father", "mother", "parent"))
_OFFSPRING = re.compile(
    r"\b(?:father|mother|parents?|sons?|daughters?|children|child|brothers|sisters|siblings)\b", re.IGNORECASE
)


def _listed_with(sentence: Sentence, named: tuple[int, int], relation: str) -> list[Reached]:
    """Return those who are listed beside a name as children: "father of the musicians A and B"."""
    cues = [m.end() for m in _OFFSPRING.finditer(sentence.text) if m.end() <= named[0] and named[0] - m.end() <= 120]
    if not cues:
        return []
    row = [s for s in names_in(sentence.text) if s.start >= cues[-1] and s.end <= named[1] + 80]
    found: list[Reached] = []
    for span in row:
        gap = sentence.text[min(span.end, named[1]) : max(span.start, named[0])]
        apart = span.end <= named[0] or span.start >= named[1]
        if apart and re.fullmatch(r"[\s,]*(?:and|&)?\s*|(?:,\s[^.;()]*)?(?:,|\band\b)\s+", gap):
            found.append(value_at(sentence, span, 0.55, relation))
    return found
