"""Statements from nouns: copulas, appositions, possessives and relational nouns ("the son of A and B")."""

from graphrag.extraction.kin import add_parents, child_of, of_preposition, person, when_near
from graphrag.extraction.modifiers import add_nationality, add_places, add_year, description, kind
from graphrag.extraction.name_lists import listed_names
from graphrag.extraction.predicates import NOUNS
from graphrag.extraction.reader import Reader, Ref
from graphrag.extraction.roles import held_role
from graphrag.extraction.subject import is_person_noun, is_thing_noun
from graphrag.lemmas import verb_lemma

__all__ = ["describe", "noun_patterns"]

_SYMMETRIC = frozenset(["spouse", "sibling", "cousin"])
_KIN = frozenset(
    "spouse sibling cousin father mother parent grandfather grandmother grandchild uncle aunt nephew niece".split()
)
_PLURAL = frozenset("sons daughters children brothers sisters siblings parents grandchildren".split())
_UPWARD = {"grandchild": "grandparent"}


def noun_patterns(reader: Reader, i: int, sentence: int, last: int) -> None:
    """Read what hangs on the noun ``i``: a relation with its owner, or an apposition to a name."""
    parsed = reader.parsed
    word = reader.lower[i]
    relational = word in NOUNS and not parsed.tags[i].startswith("NNP")
    if relational and i + 1 < last and parsed.words[i + 1] == "-":
        return  # "brother-in-law"
    if relational and i <= parsed.bounds[sentence][0] + 4 and _opening_role(reader, i, sentence, last):
        return
    if relational and parsed.kid(i, "poss") >= 0:
        _possessed(reader, i, sentence, last)
    elif relational and parsed.deps[i].startswith("nsubj"):
        _role_of(reader, i, sentence, last)
    elif relational and of_preposition(reader, i) > 0:
        _loose_role(reader, i, sentence, last)
    if parsed.deps[i] == "appos" and not parsed.tags[i].startswith("NNP"):
        head = parsed.heads[i]
        piece = reader.name_at(head)
        if head < i and (piece is not None or relational):
            subject = reader.referent(head)
            if relational and piece is not None and piece.label in ("GPE", "LOC"):
                subject = _clause_subject(reader, head)  # "was born in Rome, the son of X"
            if subject is not None:
                _describe_noun(reader, subject, i, sentence, last, 0.7)


def describe(reader: Reader, verb: int, sentence: int, last: int) -> None:
    """Read a copula: "X is a 1973 film", "X was the son of Y", "His father was Z"."""
    parsed = reader.parsed
    attribute = parsed.kid(verb, "attr")
    token = reader.subject(verb)
    lead = sentence == reader.parsed.first and verb == reader.main.verb
    if attribute < 0 or attribute < verb:
        _located(reader, verb, token, sentence, last, lead)
        return
    if token >= 0 and reader.lower[token] in NOUNS and not parsed.tags[token].startswith("NNP") and not lead:
        return  # "His father was X": read from the noun
    subject = reader.referent(token)
    if lead and (subject is None or subject.start < reader.main.end or reader.main.end == 1):
        first = parsed.bounds[parsed.first][0]
        subject = reader.main_ref(first, max(reader.main.end, first + 1), 1.0) or subject
    if subject is None or (token >= 0 and reader.lower[token] == "there"):
        return
    if reader.name_at(attribute) is not None and reader.parsed.tags[attribute] not in ("NN", "NNS"):
        if reader.name_at(attribute) != reader.piece_at[subject.start]:
            _capitalised_attribute(reader, subject, attribute, sentence, last)
        return
    _describe_noun(reader, subject, attribute, sentence, last, 0.9 if lead else 0.85)


def _opening_role(reader: Reader, noun: int, sentence: int, last: int) -> bool:
    """Read "The son of A and B, he …"; tell whether the sentence opens that way."""
    if of_preposition(reader, noun) < 0:
        return False
    for comma in range(noun, min(noun + 30, last - 1)):
        if reader.is_verb(comma):
            return False
        if reader.lower[comma] == "," and reader.lower[comma + 1] in ("he", "she"):
            subject = reader.referent(comma + 1)
            if subject is not None:
                _relation(reader, subject, noun, sentence, comma, 0.8)
            return True
    return False


