"""The charts of the page as values: marks, bars and lines, and where these stand.

The template draws them as SVG, and the page's style sheet paints them, light or dark.
Each chart is laid out twice, wide and narrow, as letters cannot shrink with a
telephone. Invariant: a chart has no text but figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.flight import BOUNDS
from importer.wording import duration, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.models import Flight, Window

#: Width, height, and labels below: for a desk, and for a telephone.
SHAPES = {"wide": (960, 250, 8), "narrow": (380, 230, 3)}
QUOTA_HEIGHT = 160
#: Room around what is drawn: for labels below, and for half a label beside and above.
BELOW, BESIDE, ABOVE = 24, 12, 8
#: A figure is as wide as this at the size of the style sheet, 12 pixels.
DIGIT = 7.2
#: The air above the highest bar, as a share of it.
AIR = 1.04
#: The gap between the bars of two windows, and on both sides of a bar.
GAP, BAR_GAP = 0.06, 0.11
#: A pause is drawn no longer than so many windows, or a tenth of all of them.
LONGEST_PAUSE = 6
_DAY = 86_400
#: Steps between the labels of a time, in seconds.
ROUND_TIMES = (10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600)
#: Up to so many windows stand apart from each other, as bars.
APART = 70
#: The borders of durations that share a bar of the second chart.
OF_A_BAR = 4

Point = tuple[float, float]
Block = tuple[float, float, float]  # where it begins, its width and its height
Mark = tuple[float, str]  # where it stands on its axis, and what it says
Span = tuple["Window", float]  # a window, and where it begins on the chart


@dataclass(frozen=True, slots=True)
class Chart:
    """What one drawing shows, in values, and where a value stands on it, in pixels.

    An area, a line and dots are points; bars stand side by side, one a step.
    """

    name: str
    width: int
    height: int
    end: float
    top: float
    heights: Sequence[Mark]
    below: Sequence[Mark]
    area: Sequence[Point] = ()
    line: Sequence[Point] = ()
    dots: Sequence[Point] = ()
    bars: Sequence[int] = ()

    def x(self, value: float) -> float:
        """Return where a value stands from left to right, beside the widest mark."""
        left = 8 + DIGIT * max(len(text) for _, text in self.heights)
        return round(left + (self.width - BESIDE - left) * value / (self.end or 1), 1)

    def y(self, value: float) -> float:
        """Return where a value stands from above, over the marks below."""
        room = self.height - BELOW - ABOVE
        return round(ABOVE + room * (1 - value / (self.top or 1) / AIR), 1)

    def path(self, points: Iterable[Point]) -> str:
        """Write points as the data of an SVG path."""
        return "M" + "L".join(f"{self.x(x):g} {self.y(y):g}" for x, y in points)

    def column(self, nth: int, value: float) -> str:
        """Write one of the bars as the data of an SVG path."""
        left, right = nth + BAR_GAP, nth + 1 - BAR_GAP
        return self.path([(left, 0), (left, value), (right, value), (right, 0)])


def timeline(flight: Flight) -> dict[str, Chart]:
    """Lay out the calls of each window beside what it allowed, for each shape."""
    windows = flight.windows
    if not windows:
        return {}
    spans = list(zip(windows, _starts(windows), strict=True))
    gap = GAP if len(windows) <= APART else 0.0
    calls = _outline([(x, one.seconds * (1 - gap), one.peak) for one, x in spans])
    limit = _level([(x, one.seconds, one.limit) for one, x in spans if one.limit])
    refused = [(x + one.seconds / 2, one.peak) for one, x in spans if one.refused]
    top = max(max(window.peak, window.limit or 0) for window in windows)
    marks = _marks(top, _same([at for _, at in limit]))
    drawn = {}
    for shape, (wide, high, most) in SHAPES.items():
        below = _moments(spans, most)
        about = ("timeline", wide, high, _end(spans), top, marks, below)
        drawn[shape] = Chart(*about, area=calls, line=limit, dots=refused)
    return drawn


def latencies(flight: Flight) -> dict[str, Chart]:
    """Lay out how long answers took, for each shape."""
    counts = [
        sum(flight.latency[step : step + OF_A_BAR])
        for step in range(0, len(flight.latency), OF_A_BAR)
    ]
    filled = [place for place, count in enumerate(counts) if count]
    if not filled:
        return {}
    first = max(0, filled[0] - 1)
    bars = counts[first : filled[-1] + 2]
    names = [(nth + 0.5, _border(first + nth)) for nth in range(len(bars))]
    top = max(bars)
    drawn = {}
    for shape, (wide, high, most) in SHAPES.items():
        below = names[:: -(-len(bars) // (most * 2))]
        about = ("latencies", wide, high, len(bars), top, _marks(top), below)
        drawn[shape] = Chart(*about, bars=bars)
    return drawn


def quota(flight: Flight) -> dict[str, Chart]:
    """Lay out the share of the day's quota that was left, where it changed visibly."""
    spans = list(zip(flight.windows, _starts(flight.windows), strict=True))
    line = [
        (x + one.seconds, one.quota * 100) for one, x in spans if one.quota is not None
    ]
    if len(line) < 2 or line[0][1] - line[-1][1] < 1:  # noqa: PLR2004 - one percent
        return {}
    area = [(line[0][0], 0.0), *line, (line[-1][0], 0.0)]
    marks = [(float(at), f"{at} %") for at in (0, 50, 100)]
    drawn = {}
    for shape, (wide, _, most) in SHAPES.items():
        below = _moments(spans, most)
        about = ("quota", wide, QUOTA_HEIGHT, _end(spans), 100, marks, below)
        drawn[shape] = Chart(*about, area=area)
    return drawn


