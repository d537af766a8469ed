"""The Big List of Naughty Strings, as names: from the file to the server and back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook

from importer import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

NAMES: list[str] = json.loads(
    (Path(__file__).parent / "naughty" / "blns.json").read_text("utf-8")
)
#: No name at all, because nobody would see anything: nothing, a zero-width space,
#: an Ogham space mark, an ideographic space and a byte order mark.
NOTHING_TO_SEE = ["", "\u200b", "\u1680", "\u3000", "\ufeff"]
SPACE_AROUND = 9


def as_csv(importer: Importer, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(table(importer))


def as_json_lines(importer: Importer, path: Path) -> None:
    header, *rows = table(importer)
    lines = (json.dumps(dict(zip(header, row, strict=True))) for row in rows)
    path.write_text("\n".join(lines), "utf-8")


def as_workbook(importer: Importer, path: Path) -> None:
    import xlsxwriter  # type: ignore[import-untyped] # noqa: PLC0415 - slow to load

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table(importer)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)


def table(importer: Importer) -> list[list[str]]:
    rows = [
        [importer.location, name, f"naughty-{number}", "manual", importer.product]
        for number, name in enumerate(NAMES)
    ]
    return [importer.header.split(","), *rows]


@pytest.mark.parametrize(
    ("file", "write"),
    [
        ("names.csv", as_csv),
        ("names.xlsx", as_workbook),
        ("names.jsonl", as_json_lines),
    ],
)
def test_every_naughty_string_survives_as_a_name(
    file: str,
    write: Callable[[Importer, Path], None],
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """What the server holds, and every report, has the name as the file had it.

    But for the space around it, which is dropped from every cell, as documented.
    """
    server = sandbox("--limit", "1000/10s")
    write(importer, importer.folder / file)

    ended = importer("run", file, "--base-url", server.url, "--rate", "none", "--yes")
    importer("report", importer.run_folder().name, "--format", "csv,jsonl,xlsx")

    assert ended.code == 3
    held = {
        one["slug"]: one["name"]
        for one in server.truth()["locations"][importer.location]["collections"]
    }
    wanted = [name.strip() for name in NAMES]
    there = [number for number, name in enumerate(NAMES) if name not in NOTHING_TO_SEE]
    assert held == {f"naughty-{number}": wanted[number] for number in there}
    assert sum(NAMES[number] != wanted[number] for number in there) == SPACE_AROUND
    for found in reports(importer.run_folder()):
        assert [one["name"] for one in found] == wanted
        refused = [n for n, one in enumerate(found) if one["code"] == "name_missing"]
        assert [NAMES[number] for number in refused] == NOTHING_TO_SEE
        created = [n for n, one in enumerate(found) if one["status"] == "created"]
        assert created == there


def reports(folder: Path) -> list[list[dict[str, str]]]:
    """The lines of the three reports, read by programs that know nothing of us."""
    with (folder / "report.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    for line in lines:
        assert not line["name"].lstrip().startswith(("=", "+", "-", "@"))
        line["name"] = report.untamed(line["name"])
    text = (folder / "report.jsonl").read_text("utf-8")
    objects = [json.loads(line) for line in text.split("\n")[:-1]]
    book = CalamineWorkbook.from_path(folder / "report.xlsx")
    header, *rows = book.get_sheet_by_index(0).to_python()
    cells = [dict(zip(map(str, header), map(str, row), strict=True)) for row in rows]
    for cell, line in zip(cells, objects, strict=True):
        cell["name"] = cell["name"].strip()  # there the user's own cell
        cell["status"], cell["code"] = cell["import_status"], line["code"]
    return [lines, objects, cells]


def test_a_name_that_a_spreadsheet_would_run_stays_a_text_in_the_workbook(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """No cell of report.xlsx is a formula or a link, whatever the names say."""
    import openpyxl  # noqa: PLC0415 - slow to load

    server = sandbox("--limit", "1000/10s")
    names = ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "https://example.com", "_x0041_"]
    rows = [
        f"{importer.location},{name},n-{number},manual,{importer.product}"
        for number, name in enumerate(names)
    ]
    file = importer.write("names.csv", rows)

    importer("run", file, "--base-url", server.url, "--rate", "none", "--yes")
    importer("report", importer.run_folder().name, "--format", "xlsx")

    book = openpyxl.load_workbook(importer.run_folder() / "report.xlsx")
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    shown = CalamineWorkbook.from_path(importer.run_folder() / "report.xlsx")
    read = [row[1] for row in shown.get_sheet_by_index(0).to_python()]
    assert read == ["name", *names]
