"""The build line: documents → chunks → extraction and vectors → resolution → communities → index → one commit."""

from graphrag.building.estimate import Estimate, estimate
from graphrag.building.line import build
from graphrag.building.report import BuildReport

__all__ = ["BuildReport", "Estimate", "build", "estimate"]
