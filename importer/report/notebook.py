"""Results and moments of a run as HTML, for notebooks: tables, not dumps.

Everything that comes from a file or a server is escaped. Invariant: a result is shown
with a bound on its rows, whatever the size of its input.
"""

from __future__ import annotations

import html
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.models import ReportLine, Snapshot

#: How many rows with a problem are shown; the report has them all.
EXAMPLES = 20
_LONGEST = 200
#: Files of a run that a person opens, in this order.
_FILES = ("report.html", "report.csv", "report.xlsx", "report.jsonl", "run.log")


def counts(title: str, numbers: Mapping[str, int]) -> str:
    """Return a heading, and the numbers that are not 0 as a table."""
    rows = "".join(
        f'<tr><th style="text-align:left">{_text(name)}</th><td>{number:,}</td></tr>'
        for name, number in numbers.items()
        if number
    )
    return f"<p><b>{_text(title)}</b></p><table>{rows}</table>"


def problems(lines: Iterable[ReportLine], total: int) -> str:
    """Return the first rows with a problem as a table; nothing where there is none."""
    cells = ((str(each.place), each.name, each.status, each.message) for each in lines)
    return table(("where", "name", "status", "what is wrong"), cells, total)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int) -> str:
    """Return the first rows under a head of words; nothing where there is none."""
    shown = list(islice(rows, EXAMPLES))
    if not shown:
        return ""
    parts = [_row("th", head), *(_row("td", cells) for cells in shown)]
    more = f"<p>The first {len(shown)} of {total:,} rows.</p>"
    made = f"<table>{''.join(parts)}</table>"
    return made + more if total > len(shown) else made


def sentence(text: str) -> str:
    """Return a sentence as a paragraph."""
    return f"<p>{_text(text)}</p>"


def links(folder: Path) -> str:
    """Return links to the files of a run, as the notebook would open them."""
    return files(folder / name for name in _FILES)


def files(paths: Iterable[Path]) -> str:
    """Return links to those of the files that exist."""
    shown = [
        f'<a href="{_address(path)}">{_text(path.name)}</a>'
        for path in paths
        if path.is_file()
    ]
    return f"<p>{' · '.join(shown)}</p>" if shown else ""


def counted(numbers: Mapping[str, int], nothing: str = "no rows") -> str:
    """Return the numbers that are not 0 as a short text."""
    shown = [f"{number:,} {name}" for name, number in numbers.items() if number]
    return ", ".join(shown) or nothing


def progress(moment: Snapshot) -> str:
    """Return a bar and a line of a moment; the bar moves where its end is known."""
    total = moment.rows_to_send
    end = f' value="{moment.rows_sent}" max="{total}"' if total else ""
    if total == 0:
        end = ' value="1" max="1"'
    return f"<progress{end}></progress> {_text(line(moment))}"


def line(moment: Snapshot) -> str:
    """Return a moment as a short line of text."""
    return str(moment)


def _address(path: Path) -> str:
    """Return a path below the notebook as it is, any other with its whole address."""
    whole = path.absolute()
    if whole.is_relative_to(Path.cwd()):
        return html.escape(quote(whole.relative_to(Path.cwd()).as_posix()))
    return html.escape(whole.as_uri())


def _row(kind: str, cells: Sequence[str]) -> str:
    inner = (f"<{kind}>{_text(cell)}</{kind}>" for cell in cells)
    return f"<tr>{''.join(inner)}</tr>"


def _text(text: str) -> str:
    return html.escape(cut(text, _LONGEST))
