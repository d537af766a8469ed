"""A workbench of 100,000 rows: to open it, to edit it, and the memory that it takes.

Rows of our own columns, of which some are wrong and some repeat another's slug; and
collections of five rows each, as Matrixify writes them, edited in any column but those
that say which rows are one collection, and in these. Beside it stands a check of the
same file in the same process. Then the same as the page does it: from an upload to the
rows that are wrong, and an edit with the page behind it.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS = 100_000
OPEN_SECONDS, EDIT_MS, PEAK_MB = 6, 100, 250
PAGE_KB = 200
#: So many rows are one collection in a file of another program.
TOGETHER = 5
_BENCH = Path(__file__).with_name("workbench_edits.py")
_PAGE = Path(__file__).with_name("workbench_page.py")
_EXPORT = (
    *("ID", "Handle", "Command", "Title", "Body HTML", "Sort Order", "Published"),
    *("Must Match", "Rule: Product Column", "Rule: Relation", "Rule: Condition"),
    *("Metafield: title_tag [string]", "Row #", "Top Row"),
)
_TELLING = ("ID", "Handle", "Title", "Top Row")


def measure(options: Options) -> Measured:
    """Open each file some times, and edit it at random."""
    count = options.scaled(ROWS)
    own = _wrong(spreadsheet.write(options.folder / "own.csv", count))
    export = _export(options.folder / "export.csv", count)
    edits = options.scaled(2_000)
    texts = [name for name in _EXPORT if name not in _TELLING]
    found = Measured()
    for what, path, columns, number in (
        (f"workbench of {count:,} rows", own, spreadsheet.COLUMNS[1:5], edits),
        (f"the same in collections of {TOGETHER}: texts", export, texts, edits),
        # of more, half of them alike, hundreds of rows would come to be one
        ("the same: what says which rows are one", export, _TELLING, edits // 10),
    ):
        found.lines += _lines(what, path, columns, number, options)
    short = spreadsheet.write(options.folder / "short.csv", count, short=True)
    found.lines += _of_page(_wrong(short), options)
    return found


def _of_page(path: Path, options: Options) -> list[Line]:
    """Do the same on the page, whose rows go into the shop that is chosen there."""
    rows, edits = options.scaled(ROWS), options.scaled(500)
    command = [sys.executable, _PAGE, path, str(edits)]
    told = [processes.run(command).document for _ in range(options.repeats)]
    shown, middle, most, size = (
        Figures.of(each[name] for each in told)
        for name in ("shown", "p50", "p95", "bytes")
    )
    return [
        Line(
            f"page: {rows:,} rows, from the upload to those that are wrong",
            f"{shown.spread(1)} s, a page of {size.median / 1000:.0f} KB",
            goals=[
                Goal.at_most(OPEN_SECONDS, shown.median, " s"),
                Goal.at_most(PAGE_KB, size.median / 1000, " KB"),
            ],
        ),
        Line(
            "page: an edit, and the page behind it",
            f"{middle.median:.0f} ms, 95 % within {most.spread(0)} ms",
            goals=[Goal.at_most(EDIT_MS, most.median, " ms")],
        ),
    ]


def _lines(
    what: str, path: Path, columns: Sequence[str], edits: int, options: Options
) -> list[Line]:
    command = [sys.executable, _BENCH, path, str(edits), *columns]
    ended = [processes.run(command) for _ in range(options.repeats)]
    told = [each.document for each in ended]
    peak = Figures.of(each.peak_mb for each in ended).median
    opened = Figures.of(each["open"] for each in told)
    took, check = (Figures.of(each[name] for each in told) for name in ("cpu", "check"))
    middle, most = (Figures.of(each[name] for each in told) for name in ("p50", "p95"))
    return [
        Line(
            f"{what}: opened and judged",
            f"{opened.spread(1)} s, {peak:.0f} MB",
            f"CPU {took.median:.1f} s, a check {check.median:.1f} s",
            f"{took.over(check).spread(1)} times a check's CPU",
            goals=[
                Goal.at_most(OPEN_SECONDS, opened.median, " s"),
                Goal.at_most(PEAK_MB, peak, " MB"),
            ],
        ),
        Line(
            f"{what}: an edit, and the counts after it",
            f"{middle.median:.1f} ms, 95 % within {most.spread(1)} ms",
            goals=[Goal.at_most(EDIT_MS, most.median, " ms")],
        ),
    ]


def _wrong(path: Path) -> Path:
    """Spoil each tenth slug, and let each twentieth repeat another's, row by row."""
    chance = random.Random(spreadsheet.SEED)  # noqa: S311 - not a secret
    with path.open(encoding="utf-8", newline="") as stream:
        lines = csv.DictReader(stream)
        return _written(path.with_stem("wrong"), _spoiled(lines, chance))


def _spoiled(lines: csv.DictReader[str], chance: random.Random) -> Iterator[list[str]]:
    earlier = ""
    yield [*(lines.fieldnames or ())]
    for row in lines:
        if (die := chance.randrange(20)) < 2:
            row["slug"] = row["slug"].replace("-", " ").title()
        elif die == 2:
            row["slug"] = earlier
        else:
            earlier = row["slug"]
        if len(row) == len(spreadsheet.SHORT_COLUMNS):
            row["location_id"] = ""  # the page says where they go
        yield [*row.values()]


def _export(path: Path, count: int) -> Path:
    return _written(path, _exported(count))


def _exported(count: int) -> Iterator[list[str]]:
    yield [*_EXPORT]
    for at in range(count):
        number, line = divmod(at, TOGETHER)
        handle, title = f"collection-{number}", f"Collection {number}"
        kept = ["MERGE", title, f"<p>All of {number}</p>", "Best Selling", "TRUE"]
        rule = ["any condition", "Title", "Contains", f"word {number} {line}"]
        about = [f"{title} | Northline", str(line + 1), str(not line).upper()]
        yield [str(288_000_000 + number), handle, *kept, *rule, *about]


def _written(path: Path, lines: Iterator[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return path
