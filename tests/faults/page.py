"""Write what the fault tests measured into docs/robustness.md: the only way by which its figures come there.

Usage: python tests/faults/page.py RESULTS.xml…  (what ``pytest --junitxml`` writes; several runs are added up)
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "robustness.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

# Where kills met a build, as the build itself had said: the control that they land.
STAGES = (
    "starting",
    "reading",
    "first look",
    "extracting and embedding",
    "resolving",
    "communities",
    "reports",
    "indexing",
    "saving",
    "after the commit",
)

# What the page says of tests whose name holds a text, the first that fits; {name} is the sum of what they recorded.
ROWS = (
    ("real_builds_killed_again", "{kills:,} builds with the real models killed at random moments, then resumed"),
    ("builds_killed_again_and_again", "{kills:,} builds killed at random moments (SIGKILL), then resumed"),
    ("killed_at_a_stage", "{kills} builds killed at the beginning or in the middle of a stage"),
    ("killed_inside_the_commit", "{kills} builds killed around the steps of a commit"),
    ("real_build_killed", "a build with the real models, killed midway"),
    ("a_stopped_build", "Ctrl-C and SIGTERM, with one worker and with two"),
    ("fifteen_builds", "{builds} builds over workers, orders and hash seeds: {digests} digest"),
    ("ten_times_the_documents", "400 documents took {small} MB at most, 4,000 documents {large} MB"),
    ("random_changes", "{changes} random changes of documents, each compared with a rebuild"),
    (
        "many_damaged_files",
        "{damages} damaged files: {repaired} found and repaired to the same digest and ten passages, {unharmed} in "
        "bytes without meaning",
    ),
    ("file_size_limit", "file size limits"),
    ("failing_fsync", "a failing fsync"),
    ("full_disk", "a full disk"),
    ("damaged_bytes", "flipped bits, looked for on opening"),
    ("truncated", "files cut short"),
    ("second_writer", "a second writer, and readers meanwhile"),
)


@dataclass(slots=True)
class Row:
    """What the tests of one row gave."""

    results: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Figures(dict[str, int]):
    """What was recorded; nothing is none."""

    def __missing__(self, name: str) -> int:
        return 0


def read(paths: list[Path]) -> tuple[dict[str, Row], str]:
    """Return what each row's tests gave, and the day of the last run."""
    rows = {key: Row() for key, _ in ROWS}
    days = []
    for path in paths:
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            days.append(suite.get("timestamp", "")[:10])
            for case in suite.iter("testcase"):
                key = next((key for key, _ in ROWS if key in case.get("name", "")), None)
                if key is not None:
                    add(rows[key], case)
    return rows, max(days, default="")


def add(row: Row, case: ElementTree.Element) -> None:
    """Count a test."""
    bad = case.find("failure") is not None or case.find("error") is not None
    row.results["failed" if bad else "skipped" if case.find("skipped") is not None else "passed"] += 1
    row.seconds += float(case.get("time", "0"))
    for entry in case.iter("property"):
        row.recorded[entry.get("name", "")] += int(entry.get("value", "0"))


def table(rows: dict[str, Row], day: str) -> str:
    """Return the table."""
    lines = ["| What was done | Tests passed | Failed | Skipped | Seconds |", "| --- | --: | --: | --: | --: |"]
    for key, text in ROWS:
        row = rows[key]
        if row.results:
            figures = [f"{row.results[result]:,}" for result in ("passed", "failed", "skipped")]
            said = text.format_map(Figures(row.recorded))
            lines.append(f"| {said} | {' | '.join(figures)} | {row.seconds:,.0f} |")
    return "\n".join([f"Measured on {day} by the tests named above.", "", *lines, *kills(rows)])


def kills(rows: dict[str, Row]) -> list[str]:
    """Return a table of where the random kills met the builds."""
    light, real = (rows[name].recorded for name in ("builds_killed_again_and_again", "real_builds_killed_again"))
    if not light and not real:
        return []
    head = ["", "Where the random kills met a build, by what it had said last:", ""]
    head += ["| Stage | Kills | With the real models |", "| --- | --: | --: |"]
    return head + [f"| {stage} | {light[stage]:,} | {real[stage]:,} |" for stage in STAGES]


def main(paths: list[str]) -> int:
    """Write the page."""
    if not paths:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    found, day = read([Path(path) for path in paths])
    PAGE.write_text(f"{before}{BEGIN}\n{table(found, day)}\n{END}{after}", encoding="utf-8")
    return 1 if any(row.results["failed"] for row in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
