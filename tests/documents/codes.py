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
    """Write the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGINNING
    for kind in Kind:
        yield f"\n## {kind}\n"
        members = [
            explanation for explanation in ALL.values() if explanation.kind is kind
        ]
        yield "| code | meaning |"
        yield "| --- | --- |"
        for member in members:
            yield f"| [`{member.name}`](#{member.name}) | {member.phrase} |"
        for member in members:
            yield from _section(member)


def _section(explanation: Explanation) -> Iterator[str]:
    yield f"\n### {explanation.name}\n"
    yield (
        _folded(
            f"{explanation.phrase[:1].upper()}{explanation.phrase[1:]}. "
            f"{explanation.cause}"
        )
        + "\n"
    )
    if explanation.cells:
        yield f"- For example: {_cells(explanation.cells)}"
        yield f"- Write instead: {_cells(explanation.instead)}"
    else:
        yield f"- For example: {explanation.example}"
    yield _folded(f"- What to do: {explanation.way_out}", indent="  ")


def _folded(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _cells(cells: Cells) -> str:
    """Write cells as a phrase, each behind its column."""
    return "; ".join(
        f"{column} `{text}`" if text else f"{column} left blank"
        for column, text in cells
    )


def main() -> None:
    """Print the page."""
    sys.stdout.write(write())


if __name__ == "__main__":
    main()
