"""The opened graphs of a server: one for each set of groups, swapped for a newer build without dropping a request."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graphrag.engine import GraphRAG
from graphrag.server.sources import Groups, Source

__all__ = ["Holder"]

_LOOK_SECONDS = 0.5
_MOST_VIEWS = 8  # views of groups that stay open


@dataclass(slots=True)
class _Held:
    """An opened graph, the build that it shows, and how many requests read it."""

    rag: GraphRAG
    mark: object
    readers: int = 0
    retired: bool = False


class Holder:
    """Keeps graphs open for reading and notices new builds.

    Parameters
    ----------
    source : Source
        Opens the graph as somebody's groups see it.
    say : callable
        Takes (event, text) for the log.
    """

    def __init__(self, source: Source, say: Callable[[str, str], None]) -> None:
        self._source = source
        self._say = say
        self._held: OrderedDict[Groups, _Held] = OrderedDict()
        self._turn = threading.Lock()  # guards the fields; never held while a graph is opened
        self._opening = threading.Lock()  # one graph is opened at a time
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(self) -> None:
        """Open the graph and begin to look for new builds.

        Raises
        ------
        GraphRAGError
            It cannot be opened.
        """
        with self.use(None):
            pass
        self._watcher.start()

    def close(self) -> None:
        """Close every graph as soon as nobody reads it."""
        self._stop.set()
        with self._turn:
            held = list(self._held.values())
            self._held.clear()
        for one in held:
            self._retire(one)
        self._source.close()

    @property
    def generation(self) -> object:
        """What the open graph shows."""
        with self._turn:
            held = self._held.get(None)
        return None if held is None else held.mark

    @contextmanager
    def use(self, groups: Groups) -> Iterator[GraphRAG]:
        """Give the graph as the groups see it, kept open as long as it is used."""
        held = self._take(groups)
        if held is None:
            with self._opening:
                held = self._take(groups) or self._put(groups)
        try:
            yield held.rag
        finally:
            self._give_back(held)

    def refresh(self) -> bool:
        """Open a newer build where there is one, and return whether every open graph shows the newest."""
        mark = self._source.mark()
        with self._turn:
            old = [groups for groups, held in self._held.items() if held.mark != mark]
        if mark is None or not old:
            return not old
        for groups in old:
            if groups is not None:  # opened again when a request needs it
                self._forget(groups)
        with self._opening:
            self._give_back(self._put(None))
        return True

    def _forget(self, groups: Groups) -> None:
        """Let a graph be opened anew by the next request for it."""
        with self._turn:
            gone = self._held.pop(groups, None)
        if gone is not None:
            self._retire(gone)

    def _watch(self) -> None:
        """Look for new builds until the end."""
        said = ""
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.refresh()
            except Exception as error:  # noqa: BLE001 - the state before is served on, and the next look may succeed
                if str(error) != said:
                    self._say("refresh failed", str(error))
                said = str(error)

    def _take(self, groups: Groups) -> _Held | None:
        """Count one more reader of an open graph."""
        with self._turn:
            held = self._held.get(groups)
            if held is not None:
                held.readers += 1
                self._held.move_to_end(groups)
            return held

    def _put(self, groups: Groups) -> _Held:
        """Open a graph, put it in the place of an older one, and count its first reader."""
        mark = self._source.mark()
        rag = self._source.open(groups, self._forget)
        try:
            rag.search("warm up", k=1)  # loads the embedder, so that no request waits for it
        except BaseException:
            rag.close()
            raise
        held = _Held(rag, mark, readers=1)
        with self._turn:
            gone = [old for old in (self._held.pop(groups, None),) if old is not None]
            self._held[groups] = held
            views = [key for key in self._held if key is not None]
            gone += [self._held.pop(key) for key in views[: max(0, len(views) - _MOST_VIEWS)]]
        for old in gone:
            self._retire(old)
        self._say("opened", "" if groups is None else f"a view of {len(groups)} groups")
        return held

    def _give_back(self, held: _Held) -> None:
        """Count one reader less."""
        with self._turn:
            held.readers -= 1
            over = held.retired and held.readers == 0
        if over:
            held.rag.close()

    def _retire(self, held: _Held) -> None:
        """Close a graph now, or when its last reader is done."""
        with self._turn:
            held.retired = True
            over = held.readers == 0
        if over:
            held.rag.close()
