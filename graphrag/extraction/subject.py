"""Whom a text is about, and whom its pronouns mean."""

from dataclasses import dataclass, field

from graphrag.extraction.mentions import VALUE_LABELS, is_capital
from graphrag.extraction.parsed import Parsed, Piece
from graphrag.text import STOP_WORDS, name_key, strip_disambiguation

__all__ = ["Main", "find_main", "is_corporate", "is_person_noun", "is_thing_noun"]

_FINITE = frozenset(("VBZ", "VBD", "VBP", "MD"))
_MALE = frozenset("he him his himself".split())
_FEMALE = frozenset("she her hers herself".split())
# Nouns that say what a thing is; "the film" then means the text's subject when that is a film.
_THINGS = frozenset(
    "film movie picture series serial show drama comedy documentary musical sitcom episode album single song ep track "
    "record soundtrack book novel novella story poem play opera manga comic magazine newspaper journal game videogame "
    "band group duo trio orchestra choir company corporation firm organization organisation party club team "
    "university college school institute museum library hospital church cathedral temple monastery abbey castle palace "
    "building tower bridge station railway airport road street village town city municipality district county province "
    "region state country kingdom empire republic island river lake mountain hill park creek stream valley bay sea "
    "war battle revolution treaty election tournament championship league season cup race event festival award prize "
    "ship aircraft airline car engine rocket missile satellite language family genus species breed plant tree bird "
    "software program programme channel network station website disease protein gene chemical compound crater asteroid "
    "planet star constellation order dynasty house title act law bill agency department ministry court army regiment "
    "brigade squadron division theatre theater venue stadium arena market mall neighborhood neighbourhood "
    "suburb parish "
    "diocese commune canton borough township area line route highway canal dam reservoir tunnel painting sculpture "
    "remake adaptation sequel thriller western cartoon short feature miniseries telenovela franchise label "
    "brand".split()
)
_WORKS = frozenset(
    "film movie album song novel book single play series opera poem painting musical documentary".split()
)
_PERSONS = frozenset(
    "king queen prince princess duke duchess count countess earl baron baroness emperor empress knight lord lady pope "
    "bishop archbishop cardinal priest monk nun saint abbot abbess rabbi imam sheikh sultan shah tsar pharaoh "
    "noble nobleman "
    "noblewoman aristocrat heir heiress consort regent monarch chief judge poet chef coach athlete boxer model spy "
    "diplomat politician actor actress director composer singer artist author wife husband son daughter brother sister "
    "father mother child man woman boy girl person member president minister ambassador general admiral "
    "colonel captain "
    "commander lieutenant officer soldier pilot nurse physician surgeon scientist physicist chemist mathematician "
    "musician rapper dancer comedian jockey golfer cyclist swimmer sprinter footballer cricketer guitarist pianist "
    "violinist dj youtuber professor scholar academic architect engineer lawyer attorney advocate activist "
    "revolutionary "
    "martyr bassist drummer lyricist playwright critic host anchor entrepreneur businessman businesswoman "
    "industrialist "
    "statesman veteran pioneer character goddess god deity figure personality polymath chancellor senator "
    "governor mayor "
    "representative deputy rider guard goalkeeper midfielder defender forward winger striker pitcher catcher "
    "quarterback "
    "wrestler celebrity socialite courtier mistress concubine landgrave margrave elector marquess marquis viscount "
    "archduke archduchess infanta infante dauphin maharaja raja khan caliph theologian cleric clergyman filmmaker "
    "cinematographer screenwriter scriptwriter".split()
)
# Nouns that end like what a person does, and name a thing or an organisation.
_NO_PERSONS = frozenset(
    "controller manufacturer provider supplier retailer wholesaler distributor exporter insurer lender printer "
    "router server computer container scheduler compiler loader inverter converter inhibitor receptor reactor "
    "sensor processor adapter connector detector generator motor elevator factor transistor vector tractor number "
    "paper order layer filter cluster parser buffer wrapper monitor tumor tumour cancer disorder chapter letter "
    "center centre meteor error mirror harbor harbour corridor sector floor water power descriptor conveyor "
    "capacitor resistor amplifier transformer transmitter receiver charger cooler heater booster variant "
    "restaurant elephant plant antioxidant coolant lubricant pollutant list process business fortress address "
    "mattress wilderness illness beer deer fever ulcer liver polymer isomer dimer marker tracker scanner browser "
    "folder placeholder header footer identifier cylinder accelerator semiconductor repressor activator precursor "
    "regulator transporter tracer laser trailer freighter cruiser steamer bomber destroyer helicopter spider "
    "otter beaver badger lobster oyster theatre theater quarter border incubator consortium".split()
)
# Last words of names that no person bears.
_NO_SURNAMES = frozenset(
    "group inc incorporated ltd limited corp corporation company co llc plc gmbh ag labs laboratories university "
    "college institute foundation association society holdings industries systems technologies partners bank airlines "
    "records pictures studios productions entertainment pharmaceuticals motors works press agency council committee "
    "museum library hospital school team project programme program".split()
)
_PERSON_ENDINGS = ("er", "or", "ist", "ian", "man", "woman", "eer", "ess", "ant")


def is_thing_noun(noun: str) -> bool:
    """Tell whether a lower-case noun names a kind of work, place, organisation or event."""
    return noun in _THINGS or (noun.endswith("s") and noun[:-1] in _THINGS)


def is_person_noun(noun: str) -> bool:
    """Tell whether a lower-case noun names what a person is or does."""
    return noun in _PERSONS or (noun not in _NO_PERSONS and not is_thing_noun(noun) and noun.endswith(_PERSON_ENDINGS))


