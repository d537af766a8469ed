"""`check --fix`: a corrected copy, and what is told of it.

The exit code is that of a check of the copy. Invariant: every change is counted, with
examples, and with `--json` each one is listed.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from importer import wording
from importer.api import checks
from importer.cli import check_view
from importer.intake.check import described
from importer.repair import UNFIXABLE, Kind
from importer.settings import meaning
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from importer.api.checks import FixResult
    from importer.cli.voice import Voice
    from importer.intake.corrected import Columns
    from importer.repair import Change
    from importer.settings import Settings

_EXAMPLES_OF_A_KIND = 3
_LONGEST_CELL = 60

_PHRASES = {
    Kind.TRIMMED: "space around the text dropped",
    Kind.MAPPED: "cleaned as the preset or the mapping file says",
    Kind.FILLED_IN: "filled in as the mapping file says",
    Kind.SLUG: "slug written with what a link can have",
    Kind.TYPE: "type written as manual or smart",
    Kind.LIST: "ids listed with commas",
    Kind.RULES: "rules written as JSON with a logic and conditions",
    Kind.HTTPS: "address of an image written in full, or the first of several",
    Kind.PLAIN_TEXT: "HTML, unseen characters and wrong letters written as plain text",
    Kind.REPEATED_SLUG: "slug that another row has, given a number",
    Kind.DESTROYED: "a spreadsheet has made a number, a date or an error of it; the "
    "text is lost. Format the column as text and write it once more",
    Kind.ROW_SHAPE: "the cells do not line up with the header, so which is which is "
    "not known. Give each column its separator, also where its cell is blank",
    Kind.UNREADABLE: "a cell is no text, so the row is as it was",
    Kind.NOT_CARRIED_OVER: "HighLevel has no such thing, or does not know it",
    Kind.SAME_AS_ANOTHER: "the row repeats another one, or would if it were fixed; "
    "drop one of the two, or give it a slug of its own (--number-duplicates does)",
}


def fix(
    files: Sequence[str],
    settings: Settings,
    path: Path,
    columns: Columns,
    *,
    voice: Voice,
    **writing: bool,
) -> int:
    """Write the copy, check it, tell both; the exit code of the check.

    `writing` are the switches of `checks.fix_inputs`.
    """
    done = checks.fix_inputs(files, settings, path, columns, **writing)
    result = done.checked
    if voice.as_json:
        for part in _document(done):
            click.echo(part, nl=False)
        click.echo()
    else:
        if not voice.quiet:
            _tell(done)
        named = ("location_id", "locations_file")
        flags = meaning.typed(settings, but=set(meaning.REPEATED).difference(named))
        shown = check_view.Shown((str(path),), flags, quiet=voice.quiet)
        check_view.check(result, shown, as_json=False)
    return result.exit_code


def _tell(done: FixResult) -> None:
    for file, names in done.left_out.items():
        if names:
            listed = ", ".join(map(plain, names))
            click.echo(f"{plain(file)}: not in the copy: {listed}")
    for file, words in done.skipped.items():
        for word, count in words.items():
            text = f"{count:,} left out, as the file says: {plain(word)}"
            click.echo(f"{plain(file)}: {text}")
    changed = len(done.changes)
    cells = wording.counted(changed, "cell")
    click.echo(f"{done.path}: written, with {cells} changed.")
    _groups(done, done.changes)
    if done.unfixed:
        click.echo("Left as it is:")
        _groups(done, done.unfixed)
    bad = len(done.checked.bad)
    click.echo(f"Rows with a problem: {done.problems_before:,} before, {bad:,} now.\n")


def _groups(done: FixResult, changes: Iterable[Change]) -> None:
    """Print each kind with its number, and its first examples below."""
    examples: dict[Kind, list[Change]] = {}
    for change in changes:
        mine = examples.setdefault(change.kind, [])
        if len(mine) < _EXAMPLES_OF_A_KIND:
            mine.append(change)
    for kind, mine in examples.items():
        count = done.kinds[kind]
        click.echo(f"  {count:,}: {_PHRASES[kind]} ({kind})")
        for change in mine:
            click.echo(f"    {_example(change)}")
        if count > len(mine):
            click.echo(f"    … and {count - len(mine):,} more")


def _example(change: Change) -> str:
    text = plain(str(change.place))
    if change.column:
        text += f", {plain(change.column)}"
    if change.kind is Kind.NOT_CARRIED_OVER:
        return f"{text}: {plain(change.before)}"
    before = _shown(change, change.before)
    if change.kind in UNFIXABLE:
        return f"{text}: {before}"
    return f"{text}: {before} → {_shown(change, change.after)}"


def _shown(change: Change, cell: str) -> str:
    """Write a cell on one line, with quotes where space was the matter."""
    short = wording.cut(plain(cell), _LONGEST_CELL)
    if change.kind is Kind.TRIMMED and cell != cell.strip():
        front, behind = cell != cell.lstrip(), cell != cell.rstrip()
        return f'"{" " * front}{short}{" " * behind}"'
    return short or "(blank)"


def _document(done: FixResult) -> Iterator[str]:
    """Yield the check of the copy, with what was changed before its problems."""
    result = done.checked
    heading = result.heading() | {
        "fix": {
            "file": str(done.path),
            "columns": done.columns,
            "columns_left_out": {file: list(of) for file, of in done.left_out.items()},
            "skipped": dict(done.skipped),
            "files": list(map(described, done.files)),
            "counts_before": {
                name: done.before.get(name, 0)
                for name in ("valid", "invalid", "duplicate")
            },
            "changed": _counted(done, unfixed=False),
            "unmended": _counted(done, unfixed=True),
        }
    }
    yield json.dumps(heading, ensure_ascii=False).removesuffix("}")
    yield from _listed("changes", map(_described, done.changes))
    yield from _listed("unmended", map(_described, done.unfixed))
    yield from _listed("remarked", result.remarked_rows())
    yield from _listed("problems", result.problems())
    yield "}"


def _counted(done: FixResult, *, unfixed: bool) -> dict[str, int]:
    return {
        str(kind): count
        for kind, count in done.kinds.items()
        if (kind in UNFIXABLE) is unfixed
    }


def _listed(name: str, entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield f', "{name}": ['
    entries = iter(entries)
    for first in islice(entries, 1):
        yield json.dumps(first, ensure_ascii=False)
    for entry in entries:
        yield ", " + json.dumps(entry, ensure_ascii=False)
    yield "]"


def _described(change: Change) -> dict[str, Any]:
    place = change.place
    described = {
        "file": place.file,
        "sheet": place.sheet,
        "row": place.row,
        "row_end": place.row_end,
        "column": change.column,
        "kind": str(change.kind),
        "before": change.before,
    }
    if change.kind not in UNFIXABLE:
        described["after"] = change.after
    return described
