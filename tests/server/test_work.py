"""Bounds of threads, queue and time; the parts of drawings."""

import asyncio
import json
import random
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import networkx
import numpy as np
import pytest
from server_helpers import serving_here

from graphrag import GraphRAG
from graphrag.exploring import neighbourhood, shortest_path
from graphrag.graph.layout import layout
from graphrag.server import job
from graphrag.server.problems import Problem
from graphrag.server.work import Threads
from graphrag.stores.browsing import Browser, Edge


def status_of(work: object) -> int:
    assert isinstance(work, Problem)
    return work.status


def test_work_beyond_the_bounds_is_refused() -> None:
    async def main() -> None:
        threads, go = Threads(1, 1, 5.0), threading.Event()
        tasks = [asyncio.create_task(threads.run(go.wait)) for _ in range(4)]
        await asyncio.sleep(0.1)
        assert threads.busy == 2
        go.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, Problem) for one in done] == [False, False, True, True]
        assert status_of(done[2]) == 503
        assert threads.busy == 0
        assert await threads.run(lambda: 7) == 7
        threads.close()
        with pytest.raises(Problem) as error:
            await threads.run(lambda: 7)
        assert error.value.status == 503

    asyncio.run(main())


def test_work_beyond_its_time_is_given_up() -> None:
    async def main() -> None:
        threads, done = Threads(1, 5, 0.1), threading.Event()
        late = await asyncio.gather(threads.run(lambda: done.wait(30)), threads.run(lambda: 1), return_exceptions=True)
        assert [status_of(one) for one in late] == [504, 504]
        assert threads.busy == 1  # the one that cannot be stopped
        done.set()
        while threads.busy:
            await asyncio.sleep(0.01)
        threads.close()

    asyncio.run(main())


def test_a_stream_ends_with_its_reader() -> None:
    async def main() -> None:
        threads, told = Threads(1, 1, 5.0), []

        def count() -> Iterator[int]:
            for number in range(1000):
                told.append(number)
                time.sleep(0.005)
                yield number

        stream = threads.each(count)
        assert [await anext(stream), await anext(stream)] == [0, 1]
        await stream.aclose()
        await asyncio.sleep(0.1)
        assert threads.busy == 0
        assert len(told) < 100
        with pytest.raises(ZeroDivisionError):
            async for _ in threads.each(lambda: (1 // number for number in [0])):
                pass
        threads.close()

    asyncio.run(main())


def test_a_request_has_a_deadline(sample_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    with serving_here(sample_workspace, seconds=0.3) as server:
        monkeypatch.setattr("graphrag.engine.GraphRAG.search", lambda *_, **__: done.wait(30))
        response = server.client.post("/v1/search", json={"question": "x"})
        done.set()
        assert response.status_code == 504


def test_a_stream_s_deadline_leaves_its_request_alone() -> None:
    threads, asking = Threads(1, 1, 0.2), []

    def work() -> Iterator[int]:
        yield 1
        time.sleep(0.6)
        yield 2

    async def rest(stream: AsyncIterator[int]) -> list[int]:
        with pytest.raises(Problem) as raised:
            asking.extend([number async for number in stream])
        return [raised.value.status]

    async def main() -> None:
        stream = threads.each(work)
        assert await anext(stream) == 1  # begun in one task, as a response is, and gone on with in another
        assert await asyncio.create_task(rest(stream)) == [504]
        await asyncio.sleep(0)  # where this task was cancelled, it would end here

    asyncio.run(main())


class Drawn(Browser):
    """A graph that is drawn by chance, with the two methods that walks read."""

    def __init__(self, nodes: int, edges: int, seed: int) -> None:
        chance = random.Random(seed)
        ends = [(f"e{chance.randrange(nodes):03}", f"e{chance.randrange(nodes):03}") for _ in range(edges)]
        self.all = [Edge(f"f{number:04}", a, b) for number, (a, b) in enumerate(ends) if a != b]
        self.graph = networkx.Graph([(edge.subject, edge.object) for edge in self.all])

    def edges(self, entities: object) -> list[Edge]:
        wanted = set(entities)
        return [edge for edge in self.all if edge.subject in wanted or edge.object in wanted]


@pytest.mark.parametrize("seed", range(5))
def test_paths_are_shortest(seed: int) -> None:
    drawn = Drawn(60, 75, seed)
    nodes = sorted(drawn.graph)
    lengths = dict(networkx.all_pairs_shortest_path_length(drawn.graph))
    for source in nodes[::7]:
        for target in nodes:
            path = shortest_path(drawn, source, target, 4)
            length = lengths[source].get(target)
            if length is None or length > 4:
                assert path == []
            else:
                assert len(path) == length + 1
                assert (path[0], path[-1]) == (source, target)
                assert networkx.is_path(drawn.graph, path) or len(path) == 1


@pytest.mark.parametrize("seed", range(5))
def test_surroundings_are_bounded(seed: int) -> None:
    drawn = Drawn(60, 75, seed)
    start = sorted(drawn.graph)[0]
    for hops in (1, 2, 3):
        near = set(networkx.single_source_shortest_path_length(drawn.graph, start, hops))
        assert neighbourhood(drawn, [start], hops, 500) == (near, False)
        few, more = neighbourhood(drawn, [start], hops, 3)
        assert few <= near
        assert len(few) == min(3, len(near))
        assert more == (len(near) > 3)


def test_places_are_the_same_for_the_same_graph() -> None:
    edges = [(a, (a * 7 + 3) % 120) for a in range(120)]
    places = layout(120, edges)
    assert places.shape == (120, 2)
    assert places.min() == 0.0
    assert places.max() == 1.0
    assert np.array_equal(places, layout(120, [(b, a) for a, b in reversed(edges)]))
    linked = np.mean([np.linalg.norm(places[a] - places[b]) for a, b in edges])
    assert linked < 0.5 * np.mean(np.linalg.norm(places[:, None] - places[None], axis=2))
    assert layout(0, []).shape == (0, 2)
    assert layout(1, []).tolist() == [[0.5, 0.5]]
    assert np.isfinite(layout(5, [])).all()


def test_threads_share_a_graph(sample_workspace: Path) -> None:
    """Each thread gets the rows of its own query, though all use one connection and its cache of statements."""
    with GraphRAG.open(sample_workspace) as rag:
        store = rag.store
        ids = [document.id for document in store.documents()]
        wrong: list[str] = []

        def read(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(400):
                wanted = chance.choice(ids)
                found = store.document(wanted)
                if found is None or found.id != wanted:
                    wrong.append(wanted)

        readers = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_a_job_that_is_stopped_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> str:
        raise KeyboardInterrupt("Stopped while saving.")

    monkeypatch.setattr(job, "_change", stopped)
    monkeypatch.setattr(job.os, "nice", lambda _: 0)
    (tmp_path / "a.work").write_text("{}", encoding="utf-8")
    job.main(str(tmp_path / "w"), str(tmp_path), "a")
    assert json.loads(capsys.readouterr().out) == {"state": "failed", "detail": "Stopped while saving."}
