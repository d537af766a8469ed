"""Draws how cost grows, as SVG files. Runs in the environment of the benchmarks.

    build/bench/bin/python tests/benchmarks/plots.py FOLDER < points.json

Takes `{"plot": {"curve": [[x, y], …]}}`. Letters stay letters, so the files are small,
and nothing in them tells when or where they were drawn.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, NullLocator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Curves = Mapping[str, Sequence[Sequence[float]]]

#: Axis labels, and whether what grows upwards is logarithmic too.
AXES = {
    "rows-seconds": ("rows", "seconds, whole process", True),
    "rows-memory": ("rows", "peak memory, MB", False),
    "locations-cpu": ("locations", "CPU of a row, µs", False),
    "locations-memory": ("locations", "peak memory, MB", False),
}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "importer",
    "font.family": "sans-serif",
    "font.size": 11,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
}


def draw(plot: str, curves: Curves, target: Path) -> None:
    """One file with all curves of a plot."""
    across, up, logarithmic = AXES[plot]
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    for name, points in curves.items():
        xs, ys = zip(*sorted(map(tuple, points)), strict=True)
        axes.plot(xs, ys, marker="o", markersize=4, label=name)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_xscale("log")
    axes.set_xticks(sorted({x for points in curves.values() for x, _ in points}))
    axes.tick_params(axis="x", labelrotation=20)
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    if len(curves) > 1:
        axes.legend(frameon=False)
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _plain(value: float, place: int | None = None) -> str:
    """1,000,000 rather than a power of ten."""
    del place
    return f"{value:,.10g}"


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams.update(STYLE)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for wanted, lines in json.load(sys.stdin).items():
        draw(wanted, lines, folder / f"{wanted}.svg")
