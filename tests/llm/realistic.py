"""Replies as a fair model gives them: names and statements of the passage, as JSON."""

import itertools
import json
import re
from typing import Any

__all__ = ["passage_of", "reading_of", "realistic"]

_NAME = re.compile(r"\b[A-Z][\w’'-]+(?:\s+(?:of|the|de|von)?\s?[A-Z][\w’'-]+)*")


def passage_of(body: dict[str, Any]) -> str:
    """Return the passage that a request is about."""
    return str(body["messages"][1]["content"].partition("<passage>\n")[2].partition("\n</passage>")[0])


def reading_of(passage: str) -> dict[str, Any]:
    """Return what a fair reader finds: names, and a statement of each sentence that has two of them."""
    entities: dict[str, str] = {}
    relations = []
    for sentence in re.split(r"(?<=[.!?])\s+", passage):
        names = [name for name in _NAME.findall(sentence) if name.split()[0] not in ("The", "It", "He", "She", "In")]
        entities |= {name: "person" if " " in name else "place" for name in names}
        year = re.search(r"\b1\d{3}\b", sentence)
        when = year.group() if year else ""
        for one, other in itertools.combinations(dict.fromkeys(names), 2):
            quote = sentence[sentence.index(one) : sentence.index(other) + len(other)] or sentence
            relations.append({"subject": one, "predicate": "linked to", "object": other, "quote": quote, "when": when})
    relations = relations[:12]
    return {"entities": [{"name": n, "type": t} for n, t in entities.items()], "relations": relations, "claims": []}


def realistic(body: dict[str, Any]) -> str:
    """Answer a request of any stage of a build."""
    if "<passage>" in body["messages"][1]["content"]:
        return json.dumps(reading_of(passage_of(body)), ensure_ascii=False)
    return json.dumps(report_of(body["messages"][1]["content"]), ensure_ascii=False)


def report_of(asked: str) -> dict[str, Any]:
    """Return a report that repeats evidence, and one sentence that nothing supports."""
    names = asked.partition("The group: ")[2].partition("\n")[0].split(", ")
    items = re.findall(r"^\[(\d+)\]\s*\n(.+)$", asked, re.MULTILINE)
    findings = [{"text": text, "evidence": [int(number)]} for number, text in items[:5]]
    findings.append({"text": "Napoleon Bonaparte visited all of them in 1999.", "evidence": [1]})
    return {"title": " and ".join(names[:2]), "findings": findings}
