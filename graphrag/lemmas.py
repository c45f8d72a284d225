"""The base form of an English verb by rule and a table of irregular forms; no model is loaded for it."""

from functools import lru_cache

__all__ = ["irregular_lemma", "verb_lemma"]

_IRREGULAR_ROWS = (
    "be am is are was were been being 's 're 'm|have has had having 've|do does did done doing|go goes went gone|"
    "bear born borne bore|die died dies dying|lie lay lain lies lying|write wrote written writing|win won winning|"
    "make made making|take took taken|give gave given|become became|begin began begun|come came|sing sang sung|"
    "lead led|leave left|meet met|hold held|build built|teach taught|think thought|buy bought|bring brought|"
    "fight fought|seek sought|catch caught|tell told|sell sold|find found|say said|pay paid|get got gotten|"
    "run ran running|set setting|put putting|cut cutting|shoot shot|sit sat sitting|stand stood|understand understood|"
    "win won|lose lost|send sent|spend spent|keep kept|sleep slept|feel felt|draw drew drawn|grow grew grown|"
    "know knew known|fly flew flown|throw threw thrown|show shown|see saw seen|fall fell fallen|eat ate eaten|"
    "drive drove driven|rise rose risen|ride rode ridden|speak spoke spoken|break broke broken|choose chose chosen|"
    "steal stole stolen|wear wore worn|swear swore sworn|hear heard|read|beat beaten|strike struck|stick stuck|"
    "bind bound|wind wound|feed fed|breed bred|flee fled|hang hung|dig dug|swim swam swum|drink drank drunk|"
    "mean meant|deal dealt|lend lent|bend bent|light lit|hide hid hidden|bite bit|wed wedded weds|rewrite rewrote "
    "rewritten|co-write co-wrote co-written|oversee oversaw overseen|undergo underwent undergone|withdraw withdrew "
    "withdrawn|overthrow overthrew overthrown|inter interred interring|star starred starring|marry married marries|"
    "remarry remarried|bury buried buries|carry carried|study studied studies|will would|can could|may might|"
    "retire retired|base based|use used|name named|include included|locate located|situate situated|"
    "premiere premiered|score scored|title titled|style styled|headquarter headquartered|enter entered|"
    "discover discovered|cover covered|offer offered|answer answered|consider considered|deliver delivered|"
    "remember remembered|render rendered|author authored|honor honored|honour honoured|sponsor sponsored|"
    "pen penned|helm helmed|visit visited|edit edited|exhibit exhibited|inherit inherited|inhabit inhabited|"
    "credit credited|develop developed|open opened|happen happened|abandon abandoned|question questioned|"
    "mention mentioned|position positioned|commission commissioned|travel travelled traveled|cancel cancelled "
    "canceled|model modelled modeled|label labelled labeled|total totalled|appear appeared|air aired|join joined|"
    "contain contained|obtain obtained|remain remained|train trained|gain gained|explain explained|reign reigned|"
    "kill killed|call called|fill filled|pull pulled|sell selling|bill billed|publish published|"
    "pass passed|miss missed|possess possessed|discuss discussed|dress dressed|address addressed|focus focused|"
    "add added|end ended|found founded|co-found co-founded|settle settled|entitle entitled|gather gathered|"
    "create created|execute executed|invent invented|elect elected|direct directed|act acted|compete competed|"
    "complete completed|promote promoted|devote devoted|vote voted|note noted|quote quoted|write writes|"
    "unite united|invite invited|cite cited|ignite ignited|debut debuted|attend attended|own owned|earn earned|"
    "sign signed|design designed|assign assigned|feature featured|capture captured|picture pictured|picnic picnicked|"
    "bear bears|star stars|wait waited|await awaited|need needed|succeed succeeded|proceed proceeded|exceed exceeded|"
    "lead leads leading|head headed|spread|recruit recruited|suit suited|defeat defeated|treat treated|repeat repeated|"
    "float floated|root rooted|shoot shooting|greet greeted|host hosted|assassinate assassinated|arrange arranged|"
    "belong belonged|sing singing|bring bringing|ring rang rung|spring sprang sprung|record recorded|"
    "tie tied tying|use using|go going|age aged|father fathered|aid aided|rebel rebelled|control controlled|lay laid|"
    "number numbered|avoid avoided|agree agreed|undertake undertook undertaken|arise arose arisen|blow blew blown|"
    "sue sued|change changed changing|conquer conquered|orphan orphaned|wound wounded|restore restored|focus focuses|"
    "mother mothered|"
    "explore explored exploring|ignore ignored|compel compelled|tear tore torn|market marketed "
    "marketing|option optioned"
)
_IRREGULAR = {form: row.split()[0] for row in _IRREGULAR_ROWS.split("|") for form in row.split()}
_IRREGULAR["found"] = "find"  # "founded" is the past of "found"
_HELPING = frozenset("be have do will can may".split())
_VOWELS = "aeiou"
# A stem with one of these endings has lost an "e": "serv-ed", "charg-ed", "releas-ed", "produc-ed".
_NEEDS_E = ("v", "c", "z", "u", "rg", "dg", "ng", "as", "es", "is", "os", "us", "ys", "ps", "ns", "rs", "at", "bl",
            "pl",
            "tl", "dl", "gl", "fl", "kl", "cl", "ir", "ur", "or", "uc", "ag", "eg", "ot", "ut", "it", "et", "id", "od",
            "ud", "ad", "ak", "ik", "ok", "im", "om", "am", "um", "in", "on", "an", "un", "il", "ol", "ul", "al", "yp",
            "ap", "op", "ip", "ar", "er", "ib", "ob", "ab", "ek", "uk")  # fmt: skip