def _clause_subject(reader: Reader, token: int) -> Ref | None:
    """Return the subject of the verb above a token."""
    for _ in range(5):
        if reader.is_verb(token):
            return reader.referent(reader.subject(token))
        token = reader.parsed.heads[token]
    return None


def _loose_role(reader: Reader, noun: int, sentence: int, last: int) -> None:
    """Read "was born in X as the son of A"."""
    parsed = reader.parsed
    head = parsed.heads[noun]
    subject: Ref | None = None
    if reader.lower[head] == "as" and parsed.heads[head] != head:
        subject = reader.referent(reader.subject(parsed.heads[head]))
    elif parsed.deps[noun] in ("dobj", "attr"):
        subject = _copula_subject(reader, noun, sentence)
    if subject is not None and subject.start != noun:
        _relation(reader, subject, noun, sentence, last, 0.8)


def _copula_subject(reader: Reader, noun: int, sentence: int) -> Ref | None:
    """Return the subject of the copula above a noun that the parser hung elsewhere: "the elder and only son of"."""
    parsed, token = reader.parsed, noun
    for _ in range(4):
        if parsed.deps[token] in ("pobj", "poss", "nsubj", "relcl", "acl", "ROOT"):
            return None
        token = parsed.heads[token]
        if verb_lemma(parsed.words[token]) == "be":
            if sentence == parsed.first and token == reader.main.verb:
                return reader.main_ref(0, max(reader.main.end, 1), 0.9)
            return reader.referent(reader.subject(token))
    return None


def _located(reader: Reader, verb: int, token: int, sentence: int, last: int, lead: bool) -> None:
    """Read "X is in Y"."""
    prep = reader.parsed.kid(verb, "prep")
    if prep < 0 or reader.lower[prep] != "in" or prep != verb + 1:
        return
    subject = (
        reader.main_ref(reader.parsed.bounds[reader.parsed.first][0], max(reader.main.end, 1), 1.0)
        if lead
        else reader.referent(token)
    )
    if subject is None or reader.is_person(subject):
        return
    for name in listed_names(reader, prep + 1, last, places=True):
        if name.label in ("GPE", "LOC", "FAC"):
            reader.add(subject, "located in", reader.ref(name), sentence, 0.75)


def _capitalised_attribute(reader: Reader, subject: Ref, attribute: int, sentence: int, last: int) -> None:
    """Read "X was Duke of Pastrana", "X is the King of Deira"."""
    phrase = reader.phrase(attribute)
    end = phrase.end
    if end + 1 < last and reader.lower[end] == "of" and (name := reader.name_at(end + 1)) is not None:
        phrase = Ref(phrase.start, name.end, reader.parsed.slice(phrase.start, name.end))
    reader.add(subject, "be", phrase, sentence, 0.8)
    if reader.is_person(subject):
        add_nationality(reader, subject, attribute, sentence, 0.8, "nationality")


def _heads(reader: Reader, head: int) -> list[int]:
    """Return a noun and the nouns coordinated with it, in order."""
    found = [head]
    for token in found:
        found.extend(
            k for k in reader.parsed.kids[token] if reader.parsed.deps[k] == "conj" and k > token and k not in found
        )
        if len(found) > 8:
            break
    return sorted(found)


def _describe_noun(reader: Reader, subject: Ref, head: int, sentence: int, last: int, confidence: float) -> None:
    """Read all that a describing noun phrase says of its subject."""
    parsed = reader.parsed
    heads = [h for h in _heads(reader, head) if not parsed.tags[h].startswith("VB")]
    person = reader.is_person(subject)
    reader.add(subject, "be", description(reader, head, heads), sentence, confidence)
    kinds = 0
    for noun in heads:
        word = reader.lower[noun]
        if parsed.tags[noun].startswith("NNP") and not is_person_noun(word):
            continue
        if held_role(reader, subject, noun, sentence, last, confidence) and not person:
            continue
        if word in NOUNS and (of_preposition(reader, noun) >= 0 or parsed.kid(noun, "poss") >= 0):
            _relation(reader, subject, noun, sentence, last, confidence * 0.95)
        elif word in NOUNS and NOUNS[word] in _KIN | {"child"}:
            continue
        elif person and is_person_noun(word):
            reader.add(subject, "occupation", kind(reader, noun), sentence, confidence)
        elif not person and kinds == 0 and (is_thing_noun(word) or not is_person_noun(word)):
            kinds += 1
            reader.add(subject, "instance of", kind(reader, noun), sentence, confidence)
    add_nationality(reader, subject, head, sentence, confidence, "nationality" if person else "country")
    if not person:
        add_year(reader, subject, head, sentence, confidence)
        add_places(reader, subject, head, sentence, last, confidence)


