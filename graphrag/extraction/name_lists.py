"""Names in a row: "A, B and the composer C", with the words that describe them and the titles that follow them."""

from graphrag.extraction.mentions import RANKS, VALUE_LABELS, is_capital
from graphrag.extraction.parsed import Piece
from graphrag.extraction.reader import Reader
from graphrag.extraction.subject import is_person_noun

__all__ = ["TITLE_WORDS", "listed_names", "title_end"]

TITLE_WORDS = RANKS | frozenset(["Jr", "Jr.", "Sr", "Sr.", "Inc.", "Inc", "Ltd.", "Esq.", "M.D.", "Ph.D."])
# What may stand between a preposition or verb and the name that it leads to: "veteran composer Ennio Morricone".
_SKIP_TAGS = frozenset("DT JJ NN NNS CD PRP$ POS JJS JJR HYPH `` VBN NNP RB".split())
_LONGEST_SKIP = 8


def listed_names(reader: Reader, start: int, last: int, *, one: bool = False, places: bool = False) -> list[Piece]:
    """Return the names of a list that begins at token ``start``: "A, B and the composer C".

    Parameters
    ----------
    reader : Reader
        The chunk.
    start, last : int
        Where to begin, and the end of the sentence.
    one : bool
        Only the first name.
    places : bool
        Take the parts of "Pescara, Abruzzi, Italy" as names of their own.
    """
    found: list[Piece] = []
    i = start
    while i < last:
        piece = _name_from(reader, i, last)
        if piece is None or (found and _is_aside(reader, piece, found[0], places)):
            break
        found.append(piece)
        if one:
            break
        i = _after_name(reader, piece.end, last)
        separators = 0
        while i < last and reader.lower[i] in (",", "and", "&", "or"):
            separators += 1
            i += 1
        if not separators:
            break
    return found


def _is_aside(reader: Reader, piece: Piece, first: Piece, places: bool) -> bool:
    """Tell whether a piece after a comma is no item of its own: "Henri, Count of Paris"."""
    if reader.parsed.words[piece.start] in TITLE_WORDS and reader.lower[piece.start - 1] == ",":
        return True
    return not places and first.label == "PERSON" and piece.label in ("GPE", "LOC", "FAC")


def _name_from(reader: Reader, i: int, last: int) -> Piece | None:
    """Return the name that begins at ``i`` or after a few words that describe it."""
    for j in range(i, min(i + _LONGEST_SKIP, last)):
        piece = reader.name_at(j)
        if piece is not None:
            if reader.piece_at[j] is None and RANKS.issuperset(reader.parsed.words[j : piece.end]):
                return _name_from(reader, piece.end, last)  # "Grand Duchess Xenia"
            if (role := _role_after(reader, piece.end, last)) > 0:
                return _name_from(reader, role, last) or piece  # "Wimbledon champion Gerald Patterson"
            if piece.end < last and reader.parsed.tags[piece.end] == "POS":  # "Foo's son Bar": Bar is meant
                continue
            if piece.start < j:  # the rest of a possessor
                continue
            after = piece.end
            if after + 1 < last and reader.piece_at[after] is None and reader.parsed.words[after] in TITLE_WORDS:
                return _name_from(reader, after, last) or piece  # "Holy Roman Emperor Leopold I"
            return piece if not _is_title_word(reader, j) else _name_from(reader, j + 1, last) or piece
        passed = reader.parsed.tags[j] in _SKIP_TAGS or reader.piece_at[j] is not None
        if not passed and not (i < j < last - 1 and _joins_roles(reader, j)):
            return None
    return None


def _role_after(reader: Reader, i: int, last: int) -> int:
    """Return where the name begins that a lower-case role at ``i`` describes, -1 where none is there."""
    for k in range(i, min(i + 3, last - 1)):
        if reader.piece_at[k] is not None or not reader.parsed.tags[k].startswith("NN"):
            return -1
        if reader.parsed.words[k].islower() and is_person_noun(reader.lower[k]):
            return k + 1 if reader.name_at(k + 1) is not None else -1
    return -1


def _joins_roles(reader: Reader, j: int) -> bool:
    """Tell whether token ``j`` joins two words for what a person does: "actress and comedian Marion Byron"."""
    after = reader.parsed.tags[j + 1]
    return (
        reader.lower[j] in ("and", ",")
        and (reader.parsed.words[j - 1].islower() or reader.parsed.words[j - 1] == ",")
        and reader.parsed.words[j + 1].islower()
        and after.startswith(("NN", "JJ", "VBG"))
    )


def title_end(reader: Reader, i: int, last: int) -> int:
    """Return where ", 2nd Baron Rodney" or ", Duke of York" ends that begins at ``i``; ``i`` if none does."""
    words, at = reader.parsed.words, i + 1
    if i + 2 >= last or words[i] != ",":
        return i
    while at + 1 < last and (reader.lower[at] == "the" or words[at][0].isdigit()):
        at += 1
    if words[at] not in TITLE_WORDS:
        return i
    after = at + 2 if at + 2 < last and reader.lower[at + 1] == "of" else at + 1
    whole = reader.piece_at[at]
    end = whole.end if whole is not None else at + 1
    if after < last and is_capital(words[after]):
        end = max(end, reader.piece_or_word(after).end)
    # "Count of Bidgau and Methingau," is one title.
    if end + 2 < last and words[end] == "and" and reader.name_at(end + 1) is not None:
        further = reader.piece_or_word(end + 1).end
        if further + 1 < last and words[further : further + 2] == [",", "and"]:
            return further
    return end


def _is_title_word(reader: Reader, j: int) -> bool:
    """Tell whether a single capitalised word is an honorific before a name found on its own."""
    piece = reader.piece_at[j]
    nxt = reader.piece_at[j + 1] if j + 1 < len(reader.piece_at) else None
    return piece is None and nxt is not None and nxt.label not in VALUE_LABELS and nxt.start == j + 1


def _after_name(reader: Reader, i: int, last: int) -> int:
    """Return the token after what goes with a name: "of Rothesay", "(1906)"."""
    words = reader.parsed.words
    if i + 1 < last and words[i] == "of" and reader.name_at(i + 1) is not None:
        piece = reader.name_at(i + 1)
        i = piece.end if piece else i
    i = title_end(reader, i, last) if i < last else i
    if i < last and words[i] == "(":
        for j in range(i + 1, min(i + 15, last)):
            if words[j] == ")":
                return j + 1
    if i < last and words[i] in ('"', "''", "”"):
        return i + 1
    return i
