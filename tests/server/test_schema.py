"""Requests made by chance from the OpenAPI document: no fault of the server, and every response as described."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from server_helpers import Process, serving

from graphrag.server.app import create_app
from graphrag.server.settings import Settings

SCHEMA = schemathesis.openapi.from_dict(create_app(Settings(workspace="nowhere")).openapi())
OPERATIONS = {operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations()}
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES = {"POST /v1/documents": 8, "GET /v1/jobs/{id}/events": 5}  # each valid one builds, or waits


@pytest.fixture(scope="module")
def server(notes_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    workspace = Path(shutil.copytree(notes_once, tmp_path_factory.mktemp("schema") / "workspace"))
    with serving("-w", str(workspace)) as running:
        yield running


def test_all_routes_are_described() -> None:
    assert len(OPERATIONS) >= 20
    assert {"POST /v1/ask", "DELETE /v1/documents/{id}", "GET /healthz", "GET /v1/models"} <= OPERATIONS.keys()
    secured = [label for label, operation in OPERATIONS.items() if operation.definition.raw.get("security")]
    assert OPERATIONS.keys() - set(secured) == {"GET /healthz", "GET /readyz"}


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_chance_finds_no_fault(label: str, server: Process) -> None:
    operation = OPERATIONS[label]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @settings(
        max_examples=EXAMPLES.get(label, 25), deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases)
    def check(case: Any) -> None:
        case.call_and_validate(base_url=server.url, checks=CHECKS, timeout=30)

    check()
    assert server.process.poll() is None
