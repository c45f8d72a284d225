"""The words by which questions ask for relations, and what each relation leads to.

A noun or verb of a question stands for one or more *readings*; a reading is a chain of canonical predicates, from the
known thing outwards: a "paternal grandfather" is the father of the father.
"""

from graphrag.answering.forms import Chain, Hop
from graphrag.lemmas import verb_lemma

__all__ = ["KINDS", "NOUN_READINGS", "OF_PERSONS", "ROLES", "VERB_RELATIONS", "noun_readings", "place_noun"]

# What each relation leads to.
KINDS = {
    "born on": "date",
    "died on": "date",
    "born in": "place",
    "died in": "place",
    "buried in": "place",
    "died of": "cause",
    "spouse": "person",
    "father": "person",
    "mother": "person",
    "parent": "person",
    "child": "person",
    "sibling": "person",
    "directed by": "person",
    "written by": "person",
    "composed by": "person",
    "performed by": "person",
    "produced by": "person",
    "starring": "person",
    "founded by": "person",
    "created by": "person",
    "owned by": "thing",
    "released in": "date",
    "founded on": "date",
    "nationality": "nationality",
    "occupation": "occupation",
    "located in": "place",
    "capital of": "place",
    "capital": "place",
    "country": "country",
    "member of": "organisation",
    "educated at": "organisation",
    "works for": "organisation",
    "award": "award",
    "based on": "work",
    "part of": "thing",
    "instance of": "class",
    "also known as": "name",
    "population": "number",
    "area": "number",
    "length": "number",
    "height": "number",
}

OF_PERSONS = frozenset(
    "born on,died on,born in,died in,buried in,died of,spouse,father,mother,parent,child,sibling,nationality,"
    "occupation,educated at,works for,award".split(",")
)
"""Relations that only people have."""

_SIMPLE = {
    "directed by": "director, film director, movie director, main director",
    "written by": "writer, author, screenwriter, scriptwriter, lyricist, playwright, novelist, songwriter",
    "composed by": "composer, music composer, music director",
    "performed by": "performer, singer, artist, musician, band, recording artist, vocalist, lead singer, rapper",
    "produced by": "producer, film producer, record producer",
    "starring": "star, lead actor, lead actress, leading actor, leading actress, main actor, actor, actress,"
    " protagonist actor",
    "founded by": "founder, co-founder, cofounder",
    "created by": "creator, inventor, designer, architect, painter, sculptor, developer",
    "owned by": "owner, parent company, proprietor",
    "spouse": "spouse, wife, husband, first wife, second wife, third wife, first husband, second husband, ex-wife, "
    "ex-husband, late husband, late wife, widow, widower, consort, partner",
    "father": "father, dad, biological father",
    "mother": "mother, mum, mom, biological mother",
    "parent": "parent, parents",
    "child": "child, children, son, daughter, kid, kids, sons, daughters, eldest son, eldest daughter, only child, "
    "only son, only daughter, offspring, heir",
    "sibling": "sibling, siblings, brother, sister, brothers, sisters, older brother, younger brother, older sister, "
    "younger sister, elder brother, elder sister, twin brother, twin sister, half-brother, half-sister, twin",
    "born in": "place of birth, birthplace, birth place, birth city, hometown, home town, city of birth, "
    "country of birth, town of birth, location of birth",
    "died in": "place of death, deathplace, death place, city of death, location of death",
    "buried in": "place of burial, burial place, resting place, burial site, grave, final resting place",
    "born on": "date of birth, birth date, birthdate, birthday, year of birth, birth year",
    "died on": "date of death, death date, year of death, death year",
    "died of": "cause of death",
    "nationality": "nationality, citizenship, country of citizenship, native country, home country, homeland",
    "country": "country of origin, country, nation",
    "occupation": "occupation, profession, job",
    "educated at": "alma mater, university, college, school, educational institution",
    "works for": "employer, workplace, place of work",
    "award": "award, prize, honour, honor, awards",
    "released in": "release date, publication date, year of release, release year, date of publication, "
    "date of release, premiere date, debut",
    "founded on": "founding date, date of foundation, foundation date, year of foundation, inception, inception date",
    "capital": "capital, capital city, administrative centre, administrative center, seat",
    "located in": "location, headquarters",
    "member of": "team, club, party, political party, group, sports team",
    "based on": "basis, source material",
    "population": "population, number of inhabitants",
    "area": "area, surface area",
    "length": "length",
    "height": "height, elevation",
    "also known as": "nickname, real name, birth name, stage name, alias, pseudonym, former name",
}

ROLES = {
    "chief executive officer": "chief executive officer, chief executive, ceo",
    "chief financial officer": "chief financial officer, cfo",
    "chief technology officer": "chief technology officer, cto",
    "chief operating officer": "chief operating officer, coo",
    "chair": "chair, chairman, chairwoman, chairperson",
    "managing director": "managing director",
    "lead engineer": "lead engineer",
    "chief engineer": "chief engineer",
    "chief scientist": "chief scientist",
    "head of research": "head of research",
    "general manager": "general manager",
    "vice president": "vice president",
    "treasurer": "treasurer",
    "spokesperson": "spokesperson",
}
"""Roles that people hold in an organisation, and the nouns for each."""

