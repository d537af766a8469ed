"""A corrected copy of the input: what `check --fix` does.

Reads the input twice, first to see which slugs there are, then to fix and write; a
third time where collections go back into the rows of another program's file. `repair`
decides what is fixed, `corrected` lays it out. Invariants: the input is never touched;
every collection of it is in the copy, in its order; memory holds one number for each
identity, and no row.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer import repair, source, template
from importer.errors import UsageError
from importer.intake import claims, corrected, judged, recalled, tables
from importer.intake.corrected import Repair
from importer.models import Valid
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.intake.corrected import Columns, Judge
    from importer.intake.tables import Opened
    from importer.models import Fields

_TWICE = "The input is read twice, so it has to be a file."


def fix(
    inputs: Sequence[str],
    chosen: Settings,
    path: Path,
    columns: Columns = "own",
    *,
    force: bool = False,
    number_duplicates: bool = False,
) -> tuple[Repair, Settings]:
    """Write a corrected copy of the input.

    Args:
        inputs: paths of files.
        chosen: the settings that they are read with.
        path: the copy, .csv or .xlsx.
        columns: whose columns it has.
        force: whether a file that is there may be replaced.
        number_duplicates: whether a slug that another row has gets a number.

    Returns:
        What was changed, and the settings that the copy is to be read with.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used, or the copy must not be written.
        StorageError: it cannot be written.
    """
    chosen = recalled.settings(inputs, chosen)
    files = [Path(name) for name in inputs]
    _refuse(chosen, files)
    template.may_write(path, "--fix", force=force, inputs=files)
    done = Repair(path, columns)
    slugs = repair.Slugs(numbered=number_duplicates)
    # all slugs before the first row is written: a slug that is made may be that of a
    # row further down
    headers, used = _survey_all(inputs, chosen, done, slugs)
    layout = replace(_layout(columns, headers, used, chosen), notes=done.notes)
    layout = _as_written(layout, done)
    with template.writing(path, layout) as add:
        write = corrected.Copy(add, layout, done, slugs, own=columns == "own")
        for opened in tables.open_inputs(inputs, chosen):
            write.table(opened, chosen)
        if write.replaced:
            for opened in tables.open_inputs(inputs, chosen):
                write.rows(opened)
    return done, _afterwards(chosen, columns, layout, path)


def _survey_all(
    inputs: Sequence[str], chosen: Settings, done: Repair, slugs: repair.Slugs
) -> tuple[list[tuple[str, ...]], set[str]]:
    """Look at every collection once; the headers of the tables, and fields used."""
    headers = []
    used: set[str] = set()
    seen = claims.Seen()
    for opened in tables.open_inputs(inputs, chosen):
        headers.append(opened.table.header)
        if opened.table.written:
            done.written.add(opened.table.written)
        used |= {*opened.binding.columns, *opened.binding.constants}
        judge = corrected.judge(opened, chosen)
        count = 0
        for fields in judged.collections(opened):
            count += 1
            used.update(fields.values)
            before = _survey(opened, fields, judge, slugs)
            done.before[_claimed(opened, seen, before)] += 1
        done.files.append(replace(opened.file, rows=count))
        if done.columns == "own":
            done.left_out[corrected.where(opened)] = _not_carried(opened)
            if opened.shaping and opened.shaping.skipped:
                done.skipped[corrected.where(opened)] = dict(opened.shaping.skipped)
    return headers, used


def _not_carried(opened: Opened) -> tuple[str, ...]:
    """Return the headers of which a copy in our own columns has nothing."""
    second = (header for header, _ in opened.binding.second)
    headers = opened.shaping.shape.headers if opened.shaping else {}
    # what the shop does not show would be imported from the copy without a word
    shown = (headers["active"].strip(),) if "active" in headers else ()
    return (*opened.binding.left_out, *second, *shown)


def _claimed(opened: Opened, seen: claims.Seen, before: str | Valid) -> str:
    """Return what a check says of a row, whose id may be that of an earlier one."""
    if isinstance(before, str):
        return before
    if "collection_id" not in before.parts:
        return "valid"  # that no other row has its slug is known
    here = opened.number * claims.ROWS + before.row.first
    return "valid" if seen.takes(before.parts, here) else "invalid"


def _survey(
    opened: Opened, fields: Fields, judge: Judge, slugs: repair.Slugs
) -> str | Valid:
    """Note the slug of a row, and say what a check says of it; itself if it is good."""
    before = judge(fields)
    if isinstance(before, Valid):
        parts = before.filled
        number = corrected.content(opened, fields, before)
        first = slugs.claim(parts["location_id"], parts["slug"], number)
        return before if first else "duplicate"
    after = judge(repair.fixed(fields)[0])
    if isinstance(after, Valid):
        slugs.reserve(after.parts["location_id"], after.parts["slug"])
    elif after.location_id and after.slug:
        slugs.reserve(after.location_id, after.slug)
    return "invalid"


def _refuse(chosen: Settings, files: Sequence[Path]) -> None:
    if chosen.values.limit is not None:
        msg = "--fix writes a copy of all rows, so --limit has no place beside it."
        raise UsageError(msg, remedy="Leave one of them out.")
    if any(map(source.is_gone_once_read, files)):
        raise UsageError(_TWICE, remedy="Save the table and name its file.")


def _layout(
    columns: Columns,
    headers: Sequence[tuple[str, ...]],
    used: set[str],
    chosen: Settings,
) -> template.Layout:
    if columns == "input":
        if len(set(headers)) > 1:
            msg = "The tables have different columns, so a copy cannot have them all."
            remedy = "Name one file or one --sheet, or leave --fix-columns out."
            raise UsageError(msg, remedy=remedy)
        return template.Layout(
            tuple(template.Column(header, "") for header in headers[0])
        )
    optional = tuple(column for column in template.OPTIONAL if column.header in used)
    names = tuple(location.name or location.id for location in chosen.locations.listed)
    return template.Layout((*template.COLUMNS, *optional), names)


def _as_written(layout: template.Layout, done: Repair) -> template.Layout:
    """Have the copy written as its input is, where its texts are alike."""
    if len(done.written) != 1:
        return layout
    ((encoding, separator),) = done.written
    if encoding.startswith("utf-"):
        encoding = "utf-16" if encoding.startswith("utf-16") else template.ENCODING
    return replace(layout, encoding=encoding, separator=separator)


def _afterwards(
    chosen: Settings, columns: Columns, layout: template.Layout, path: Path
) -> Settings:
    """Return the settings for the copy: it needs none that only the input needed."""
    update: dict[str, object] = {"sheet": "", "encoding": "", "delimiter": ""}
    if path.suffix.lower() == template.CSV and not recalled.is_unicode(path):
        update["encoding"] = layout.encoding
    if columns == "own":
        update |= {"mapping": None, "preset": "own", "ignore_columns": ()}
        update |= {"collections_from": "", "store_language": ""}
    values = chosen.values.model_copy(update=update)
    return Settings(values, chosen.origins, chosen.folder)
