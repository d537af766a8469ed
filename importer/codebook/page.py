"""The page of the docs that explains every code, written from the codebook.

`make docs` writes it to `docs/errors.md`. Invariant: what `importer explain` says of a
code and what the page says is the same (a test compares the page with this).
"""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from importer.codebook import ALL, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.codebook.entry import Cells, Explanation

_BEGINNING = """\
# Codes, and what to do about them

Every problem has a code: in the column `code` of [report.csv](report.md), in
`check --json`, behind every message on the screen. The codes are stable; the words
around them may be improved. On the command line `importer explain CODE` says what
stands here, `importer explain` lists the codes, and a number is an exit code:
`importer explain 75`.

This page is written by the program (`make docs`)."""
_WIDTH = 120


def write() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGINNING
    for kind in Kind:
        yield f"\n## {kind}\n"
        members = [one for one in ALL.values() if one.kind is kind]
        yield "| code | meaning |"
        yield "| --- | --- |"
        for one in members:
            yield f"| [`{one.name}`](#{one.name}) | {one.phrase} |"
        for one in members:
            yield from _section(one)


def _section(one: Explanation) -> Iterator[str]:
    yield f"\n### {one.name}\n"
    yield _folded(f"{one.phrase[:1].upper()}{one.phrase[1:]}. {one.cause}") + "\n"
    if one.cells:
        yield f"- For example: {_cells(one.cells)}"
        yield f"- Write instead: {_cells(one.instead)}"
    else:
        yield f"- For example: {one.example}"
    yield _folded(f"- What to do: {one.way_out}", indent="  ")


def _folded(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _cells(cells: Cells) -> str:
    """Cells as a phrase, each behind its column."""
    return "; ".join(
        f"{column} `{text}`" if text else f"{column} left blank"
        for column, text in cells
    )


def main() -> None:
    """Print the page."""
    sys.stdout.write(write())
