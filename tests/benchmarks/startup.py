"""How long `importer --help` takes beside a bare interpreter."""

from __future__ import annotations

import sys

from common import IMPORTER, Line, Options, median, seconds


def measure(options: Options) -> list[Line]:
    """The median of several starts each."""
    repeats = max(7, options.repeats)
    bare = median(repeats, lambda: seconds([sys.executable, "-c", "pass"]))
    ours = median(repeats, lambda: seconds([*IMPORTER, "--help"]))
    return [
        Line(
            "`importer --help`",
            f"{ours * 1000:.0f} ms",
            f"bare interpreter {bare * 1000:.0f} ms",
            f"{ours / bare:.1f} times",
        )
    ]
