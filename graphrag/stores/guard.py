"""Whether a Cypher statement only reads: an allow list of clauses and functions, then one of plan operators.

The first look needs no server.  It refuses more than it must: a clause name as a bare variable is refused too, and
backticks help there.  Neo4j then plans the statement, and every operator of the plan must be known to read.  A session
that the server itself holds to reading is the third fence.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from graphrag.errors import InputError
from graphrag.stores.tokens import Token, tokens_of

__all__ = ["READING_OPERATORS", "check_plan", "check_statement", "operators_of"]

_LONGEST = 100_000  # characters
_FIRST = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL"})

# Words that begin something other than reading.  A statement must begin with one of _FIRST, and none of these may
# stand as a bare word where a clause can.
_REFUSED = frozenset(
    "CREATE MERGE SET DELETE DETACH NODETACH REMOVE FOREACH INSERT LOAD DROP ALTER GRANT DENY REVOKE RENAME START STOP "
    "SHOW TERMINATE USE COMMIT PERIODIC TRANSACTIONS ENABLE DRYRUN DEALLOCATE REALLOCATE PROFILE EXPLAIN CYPHER "
    "FINISH LET FILTER".split()
)

# Functions with a dot in their name; all others of Neo4j have none and only compute.
_FUNCTIONS = frozenset(
    "date.truncate date.realtime date.statement date.transaction datetime.truncate datetime.fromepoch "
    "datetime.fromepochmillis datetime.realtime datetime.statement datetime.transaction localdatetime.truncate "
    "localdatetime.realtime localdatetime.statement localdatetime.transaction localtime.truncate localtime.realtime "
    "localtime.statement localtime.transaction time.truncate time.realtime time.statement time.transaction "
    "duration.between duration.inmonths duration.indays duration.inseconds point.distance point.withinbbox "
    "vector.similarity.cosine vector.similarity.euclidean".split()
)
_PLAIN_REFUSED = frozenset({"file", "linenumber"})
_ESCAPE = re.compile(r"\\+u+([0-9a-fA-F]{4})?")

READING_OPERATORS = frozenset(
    "AllNodesScan AllShortestPaths Anti AntiConditionalApply AntiSemiApply Apply Argument "
    "CacheProperties CartesianProduct ConditionalApply "
    "DirectedAllRelationshipsScan DirectedRelationshipByElementIdSeek DirectedRelationshipByIdSeek "
    "DirectedRelationshipIndexContainsScan DirectedRelationshipIndexEndsWithScan DirectedRelationshipIndexScan "
    "DirectedRelationshipIndexSeek DirectedRelationshipIndexSeekByRange DirectedRelationshipTypeScan "
    "DirectedUnionRelationshipTypesScan Distinct Eager EagerAggregation EmptyRow "
    "Expand(All) Expand(Into) ExhaustiveLimit Filter IntersectionNodeByLabelsScan LetAntiSemiApply "
    "LetSelectOrAntiSemiApply LetSelectOrSemiApply LetSemiApply Limit MultiNodeIndexSeek "
    "NodeByElementIdSeek NodeByIdSeek NodeByLabelScan "
    "NodeCountFromCountStore NodeHashJoin NodeIndexContainsScan NodeIndexEndsWithScan NodeIndexScan NodeIndexSeek "
    "NodeIndexSeekByRange NodeLeftOuterHashJoin NodeRightOuterHashJoin NodeUniqueIndexSeek NodeUniqueIndexSeekByRange "
    "Optional OptionalExpand(All) OptionalExpand(Into) OrderedAggregation OrderedDistinct OrderedUnion "
    "PartialSort PartialTop PartitionedAllNodesScan PartitionedNodeByLabelScan PartitionedUnwind PreserveOrder "
    "ProduceResults ProjectEndpoints Projection RelationshipCountFromCountStore Repeat(Trail) RightOuterHashJoin "
    "RollUpApply SelectOrAntiSemiApply SelectOrSemiApply SemiApply ShortestPath Skip Sort StatefulShortestPath(All) "
    "StatefulShortestPath(Into) SubtractionNodeByLabelsScan Top Top1WithTies Trail TriadicBuild TriadicFilter "
    "TriadicSelection "
    "UndirectedAllRelationshipsScan UndirectedRelationshipByElementIdSeek UndirectedRelationshipByIdSeek "
    "UndirectedRelationshipIndexContainsScan UndirectedRelationshipIndexEndsWithScan UndirectedRelationshipIndexScan "
    "UndirectedRelationshipIndexSeek UndirectedRelationshipIndexSeekByRange UndirectedRelationshipTypeScan "
    "UndirectedUnionRelationshipTypesScan Union UnionNodeByLabelsScan UnionRelationshipTypesScan Unwind "
    "ValueHashJoin VarLengthExpand(All) VarLengthExpand(Into) VarLengthExpand(Pruning) VarLengthExpand(Pruning,BFS) "
    "VarLengthExpand(Pruning,BFS,All) VarLengthExpand(Pruning,BFS,Into) VarLengthExpand(Pruning,All) "
    "OptionalVarLengthExpand(All) BidirectionalRepeat(Trail)".split()
)
"""Operators of Neo4j 5 plans that read the graph or compute; whatever is not here is refused."""


def check_statement(text: str) -> None:
    """Refuse a statement that might do more than read the graph.

    Parameters
    ----------
    text : str
        One Cypher statement.

    Raises
    ------
    InputError
        It is empty, too long, several statements, or holds a clause, procedure or function that is not allowed.
    """
    if len(text) > _LONGEST:
        raise InputError(f"The statement has more than {_LONGEST:,} characters.")
    _check_escapes(text)
    tokens = list(tokens_of(text))
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    if not tokens:
        raise InputError("The statement is empty.")
    if any(token.kind == "sign" and token.text == ";" for token in tokens):
        raise InputError("One statement at a time: there is a semicolon before the end.")
    if tokens[0].kind != "word" or tokens[0].word not in _FIRST:
        raise _refused(tokens[0].text, "a reading statement begins with MATCH, OPTIONAL MATCH, UNWIND, WITH or RETURN")
    for token in _clause_words(tokens):
        if token.word in _REFUSED:
            raise _refused(token.text, "it does more than read")
    _check_calls(tokens)
    _check_functions(tokens)


def _check_escapes(text: str) -> None:
    r"""Refuse ``\u0060`` and the like: Neo4j turns them into characters before it reads the statement."""
    for matched in _ESCAPE.finditer(text):
        if matched[1] is None or int(matched[1], 16) < 0xA0:
            raise _refused(matched[0], "write the character itself")


def _clause_words(tokens: list[Token]) -> Iterator[Token]:
    """Yield the bare words that are no property, label, type, map key or function argument name."""
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if token.kind != "word":
            continue
        if before is not None and before.text == "." and tokens[place - 2].kind != "number":  # "1." is a number
            continue
        if before is not None and before.kind == "sign" and before.text in ":|&!%" and _is_label(token, after):
            continue
        if after is not None and after.text == ":" and before is not None and before.text in "{,":
            continue  # a key of a map
        yield token


def _is_label(token: Token, after: Token | None) -> bool:
    """Tell whether a word after a colon is a label: what follows a label is no name or pattern of a clause."""
    if token.word not in _REFUSED:
        return True
    return after is not None and after.kind == "sign" and after.text in ")]{:|&*"


def _check_calls(tokens: list[Token]) -> None:
    """Refuse procedures: after CALL only a subquery may follow."""
    for token, after in pairwise([*tokens, Token("sign", "", len(tokens))]):
        if token.kind == "word" and token.word == "CALL" and after.text not in ("{", "("):
            raise _refused(f"CALL {after.text}", "procedures are for the library's own queries")
    words = {token.word for token in tokens if token.kind == "word"}
    if "YIELD" in words:
        raise _refused("YIELD", "procedures are for the library's own queries")


def _check_functions(tokens: list[Token]) -> None:
    """Refuse functions of plug-ins: a name with a dot before a bracket that Neo4j itself does not have."""
    for i, token in enumerate(tokens):
        if token.text != "(" or i == 0 or tokens[i - 1].kind not in ("word", "quoted"):
            continue
        parts = [tokens[i - 1]]
        j = i - 2
        while j > 0 and tokens[j].text == "." and tokens[j - 1].kind in ("word", "quoted"):
            parts.insert(0, tokens[j - 1])
            j -= 2
        name = ".".join(part.text.strip("`") for part in parts)
        if len(parts) > 1 and name.casefold() not in _FUNCTIONS:
            raise _refused(f"{name}()", "only functions of Neo4j itself are allowed")
        if len(parts) == 1 and parts[0].kind == "quoted" and _called(tokens, i - 1):
            raise _refused(f"{parts[0].text}()", "write the function's name without backticks")
        if name.casefold() in _PLAIN_REFUSED:
            raise _refused(f"{name}()", "it tells of the server's files")


def _called(tokens: list[Token], place: int) -> bool:
    """Tell whether a quoted name before a bracket is a function: labels and types follow a colon or a bar."""
    return place == 0 or tokens[place - 1].text not in (":", "|", "&", "!", "]", "-", ">")


def _refused(what: str, why: str) -> InputError:
    """Return the error for something that is not allowed."""
    return InputError(f"{what} is not allowed here: {why}.")


def operators_of(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield the operators of a plan as EXPLAIN returns it, without the database's name."""
    yield str(plan["operatorType"]).partition("@")[0]
    for child in plan.get("children", ()):
        yield from operators_of(child)


def check_plan(plan: Mapping[str, Any] | None) -> None:
    """Refuse a plan with an operator that is not known to read.

    Raises
    ------
    InputError
        There is no plan, or it has such an operator.
    """
    if plan is None:
        raise InputError("Neo4j gives no plan for this statement, so it is not known to read only; it was not run.")
    for operator in operators_of(plan):
        if operator not in READING_OPERATORS:
            raise _refused(f"A statement whose plan has {operator}", "it is not known to read only")
