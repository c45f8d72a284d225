"""Statements from parses: verbs and who does them, agents after "by", and what is said of births and deaths.

Confidence by pattern, times the sureness of its sides (1 for a name, .95 for a short form of the subject, .85 for its
pronoun, .6 for another person's pronoun): .95 life dates in parentheses; .9 births and deaths in prose, agents of a
known relation after "by", nationality and class of the lead sentence; .85 relational nouns, possessives, "starring";
.8 other known verbs; .7 appositions; .55 any other verb with its object.
"""

from graphrag.extraction.events import BURIALS, DATED, DEATHS, birth, dated_event, death
from graphrag.extraction.name_lists import listed_names
from graphrag.extraction.nouns import describe, noun_patterns
from graphrag.extraction.predicates import oriented
from graphrag.extraction.reader import Reader, Ref
from graphrag.extraction.roles import role_patterns
from graphrag.types import Triple

__all__ = ["read_triples"]

# Parts of a work that stand for the work: "the music was composed by X".
_PARTS = {
    "music": "composed by", "score": "composed by", "soundtrack": "composed by", "songs": "composed by",
    "screenplay": "written by", "script": "written by", "lyrics": "written by", "story": "written by",
    "dialogues": "written by", "dialogue": "written by",
}  # fmt: skip
_WORK_BY = {
    "film": "directed by", "movie": "directed by", "documentary": "directed by",
    "song": "performed by", "album": "performed by", "single": "performed by", "ep": "performed by",
    "track": "performed by", "mixtape": "performed by", "novel": "written by", "book": "written by",
    "poem": "written by", "play": "written by", "novella": "written by", "opera": "composed by",
    "symphony": "composed by", "painting": "created by", "sculpture": "created by", **_PARTS,
}  # fmt: skip
_OF_WORKS = frozenset(["directed by", "written by", "composed by", "produced by", "starring", "published by"])
_SONGS = frozenset(["song", "single", "track", "ballad", "instrumental"])
_PRIZE = frozenset("award awards prize medal oscar emmy grammy order fellowship cross scholarship star honour".split())
_LISTS = frozenset(
    ["directed by", "written by", "composed by", "performed by", "produced by", "starring", "founded by", "created by",
     "owned by", "published by", "educated at", "led by", "discovered by", "resolved by", "inhibits",
     "member of", "works for"]
)  # fmt: skip

# What persons neither are nor have done to them: a name that was taken for a person's is something else.
_NO_PERSON = frozenset(["owned by", "inhibits"])


def read_triples(reader: Reader) -> list[Triple]:
    """Return what the sentences of a chunk state, in order of the text."""
    parsed = reader.parsed
    for sentence, (first, last) in enumerate(parsed.bounds):
        for i in range(first, last):
            tag = parsed.tags[i]
            if tag.startswith("VB"):
                if not parsed.deps[i].startswith("aux"):
                    _verb(reader, i, sentence, last)
                if reader.lower[i] == "married":
                    _marriage(reader, i, sentence, last)
            elif reader.lower[i] in ("married", "marriage"):
                _marriage(reader, i, sentence, last)
            elif reader.lower[i] == "by":
                _work_by(reader, i, sentence, first, last)
            elif tag.startswith("NN"):
                if sentence == parsed.first and reader.lower[i] == "album" and reader.main.classes & _SONGS:
                    _album_of(reader, i, sentence)
                noun_patterns(reader, i, sentence, last)
                role_patterns(reader, i, sentence, first, last)
    return reader.found


def _album_of(reader: Reader, album: int, sentence: int) -> None:
    """Read "a single from X's album": who performs the album performs the song."""
    for i in range(max(reader.left(album), album - 10), album):
        piece = reader.piece_at[i]
        main = reader.main_ref(0, 1, 1.0)
        if piece is not None and piece.label in ("PERSON", "ORG") and main is not None:
            reader.add(main, "performed by", reader.ref(piece), sentence, 0.75)
            return


