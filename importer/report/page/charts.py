"""The charts of the page, drawn by pygal as SVG without a colour of their own.

pygal lays out axes, guides and marks; its styles, its script and its comments are
taken away, and the page's own style sheet paints what is left, light or dark. Each
chart is drawn twice, wide and narrow, as letters cannot shrink with a telephone.
Invariant: a chart has no text but figures, and says in words what it shows.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from importer.flight import BOUNDS
from importer.wording import duration, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.models import Flight, Window

#: Width, height, and labels below: for a desk, and for a telephone.
SHAPES = {"wide": (960, 250, 8), "narrow": (380, 230, 3)}
#: A pause is drawn no longer than so many windows, or a tenth of all of them.
LONGEST_PAUSE = 6
_DAY = 86_400
#: Steps between the labels of a time, in seconds.
ROUND_TIMES = (10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600)
#: Up to so many windows stand apart from each other, as bars.
APART = 70
#: The borders of durations that share a bar of the second chart.
OF_A_BAR = 4

#: What pygal adds for its own styles, script and tooltips.
USELESS = frozenset({"defs", "style", "script", "title", "desc"})

Point = tuple[float, float]
Block = tuple[float, float, float]  # where it begins, its width and its height


def timeline(flight: Flight) -> dict[str, str]:
    """The calls of each window beside what it allowed, once for each shape."""
    windows = flight.windows
    if not windows:
        return {}
    starts = list(_starts(windows))
    spans = list(zip(windows, starts, strict=True))
    gap = 0.06 if len(windows) <= APART else 0.0
    calls = _outline([(x, one.seconds * (1 - gap), one.peak) for one, x in spans])
    limit = _level([(x, one.seconds, one.limit) for one, x in spans if one.limit])
    refused = [(x + one.seconds / 2, one.peak) for one, x in spans if one.refused]
    top = max(max(one.peak, one.limit or 0) for one in windows)
    drawn = {}
    for shape, (_, _, labels) in SHAPES.items():
        chart = _chart("XY", shape, stroke=True, show_dots=False)
        chart.range = (0, top * 1.04)
        chart.y_labels = _marks(top, _same([at for _, at in limit]))
        chart.x_labels = _moments(spans, labels)
        chart.add("calls", calls, fill=True)
        chart.add("limit", limit)
        chart.add("refused", refused, stroke=False, show_dots=True, dots_size=4)
        drawn[shape] = _svg(chart, "timeline")
    return drawn


def latencies(flight: Flight) -> dict[str, str]:
    """How long answers took, once for each shape."""
    bars = [
        sum(flight.latency[step : step + OF_A_BAR])
        for step in range(0, len(flight.latency), OF_A_BAR)
    ]
    filled = [place for place, count in enumerate(bars) if count]
    if not filled:
        return {}
    places = range(max(0, filled[0] - 1), min(len(bars), filled[-1] + 2))
    drawn = {}
    for shape, (_, _, most) in SHAPES.items():
        chart = _chart("Bar", shape, spacing=6)
        every = -(-len(places) // (most * 2))
        chart.x_labels = [
            "" if nth % every else _border(place) for nth, place in enumerate(places)
        ]
        chart.y_labels = _marks(max(bars))
        chart.range = (0, max(bars) * 1.04)
        chart.add("answers", [bars[place] for place in places])
        drawn[shape] = _svg(chart, "latencies")
    return drawn


def quota(flight: Flight) -> dict[str, str]:
    """The share of the day's quota that was left, where it changed visibly."""
    spans = list(zip(flight.windows, _starts(flight.windows), strict=True))
    line = [
        (x + one.seconds, one.quota * 100) for one, x in spans if one.quota is not None
    ]
    if len(line) < 2 or line[0][1] - line[-1][1] < 1:  # noqa: PLR2004 - one percent
        return {}
    drawn = {}
    for shape, (_, _, labels) in SHAPES.items():
        chart = _chart("XY", shape, stroke=True, show_dots=False)
        chart.height = 160
        chart.range = (0, 104)
        chart.y_labels = [{"value": at, "label": f"{at} %"} for at in (0, 50, 100)]
        chart.x_labels = _moments(spans, labels)
        chart.add("quota", line, fill=True)
        drawn[shape] = _svg(chart, "quota")
    return drawn


