"""Builds that are killed again and again at random moments end at the digest of a build that nothing disturbed."""

import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from children import Nursery, assert_gone, digest_of, stage_of

from graphrag.errors import WorkspaceError

Record = Callable[[str, object], None]
# What there is before the build, and what is built.
ALONE: tuple[tuple[dict[str, Any] | None, dict[str, Any]], ...] = (
    (None, {"size": 96}),  # a first build
    ({"size": 48}, {"size": 96}),  # every text is another one, and there are twice as many
    ({"size": 96, "first": 48}, {"size": 96}),  # the second half is added
    ({"size": 96}, {"size": 96, "first": 48}),  # the second half is removed
)
TWO: tuple[tuple[dict[str, Any] | None, dict[str, Any]], ...] = (
    (None, {"size": 192, "workers": 2}),
    ({"size": 96}, {"size": 192, "workers": 2}),
)
KILLS = int(os.environ.get("GRAPHRAG_TEST_KILLS", "40"))  # ``make nightly`` asks for 1,000
REAL_KILLS = KILLS // 20  # with the real models
KILLS_A_SEED = 5
STARTING = 0.05  # seconds before a build begins to read


@dataclass(frozen=True, slots=True)
class Start:
    """A workspace to copy, what to build into it, and what that gives when nothing disturbs it."""

    folder: Path | None
    before: str  # digests; empty where no build has finished
    after: str
    wish: dict[str, Any]
    pace: dict[str, float]  # seconds of each stage


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(delay=0.001)
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def real_nursery() -> Iterator[Nursery]:
    nursery = Nursery(real=True)
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def starts(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> list[Start]:
    """Return what the seeds begin with; these builds are the control."""
    # Every fifth seed has two workers, whose processes start from nothing each time.
    made = [start(nursery, tmp_path_factory.mktemp("start"), old, new) for old, new in (*ALONE, *TWO)]
    return [*made[:4], made[4], *made[:4], made[5]]


@pytest.fixture(scope="module")
def real_start(real_nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Start:
    return start(real_nursery, tmp_path_factory.mktemp("real"), {"first": 50}, {"workers": 2})


def start(nursery: Nursery, place: Path, old: dict[str, Any] | None, wish: dict[str, Any]) -> Start:
    """Build undisturbed what will be killed, and measure its stages."""
    folder = None if old is None else place / "old"
    before = nursery.build(folder, **old)[0]["digest"] if folder is not None and old is not None else ""
    if folder is not None:
        shutil.copytree(folder, place / "new")
    report, began = nursery.build(place / "new", **wish)
    times = [*began.values(), report["ended"]]
    pace = {stage: later - began for stage, began, later in zip(began, times, times[1:], strict=False)}
    return Start(folder, before, report["digest"], wish, pace)


def state_of(folder: Path) -> str:
    """Return the digest of a workspace, which must be sound; empty where no build has finished."""
    try:
        return digest_of(folder)
    except WorkspaceError as error:
        assert re.search("has finished yet|was never finished|There is no workspace", str(error))
        return ""


def kill_one(nursery: Nursery, folder: Path, begin: Start, chance: random.Random) -> str:
    """Start a build and kill it at random; return the stage that the kill met, empty where it came too late."""
    stage = chance.choice(["starting", *begin.pace])
    child = nursery.fork(folder, **begin.wish)
    now = "starting"
    if stage == "starting":
        sleep(chance.uniform(0, STARTING))
    elif child.wait_for_stage(stage):
        now = stage
        sleep(chance.uniform(0, 1.1 * begin.pace[stage]))
    helpers = child.workers()
    child.kill(group=chance.random() < 0.5)
    for line in child.out:
        now = stage_of(line)[0] if line.startswith("stage ") else now
    killed = child.end() < 0
    assert_gone(helpers)
    state = state_of(folder)
    assert state in (begin.before, begin.after)
    assert killed or state == begin.after
    return "" if not killed else "after the commit" if state == begin.after else now


def kill_often(nursery: Nursery, begin: Start, folder: Path, seed: int) -> Counter[str]:
    """Kill builds of a folder again and again, then let one end; return the stages that the kills met."""
    chance = random.Random(seed)
    met: Counter[str] = Counter()
    while met.total() < KILLS_A_SEED:
        shutil.rmtree(folder, ignore_errors=True)
        if begin.folder is not None:
            shutil.copytree(begin.folder, folder)
        stage = "none"
        while stage not in ("", "after the commit") and met.total() < KILLS_A_SEED:
            stage = kill_one(nursery, folder, begin, chance)
            if stage:
                met[stage] += 1
        assert nursery.build(folder, **begin.wish)[0]["digest"] == begin.after == digest_of(folder)
        assert len(list((folder / "arrays").iterdir())) <= 2
        assert not (folder / "staging.db").exists()
    return met


def seeds(kills: int) -> range:
    return range(-(-kills // KILLS_A_SEED))


@pytest.mark.faults
@pytest.mark.parametrize("seed", seeds(KILLS))
def test_builds_killed_again_and_again_at_random_end_at_the_same_digest(
    nursery: Nursery, starts: list[Start], tmp_path: Path, seed: int, record_property: Record
) -> None:
    record(record_property, kill_often(nursery, starts[seed % len(starts)], tmp_path / "w", seed))


@pytest.mark.faults
@pytest.mark.parametrize("seed", seeds(REAL_KILLS))
def test_real_builds_killed_again_and_again_end_at_the_same_digest(
    real_nursery: Nursery, real_start: Start, tmp_path: Path, seed: int, record_property: Record
) -> None:
    record(record_property, kill_often(real_nursery, real_start, tmp_path / "w", seed))


def record(record_property: Record, met: Counter[str]) -> None:
    """Note the kills for the robustness page."""
    record_property("kills", met.total())
    for stage, times in met.items():
        record_property(stage, times)
