"""The words that stand beside the values of each relation.

A cue is a pattern and where the value stands: after it, before it, or after one of the prepositions that follow it in
the sentence.
"""

import re
from dataclasses import dataclass

__all__ = ["BREAKERS", "CUES", "PERSON_RELATIONS", "Cue"]

_RANKED = (
    r"(?:older|elder|younger|twin|eldest|youngest|only|half|first|second|third|fourth|late|former|then"
    r"|long-time|biological|own)?[ -]?"
)


_HIS = r"\b(?:his|her|their|whose)\b\s+(?:\w+\s+)?" + _RANKED


BREAKERS = (
    r"who|which|whose|that|when|while|but|because|where|in|on|at|from|was|were|is|are|has|had|starring|featuring|about"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern and where the value stands: "after" it, "before" it, or after one of ``prepositions``."""

    pattern: re.Pattern[str]
    side: str
    score: float
    prepositions: str = ""
    skip: int = 7


def _after(pattern: str, score: float, skip: int = 7) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), "after", score, skip=skip)


def _before(pattern: str, score: float) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), "before", score)


def _prepositional(pattern: str, prepositions: str, score: float, skip: int = 6) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), "prepositional", score, prepositions, skip)


CUES: dict[str, tuple[Cue, ...]] = {
    "directed by": (
        _after(r"\bdirected\b[^.;]{0,60}?\bby\b(?:\s+and\s+star\w+)?", 0.95),
        _after(r"\bdirect(?:ion|orial (?:debut|effort))\b[^.;]{0,30}?\b(?:by|of|for|from)\b", 0.8),
        _after(
            r"\b(?:film|movie|serial|documentary|short|comedy|drama|thriller|western|musical)\s+(?:\w+\s+)?(?:by"
            r"|from)\s+(?:director\s+)?",
            0.75,
            5,
        ),
        _after(r"\b(?:film-?maker|directors?)\b(?:\s+(?:is|was|were|are)|,)?", 0.6, 2),
        _before(r"\b(?:who\s+)?(?:also\s+)?directed\s+(?:the|this|it)\b", 0.6),
    ),
    "written by": (
        _after(
            r"\b(?:written|authored|penned|screenplay|script|story|words|lyrics|novel|book|play"
            r"|poem)\b[^.;]{0,50}?\bby\b",
            0.9,
        ),
        _after(r"\b(?:author|writer|novelist|playwright|screenwriter|lyricist)\b(?:\s+(?:is|was)|,)?", 0.6, 2),
        _before(r"\bwrote\b", 0.5),
    ),
    "composed by": (
        _after(r"\bcomposed\b[^.;]{0,50}?\bby\b", 0.95),
        _after(r"\bcredited\s+to\b", 0.75, 4),
        _after(r"\b(?:music|score|soundtrack|songs?|tune|lyrics|theme)\b[^.;]{0,60}?\bby\b", 0.85),
        _after(r"\b(?:written|co-written)\b[^.;]{0,40}?\bby\b", 0.6),
        _after(r"\b(?:composers?|music director|songwriters?)\b(?:\s+(?:is|was|were)|,)?", 0.7, 2),
        _before(r"\b(?:composed|scored|wrote)\s+(?:the|its|all)\b", 0.7),
        _before(r"['’]s?\s+(?:music|score|soundtrack)\b", 0.4),
    ),
    "performed by": (
        _after(r"\b(?:performed|sung|recorded|released|covered)\b[^.;]{0,50}?\bby\b", 0.85),
        _after(
            r"\b(?:song|single|album|record|ballad|track|hit|EP|LP|mixtape|duet|debut|release"
            r"|compilation)\b[^.;]{0,70}?\b(?:by|from|of)\b",
            0.9,
        ),
        _after(r"\b(?:singer|rapper|musician|band|group|artist|duo|vocalist|saxophonist|guitarist|pianist)\b", 0.6, 1),
        _before(r"['’]s?\s+(?:\w+\s+){0,3}(?:song|single|album|record|EP)\b", 0.8),
        _before(r"\b(?:recorded|sang|performed|released)\b", 0.5),
    ),
    "produced by": (
        _after(r"\bproduced\b[^.;]{0,50}?\bby\b", 0.95),
        _after(r"\bproducers?\b(?:\s+(?:is|was|were)|,)?", 0.6, 2),
    ),
    "starring": (
        _after(r"\b(?:starring|stars|starred|featuring|features|with)\b", 0.8, 6),
        _after(r"\b(?:played|portrayed)\b[^.;]{0,20}?\bby\b", 0.7),
    ),
    "founded by": (
        _after(
            r"\b(?:founded|established|started|created|formed|set up|launched|co-founded)\b[^.;]{0,50}?\bby\b", 0.95
        ),
        _after(r"\b(?:co-?)?founders?\b(?:\s+(?:is|was|were|are|of [^.;,]{2,40}?,)|,)?", 0.6, 3),
        _before(r"\b(?:co-)?founded\b", 0.6),
    ),
    "created by": (
        _after(
            r"\b(?:created|designed|developed|invented|painted|drawn|built|sculpted|made"
            r"|commissioned)\b[^.;]{0,50}?\bby\b",
            0.9,
        ),
        _after(r"\b(?:painting|sculpture|series|cartoon|comic|work)\b[^.;]{0,30}?\bby\b", 0.7),
        _after(r"\b(?:creator|designer|architect|inventor|developer)s?\b(?:\s+(?:is|was|were)|,)?", 0.6, 2),
    ),
    "owned by": (
        _after(r"\b(?:owned|operated|run|acquired|bought|purchased|taken over|held)\b[^.;]{0,40}?\bby\b", 0.9),
        _after(r"\b(?:owner|subsidiary|division|brand|property)\b\s*(?:is|was|of)?", 0.7, 3),
    ),
    "spouse": (
        _after(r"\b(?:wife|husband|spouse|consort|widow|widower|queen consort|married name)\s+(?:of|to)\b", 0.9),
        _after(_HIS + r"(?:wife|husband|spouse|consort|widow|partner)\b(?!['’])(?:\s+(?:is|was)|,)?", 0.9, 4),
        _after(r"\b(?:married|marries|wed|weds)\b(?:\s+to\b)?", 0.9),
        _after(r"\b(?:marriage|engaged|betrothed|wedding)\b[^.;]{0,25}?\b(?:to|with|was)\b", 0.8),
        _after(r"\b(?:with|and|by)\s+(?:his|her)\s+(?:\w+\s+)?(?:wife|husband)\b", 0.8),
        _before(r"['’]s?\s+(?:\w+\s+)?(?:wife|husband|widow|consort)\b", 0.6),
        _before(r"(?:,\s*)?\bwhom?\s+(?:she|he)\s+(?:\w+\s+){0,2}(?:married|wed)\b", 0.85),
        _before(r",\s*(?:his|her)\s+(?:[\w-]+\s+)?(?:\w+-)*(?:wife|husband|spouse)\b", 0.75),
        _after(r"\b(?:wife|husband|queen(?: consort)? of|concubine of)\b", 0.5, 0),
    ),
    "father": (
        _after(
            r"\b(?:son|daughter|child|children|sons|daughters|boy)\b(?:\s+(?:born\s+)?|[^,.;()]{1,45}?)\b(?:of|to)\b",
            0.9,
        ),
        _after(_HIS + r"(?:father|dad)\b(?!['’])(?:\s+(?:is|was)|,)?", 0.9, 6),
        _after(r"\b(?:was\s+)?born\b[^.;]{0,120}?\bto\b", 0.75),
        _after(r"\b(?:parents)\b(?:\s+(?:are|were)|,)?", 0.7),
        _before(r"['’]s?\s+(?:\w+\s+){0,2}(?:son|daughter|child)\b", 0.6),
        _after(r"\bfathered by\b|\bsucceeded (?:his|her) father\b", 0.9),
    ),
    "child": (
        _after(r"\b(?:father|mother|parents?)\s+(?:of|to)\b", 0.9, 10),
        _after(
            _HIS
            + r"(?:sons?|daughters?|child(?:ren)?)\b(?:\s+(?:is|was|are|were|include|included|with [^,;.]{2,40}?)|,)?",
            0.8,
        ),
        _after(r"\b(?:had|has|have)\b[^.;]{0,40}?\b(?:sons?|daughters?|child(?:ren)?)\b\s*[,:]?", 0.7),
    ),
    "sibling": (
        _after(r"\b(?:brother|sister|sibling|twin)s?\s+(?:of|to)\b", 0.9),
        _after(_HIS + r"(?:brother|sister|sibling|half-brother|half-sister)s?\b(?:\s+(?:is|was|are|were)|,)?", 0.85, 5),
        _before(r"['’]s?\s+(?:\w+\s+)?(?:brother|sister)\b", 0.6),
    ),
    "born in": (
        _prepositional(r"\bborn\b", r"in|at|near", 0.9),
        _after(r"\b(?:native of|birthplace|hometown(?: of)?|home town(?: of)?)\b(?:\s+(?:is|was))?", 0.7),
        _prepositional(r"\b(?:grew up|raised|brought up)\b", r"in|at|near", 0.45),
    ),
    "died in": (
        _prepositional(
            r"\b(?:died|killed|assassinated|executed|murdered|perished|drowned|passed away)\b", r"in|at|near", 0.9
        ),
        _prepositional(r"\b(?:death|murder|assassination|execution)\b", r"in|at|near", 0.6),
        _prepositional(r"\b(?:lived|settled|moved|retired)\b", r"in|to|at", 0.3),
    ),
    "buried in": (
        _prepositional(r"\b(?:buried|interred|entombed|laid to rest|burial|tomb|cremated|grave)\b", r"in|at|near", 0.9),
    ),
    "educated at": (
        _prepositional(
            r"\b(?:educated|studied|graduat\w+|degree|B\.?A\.?|M\.?A\.?|Ph\.?D\.?|doctorate|diploma|enrolled"
            r"|trained|schooling|education|"
            r"alumn\w+|studies)\b",
            r"at|from|in|of|with",
            0.85,
            5,
        ),
        _after(r"\b(?:attended|attending|attends|student (?:at|of)|studying at|educated at)\b", 0.85, 4),
    ),
    "works for": (
        _prepositional(
            r"\b(?:professor|lecturer|teacher|chair|dean|faculty|fellow|worked|works|working|employed|teaches"
            r"|taught|teaching|joined|"
            r"journalist|reporter|engineer|correspondent|researcher|instructor|director|position)\b",
            r"at|for|with|of|by",
            0.7,
            5,
        ),
        _after(r"\bjoined\b", 0.5, 3),
    ),
    "member of": (
        _prepositional(
            r"\b(?:member|members|plays?|played|playing|signed|drummer|guitarist|singer|bassist|politician"
            r"|midfielder|pitcher)\b",
            r"of|for|with|in",
            0.7,
        ),
    ),
    "award": (
        _after(
            r"\b(?:won|wins|winner of|received|receives|awarded|recipient of|earned|honou?red with|bestowed)\b", 0.8, 8
        ),
        _before(r"\b(?:was|were)\s+(?:awarded|given|presented)\b", 0.5),
    ),
    "based on": (_after(r"\b(?:based (?:up)?on|adapted from|adaptation of|inspired by)\b", 0.9, 9),),
    "part of": (
        _after(r"\b(?:part|division|subsidiary|segment|section|member|province|district|suburb)\s+of\b", 0.8, 5),
    ),
    "capital": (
        _after(r"\bcapital(?:\s+city)?\b[^.;]{0,25}?(?:\bis\b|\bwas\b|,|\bof\b)", 0.7, 4),
        _after(
            r"\b(?:administrative (?:centre|center)|county seat|headquarters)\b[^.;]{0,20}?(?:\bis\b|\bwas\b"
            r"|\bin\b|\bat\b)",
            0.7,
            4,
        ),
        _before(r"\bis\s+(?:the|its)\s+(?:capital|county seat)\b", 0.7),
    ),
    "also known as": (
        _after(
            r"\b(?:also known as|better known as|known as|nicknamed|called|born(?: as)?|alias|pseudonym(?: of)?)\b",
            0.8,
            2,
        ),
    ),
}


CUES["mother"] = (
    *(_after(p, s, k) for p, s, k in ((_HIS + r"(?:mother|mum|mom)\b(?!['’])(?:\s+(?:is|was)|,)?", 0.9, 6),)),
    *CUES["father"][:1],
    *CUES["father"][2:4],
)


CUES["parent"] = (*CUES["father"], CUES["mother"][0])


PERSON_RELATIONS = frozenset(
    "directed by|written by|composed by|performed by|produced by|starring|founded by|created by|spouse|father"
    "|mother|parent|child|sibling".split("|")
)