def _relation(reader: Reader, subject: Ref, noun: int, sentence: int, last: int, confidence: float) -> None:
    """Read "X is the NOUN of Y" and "X is Y's NOUN"."""
    predicate = NOUNS[reader.lower[noun]]
    of = of_preposition(reader, noun)
    owner = reader.owner(noun)
    if noun + 1 < last and reader.parsed.words[noun + 1] == "-":
        return
    if reader.lower[noun] == "consort" and of > 0 and reader.lower[of] == "of":
        return  # "Queen consort of Cambodia"
    if predicate == "child":
        if of > 0:
            add_parents(reader, subject, of + 1, sentence, last, confidence)
        elif owner is not None:
            child_of(reader, owner, subject, noun, sentence, confidence)
        return
    if owner is not None:
        others = [owner]
    else:
        names = (
            listed_names(reader, of + 1, last, one=predicate not in ("sibling", "father", "mother", "parent"))
            if of > 0
            else []
        )
        if predicate in _KIN:
            others = [person(reader, n) for n in names if n.label not in ("GPE", "LOC") or predicate != "spouse"]
        else:
            others = [reader.ref(name) for name in names]
    for other in others:
        if predicate in ("member", "part", "capital"):
            reader.add(subject, f"{predicate} of", other, sentence, confidence)
        elif predicate in _SYMMETRIC:
            reader.add(subject, predicate, other, sentence, confidence, when_near(reader, noun))
        elif predicate in _UPWARD:
            reader.add(subject, _UPWARD[predicate], other, sentence, confidence)
        elif not (predicate.endswith(" by") and reader.is_person(other)):
            reader.add(other, predicate, subject, sentence, confidence)


def _possessed(reader: Reader, noun: int, sentence: int, last: int) -> None:
    """Read "his wife Maria", "Foo's father was Y", "her sons, A and B"."""
    owner = reader.owner(noun)
    if owner is None:
        return
    word = reader.lower[noun]
    parsed = reader.parsed
    names = _named_beside(reader, noun, last, word in _PLURAL)
    if not names and parsed.deps[noun].startswith("nsubj"):
        verb = parsed.heads[noun]
        if verb_lemma(parsed.words[verb]) == "be" or reader.lower[verb] in ("named", "called"):
            names = [reader.ref(n) for n in listed_names(reader, verb + 1, last, one=word not in _PLURAL)]
    if not names and parsed.deps[noun] == "attr":
        return  # "X was his son": read from the copula
    predicate = NOUNS[word]
    for name in names:
        if predicate == "child":
            child_of(reader, owner, name, noun, sentence, 0.85)
        elif predicate in ("member", "part"):
            continue
        elif predicate == "parent":
            add_parents(reader, owner, name.start, sentence, last, 0.85)
            return
        else:
            reader.add(owner, predicate, name, sentence, 0.85, when_near(reader, noun))


def _named_beside(reader: Reader, noun: int, last: int, many: bool) -> list[Ref]:
    """Return the name that stands right after a noun: "wife Maria", "wife, the actress Maria"."""
    i = noun + 1
    if i < last and reader.lower[i] in (",", ":"):
        i += 1
    if i >= last:
        return []
    direct = reader.name_at(i)
    if direct is None and reader.parsed.kid(noun, "appos") < 0:
        return []
    names = listed_names(reader, i, last, one=not many)
    return [person(reader, n) for n in names if n.label not in ("GPE", "LOC", "WORK_OF_ART")]


def _role_of(reader: Reader, noun: int, sentence: int, last: int) -> None:
    """Read "The director of X was Y", "The capital of X is Y"."""
    parsed = reader.parsed
    of = of_preposition(reader, noun)
    verb = parsed.heads[noun]
    if of < 0 or verb < of or verb_lemma(parsed.words[verb]) != "be":
        return
    owners = listed_names(reader, of + 1, verb, one=True)
    if not owners:
        return
    predicate = NOUNS[reader.lower[noun]]
    for name in listed_names(reader, verb + 1, last, one=True):
        if predicate not in ("member", "part", "child"):
            reader.add(reader.ref(owners[0]), predicate, reader.ref(name), sentence, 0.8)