def _marriage(reader: Reader, i: int, sentence: int, last: int) -> None:
    """Read "is married to X" and "by marriage to X"."""
    if i + 1 >= last:
        return
    if reader.lower[i + 1] not in ("to", "with"):
        if reader.lower[i] == "married" and reader.parsed.kid(i, "dobj") < 0:
            _married(reader, i, sentence, last)
        return
    token = i
    for _ in range(4):
        if reader.is_verb(token) or reader.parsed.heads[token] == token:
            break
        token = reader.parsed.heads[token]
    subject = reader.owner(i) or _subject(reader, token, sentence)
    for name in listed_names(reader, i + 2, last, one=True):
        if subject is not None and reader.is_person(subject) and name.label not in ("GPE", "LOC"):
            reader.add(subject, "spouse", reader.ref(name), sentence, 0.8, reader.when(token))


def _married(reader: Reader, i: int, sentence: int, last: int) -> None:
    """Read "X married Y" where the parser took the verb for an adjective."""
    subject = reader.parsed.kid(i, "nsubj")
    if subject < 0:
        subject = i - 1
        while subject >= 0 and reader.parsed.tags[subject] == "RB":
            subject -= 1
    left = reader.referent(subject) if subject >= reader.parsed.bounds[sentence][0] else None
    if left is None or not reader.is_person(left):
        return
    for name in listed_names(reader, i + 1, last, one=True):
        if name.label not in ("GPE", "LOC"):
            reader.add(left, "spouse", reader.ref(name), sentence, 0.75, reader.when(i))


def _verb(reader: Reader, verb: int, sentence: int, last: int) -> None:
    """Read the statements of one verb."""
    lemma = reader.lemma(verb)
    if lemma == "be":
        describe(reader, verb, sentence, last)
        return
    subject = _subject(reader, verb, sentence)
    if lemma == "bear":
        birth(reader, verb, subject, sentence, last)
    elif lemma in DEATHS or lemma in BURIALS:
        death(reader, verb, lemma, subject, sentence, last)
    elif lemma == "know" or (lemma in ("call", "bill", "credit", "title") and reader.is_passive(verb)):
        _known_as(reader, verb, subject, sentence, last)
    else:
        if lemma in DATED and subject is not None:
            dated_event(reader, verb, DATED[lemma], subject, sentence, last)
        _objects(reader, verb, lemma, subject, sentence, last)


def _subject(reader: Reader, verb: int, sentence: int) -> Ref | None:
    """Return who or what a verb is about."""
    token = reader.subject(verb)
    if token >= 0:
        part = reader.lower[token] in _PARTS and not reader.parsed.tags[token].startswith("NNP")
        if part:
            return reader.owner(token) or reader.main_ref(token, token + 1, 0.8)
        found = reader.referent(token)
        piece = reader.piece_at[token]
        hangs = piece is not None and piece.label in ("GPE", "LOC") and reader.parsed.deps[verb] == "acl"
        if hangs and sentence == reader.parsed.first and reader.lower[verb - 1] == "," and not reader.main.person:
            return reader.main_ref(token, token + 1, 0.8)  # "a company based in Boston, founded by X"
        if (
            found is None
            and sentence == reader.parsed.first
            and (reader.parsed.tags[verb] in ("VBN", "VBG") or reader.parsed.deps[verb] == "relcl")
        ):
            found = _above(reader, token)
        return found
    if sentence == reader.parsed.first and reader.parsed.deps[verb] in ("ROOT", "advcl", "acl", "conj", "dep"):
        return reader.main_ref(reader.parsed.bounds[reader.parsed.first][0], max(reader.main.end, 1), 0.8)
    return None


def _above(reader: Reader, token: int) -> Ref | None:
    """Return what a noun phrase around ``token`` is said of: "a film about weddings directed by X"."""
    for _ in range(4):
        head = reader.parsed.heads[token]
        if head == token or reader.is_verb(head):
            return None
        token = head
        if reader.parsed.deps[token] == "attr":
            found = reader.referent(token)
            return Ref(found.start, found.end, found.text, 0.85) if found is not None else None
    return None