# Endings that keep their stem although the list above would give them an "e".
_KEEPS = ("ain", "oin", "een", "oon", "ean", "eat", "eet", "oot", "oat", "out", "uit", "ait", "eed", "ead", "oad",
          "eal",
          "eel", "ail", "oil", "ool", "oul", "eam", "aim", "oom", "oam", "ear", "air", "our", "oor", "eer", "ook",
          "eek",
          "eak", "oak", "oop", "eep", "eap", "oap", "ead", "uild", "ter", "ner", "ver", "der", "ffer", "mer", "ion",
          "een",
          "ten", "pen", "son", "ison", "isit", "bit", "dit", "mit", "rit", "limit", "ress", "oss", "ass", "iss", "uss",
          "ow", "ieg", "al", "el", "vel", "on", "en", "ong", "ang", "ing", "ung", "eng", "ign", "ear", "cel", "per",
          "or")  # fmt: skip


def irregular_lemma(form: str) -> str:
    """Return the base form of a verb that the table knows: ``led`` gives ``lead``; any other word as it is.

    Parameters
    ----------
    form : str
        In lower case.  Forms of "be", "have" and the like are left as they are.
    """
    base = _IRREGULAR.get(form, form)
    return form if base in _HELPING else base


@lru_cache(maxsize=50_000)
def verb_lemma(form: str) -> str:
    """Return the base form of a verb: ``directed`` gives ``direct``, ``born`` gives ``bear``.

    Rules for regular forms; a rare verb may keep or lose a final "e" wrongly, but the same form always gives the same
    lemma.
    """
    word = form.casefold().replace("’", "'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    if word.endswith("ied"):
        return word[:-3] + "y"
    if word.endswith("ed") and len(word) > 4:
        return _restore(word[:-2])
    if word.endswith("ing") and len(word) > 5:
        return _IRREGULAR.get(word[:-3] + "ed", _restore(word[:-3]))
    return word


def _restore(stem: str) -> str:
    """Return the verb that a stem without "-ed" or "-ing" comes from."""
    if stem in _IRREGULAR:
        return _IRREGULAR[stem]
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz" + _VOWELS:
        return stem[:-1]
    if stem.endswith(("v", "c", "z", "u", "at")) and not stem.endswith(("eat", "oat")):
        return stem + "e"
    if stem.endswith(_KEEPS):
        return stem
    return stem + "e" if stem.endswith(_NEEDS_E) else stem
