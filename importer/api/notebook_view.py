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
    from collections.abc import Iterable, Mapping

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
    shown = list(islice(lines, EXAMPLES))
    if not shown:
        return ""
    rows = "".join(
        f"<tr><td>{_text(str(line.place))}</td><td>{_text(line.name)}</td>"
        f"<td>{_text(line.status)}</td><td>{_text(line.message)}</td></tr>"
        for line in shown
    )
    head = "<tr><th>where</th><th>name</th><th>status</th><th>what is wrong</th></tr>"
    more = f"<p>The first {len(shown)} of {total:,} rows.</p>"
    return f"<table>{head}{rows}</table>{more if total > len(shown) else ''}"


def links(folder: Path) -> str:
    """Return links to the files of a run, as the notebook would open them."""
    found = [folder / name for name in _FILES if (folder / name).is_file()]
    shown = (f'<a href="{_address(path)}">{path.name}</a>' for path in found)
    return f"<p>{' · '.join(shown)}</p>" if found else ""


def progress(moment: Snapshot) -> str:
    """Return a bar and a line of a moment; the bar moves where its end is known."""
    total = moment.rows_to_send
    end = f' value="{moment.rows_sent}" max="{total}"' if total else ""
    if total == 0:
        end = ' value="1" max="1"'
    return f"<progress{end}></progress> {_text(line(moment))}"


def line(moment: Snapshot) -> str:
    """Return a moment as a short line of text."""
    parts = [moment.phase]
    if moment.rows_to_send is None:
        parts.append(f"{moment.rows_read:,} rows read")
    else:
        parts.append(f"{moment.rows_sent:,} of {moment.rows_to_send:,} rows sent")
    if moment.problems:
        parts.append(f"{moment.problems:,} with a problem")
    if moment.waiting_for:
        parts.append(f"waiting for {moment.waiting_for}")
    return ", ".join(parts)


def _address(path: Path) -> str:
    """Return a path below the notebook as it is, any other with its whole address."""
    whole = path.absolute()
    if whole.is_relative_to(Path.cwd()):
        return html.escape(quote(whole.relative_to(Path.cwd()).as_posix()))
    return html.escape(whole.as_uri())


def _text(text: str) -> str:
    return html.escape(cut(text, _LONGEST))
