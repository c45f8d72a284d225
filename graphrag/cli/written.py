"""Answers that were written down: one of ``ask --json``, or the lines of ``ask --questions``; read, and checked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrag import jsonable
from graphrag.errors import InputError

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG
    from graphrag.stores.workspace import Workspace

__all__ = ["report_on_answers"]

_WANTED = "the output of `graphrag ask QUESTION --json` or of `graphrag ask --questions FILE`"
_NEVER_EQUAL = frozenset({"timings"})


class _Written(NamedTuple):
    """An answer of a file."""

    said: dict[str, Any]
    line: int | None  # where it stands, None where it is the whole file

    @property
    def where(self) -> str:
        """What to call it in front of a problem."""
        return "" if self.line is None else f"line {self.line} ({self.said['id']}): "


def report_on_answers(path: Path, workspace: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Check what answers quote, and whether their questions are still answered so.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    workspace : pathlib.Path
        What was asked.
    options : dict
        With which it was asked.

    Returns
    -------
    dict
        ``problems`` of all answers; of a file of lines also ``answers``, one entry each, and of an answer by itself
        what the entry of a line has.

    Raises
    ------
    InputError
        The file holds anything else.
    """
    from graphrag.engine import GraphRAG
    from graphrag.stores.workspace import Workspace

    answers = list(_read(path))
    with Workspace.open(workspace) as store, GraphRAG.open(workspace) as rag:
        digest = store.meta("digest")
        reports = [_report(store, rag, answer, options) for answer in answers]
    if answers[0].line is None:
        return {"sound": not reports[0]["problems"], "digest": digest, **reports[0]}
    problems = [
        f"{answer.where}{problem}"
        for answer, report in zip(answers, reports, strict=True)
        for problem in report["problems"]
    ]
    return {"sound": not problems, "digest": digest, "answers": reports, "problems": problems}


def _report(store: "Workspace", rag: "GraphRAG", answer: _Written, options: dict[str, Any]) -> dict[str, Any]:
    """Check one answer; a line of an earlier version does not say its question, which is not asked again then."""
    from graphrag.checking import answer_problems, differences

    said, question = answer.said, answer.said.get("question")
    try:
        problems = answer_problems(store, said)
    except InputError as error:
        raise InputError(f"{answer.where}{error}") from error
    changed: list[str] = []
    if question is not None:
        again = rag.ask(question, **options)
        now = jsonable.answer_json(again) if answer.line is None else jsonable.answer_line(said["id"], again)
        changed = list(differences(_lasting(said), _lasting(json.loads(json.dumps(now)))))
    place = {} if answer.line is None else {"line": answer.line, "id": said["id"]}
    checked = {"quotes_hold": not problems, "same_again": None if question is None else not changed}
    return {**place, "question": question, **checked, "problems": [*problems, *changed]}


def _lasting(said: dict[str, Any]) -> dict[str, Any]:
    """Return what of an answer is the same each time that it is given."""
    return {key: value for key, value in said.items() if key not in _NEVER_EQUAL}


def _read(path: Path) -> Iterator[_Written]:
    """Yield the answers of a file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: save {_WANTED}.") from error
    except ValueError as error:
        raise InputError(f"The file {path} is not JSON ({error}): save {_WANTED}.") from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    whole = None
    try:
        whole = _parsed(text, f"The file {path}")
    except InputError:
        if len(lines) < 2 or lines[0][1].strip() in ("{", "["):  # else it may be one of many objects
            raise
    if whole is not None and not _is_line(whole):
        if not _is_question(whole.get("question")):
            raise InputError(f"The file {path} holds no answer: save {_WANTED}.")
        yield _Written(whole, None)
        return
    for number, line in lines:
        where = f"{path}, line {number}"
        said = _parsed(line, where)
        if not _is_line(said) or not _is_question(said.get("question", " question")):
            raise InputError(f"{where} holds no answer: save {_WANTED}.")
        yield _Written(said, number)


def _parsed(text: str, where: str) -> dict[str, Any]:
    """Return a JSON object."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON ({error}): save {_WANTED}.") from error
    if not isinstance(said, dict):
        raise InputError(f"{where} holds no answer: save {_WANTED}.")
    return said


def _is_line(said: dict[str, Any]) -> bool:
    """Tell whether an object is a line of many answers, not an answer with its evidence."""
    return "id" in said and "answer" in said and "evidence" not in said


def _is_question(said: object) -> bool:
    """Tell whether a value is a question."""
    return isinstance(said, str) and bool(said.strip())