_COMPOSITE = {
    "grandfather": ("parent father",),
    "paternal grandfather": ("father father",),
    "maternal grandfather": ("mother father",),
    "grandmother": ("parent mother",),
    "paternal grandmother": ("father mother",),
    "maternal grandmother": ("mother mother",),
    "grandparent": ("parent parent",),
    "great-grandfather": ("parent parent father",),
    "great-grandmother": ("parent parent mother",),
    "father-in-law": ("spouse father",),
    "mother-in-law": ("spouse mother",),
    "parent-in-law": ("spouse parent",),
    "parents-in-law": ("spouse parent",),
    "sibling-in-law": ("spouse sibling", "sibling spouse"),
    "brother-in-law": ("spouse sibling", "sibling spouse"),
    "sister-in-law": ("spouse sibling", "sibling spouse"),
    "child-in-law": ("child spouse",),
    "son-in-law": ("child spouse",),
    "daughter-in-law": ("child spouse",),
    "stepfather": ("mother spouse",),
    "step-father": ("mother spouse",),
    "stepmother": ("father spouse",),
    "step-mother": ("father spouse",),
    "stepchild": ("spouse child",),
    "stepson": ("spouse child",),
    "stepdaughter": ("spouse child",),
    "stepbrother": ("parent spouse child",),
    "stepsister": ("parent spouse child",),
    "uncle": ("parent sibling",),
    "aunt": ("parent sibling",),
    "paternal uncle": ("father sibling",),
    "paternal aunt": ("father sibling",),
    "maternal uncle": ("mother sibling",),
    "maternal aunt": ("mother sibling",),
    "nephew": ("sibling child",),
    "niece": ("sibling child",),
    "cousin": ("parent sibling child",),
    "first cousin": ("parent sibling child",),
    "grandson": ("child child",),
    "granddaughter": ("child child",),
    "grandchild": ("child child",),
    "co-parent-in-law": ("child spouse parent",),
}

# "Who VERB X" and "the person who VERB X": the verb's object is the known thing.
_SAID_OF = {
    "directed": "directed by",
    "wrote": "written by",
    "written": "written by",
    "authored": "written by",
    "penned": "written by",
    "composed": "composed by",
    "scored": "composed by",
    "performed": "performed by",
    "performs": "performed by",
    "sang": "performed by",
    "sings": "performed by",
    "sung": "performed by",
    "recorded": "performed by",
    "released": "performed by",
    "produced": "produced by",
    "founded": "founded by",
    "established": "founded by",
    "started": "founded by",
    "co-founded": "founded by",
    "created": "created by",
    "invented": "created by",
    "designed": "created by",
    "developed": "created by",
    "built": "created by",
    "painted": "created by",
    "drew": "created by",
    "owns": "owned by",
    "owned": "owned by",
    "acquired": "owned by",
    "acquires": "owned by",
    "bought": "owned by",
    "buys": "owned by",
    "purchased": "owned by",
    "took over": "owned by",
    "takes over": "owned by",
    "has acquired": "owned by",
    "has bought": "owned by",
    "starred in": "starring",
    "stars in": "starring",
    "acted in": "starring",
    "plays in": "starring",
    "married": "spouse",
    "is married to": "spouse",
    "was married to": "spouse",
    "fathered": "parent",
    "mothered": "mother",
}


def _present(past: str) -> str:
    """Return how a verb is said of one thing that still does it: "writes" of "wrote"."""
    base = verb_lemma(past)
    if base.endswith(("s", "sh", "ch", "x")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2:] not in ("ay", "ey", "oy", "uy") else base + "s"


# "Which records does X hold?" has no verb "records".
_NOUNS = frozenset("authors builds designs draws fathers mothers pens purchases records releases scores starts".split())
VERB_RELATIONS = _SAID_OF | {
    _present(verb): relation for verb, relation in _SAID_OF.items() if " " not in verb and _present(verb) not in _NOUNS
}

_PLACE_NOUNS = frozenset(
    "country state city town village county province region district municipality continent island area place "
    "territory nation republic kingdom borough prefecture department commune parish canton location suburb "
    "neighborhood neighbourhood capital site venue river lake mountain".split()
)


def place_noun(noun: str) -> bool:
    """Tell whether a singular noun names a kind of place."""
    return noun in _PLACE_NOUNS


def _readings() -> dict[str, tuple[Chain, ...]]:
    """Build the table of nouns: every reading as a chain of hops."""
    table: dict[str, tuple[Chain, ...]] = {}
    for relation, nouns in _SIMPLE.items():
        for noun in nouns.split(","):
            noun = noun.strip()
            table[noun] = ((Hop(relation, KINDS[relation], noun),),)
    for role, nouns in ROLES.items():
        table.update({noun: ((Hop(role, "person", noun),),) for noun in nouns.split(", ")})
    for noun, chains in _COMPOSITE.items():
        table[noun] = tuple(
            tuple(
                Hop(relation, "person", noun if last else "")
                for relation, last in zip(chain.split(), [False] * chain.count(" ") + [True], strict=True)
            )
            for chain in chains
        )
    return table


NOUN_READINGS = _readings()
_LONGEST = max(len(noun.split()) for noun in NOUN_READINGS)


def noun_readings(tokens: list[str]) -> tuple[int, tuple[Chain, ...]]:
    """Find the longest relation noun at the start of ``tokens``.

    Returns
    -------
    (int, tuple of Chain)
        How many tokens it takes (0 where there is none) and its readings.
    """
    for count in range(min(_LONGEST, len(tokens)), 0, -1):
        phrase = " ".join(tokens[:count])
        for form in (phrase, phrase.removesuffix("s")):
            if form in NOUN_READINGS:
                return count, NOUN_READINGS[form]
    return 0, ()
