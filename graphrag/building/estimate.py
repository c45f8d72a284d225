"""What a build would ask of an LLM: requests, tokens, money and time, before any of it is spent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from graphrag.building.analysing import analyse
from graphrag.building.deriving import Source, derive_graph
from graphrag.building.refining import choose
from graphrag.building.report import Stages
from graphrag.building.staging import Before, stage_documents
from graphrag.building.stopping import stoppable
from graphrag.documents.problems import Problem
from graphrag.llms.usage import llm_tokens
from graphrag.pool import Local
from graphrag.protocols import Progress, Refiner, Reporter, Request
from graphrag.registry import Part
from graphrag.stores.workspace import Workspace
from graphrag.types import Document

if TYPE_CHECKING:
    from graphrag.config import BuildSettings
    from graphrag.llms.client import Experience
    from graphrag.resolution.links import Link

__all__ = ["Estimate", "Meter", "StageEstimate", "estimate"]

# Fewer kept replies say less than the estimate that they would correct.
_LEAST_REPLIES = 10
# Of a model that nothing is known about: until the first token, and tokens a second.
_SECONDS, _TOKENS_A_SECOND = 0.7, 60.0


class Meter(Protocol):
    """What is known of an LLM without asking it."""

    concurrency: int

    def known(self, request: Request) -> bool:
        """Tell whether the reply is in the cache."""

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """Return what so many tokens cost; None where no price is known."""

    def experience(self, stage: str) -> "Experience | None":
        """Return what the kept replies of a stage cost; None where nothing is kept."""


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """What one stage is expected to ask."""

    stage: str  # "extraction", "gleaning" or "reports", as usage is counted
    documents: int
    chunks: int  # passages, or for reports communities
    requests: int  # that have to be paid for
    cached: int  # that were paid for before
    tokens_in: int
    tokens_out: int
    cost: float | None  # in the currency of the prices; None where the model's price is not known
    seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a build is expected to ask of the LLM, and how large it is."""

    documents: int
    chunks: int
    stages: tuple[StageEstimate, ...]
    problems: tuple[str, ...]

    @property
    def cost(self) -> float | None:
        """The money of all stages; None where no price is known."""
        costs = [stage.cost for stage in self.stages]
        return None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)


def estimate(
    documents: Iterable[Document],
    workspace: Workspace,
    *,
    extractor: Part,
    embedder: Part,
    settings: "BuildSettings",
    refiner: Refiner | None,
    reporter: Reporter | None,
    meter: Callable[[], Meter],
    problems: Sequence[Problem] = (),
    progress: Progress | None = None,
    workers: int | None = None,
    links: Sequence["Link"] = (),
) -> Estimate:
    """Return what :func:`graphrag.building.build` would ask of the LLM for the same documents.

    What costs nothing is done, and kept for the build: reading, extracting and embedding.  The reports are counted in
    the graph that is known so far, which the LLM will change a little.

    Parameters
    ----------
    documents, workspace, extractor, embedder, settings, refiner, reporter, problems, progress, workers, links
        As the build takes them.  The workspace's state does not change.
    meter : callable
        Returns prices and experience; called where something is to be asked.
    """
    with stoppable(), workspace.draft() as draft:
        stage = Stages(progress, draft)
        local = Local(extractor, embedder)
        before = Before(workspace, settings, keep=False, without=frozenset())
        counts = stage_documents(draft, documents, problems, settings, stage, before)
        makers, _ = analyse(draft, local, workers, counts.contents, stage)
        stages: list[StageEstimate] = []
        if refiner is not None:
            missing = choose(draft, refiner, makers.extractor).missing
            passages = list(draft.passages(makers.extractor, missing))
            sources = {chunk.document_id for chunk, _ in passages}
            stages += _sum(refiner.expect(passages), len(sources), len(passages), meter())
        if reporter is not None:
            source = Source(draft, makers, counts)
            resolution, communities, reports = derive_graph(source, settings, links, stage)
            asked = reporter.expect(reports, communities, resolution)
            stages += _sum(asked, counts.documents, reporter.count(reports), meter())
        noted = tuple(str(problem) for problem in problems)
    return Estimate(counts.documents, counts.chunks, tuple(stages), noted)


def _sum(expected: Iterable[tuple[Request, int]], documents: int, chunks: int, meter: Meter) -> list[StageEstimate]:
    """Return one estimate for each stage of the requests, in the order of their first request."""
    stages: dict[str, StageEstimate] = {}
    seen: set[Request] = set()
    for request, reply_tokens in expected:
        so_far = stages.get(request.stage) or StageEstimate(request.stage, documents, chunks, 0, 0, 0, 0, None, 0.0)
        if request in seen:
            continue  # equal requests are sent once
        seen.add(request)
        if meter.known(request):
            stages[request.stage] = replace(so_far, cached=so_far.cached + 1)
            continue
        stages[request.stage] = replace(
            so_far,
            requests=so_far.requests + 1,
            tokens_in=so_far.tokens_in + sum(llm_tokens(said) for _, said in request.messages),
            tokens_out=so_far.tokens_out + reply_tokens,
        )
    return [_corrected(stage, meter) for stage in stages.values()]


def _corrected(stage: StageEstimate, meter: Meter) -> StageEstimate:
    """Return an estimate with money and time, corrected by what replies of the stage cost before."""
    requests, tokens_in, tokens_out = stage.requests, stage.tokens_in, stage.tokens_out
    seconds = requests * _SECONDS + tokens_out / _TOKENS_A_SECOND
    known = meter.experience(stage.stage)
    if known is not None and known.replies >= _LEAST_REPLIES:
        tokens_in = round(tokens_in * known.tokens_in / max(known.prompt_tokens, 1))
        tokens_out = round(requests * known.tokens_out / known.replies)
        seconds = requests * known.seconds / known.replies
    at_once = min(meter.concurrency, max(requests, 1))
    price = meter.price(tokens_in, tokens_out)
    return replace(stage, tokens_in=tokens_in, tokens_out=tokens_out, cost=price, seconds=seconds / at_once)
