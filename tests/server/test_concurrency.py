"""Many requests at a time get what each gets alone."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from server_helpers import Here, serving_here

from graphrag.evaluation import read_questions

_THREADS = 8


def asked(server: Here, request: tuple[str, str, Any]) -> Any:
    """Return the status and the body of a response without its times."""
    method, path, body = request
    response = server.client.request(method, path, json=body)
    said = json.loads(response.text)
    for name in ("timings", "timings_ms"):
        said.pop(name, None)
    return response.status_code, said


def test_requests_do_not_meddle(sample_workspace: Path, samples: Path) -> None:
    questions = [entry.question for entry in read_questions(samples / "2wiki" / "questions.json")][:12]
    with serving_here(sample_workspace, threads=4) as server:
        ids = [entity["id"] for entity in server.client.get("/v1/entities?limit=8").json()["entities"]]
        requests: list[tuple[str, str, Any]] = [("POST", "/v1/ask", {"question": text}) for text in questions]
        requests += [("POST", "/v1/search", {"question": text, "mode": "links"}) for text in questions]
        requests += [("POST", "/v1/explain", {"question": text}) for text in questions[:4]]
        requests += [("POST", "/v1/ask", {"question": text, "mode": "global"}) for text in questions[:4]]
        requests += [("GET", f"/v1/entities/{identity}", None) for identity in ids]
        requests += [("GET", f"/v1/graph?entity={identity}&hops=2&limit=60", None) for identity in ids]
        requests += [("GET", "/v1/documents?q=film", None), ("GET", "/v1/communities", None)]
        alone = [asked(server, request) for request in requests]
        places = list(range(len(requests))) * 3
        random.Random(7).shuffle(places)
        with ThreadPoolExecutor(_THREADS) as threads:
            together = list(threads.map(lambda place: asked(server, requests[place]), places))
    assert {status for status, _ in alone} == {200}
    for place, said in zip(places, together, strict=True):
        assert said == alone[place], requests[place]