def _end(spans: Sequence[Span]) -> float:
    window, begin = spans[-1]
    return begin + window.seconds


def _border(place: int) -> str:
    """Write the duration where a bar begins, in round figures."""
    seconds = BOUNDS[min(place * OF_A_BAR, len(BOUNDS) - 1)]
    return duration(float(f"{seconds:.2g}"))


def _outline(blocks: Sequence[Block]) -> list[Point]:
    """Draw blocks side by side as one line, which comes down between those apart."""
    line: list[Point] = []
    for x, width, height in blocks:
        if not line or line[-1][0] < x:
            line += [(line[-1][0], 0)] if line else []
            line.append((x, 0))
        line += [(x, height), (x + width, height)]
    return [*line, (line[-1][0], 0)]


def _level(blocks: Sequence[Block]) -> list[Point]:
    """Draw the height of blocks as a line from the first to the last."""
    line: list[Point] = []
    for x, width, height in blocks:
        if line and line[-1][1] == height:
            line.pop()
        else:
            line.append((x, height))
        line.append((x + width, height))
    return line


def _starts(windows: Sequence[Window]) -> Iterator[float]:
    """Return where each window begins on the chart; a long pause is cut short."""
    busy = sum(item.seconds for item in windows)
    place, before = 0.0, None
    for window in windows:
        if before is not None:
            pause = max(0.0, window.at - before.at - before.seconds)
            longest = max(LONGEST_PAUSE * window.seconds, busy / 10)
            place += before.seconds + min(pause, longest)
        yield place
        before = window


def _moments(spans: Sequence[Span], most: int) -> list[Mark]:
    """Label the time since the first window, at round times."""
    begin, end = spans[0][0].at, spans[-1][0].at
    step = next(
        (seconds for seconds in ROUND_TIMES if (end - begin) / seconds < most), _DAY
    )
    labels: list[Mark] = []
    due = 0.0
    for window, x in spans:
        since = window.at - begin
        if since >= due:
            labels.append((x, duration(since // step * step)))
            due = (since // step + 1) * step
    every = -(-len(labels) // most)
    return labels[::every]


def _same(heights: Sequence[float]) -> float | None:
    """Return the one height of a line that has no other."""
    return heights[0] if len(set(heights)) == 1 else None


def _marks(top: float, limit: float | None = None) -> list[Mark]:
    """Round numbers from nothing to the top; the limit among them, where it is one."""
    step = 10 ** math.floor(math.log10(max(top, 1)))
    step = next(s for s in (step / 2, step, step * 2) if top / s <= 5 or s > step)  # noqa: PLR2004
    marks = {round(step * nth) for nth in range(int(top / step) + 1)}
    if limit:
        near = {mark for mark in marks if abs(mark - limit) <= top / 8}
        marks = (marks - near) | {0, round(limit)}
    return [(at, number(at)) for at in sorted(marks)]