def is_corporate(name: str) -> bool:
    """Tell whether a name ends like that of an organisation: "Lumen Labs"."""
    words = name.split()
    return len(words) > 1 and words[-1].casefold().strip(".,") in _NO_SURNAMES


_WOMEN = frozenset(
    "actress queen princess duchess countess daughter wife empress woman sister mother noblewoman baroness "
    "heiress".split()
)
_MEN = frozenset("king prince duke son emperor brother nobleman businessman father man".split())


@dataclass(slots=True)
class Main:
    """What a chunk is about: its name, and what is known of it."""

    name: str
    words: frozenset[str] = frozenset()
    end: int = 0  # tokens before this one, in the first sentence, name it
    verb: int = 0  # the first finite verb
    person: bool = False
    female: bool | None = None
    classes: set[str] = field(default_factory=set)  # nouns that it is said to be: "film", "actor"

    def accepts(self, pronoun: str) -> bool:
        """Tell whether a lower-case pronoun can mean it."""
        if not self.name:
            return False
        if pronoun in _MALE:
            return self.person and self.female is not True
        if pronoun in _FEMALE:
            return self.person and self.female is not False
        if pronoun in ("it", "its", "itself"):
            return not self.person
        if pronoun in ("they", "their", "them"):
            return bool(
                self.classes & {"band", "group", "duo", "trio", "company", "team", "club", "orchestra", "choir"}
            )
        return False

    @property
    def label(self) -> str:
        """The label of its mention in the lead."""
        return "PERSON" if self.person else "WORK_OF_ART" if self.classes & _WORKS else "NAME"

    def is_named_by(self, text: str) -> bool:
        """Tell whether ``text`` is its name, a surname of it, or its only given name ("Gothelo" of "Gothelo I")."""
        words = name_key(text).split()
        if not words or not self.name or not self.words.issuperset(words):
            return False
        if len(words) > 1:
            return True
        plain = name_key(self.name.split(",")[0].split(" of ")[0]).split()
        given = [word for word in plain if not set(word) <= set("ivx")]
        return words[0] in given[1:] or given == words


def find_main(title: str, parsed: Parsed, pieces: list[Piece], has_lead: bool, has_life: bool) -> Main:
    """Find what a chunk is about: its document's title where its first sentence opens with it, else that subject.

    Parameters
    ----------
    title : str
        The document's title.
    parsed : Parsed
        The chunk.
    pieces : list of Piece
        Its mentions.
    has_lead : bool
        Whether the first token stands for the title.
    has_life : bool
        Whether life dates stand in a parenthesis of the first sentence.
    """
    if not parsed.words or not parsed.bounds:
        return Main("")
    first, last = parsed.bounds[parsed.first]
    verb = _first_verb(parsed, first, last)
    name = " ".join(strip_disambiguation(title).split())
    title_words = frozenset(name_key(name).split())
    telling = {word for word in title_words if word not in STOP_WORDS} or title_words
    opening = frozenset(name_key(parsed.slice(first, min(verb, first + 25))).split()) if verb > first else frozenset()
    if has_lead:
        said = frozenset(name_key(parsed.slice(0, 1)).split())
        main = Main(name, title_words | said, 1, verb)
    elif name and telling <= opening:
        main = Main(name, title_words | (opening if len(opening) <= 8 else frozenset()), verb, verb)
    else:
        main = Main("")
        subject = next(
            (k for k in (parsed.kids[verb] if verb < last else []) if parsed.deps[k].startswith("nsubj")), -1
        )
        lead = [p for p in pieces if p.start <= subject < p.end and p.label not in VALUE_LABELS]
        if lead:
            text = parsed.slice(lead[0].start, lead[0].end)
            main = Main(text, frozenset(name_key(text).split()), lead[0].end, verb)
    if main.name:
        _describe(main, parsed, pieces, verb, has_life)
    return main


def _first_verb(parsed: Parsed, first: int, last: int) -> int:
    """Return the first finite verb of a sentence, or its end."""
    for i in range(first, last):
        if (
            parsed.tags[i] in _FINITE
            and parsed.words[i] not in ("born", "named", "called", "known")
            and (parsed.deps[i] != "relcl" or not is_capital(parsed.words[i]))
        ):
            return i
    return last


def _describe(main: Main, parsed: Parsed, pieces: list[Piece], verb: int, has_life: bool) -> None:
    """Find out what kind of thing the subject is."""
    attribute = parsed.kid(verb, "attr") if verb < len(parsed.words) else -1
    heads = [attribute] if attribute >= 0 else []
    for head in heads:
        heads.extend(k for k in parsed.kids[head] if parsed.deps[k] == "conj")
    heads += [i for i in range(main.end) if parsed.deps[i] == "appos" and not is_capital(parsed.words[i])]
    nouns = [parsed.words[head].casefold() for head in heads]
    main.classes.update(nouns)
    label = next((p.label for p in pieces if p.start < main.end and p.label not in VALUE_LABELS), "NAME")
    pronouns = [word for word in map(str.casefold, parsed.words) if word in _MALE or word in _FEMALE]
    things = any(is_thing_noun(noun) or noun in _NO_PERSONS for noun in main.classes) or is_corporate(main.name)
    if things and not has_life:
        main.person = False
    else:
        main.person = (
            has_life
            or any(is_person_noun(noun) for noun in main.classes)
            or (label == "PERSON")
            or (bool(pronouns) and label in ("NAME", "ORG", "GPE", "") and not main.classes)
        )
    # The first noun that tells: "the son of A and his wife" is no woman where the parser joins the two.
    main.female = next((noun in _WOMEN for noun in nouns if noun in _WOMEN or noun in _MEN), None)
    if main.female is None and pronouns:
        main.female = pronouns[0] in _FEMALE
