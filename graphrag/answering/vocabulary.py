"""The words of questions: function words, the verbs at the end of a clause, and the kinds of things nouns ask for."""

import re

from graphrag.answering.relations import noun_readings, place_noun

__all__ = [
    "AUXILIARIES",
    "DETERMINERS",
    "PREPOSITIONS",
    "RELATIVES",
    "VERB_PATTERNS",
    "noun_kind",
    "singular",
]

DETERMINERS = frozenset("the a an both his her its their this that these those s".split())
AUXILIARIES = frozenset("is was are were did does do has have had been be being can could will would also".split())
PREPOSITIONS = frozenset("of for to in at by behind from on with".split())
RELATIVES = frozenset("who that which where whose whom when".split())

# A verb at the end of a question or clause, and the relation it stands for when a place, a time, a cause or a thing is
# asked for.  After "~" the subject is the relation's object: what X owns is owned by X.
_VERBS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"born( in| at| on)?", {"place": "born in", "date": "born on"}),
    (
        r"(die|died|dies|pass away|passed away|killed|assassinated|deceased)( in| at| on| of| from)?",
        {"place": "died in", "date": "died on", "cause": "died of"},
    ),
    (r"(buried|interred|entombed|laid to rest)( in| at)?", {"place": "buried in"}),
    (
        r"(study|studied|educated|attend|attended|graduate|graduated|graduate from|graduated from|go to school"
        r"|go to college|go to university|educated at|study at|studied at|schooled)( in| at| from)?",
        {"place": "educated at", "thing": "educated at"},
    ),
    (
        r"(work|works|worked|employed|teach|taught|teaches)( at| for| by| in)?",
        {"place": "works for", "thing": "works for"},
    ),
    (
        r"(located|situated|lie|lies|found|based|headquartered)( in| at| on)?",
        {"place": "located in", "thing": "located in"},
    ),
    (
        r"(released|come out|came out|published|premiered|premiere|air|aired|debut|issued)( in| on)?",
        {"date": "released in"},
    ),
    (
        r"(founded|established|formed|created|built|opened|incorporated|set up|constructed|launched)( in| on)?",
        {"date": "founded on"},
    ),
    (
        r"(from|come from|comes from|originate from|originate|hail from|originally from|native to)",
        {"place": "nationality"},
    ),
    (r"(citizen|citizen of|a citizen of|a citizen|a national of)", {"place": "nationality"}),
    (r"(married|married to|marry|wed)", {"person": "spouse"}),
    (r"(win|won|receive|received|earn|earned|get|got|awarded|given|receives|wins)", {"thing": "award"}),
    (
        r"(play for|played for|plays for|belong to|belongs to|a member of|member of)",
        {"thing": "member of", "place": "member of"},
    ),
    (r"(directed by|directed)", {"person": "directed by"}),
    (r"(written by|authored by)", {"person": "written by"}),
    (r"(composed by)", {"person": "composed by"}),
    (r"(performed by|sung by|recorded by)", {"person": "performed by"}),
    (r"(produced by)", {"person": "produced by"}),
    (r"(founded by|established by|started by)", {"person": "founded by", "thing": "founded by"}),
    (r"(created by|designed by|painted by|invented by|built by)", {"person": "created by"}),
    (
        r"(owned by|acquired by|bought by|purchased by|taken over by)",
        {"person": "owned by", "thing": "owned by"},
    ),
    (r"(own|owns|owned|acquire|acquired|buy|bought|purchase|purchased|take over|took over)", {"thing": "~owned by"}),
    (r"(based on)", {"thing": "based on"}),
    (r"(part of)", {"thing": "part of", "place": "located in"}),
    (r"(in)", {"place": "located in"}),
)

# Each verb: what a clause that ends in it matches, the verb itself at its end, and its relations.
VERB_PATTERNS = tuple(
    (re.compile(rf"(?:^|.*?\s){pattern}$"), re.compile(rf"\s?\b{pattern}$"), by) for pattern, by in _VERBS
)

_NOUNS_OF_KIND = {
    "year": "year",
    "date": "date day month decade century time",
    "nationality": "nationality",
    "person": "person man woman actor actress player president king queen leader singer director author writer "
    "character",
    "work": "film movie book song album novel",
    "organisation": "band company team club university college school party organization organisation league label",
    "number": "percentage number population",
    "thing": "language",
}
_NOUN_KINDS = {noun: kind for kind, nouns in _NOUNS_OF_KIND.items() for noun in nouns.split()}


def singular(noun: str) -> str:
    """Return the singular of an English noun, roughly."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def noun_kind(noun: str) -> str:
    """Return the kind of thing a noun asks for."""
    one = singular(noun)
    if one == "country" or one == "nation":
        return "country"
    if place_noun(one):
        return "place"
    if one in _NOUN_KINDS:
        return _NOUN_KINDS[one]
    count, readings = noun_readings([one])
    return readings[0][-1].kind if count else "thing"
