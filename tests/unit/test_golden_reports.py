"""Reports on the sample corpora, read by eye, and kept: a change that makes most of them others wants to be read again.

To renew the file, run this test with ``GRAPHRAG_GOLDEN=write`` and read what has changed in it.
"""

import json
import os
from pathlib import Path

import pytest

from graphrag.communities.wording import is_complete
from graphrag.engine import GraphRAG
from graphrag.stores.workspace import Workspace

GOLDEN = Path(__file__).parents[1] / "data" / "golden-reports.json"
_SHOWN = 30  # of each corpus, the most important


def _reports(workspace: Path) -> list[dict[str, object]]:
    with Workspace.open(workspace) as store:
        reports = sorted(store.reports(), key=lambda report: (-report.rank, report.community_id))
    seen, kept = set(), []
    for report in reports:
        told = {"title": report.title, "findings": [finding.text for finding in report.findings]}
        if str(told) not in seen:
            seen.add(str(told))
            kept.append(told)
    return kept


@pytest.fixture(scope="module")
def current(
    samples: Path, sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, object]]]:
    notes = tmp_path_factory.mktemp("notes") / "workspace"
    with GraphRAG.create(notes) as rag:
        rag.build([samples / "notes"], workers=1)
    told = {"2wiki": _reports(sample_workspace), "notes": _reports(notes)}
    if os.environ.get("GRAPHRAG_GOLDEN") == "write":
        kept = {name: reports[:_SHOWN] for name, reports in told.items()}
        GOLDEN.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return told


@pytest.mark.parametrize("corpus", ["2wiki", "notes"])
def test_reports_say_what_was_read_by_eye(corpus: str, current: dict[str, list[dict[str, object]]]) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[corpus]
    assert len(golden) >= 12  # the notes are six documents
    said = {str(finding) for report in current[corpus] for finding in list(report["findings"])}
    wanted = {finding for report in golden for finding in report["findings"]}
    assert len(wanted & said) / len(wanted) >= 0.8, sorted(wanted - said)
    titles = {str(report["title"]) for report in current[corpus]}
    kept = [report["title"] in titles for report in golden]
    assert sum(kept) / len(kept) >= 0.5


@pytest.mark.parametrize("corpus", ["2wiki", "notes"])
def test_almost_all_sentences_are_complete(corpus: str, current: dict[str, list[dict[str, object]]]) -> None:
    findings = [str(finding) for report in current[corpus] for finding in list(report["findings"])]
    assert sum(map(is_complete, findings)) / len(findings) >= 0.95
