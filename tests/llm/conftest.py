"""A scripted server that speaks OpenAI's protocol over real HTTP."""

from collections.abc import Iterator

import pytest
from scripted import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that runs for one test."""
    with ScriptedServer() as running:
        yield running
