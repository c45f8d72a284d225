"""The scaling chart: four small plots over the number of passages, as plain SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphrag.evaluation.scale import Cost

__all__ = ["scaling_chart"]

_WIDTH, _HEIGHT = 360, 230  # of one plot
_LEFT, _TOP, _RIGHT, _BOTTOM = 54, 40, 16, 34
_COLOURS = ("#1f5fa8", "#c2571a")


@dataclass(frozen=True, slots=True)
class _Plot:
    """One plot: its title and a list of (name, values) with one value a size."""

    title: str
    lines: tuple[tuple[str, tuple[float, ...]], ...]


def scaling_chart(costs: "Sequence[Cost]") -> str:
    """Return an SVG of index time, memory, opening and latency over the number of passages, both axes logarithmic.

    Parameters
    ----------
    costs : sequence of Cost
        At least one, by size.
    """

    def line(name: str, field: str) -> tuple[str, tuple[float, ...]]:
        return name, tuple(float(getattr(cost, field)) for cost in costs)

    plots = [
        _Plot("Index time, µs a passage", (line("elapsed", "index_us"), line("processor", "index_cpu_us"))),
        _Plot("Peak memory, MB", (line("build", "build_peak_mb"), line("search", "search_peak_mb"))),
        _Plot("Search, ms", (line("p95", "search_ms_p95"), line("median", "search_ms_median"))),
        _Plot("Opening, s", (line("", "open_seconds"),)),
    ]
    sizes = [cost.passages for cost in costs]
    body = "".join(
        f'<g transform="translate({_WIDTH * (number % 2)},{_HEIGHT * (number // 2)})">{_drawn(plot, sizes)}</g>\n'
        for number, plot in enumerate(plots)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDTH} {2 * _HEIGHT}" '
        'font-family="sans-serif" font-size="11" role="img" aria-label="Cost over the number of passages">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}</svg>\n'
    )


def _drawn(plot: _Plot, sizes: Sequence[int]) -> str:
    """Return one plot."""
    values = [value for _, line in plot.lines for value in line]
    across = _Axis(log10(sizes[0]), log10(sizes[-1]), _LEFT, _WIDTH - _RIGHT)
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    up = _Axis(low, max(high, low + 1), _HEIGHT - _BOTTOM, _TOP)
    parts = [f'<text x="{_LEFT}" y="18" font-size="13" font-weight="bold">{plot.title}</text>']
    for power in range(low, max(high, low + 1) + 1):
        y = up.at(power)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
    for size in sizes:
        x = across.at(log10(size))
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{_short(size)}</text>')
    for (_, line), colour in zip(plot.lines, _COLOURS, strict=False):
        points = [(across.at(log10(size)), up.at(log10(value))) for size, value in zip(sizes, line, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{value:,.4g}</title></circle>'
            for (x, y), value in zip(points, line, strict=True)
        ]
    named = [(name, colour) for (name, _), colour in zip(plot.lines, _COLOURS, strict=False) if name]
    for number, (name, colour) in enumerate(named):
        parts.append(f'<text x="{_LEFT + 8 + 60 * number}" y="34" fill="{colour}">{name}</text>')
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Maps values to places; one value alone stands in the middle."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the place of a value."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + share * (self.end - self.start)


def _short(size: int) -> str:
    """Return 10000 as 10 k."""
    if size >= 1_000_000:
        return f"{size / 1_000_000:g} M"
    return f"{size / 1_000:g} k" if size >= 1_000 else str(size)
