"""Keys and per-document rights through a real server: a key sees what a server without the hidden documents shows."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphrag import GraphRAG
from graphrag.client import Client, Limited, NotAllowed, NotReady, NotThere
from graphrag.server.keys import add_key
from graphrag.types import Answer, Document, DocumentId

QUESTION = "What is the place of birth of the director of film Under The Cards?"


def untimed(answer: Answer) -> Answer:
    return replace(answer, timings={})


def waiting_for_view(call: Callable[[], object]) -> Any:
    """Call again while the server builds the view of a key's groups."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return call()
        except NotReady as error:
            assert error.status == 503 and error.retry_after is not None
            assert time.monotonic() < deadline
            time.sleep(error.retry_after)


def test_keys_and_rights(tmp_path: Path, samples: Path, serve: Callable[..., str]) -> None:
    rows = json.loads((samples / "2wiki" / "corpus.json").read_text(encoding="utf-8"))[:30]
    hidden = {row["id"] for row in rows[::3]}
    documents = [
        Document(row["id"], row["title"], row["text"], "", {"groups": "board"} if row["id"] in hidden else {})
        for row in rows
    ]
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.build(documents)
    with GraphRAG.create(tmp_path / "fresh") as rag:
        rag.build([document for document in documents if document.id not in hidden])
    keys = tmp_path / "keys.json"
    public = add_key(keys, "public")[1]
    board = add_key(keys, "board", groups=["board"], role="write")[1]
    few = add_key(keys, "few", groups=["*"], requests_per_minute=2)[1]
    address = serve(tmp_path / "w", "--keys", str(keys))

    with Client(address, key="hg_" + "0" * 43) as client, pytest.raises(NotAllowed):
        client.search(QUESTION)
    with Client(address) as client, pytest.raises(NotAllowed):
        client.search(QUESTION)
    with Client(address, key=few) as client:
        client.search(QUESTION)
        client.search(QUESTION)
        with pytest.raises(Limited) as caught:
            client.search(QUESTION)
        assert caught.value.retry_after is not None and caught.value.retry_after > 1
    with Client(address, key=board) as client:
        assert waiting_for_view(lambda: len(list(client.documents()))) == len(documents)
        job = client.add_documents([Document(DocumentId("new"), "New", "New words.", "", {"groups": "board"})])
        assert job.state == "done" and job.detail == ""  # counts of the whole would tell what is hidden
        with pytest.raises(NotAllowed):
            client.add_documents([Document(DocumentId("other"), "New", "New words.", "", {"groups": "others"})])
        assert waiting_for_view(lambda: client.document("new")).metadata["groups"] == "board"
        assert client.delete_document("new").state == "done"
    with Client(address, key=public) as client, GraphRAG.open(tmp_path / "fresh") as fresh:
        waiting_for_view(lambda: client.search(QUESTION))
        assert {line.id for line in client.documents()} == {d.id for d in documents} - hidden
        for row in rows:
            question = f"Where was {row['title']} born?"
            assert untimed(client.ask(question)) == untimed(fresh.ask(question))
        with pytest.raises(NotThere):
            client.document(sorted(hidden)[0])
        with pytest.raises(NotAllowed):
            client.delete_document(rows[1]["id"])