def _known_as(reader: Reader, verb: int, subject: Ref | None, sentence: int, last: int) -> None:
    """Read "known professionally as X", "called X"."""
    if subject is None:
        return
    start = verb + 1
    if reader.lower[verb] != "called":
        start = next((i + 1 for i in range(verb + 1, min(verb + 4, last)) if reader.lower[i] == "as"), -1)
    while 0 < start < last and (reader.lower[start] in ("the", "simply") or not reader.lower[start][0].isalnum()):
        start += 1
    name = reader.name_at(start) if 0 < start < last else None
    if name is not None and name.start == start:
        reader.add(subject, "also known as", Ref(name.start, name.end, reader.parsed.slice(name.start, name.end)),
                   sentence, 0.8)  # fmt: skip


def _agent(reader: Reader, verb: int, last: int) -> int:
    """Return the token after the "by" of a participle, also of "written, produced and directed by"; -1 if none."""
    i = verb + 1
    while i < min(last, verb + 9) and (
        reader.parsed.tags[i] in ("VBN", "VBD", "CC", ",", "RB", "HYPH") or reader.lower[i] == ","
    ):
        i += 1
    if i < last and reader.lower[i] == "by":
        while i + 4 < last and (reader.lower[i + 1] in ("and", "&") or reader.parsed.tags[i + 1] == "VBG"):
            i += 1  # "directed by and starring X"
        return i + 1
    agent = reader.parsed.kid(verb, "agent")
    return agent + 1 if agent > verb else -1


def _objects(reader: Reader, verb: int, lemma: str, subject: Ref | None, sentence: int, last: int) -> None:
    """Read a verb's objects: after it, after "by" and after its prepositions."""
    if subject is None:
        return
    passive = reader.is_passive(verb)
    start = _agent(reader, verb, last) if reader.parsed.tags[verb] in ("VBN", "VBD") else -1
    if start > 0:
        token = reader.subject(verb)
        predicate = _PARTS.get(reader.lower[token], "") if token >= 0 else ""
        _relate(reader, verb, subject, predicate or f"{lemma} by", start, -1, sentence, last)
    for child in reader.parsed.kids[verb]:
        dep = reader.parsed.deps[child]
        if dep == "dobj" and not passive:
            _relate(reader, verb, subject, lemma, verb + 1, child, sentence, last)
        elif dep in ("attr", "oprd"):
            target = reader.phrase(child)
            reader.add(subject, lemma, target, sentence, 0.55, reader.when(verb))
        elif dep == "prep" and child > verb:
            head = reader.parsed.kid(child, "pobj")
            if head > child:
                phrase = f"{lemma} {reader.lower[child]}"
                _relate(reader, verb, subject, phrase, child + 1, head, sentence, last)


