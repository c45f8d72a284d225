"""Questions answered by a Cypher statement that an LLM writes: schema → statement → guard → rows → answer.

The statement goes the way of a user's own: an allow list of clauses and functions, the plan of EXPLAIN on Neo4j, and a
session or an engine that cannot write.  A statement that is refused or fails is asked for once more with the reason.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from graphrag.answering.compose import is_refusal
from graphrag.answering.evidence import Item, fenced
from graphrag.answering.model import Model
from graphrag.answering.support import check, claims
from graphrag.errors import GraphRAGError, InputError, LLMError, MissingExtra
from graphrag.stores.cypher import Table, load_query
from graphrag.stores.reading import Reader
from graphrag.stores.tokens import Token, tokens_of
from graphrag.types import ChunkId, DocumentId, Quote, Span

__all__ = ["CypherAnswer", "ask_cypher", "cypher_answer_json"]

_ROWS = 25  # that are shown to the LLM
_SECONDS = 20.0
_LONGEST = 4000  # characters of a statement
_LONGEST_ROW = 400
_PREDICATES = 60
_NAMES = 20

_SCHEMA = """Nodes:
(:Document {id, title, source, text})
(:Chunk {id, title, heading, position, text})  a passage of a document
(:Entity {id, name, kind, aliases, description, mention_count})
(:Value {name})  a date, number or other plain value
(:Community {id, level, title, summary, size, rank})  a group of entities
Relationships:
(:Document)-[:ABOUT {weight, reason}]->(:Entity)
(:Chunk)-[:PART_OF]->(:Document)
(:Chunk)-[:NEXT]->(:Chunk)
(:Chunk)-[:MENTIONS {count}]->(:Entity)
(:Entity)-[:RELATES_TO {predicate, confidence, said_when, quotes, document_ids}]->(:Entity)
(:Entity)-[:STATES {predicate, confidence, said_when, quotes, document_ids}]->(:Value)
(:Entity)-[:SIMILAR {score}]->(:Entity)  names that share most of their words
(:Entity)-[:IN_COMMUNITY]->(:Community)  the finest community of the entity
(:Community)-[:PARENT]->(:Community)  coarser ones: (e)-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(c)
Every node has the property graph; write {graph: $graph} in each node that begins a pattern."""

Run = Callable[[str, Mapping[str, Any]], Table]


class _Statement(BaseModel):
    statement: str


@dataclass(frozen=True, slots=True)
class CypherAnswer:
    """What a statement returned, and what that says to the question.  ``[n]`` in the text means the n-th row."""

    question: str
    statement: str  # the last one; it was run unless ``table`` is None
    table: Table | None
    text: str = ""
    notes: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        """Whether there is an answer in words."""
        return bool(self.text)


def ask_cypher(question: str, model: Model, store: Reader, graph: str, names: list[str]) -> CypherAnswer:
    """Answer a question by a statement that an LLM writes.

    Parameters
    ----------
    question : str
        Anything.
    model : Model
        Asked for a statement, once more where that fails, and for what the rows mean.
    store : Reader
        A workspace, or a graph in Neo4j.
    graph : str
        The graph's name.
    names : list of str
        Things that the question names, as the graph calls them.

    Raises
    ------
    LLMError
        The LLM fails.
    MissingExtra
        The store is a workspace, and the engine for it is not installed.
    """
    run = _runner(store, graph)
    schema = _schema(run, names)
    notes: list[str] = []
    statement, problem, table = "", "", None
    for attempt in range(2):
        reply = model.ask([model.request("cypher", _Statement, 512, question=question, schema=schema, problem=problem)])
        statement = reply[0].value.statement.strip().rstrip(";").strip()[:_LONGEST] if reply[0].good else ""
        table, reason = _tried(run, statement, reply[0].problem)
        if not reason:
            break
        notes.append(f"Attempt {attempt + 1}: {reason}")
        shown = statement if statement else "(none)"
        problem = f"The statement before was:\n{shown}\nIt cannot be used: {reason} Write another one."
    if table is None:
        return CypherAnswer(question, statement, None, "", tuple(notes), model.usage)
    text, removed = _worded(question, model, table)
    if removed:
        notes.append(f"Sentences left out because no row says them: {removed}.")
    return CypherAnswer(question, statement, table, text, tuple(notes), model.usage)


def cypher_answer_json(answer: CypherAnswer) -> dict[str, Any]:
    """Return an answer as JSON-able values."""
    table = answer.table
    return {
        "question": answer.question,
        "statement": answer.statement,
        "run": table is not None,
        "columns": list(table.columns) if table is not None else [],
        "rows": [list(row) for row in table.rows] if table is not None else [],
        "more": table.more if table is not None else False,
        "answer": answer.text,
        "notes": list(answer.notes),
        "usage": dict(answer.usage),
    }


def _runner(store: Reader, graph: str) -> Run:
    """Return what runs a reading statement on a store."""
    from graphrag.stores.workspace import Workspace

    if isinstance(store, Workspace):
        from graphrag.stores.embedded import run_read

        return lambda text, given: run_read(store, text, {"graph": graph, **given}, limit=200, timeout=_SECONDS)
    from graphrag.stores.neo4j.running import run_statement
    from graphrag.stores.neo4j.store import Neo4jStore

    if not isinstance(store, Neo4jStore):
        raise InputError("Questions by Cypher need a workspace or a graph in Neo4j.")
    database = store.database
    return lambda text, given: run_statement(database, text, {"graph": graph, **given}, rows=200, seconds=_SECONDS)


def _tried(run: Run, statement: str, problem: str) -> tuple[Table | None, str]:
    """Return the rows of a statement, or why there are none."""
    if not statement:
        return None, f"no statement in the reply ({problem or 'it is empty'})."
    if not any(token.kind == "parameter" and token.text == "graph" for token in _tokens(statement)):
        return None, "it must hold {graph: $graph}, so that it reads this graph and no other."
    try:
        table = run(statement, {})
    except (MissingExtra, LLMError):
        raise
    except GraphRAGError as error:
        return None, " ".join(str(error).split())
    return table, ""


def _tokens(statement: str) -> list[Token]:
    """Return the tokens of a statement, none where it cannot be read."""
    try:
        return list(tokens_of(statement))
    except InputError:
        return []


def _schema(run: Run, names: list[str]) -> str:
    """Return what a statement may use: labels, relationships, and the words that this graph has."""
    predicates = run(load_query("explore/predicates").text, {"limit": _PREDICATES})
    kinds = run(load_query("explore/kinds").text, {})
    said = [_SCHEMA, "Predicates, the most frequent first: " + _listed(row[0] for row in predicates.rows)]
    said.append("Kinds of entities: " + _listed(row[0] for row in kinds.rows[:_NAMES]))
    if names:
        said.append("Names in the question as the graph has them: " + _listed(names[:_NAMES]))
    return "\n".join(said)


def _listed(values: Any) -> str:
    """Return values as JSON strings of bounded length: they come from documents."""
    return ", ".join(json.dumps(" ".join(str(value).split())[:80], ensure_ascii=False) for value in values)


def _worded(question: str, model: Model, table: Table) -> tuple[str, int]:
    """Return what rows say to a question, each sentence with its rows, and how many sentences were left out."""
    items = [_item(number, table.columns, row) for number, row in enumerate(table.rows[:_ROWS], 1)]
    if not items:
        return "", 0
    evidence, mark = fenced(question, items)
    request = model.request("cypher_answer", None, 256, question=question, evidence=evidence, mark=mark)
    reply = model.ask([request])[0]
    if not reply.good or is_refusal(reply.text):
        return "", 0
    by_number = {item.number: item for item in items}
    said, removed = [], 0
    for claim in claims(reply.text):
        supported = check(claim, by_number, question)
        if supported is None:
            removed += 1
        else:
            rows = dict.fromkeys(quote.span.start for quote in supported.quotes)
            said.append(f"{supported.text} " + "".join(f"[{row}]" for row in rows))
    return " ".join(said), removed


def _item(number: int, columns: tuple[str, ...], row: tuple[Any, ...]) -> Item:
    """Return a row as evidence."""
    cells = (f"{column}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)}"
             for column, value in zip(columns, row, strict=True))  # fmt: skip
    text = "; ".join(" ".join(cell.split())[:_LONGEST_ROW] for cell in cells)
    return Item(number, "", (Quote(DocumentId(""), ChunkId(""), Span(number, number), text),), 1.0)
