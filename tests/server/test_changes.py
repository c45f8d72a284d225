"""Documents that come and go while questions are answered."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from server_helpers import Here, done_job, events_of, serving_here

from graphrag import GraphRAG
from graphrag.errors import WorkspaceError
from graphrag.server.holder import Holder
from graphrag.server.settings import Settings
from graphrag.server.sources import source_of
from graphrag.stores.watching import GenerationWatch
from graphrag.types import Document, DocumentId

NEW = {"id": "people/zed", "title": "Zed Xon", "text": "Zed Xon was a painter. Zed Xon was born in Ghent."}
QUESTION = {"question": "Where was Zed Xon born?"}


@pytest.fixture
def changing(notes: Path) -> Any:
    with serving_here(notes) as server:
        yield server


def answer(server: Here) -> str:
    text: str = server.client.post("/v1/ask", json=QUESTION).json()["answer"]
    return text


def test_documents_come_and_go(changing: Here, notes: Path) -> None:
    with GraphRAG.open(notes) as rag:
        before = rag.store.meta("digest")
    assert answer(changing) == ""
    accepted = changing.client.post("/v1/documents", json={"documents": [NEW]})
    followed = events_of(changing.client.get(f"/v1/jobs/{accepted.json()['job']}/events").text)
    assert followed[-1][0] == "done"
    assert {kind for kind, _ in followed[:-1]} <= {"progress"}
    assert answer(changing) == "Ghent"  # as soon as the job is done
    assert changing.client.get("/v1/documents/people/zed").json()["text"] == NEW["text"]

    changed = {**NEW, "text": "Zed Xon was a painter. Zed Xon was born in Bruges."}
    assert done_job(changing.client, changing.client.post("/v1/documents", json={"documents": [changed]}))
    assert answer(changing) == "Bruges"

    gone = done_job(changing.client, changing.client.delete("/v1/documents/people/zed"))
    assert gone["state"] == "done"
    assert answer(changing) == ""
    with GraphRAG.open(notes) as rag:
        assert rag.store.meta("digest") == before
    assert changing.client.delete("/v1/documents/people/zed").status_code == 404


def test_an_id_is_made_where_none_is_given(changing: Here) -> None:
    document = {"title": "Zed Xon", "text": NEW["text"], "metadata": {"year": 1999}, "groups": ["a", "b, c"]}
    done_job(changing.client, changing.client.post("/v1/documents", json={"documents": [document]}))
    (found,) = changing.client.get("/v1/documents?q=Zed").json()["documents"]
    assert found["id"].startswith("document-")
    assert found["metadata"] == {"year": 1999, "groups": '["a", "b, c"]'}


def test_jobs_that_are_none(changing: Here) -> None:
    for identity in ("job-1", "job-" + "0" * 24, "x", "job-" + "0" * 24 + ".work"):
        assert changing.client.get(f"/v1/jobs/{identity}").status_code == 404
        assert changing.client.get(f"/v1/jobs/{identity}/events").status_code == 404


def test_a_job_that_fails_says_why(changing: Here, notes: Path) -> None:
    with GraphRAG.open(notes) as rag:
        ids = [document.id for document in rag.store.documents()]
    jobs = [changing.client.delete(f"/v1/documents/{identity}") for identity in (ids[0], ids[0])]
    states = [done_job(changing.client, job) for job in jobs]
    assert [state["state"] for state in states] == ["done", "failed"]
    assert ids[0] in states[1]["detail"]


def test_a_job_whose_build_cannot_be_opened_does_not_stop_the_next(
    changing: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Holder) -> bool:
        raise WorkspaceError("it cannot be opened")

    with monkeypatch.context() as patch:
        patch.setattr(Holder, "refresh", fail)
        changing.client.app.state.services.jobs._after = lambda: fail(None)
        assert done_job(changing.client, changing.client.post("/v1/documents", json={"documents": [NEW]}))
    job = done_job(changing.client, changing.client.delete("/v1/documents/ada-lovelace.md"))
    assert job["state"] == "done"


def test_a_build_of_another_process_is_noticed_and_no_request_is_dropped(changing: Here, notes: Path) -> None:
    stop = threading.Event()
    wrong: list[str] = []
    answers: list[str] = []

    def ask() -> None:
        while not stop.is_set():
            response = changing.client.post("/v1/ask", json=QUESTION)
            if response.status_code != 200:
                wrong.append(response.text)
            else:
                answers.append(response.json()["answer"])

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    try:
        for turn in range(3):
            document = Document(DocumentId("zed"), "Zed Xon", NEW["text"].replace("Ghent", f"Ghent{turn}"))
            with GraphRAG.create(notes) as rag:
                rag.add([document])
            for _ in range(200):
                if answers and answers[-1] == f"Ghent{turn}":
                    break
                time.sleep(0.05)
            else:
                raise AssertionError(f"build {turn} is not noticed: {answers[-1:]}")
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert wrong == []
    assert set(answers) <= {"", "Ghent0", "Ghent1", "Ghent2"}
    assert answers == sorted(answers) or len(set(answers)) > 1


def test_old_graphs_are_closed_when_their_last_reader_is_done(notes: Path) -> None:
    holder = Holder(source_of(Settings(workspace=str(notes))), lambda *_: None)
    with holder.use(None) as old:
        with GraphRAG.create(notes) as rag:
            rag.add([Document(DocumentId("zed"), NEW["title"], NEW["text"])])
        assert holder.refresh()
        with holder.use(None) as new:
            assert new is not old
            assert new.ask(QUESTION["question"]).text == "Ghent"
        assert old.ask(QUESTION["question"]).text == ""  # still open, and of its own state
    with pytest.raises(WorkspaceError, match="was closed"):
        old.search("x")
    assert new.search("x").passages
    holder.close()
    with pytest.raises(WorkspaceError, match="was closed"):
        new.search("x")


def test_a_damaged_workspace_leaves_the_state_before_in_service(changing: Here, notes: Path) -> None:
    good = (notes / "workspace.db").read_bytes()
    beside = notes / "damaged"
    beside.write_bytes(b"this is no database" * 1000)
    beside.replace(notes / "workspace.db")
    time.sleep(1.5)
    assert changing.client.post("/v1/search", json=QUESTION).status_code == 200
    beside.write_bytes(good)
    beside.replace(notes / "workspace.db")
    time.sleep(1.5)
    assert changing.client.get("/readyz").status_code == 200


def test_the_watch_sees_every_commit_and_a_replaced_file(notes: Path) -> None:
    watch = GenerationWatch(notes)
    first = watch.now()
    assert first == watch.now() is not None
    with GraphRAG.create(notes) as rag:
        rag.add([Document(DocumentId("zed"), NEW["title"], NEW["text"])])
    second = watch.now()
    assert second != first
    data = (notes / "workspace.db").read_bytes()
    (notes / "copy").write_bytes(data)
    (notes / "copy").replace(notes / "workspace.db")
    assert watch.now() != second
    (notes / "workspace.db").unlink()
    assert watch.now() is None
    watch.close()
