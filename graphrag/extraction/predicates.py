"""The vocabulary of predicates: which phrases mean one of the common relations, and in which direction.

A phrase is a lower-case lemma with its preposition, as :mod:`graphrag.extraction.triples` makes it: ``direct by``
(passive), ``bear in``, ``wife``.  Phrases that are in neither table stay what they are.

``bear``, ``die``, ``release`` and ``found`` take a date or a place; the extractor writes ``bear on`` before a date and
``bear in`` before a place, whatever the preposition was.  ``released in`` holds a work's year or date, ``country`` the
country or demonym of something that is not a person, ``nationality`` that of a person; ``be`` is the copula, its
object a description.  ``parent`` stands where the text does not tell father from mother.
"""

__all__ = ["DIRECT", "INVERSE", "NOUNS", "canonical", "oriented"]

# Canonical predicate -> phrases whose subject and object stand as in the canonical direction.
DIRECT: dict[str, tuple[str, ...]] = {
    "born on": ("bear on",),
    "born in": ("bear in", "bear at", "bear near", "birthplace"),
    "died on": ("die on", "kill on", "execute on", "assassinate on", "murder on"),
    "died in": ("die in", "die at", "die near", "kill in", "kill at", "execute in", "pass in", "assassinate in"),
    "died of": ("die of", "die from", "kill by", "die by"),
    "buried in": ("bury in", "bury at", "inter in", "inter at", "entomb in", "bury on"),
    "spouse": ("marry", "marry to", "wed", "wed to", "remarry", "divorce", "divorce from", "wife", "husband", "spouse",
               "widow", "widower", "consort", "elope with", "ex-wife", "ex-husband", "bride", "fiancee"),
    "father": ("father", "bear of father"),
    "mother": ("mother",),
    "parent": ("parent", "bear to", "stepparent", "descend from"),
    "child": ("child", "son", "daughter", "kid", "offspring", "have child", "have son", "have daughter"),
    "sibling": ("sibling", "brother", "sister", "half-brother", "half-sister", "twin", "half brother", "half sister"),
    "directed by": ("direct by", "helm by", "co-direct by", "film by", "director"),
    "written by": ("write by", "co-write by", "author by", "pen by", "script by", "screenplay by", "novel by",
                   "book by",
                   "author", "writer", "screenwriter", "novelist", "playwright", "scriptwriter", "story by",
                   "lyricist"),
    "composed by": ("compose by", "score by", "music by", "composer", "soundtrack by"),
    "performed by": ("perform by", "record by", "sing by", "song by", "album by", "single by", "performer", "singer",
                     "cover by", "vocalist", "release by artist"),
    "produced by": ("produce by", "co-produce by", "producer"),
    "starring": ("star", "feature actor", "co-star", "topline by", "headline by", "star by"),
    "founded by": ("found by", "establish by", "co-found by", "start by", "set up by", "founder", "co-founder",
                   "form by"),
    "created by": ("create by", "design by", "develop by", "invent by", "build by", "paint by", "sculpt by",
                   "devise by", "manufacture by",
                   "creator", "designer", "architect", "inventor", "developer", "draw by", "construct by"),
    "owned by": ("own by", "owner", "acquire by", "parent company", "buy by", "purchase by"),
    "led by": ("lead by", "head by"),
    "discovered by": ("discover by",),
    "resolved by": ("resolve by",),
    "inhibits": ("inhibit",),
    "published by": ("publish by", "publisher", "issue by"),
    "released in": ("release in", "release on", "premiere in", "premiere on", "publish in", "publish on", "air on",
                    "come out in", "debut on"),
    "founded on": ("found on", "establish on", "form on", "create on", "incorporate on"),
    "nationality": ("nationality", "citizenship"),
    "occupation": ("occupation", "profession", "work as"),
    "located in": ("locate in", "situate in", "lie in", "base in", "headquarter in", "stand in",
                   "headquartered in", "locate at", "situate at", "set in place"),
    "capital of": ("capital of", "be capital of"),
    "capital": ("capital", "capital city"),
    "country": ("country",),
    "member of": ("member of", "be member of", "join", "belong to", "play for", "sign for", "sign with",
                  "be part of group"),
    "educated at": ("educate at", "attend", "graduate from", "graduate at", "study at", "school at", "alma mater",
                    "educate in", "enrol at", "enroll at", "matriculate at", "train at"),
    "works for": ("work for", "work at", "employ by", "employ at", "teach at", "employer", "lecture at"),
    "award": ("award", "win", "receive", "be award", "honour with", "honor with", "award with"),
    "based on": ("base on", "base upon", "adapt from", "adaptation of", "be adaptation of", "inspire by", "remake of"),
    "part of": ("part of", "be part of"),
    "instance of": ("instance of",),
    "also known as": ("know as", "call", "title", "nickname", "name", "style", "bill as", "credit as", "also know as"),
    "cause of death": (),
}  # fmt: skip

