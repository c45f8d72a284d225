"""What the routes of one application share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response

from graphrag.engine import GraphRAG
from graphrag.server.access import Access, Principal
from graphrag.server.holder import Holder
from graphrag.server.jobs import Jobs
from graphrag.server.observing import Log, Metrics
from graphrag.server.replies import as_json, json_response
from graphrag.server.settings import Settings
from graphrag.server.work import Threads

__all__ = ["Services", "services_of"]


@dataclass(slots=True)
class Services:
    """The parts of a running server."""

    settings: Settings
    access: Access
    holder: Holder
    threads: Threads
    jobs: Jobs | None  # None where documents cannot be changed
    log: Log
    metrics: Metrics
    stopping: bool = field(default=False)  # true once the server was told to stop

    def graph(self, who: Principal) -> AbstractContextManager[GraphRAG]:
        """Give the graph as somebody may see it."""
        return self.holder.use(who.groups)

    async def reply(self, who: Principal, say: Callable[[GraphRAG], Any]) -> Response:
        """Return as JSON what ``say`` says of the graph that somebody may see; a worker thread calls it."""

        def work() -> bytes:
            with self.graph(who) as rag:
                return as_json(say(rag))

        return json_response(await self.threads.run(work))


def services_of(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    services: Services = request.app.state.services
    return services
