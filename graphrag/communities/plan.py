"""Which reports to write in which order, and what each is made of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.columns import Columns
from graphrag.communities.levels import Level, Strengths
from graphrag.communities.numbers import distinct
from graphrag.communities.reuse import Keys
from graphrag.types import Community, CommunityId

if TYPE_CHECKING:
    from graphrag.communities.numbers import IntArray

__all__ = ["Plan", "Step"]

_LEAST_MEMBERS = 3


@dataclass(slots=True, eq=False)
class Step:
    """A report to write.

    Attributes
    ----------
    community : Community
    level : Level
        Of the community.
    position : int
        The community's position there.
    parts : list of Step
        Those that write the reports on the communities below it.
    same : Step or None
        The only part where it is the whole: its report is this one's too.
    chunks : ndarray of int or None
        The chunks whose sentences the report is made of where it has no parts.
    key : str
        Of what the report is made of; empty until the parts have theirs.
    """

    community: Community
    level: Level
    position: int
    parts: "list[Step]" = field(default_factory=list)
    same: "Step | None" = None
    chunks: "IntArray | None" = None
    key: str = ""


class Plan:
    """The reports to write: those on communities of three members and more, parts before wholes.

    Parameters
    ----------
    communities : sequence of Community
        A tree.
    columns, strengths
        Of the corpus.
    """

    def __init__(self, communities: Sequence[Community], columns: Columns, strengths: Strengths) -> None:
        self.steps: list[Step] = []
        level: Level | None = None
        parts: dict[CommunityId | None, list[Step]] = defaultdict(list)
        for number in sorted({community.level for community in communities}, reverse=True):
            here = sorted([one for one in communities if one.level == number], key=lambda community: community.id)
            level = Level(here, columns, strengths, level)
            steps = [
                Step(community, level, position, parts[community.id])
                for position, community in enumerate(here)
                if len(community.members) >= _LEAST_MEMBERS
            ]
            for step in steps:
                parts[step.community.parent].append(step)
                if len(step.parts) == 1 and step.parts[0].community.members == step.community.members:
                    step.same = step.parts[0]
            whole = [step for step in steps if not step.parts]
            starts, chunks = level.sources(np.array([step.position for step in whole], dtype=np.int64))
            for at, step in enumerate(whole):
                step.chunks = chunks[starts[at] : starts[at + 1]]
            self.steps += steps

    def key(self, step: Step, keys: Keys) -> str:
        """Return the key of a report; its parts have theirs."""
        if step.same is not None:
            return step.same.key
        made_of = [part.key for part in step.parts] if step.chunks is None else step.chunks
        return keys.of(step.level, step.position, made_of)

    def sources(self, step: Step) -> "IntArray":
        """Return the numbers of the chunks that a report is made of, ascending, or those below it."""
        if step.chunks is not None:
            return step.chunks
        return distinct(np.concatenate([self.sources(part) for part in step.parts]))