def _border(place: int) -> str:
    """The duration where a bar begins, in round figures."""
    seconds = BOUNDS[min(place * OF_A_BAR, len(BOUNDS) - 1)]
    return duration(float(f"{seconds:.2g}"))


def _outline(blocks: Sequence[Block]) -> list[Point]:
    """Blocks side by side as one line, which comes down between those apart."""
    line: list[Point] = []
    for x, width, height in blocks:
        if not line or line[-1][0] < x:
            line += [(line[-1][0], 0)] if line else []
            line.append((x, 0))
        line += [(x, height), (x + width, height)]
    return [*line, (line[-1][0], 0)]


def _level(blocks: Sequence[Block]) -> list[Point]:
    """The height of blocks as a line from the first to the last."""
    line: list[Point] = []
    for x, width, height in blocks:
        if line and line[-1][1] == height:
            line.pop()
        else:
            line.append((x, height))
        line.append((x + width, height))
    return line


def _starts(windows: Sequence[Window]) -> Iterator[float]:
    """Where each window begins on the chart; a long pause is cut short."""
    busy = sum(one.seconds for one in windows)
    place, before = 0.0, None
    for one in windows:
        if before is not None:
            pause = max(0.0, one.at - before.at - before.seconds)
            longest = max(LONGEST_PAUSE * one.seconds, busy / 10)
            place += before.seconds + min(pause, longest)
        yield place
        before = one


def _moments(
    spans: Sequence[tuple[Window, float]], most: int
) -> list[dict[str, object]]:
    """Labels of the time since the first window, at round times."""
    begin, end = spans[0][0].at, spans[-1][0].at
    step = next((one for one in ROUND_TIMES if (end - begin) / one < most), _DAY)
    labels, due = [], 0.0
    for one, x in spans:
        since = one.at - begin
        if since >= due:
            labels.append({"value": x, "label": duration(since // step * step)})
            due = (since // step + 1) * step
    every = -(-len(labels) // most)
    return labels[::every]


def _same(heights: Sequence[float]) -> float | None:
    """The one height of a line that has no other."""
    return heights[0] if len(set(heights)) == 1 else None


def _marks(top: float, limit: float | None = None) -> list[dict[str, object]]:
    """Round numbers from nothing to the top; the limit among them, where it is one."""
    step = 10 ** math.floor(math.log10(max(top, 1)))
    step = next(s for s in (step / 2, step, step * 2) if top / s <= 5 or s > step)  # noqa: PLR2004
    marks = {round(step * nth) for nth in range(int(top / step) + 1)}
    if limit:
        near = {mark for mark in marks if abs(mark - limit) <= top / 8}
        marks = (marks - near) | {0, round(limit)}
    return [{"value": at, "label": number(at)} for at in sorted(marks)]


@cache
def _pygal() -> Any:  # noqa: ANN401 - a library without types
    """The library, without the finder that it adds for plug-ins: it is of an old kind.

    Left where it is, every later import of the process would get a warning.
    """
    import pygal  # noqa: PLC0415 - only where a page is written

    fixer = "PluginImportFixer"
    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != fixer]
    return pygal


@cache
def _style() -> Any:  # noqa: ANN401 - of a library without types
    # the sizes are those of the style sheet: margins are reckoned from them
    sizes = {"label_font_size": 12, "major_label_font_size": 12}
    return _pygal().style.Style(font_family="inherit", **sizes)


def _chart(kind: str, shape: str, **more: object) -> Any:  # noqa: ANN401 - of pygal
    wide, high, _ = SHAPES[shape]
    return getattr(_pygal(), kind)(
        width=wide,
        height=high,
        style=_style(),
        show_legend=False,
        no_prefix=True,
        margin=2,
        margin_right=12,
        truncate_label=-1,
        js=(),
        css=(),
        **more,
    )


def local(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _svg(chart: Any, name: str) -> str:  # noqa: ANN401 - of pygal
    """What pygal drew without what it adds for browsers that run its scripts."""
    drawn: ET.Element = chart.render_tree()
    for above in list(drawn.iter()):
        for one in list(above):
            tag: object = one.tag  # of a comment it is a function
            if not isinstance(tag, str) or local(one) in USELESS:
                above.remove(one)
            one.attrib.pop("style", None)
    drawn.attrib.pop("id", None)
    drawn.attrib |= {"class": f"chart {name}", "aria-hidden": "true"}
    return ET.tostring(drawn, encoding="unicode")