def _relate(
    reader: Reader, verb: int, subject: Ref, phrase: str, start: int, head: int, sentence: int, last: int
) -> None:
    """Add the statements of one verb phrase with the objects that stand from ``start`` on (``head``: the parser's)."""
    predicate, swapped = oriented(phrase)
    known = predicate != phrase
    if head >= 0 and reader.is_dated(reader.piece_at[head]):
        return  # a date is the statement's time, not its object
    when = reader.when(verb)
    if phrase == "locate near":
        _near(reader, subject, start, sentence, last)
        return
    targets: list[Ref] = []
    if swapped or predicate in _LISTS or predicate in ("spouse", "located in"):
        targets = _listed_targets(reader, predicate, start, head, last)
        if not targets and head >= 0 and predicate == "inhibits" and not swapped:
            targets = [reader.phrase(head)]
    elif head >= 0:
        targets = [reader.referent(head) or reader.phrase(head)] if reader.parsed.tags[head] != "PRP" else []
        if {"win", "receive", "award", "award with", "honor with"} & {phrase} and targets:
            predicate = "award" if _PRIZE & set(targets[0].text.casefold().split()) else phrase
            known = predicate == "award"
    if predicate in ("released in", "founded on") or (not known and not _worth_keeping(reader, targets)):
        return
    if predicate in _OF_WORKS and not swapped and reader.is_person(subject):
        # The participle hangs on a person named in between: "a film based on the book by X, directed by Y".
        work = reader.main_ref(subject.start, subject.end, 0.7)
        if work is None or reader.main.person or sentence != reader.parsed.first:
            return
        subject = work
    for target in targets:
        if swapped and not known:
            continue
        if swapped and reader.is_person(target) and predicate != "spouse" and predicate not in _NO_PERSON:
            continue  # "X directed Y": Y is a work
        left, right = (target, subject) if swapped else (subject, target)
        confidence = 0.9 if start > verb + 1 and phrase.endswith(" by") and known else 0.8 if known else 0.55
        reader.add(left, predicate, right, sentence, confidence, when)
        if predicate == "written by" and left.text == reader.main.name and reader.main.classes & _SONGS:
            reader.add(left, "composed by", right, sentence, confidence * 0.85, when)


def _listed_targets(reader: Reader, predicate: str, start: int, head: int, last: int) -> list[Ref]:
    """Return the objects of a statement that may have several: the names from ``start`` on, or what the head means."""
    one = predicate in ("spouse", "works for")
    names = listed_names(reader, start, last, one=one, places=predicate == "located in")
    if names and predicate == "inhibits" and reader.lower[min(names[0].end, last - 1)] == "-":
        names = []  # "cyclin-dependent kinase"
    if head >= 0 and not names and (target := reader.referent(head)) is not None:
        return [target]
    if head < 0 or (names and names[0].start <= head + 6):
        return [reader.ref(name) for name in names]
    return []


def _near(reader: Reader, subject: Ref, start: int, sentence: int, last: int) -> None:
    """Read "located near (to) A, B, C": near A, in B and C."""
    start += start < last and reader.lower[start] == "to"
    for n, name in enumerate(listed_names(reader, start, last, places=True)):
        reader.add(subject, "located in" if n else "locate near", reader.ref(name), sentence, 0.8)


def _worth_keeping(reader: Reader, targets: list[Ref]) -> bool:
    """Tell whether the objects of an unlisted verb say something: a name, or a short phrase of more than a pronoun."""
    return bool(targets) and any(
        any(reader.piece_at[i] is not None for i in range(t.start, t.end))
        or reader.parsed.tags[t.start].startswith("NNP")
        for t in targets
    )


def _work_by(reader: Reader, by: int, sentence: int, first: int, last: int) -> None:
    """Read "a film by X", "music by X", "the novel "T" by X"."""
    parsed, noun = reader.parsed, by - 1
    subject: Ref | None = None
    while noun > first and parsed.words[noun] in ('"', "''", "”", ")"):
        noun -= 1
    if noun > first and reader.lower[noun] in ("was", "is", "were", "are"):
        noun = max(reader.subject(noun), first)  # "the music was by X"
    title = reader.piece_at[noun] if noun >= first else None
    if title is not None and title.label in ("WORK_OF_ART", "NAME") and title.start > first:
        subject = Ref(title.start, title.end, parsed.slice(title.start, title.end))
        noun = title.start - 1
        while noun > first and not parsed.words[noun][0].isalnum():
            noun -= 1
    if noun < first or reader.lower[noun] not in _WORK_BY or not parsed.tags[noun].startswith("NN"):
        return
    if subject is None:
        subject = reader.referent(noun)
        if subject is None and reader.lower[noun] in _PARTS:
            subject = reader.owner(noun) or reader.main_ref(noun, noun + 1, 0.8)
        if subject is None:
            return
    for name in listed_names(reader, by + 1, last):
        reader.add(subject, _WORK_BY[reader.lower[noun]], reader.ref(name), sentence, 0.85)