# Canonical predicate -> phrases whose subject is the canonical object: "X directs Y" is (Y, "directed by", X).
INVERSE: dict[str, tuple[str, ...]] = {
    "directed by": ("direct", "helm", "co-direct"),
    "written by": ("write", "co-write", "author", "pen", "script"),
    "composed by": ("compose", "score"),
    "performed by": ("perform", "record", "sing"),
    "produced by": ("produce", "co-produce"),
    "starring": ("star in", "act in", "appear in", "co-star in", "star as"),
    "founded by": ("found", "establish", "co-found", "set up"),
    "created by": ("create", "design", "develop", "invent", "paint", "build", "manufacture"),
    "owned by": ("own", "acquire", "buy", "purchase"),
    "discovered by": ("discover",),
    "inhibits": ("inhibit by",),
    "published by": ("publish",),
    "father": ("father of",),
    "mother": ("mother of",),
    "spouse": ("wife of", "husband of"),
}

# A relational noun -> canonical predicate from its owner: "X's wife is Y" is (X, "spouse", Y).
NOUNS: dict[str, str] = {
    noun: predicate
    for predicate, nouns in {
        "spouse": "wife husband spouse widow widower consort ex-wife ex-husband bride",
        "father": "father",
        "mother": "mother",
        "parent": "parent parents",
        "child": "son daughter child children sons daughters stepson stepdaughter",
        "sibling": "brother sister sibling brothers sisters siblings half-brother half-sister twin",
        "grandfather": "grandfather",
        "grandmother": "grandmother",
        "grandchild": "grandson granddaughter grandchild grandchildren grandsons",
        "uncle": "uncle",
        "aunt": "aunt",
        "nephew": "nephew",
        "niece": "niece",
        "cousin": "cousin",
        "directed by": "director",
        "written by": "author writer screenwriter novelist lyricist playwright co-author co-writer",
        "composed by": "composer",
        "performed by": "performer singer vocalist",
        "produced by": "producer",
        "founded by": "founder co-founder",
        "created by": "creator designer inventor developer architect",
        "owned by": "owner proprietor",
        "published by": "publisher",
        "capital": "capital",
        "member": "member",
        "part": "part",
        "teacher": "teacher",
        "student": "student pupil",
        "successor": "successor",
        "predecessor": "predecessor",
    }.items()
    for noun in nouns.split()
}

_DIRECT = {phrase: name for name, phrases in DIRECT.items() for phrase in (name, *phrases)}
_INVERSE = {phrase: name for name, phrases in INVERSE.items() for phrase in phrases}


def canonical(predicate: str) -> str:
    """Return the canonical name of a predicate phrase, or the phrase itself where it has none.

    Examples
    --------
    >>> canonical("direct by")
    'directed by'
    >>> canonical("wife")
    'spouse'
    >>> canonical("run through")
    'run through'
    """
    phrase = " ".join(predicate.casefold().split())
    return _DIRECT.get(phrase, phrase)


def oriented(phrase: str) -> tuple[str, bool]:
    """Return the canonical name of a verb phrase, and whether its subject and object change places."""
    if phrase in _INVERSE:
        return _INVERSE[phrase], True
    return _DIRECT.get(phrase, phrase), False
