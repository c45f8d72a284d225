"""Question files and results files."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from graphrag.errors import InputError

__all__ = ["Question", "QuestionId", "read_questions", "read_results", "write_results"]

VERSION = 1

QuestionId = str | int
"""Given back as the file has it; 7 and "7" are one id."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a file; ``answers`` and ``gold`` are empty where the file does not give them."""

    id: QuestionId
    question: str
    type: str = ""
    answers: tuple[str, ...] = ()
    gold: tuple[str, ...] = ()


def read_questions(path: Path, *, scored: bool = False) -> list[Question]:
    """Read a list of ``{id, question}`` with optional ``type``, ``answers`` and ``gold``; other fields are ignored.

    An id is a text or a whole number.

    Parameters
    ----------
    path : Path
        A JSON file.
    scored : bool
        Whether each question must have ``gold`` or ``answers``.

    Raises
    ------
    InputError
        The file cannot be read, or an entry is not as described; the message names the entry.
    """
    rows = _read_json(path, "question file")
    if not isinstance(rows, list):
        raise InputError(f'question file {path} is no list; write [{{"id": …, "question": …}}, …]')
    questions = [_question(row, f"question file {path}, entry {number}") for number, row in enumerate(rows, 1)]
    repeated = [key for key, count in Counter(str(question.id) for question in questions).items() if count > 1]
    if repeated:
        raise InputError(f"question file {path} has the id {repeated[0]!r} more than once; make ids unique")
    if scored:
        bare = [question.id for question in questions if not question.gold and not question.answers]
        if bare or not questions:
            what = f"question {bare[0]!r} has neither gold nor answers" if bare else "it is empty"
            raise InputError(f"question file {path} cannot be scored: {what}; add gold (document ids) or answers")
    return questions


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Write what :func:`graphrag.evaluation.results_of` returns as JSON."""
    # A lone surrogate becomes the JSON escape that stands for it.
    text = json.dumps(results, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def read_results(path: Path) -> dict[str, Any]:
    """Read a results file.

    Raises
    ------
    InputError
        The file cannot be read, is of another version, or is not a results file.
    """
    data = _read_json(path, "results file")
    advice = "write it again with: graphrag eval … --out FILE"
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        raise InputError(f"{path} is no results file; {advice}")
    if data.get("version") != VERSION:
        raise InputError(f"results file {path} is of version {data.get('version')}, not {VERSION}; {advice}")
    for number, row in enumerate(data["questions"], 1):
        if not isinstance(row, dict) or not _is_id(row.get("id")) or not _is_scores(row.get("scores")):
            raise InputError(f"results file {path}: question {number} has no id or no scores; {advice}")
    return data


def _is_id(value: object) -> TypeGuard[QuestionId]:
    """Tell whether ``value`` is a text that is not empty, or a whole number."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _is_scores(value: object) -> bool:
    """Tell whether ``value`` maps metrics to numbers."""
    return isinstance(value, dict) and all(isinstance(score, int | float) for score in value.values())


def _read_json(path: Path, what: str) -> Any:
    """Read a JSON file, saying what it is in messages."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{what} {path} cannot be read: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{what} {path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} {path} is not valid JSON: {error}; correct it there") from error


def _question(row: object, where: str) -> Question:
    """Check one entry of a question file."""
    if not isinstance(row, dict):
        raise InputError(f'{where} is no object; write {{"id": …, "question": …}}')
    key, text = row.get("id"), row.get("question")
    if not _is_id(key):
        raise InputError(f"{where} has no id; add one")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{where} (id {key!r}) has no question; add its text")
    kind = row.get("type", "")
    return Question(
        id=key,
        question=text,
        type=kind if isinstance(kind, str) else "",
        answers=_texts(row.get("answers"), f"{where} (id {key!r}): answers"),
        gold=tuple(dict.fromkeys(_texts(row.get("gold"), f"{where} (id {key!r}): gold"))),
    )


def _texts(value: object, where: str) -> tuple[str, ...]:
    """Check an optional list of strings."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InputError(f"{where} is no list of strings; correct it")
    return tuple(value)
