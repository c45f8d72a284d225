"""Common given names, by which the father is told from the mother where nothing else tells."""

__all__ = ["given_name_sex"]

_FEMALE = frozenset(
    "mary anne ann jane elizabeth elisabeth alice agnes catherine katherine kathryn margaret marguerite susan "
    "sarah ruth "
    "helen helene eleanor blanche beatrice beatrix charlotte caroline louise sophie marie isabelle isabel "
    "mabel edith emily "
    "frances florence grace dorothy betty judith rachel rebecca deborah esther jean joan janet joyce irene "
    "ellen eileen "
    "kathleen carol karen sharon nancy lois phyllis doris gladys hazel vivian lillian marilyn meredith abigail hannah "
    "miriam ingrid astrid birgit brigitte gertrude mathilde adelaide yvonne simone suzanne jacqueline monique nicole "
    "carmen dolores mercedes pilar consuelo ines rosemary audrey kate lucy molly polly sally shirley beverly jill judy "
    "kelly kim linda lisa lori megan michelle pamela sandra tracy wendy heather jennifer jessica amy ashley "
    "brenda cheryl "
    "christine diane gail hillary ethel winifred ermengarde constance philippa joanne hermine clémence "
    "ethelred hildegard "
    "kunigunde adele estelle josephine pauline valerie natalie penelope phoebe chloe zoe daphne violet ivy iris".split()
)
_MALE_IN_A = frozenset(
    "joshua luca nikita ilya nikola andrea mustafa krishna akira rama bela béla attila costa garcia juda ezra noa elia "
    "mika sasha misha kostya vanya musa isa yahya abdulla raja rana shiva ganesha aditya surya kenta shota sota yuta "
    "battista ottavia ndaba jomo saba sancho barna gyula géza tuomas".split()
)


def given_name_sex(name: str, *, guess: bool) -> str:
    """Return "f" where the first word of a folded name is usually a woman's, else nothing.

    Parameters
    ----------
    name : str
        A folded name.
    guess : bool
        Whether the ending of an unlisted name counts too.

    Notes
    -----
    English prose names a father without a hint far more often than a mother, so only women's names are looked up.
    """
    first = name.split()[0] if name.split() else ""
    if first in _FEMALE:
        return "f"
    return (
        "f"
        if guess and first.endswith(("a", "ette", "elle", "ine")) and first not in _MALE_IN_A and len(first) > 3
        else ""
    )
