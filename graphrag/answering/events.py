"""What happens to people and things, from birth to loss: the words that ask for it and those that tell of it."""

import re

from graphrag.answering.lives import life_of

__all__ = ["event_of", "tells_of"]

# What happens to people and things, or ties two people -> the words that ask for it, and those that tell of it.
_EVENTS = {
    event: (re.compile(rf"(?:{asked})$", re.IGNORECASE), re.compile(rf"\b(?:{asked}|{told})\b", re.IGNORECASE))
    for event, asked, told in (
        ("birth", r"born|birth|births|birthplace|birthday|birthdate", r"native|née?"),
        (
            "death",
            r"dies?|died|dying|deaths?|deceased",
            r"dead|deadly|dying|killed|kills|murder\w*|assassinat\w+|execut\w+|slain|drown\w*|perish\w*|suicide|fatal\w*"
            r"|passed away|succumb\w+|hanged|beheaded|martyr\w*|mortal\w*|shot|poison\w*|obituar\w+|buried|survived",
        ),
        (
            "burial",
            r"buried|bury|burial|grave|tomb",
            r"interred|inter(?:ment)?|entombed|cemetery|crypt|mausoleum|rests?",
        ),
        (
            "marriage",
            r"marry|marries|married|marriages?|weds?|wedded|wedding|wife|wives|husbands?|spouses?|consorts?",
            r"(?:ex-)?(?:wife|husband)|widow\w*|bride\w*|groom|divorc\w+|betroth\w+|engaged|remarried|couple|partners?|née",
        ),
        (
            "parent or child",
            r"fathers?|mothers?|parents?|sons?|daughters?|child|children|dad|mum|mom|kids?|offspring|grand\w+",
            r"fathered|begot|heirs?|heiress|born (?:to|of)|gave birth|bore|descend\w+|step\w+|adopt\w+|twins?|bin|ibn"
            r"|brothers?|sisters?|siblings?|family",
        ),
        (
            "brother or sister",
            r"brothers?|sisters?|siblings?|twins?",
            r"half-\w+|sons?|daughters?|children|family|elder|younger|eldest|youngest",
        ),
        (
            "closing",
            r"clos(?:es?|ed|ing|ure)|shut|shuts|shutting|dissol(?:ves?|ved|ving|ution)|disband(?:s|ed)?|discontinued?",
            r"ceas\w+|end\w*|stop\w*|until|till|defunct|last\w*|abandon\w*|fold\w*|demolish\w*|bankrupt\w*|final\w*"
            r"|no longer|out of business|expir\w+|suspend\w*|withdr\w+|wound up|merg\w+",
        ),
        (
            "retirement",
            r"retir(?:es?|ed|ing|ement)|resign(?:s|ed|ing|ation)?|quits?",
            r"until|till|end\w*|left|leav\w+|succe\w+|replac\w+|former\w*|step\w*|stood|depart\w*|dismiss\w*|fired"
            r"|gave up|abdicat\w+|emerit\w+|last|final\w*|career|announc\w+",
        ),
        (
            "beginning",
            r"beg[iau]ns?|beginning|starts?|started|starting|commenced?",
            r"since|from|after|launch\w*|open\w*|found\w*|form\w*|first|early|earliest|initia\w+|establish\w*"
            r"|introduc\w+|created?|built|made|outbreak|broke out|debut\w*|origin\w*|arriv\w+|entered|new|onward"
            r"|emerg\w+|resurg\w+",
        ),
        (
            "ownership",
            r"owns?|owned|owners?|ownership",
            r"acqui\w+|bought|buy\w*|purchas\w*|belong\w*|parent|subsidiar\w+|takes? over|took over|sold|sells?|sale"
            r"|holds?|held|holding|propert\w+|possess\w*|control\w*|inherit\w*|proprietor\w*|estate",
        ),
        (
            "loss",
            r"sinks?|sank|sunk|sinking|destroyed|destroys?|destruction|demolished|demolition|wrecked|collapsed?",
            r"lost|loss|torpedo\w*|wreck\w*|went down|raz\w+|ruin\w*|fell|fall\w*|bomb\w*|flood\w*|burn\w*|fire"
            r"|explo\w+|capsiz\w+|founder\w*|scuttl\w+|torn down|pulled down|damag\w+|hit|attack\w*|swept|scrap\w+",
        ),
    )
}


def event_of(word: str) -> str:
    """Return what a word of a question asks for: "birth", "marriage", "closing", …; else nothing."""
    return next((event for event, (asked, _) in _EVENTS.items() if asked.match(word)), "")


def tells_of(text: str, event: str, said: str) -> bool:
    """Tell whether a text has a word of an event, or tells of it in the brackets of a life.

    Parameters
    ----------
    text : str
        A sentence.
    event : str
        As :func:`event_of` returns it.
    said : str
        What the text is to say of the event: the date of birth in brackets is none of a death.
    """
    told = _EVENTS[event][1].search(text) is not None
    if event not in ("birth", "death"):
        return told
    life = life_of(text)
    born, died = (
        any(span is not None and said in text[span.start : span.end] for span in spans)
        for spans in ((life.born_on, life.born_in), (life.died_on, life.died_in))
    )
    own, other = (born, died) if event == "birth" else (died, born)
    return own or (told and not other)
