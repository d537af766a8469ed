"""What gave a file its meaning is kept: in suggested commands and in files to fix.

The command as a process, against the sandbox.
"""

from __future__ import annotations

import csv
import shlex
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended, Importer, Sandbox

MAPPING = """\
[columns]
"Bezeichnung" = "name"
"Kurzname" = "slug"
"Artikel" = "product_ids"
"Bild" = "image"

[constants]
type = "manual"
"""
HEADER = ("Bezeichnung", "Kurzname", "Artikel", "Bild")


def rows(importer: Importer) -> list[tuple[str, ...]]:
    """Two rows that are wrong only by their pictures, and one good one."""
    product = importer.product
    return [
        ("Gläser & Krüge", "glaeser", product, "https://example.com/a.png"),
        ("Tücher für Gäste", "tuecher", product, "example.com/b.png"),
        ("Körbe", "koerbe", product, "example.com/c.png"),
    ]


def written(importer: Importer, encoding: str, separator: str) -> str:
    """Write the table as a text."""
    lines = [separator.join(cells) for cells in (HEADER, *rows(importer))]
    path = importer.folder / "katalog.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    (importer.folder / "my mapping.toml").write_text(MAPPING, encoding="utf-8")
    return path.name


def run(importer: Importer, server: Sandbox, *words: str) -> Ended:
    """Run without asking, against the sandbox."""
    importer.environment["IMPORTER_BASE_URL"] = server.url
    return importer("run", *words, "--rate", "none", "--yes")


@pytest.mark.parametrize(
    ("encoding", "separator"), [("cp1252", ";"), ("utf-16", "\t"), ("utf-8", ",")]
)
def test_a_corrected_failed_csv_runs_as_it_is(
    importer: Importer, sandbox: Callable[..., Sandbox], encoding: str, separator: str
) -> None:
    """Mapping, location, separator and encoding of the input are those of the rest."""
    server = sandbox()
    name = written(importer, encoding, separator)
    flags = ("--mapping", "my mapping.toml", "--location-id", importer.location)
    assert run(importer, server, name, *flags, "--run-id", "first").code == 3
    (importer.folder / "my mapping.toml").unlink()
    failed = importer.folder / "runs" / "first" / "failed.csv"
    text = failed.read_text(encoding={"utf-8": "utf-8-sig"}.get(encoding, encoding))

    assert text.splitlines()[0] == separator.join((*HEADER, "problem"))
    fixed = text.replace("example.com", "https://example.com")
    failed.write_text(fixed, encoding=encoding)
    ended = run(importer, server, "runs/first/failed.csv")

    assert ended.code == 0, ended.out + ended.err
    assert "read as by the run that wrote it (" in ended.out
    slugs = {slug for _, slug in server.held()}
    assert slugs == {"glaeser", "tuecher", "koerbe"}


def test_a_failed_csv_that_a_spreadsheet_saved_otherwise_is_read_as_it_is_now(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A mark of UTF-8 and another separator go before what the run has kept."""
    server = sandbox()
    name = written(importer, "cp1252", ";")
    flags = ("--mapping", "my mapping.toml", "--location-id", importer.location)
    letters = ("--encoding", "cp1252", "--delimiter", ";")
    assert run(importer, server, name, *flags, *letters, "--run-id", "first").code == 3
    failed = importer.folder / "runs" / "first" / "failed.csv"
    with failed.open(encoding="cp1252", newline="") as stream:
        table = [*csv.reader(stream, delimiter=";")]

    for row in table[1:]:
        row[3] = f"https://{row[3]}"
    with failed.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(row[:4] for row in table)
    ended = importer("check", "runs/first/failed.csv")

    assert ended.code == 0, ended.out
    assert "2 collections can be sent." in ended.out


def test_a_flag_goes_before_what_the_run_has_kept(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Another mapping that is given beside failed.csv is the one that counts."""
    server = sandbox()
    name = written(importer, "utf-8", ",")
    flags = ("--mapping", "my mapping.toml", "--location-id", importer.location)
    assert run(importer, server, name, *flags, "--run-id", "first").code == 3
    other = MAPPING.replace('"Bild" = "image"\n', "")
    other += '[ignore]\ncolumns = ["Bild"]\n'
    (importer.folder / "other.toml").write_text(other, encoding="utf-8")

    ended = importer("check", "runs/first/failed.csv", "--mapping", "other.toml")

    assert ended.code == 0, ended.out
    assert "2 collections can be sent." in ended.out


def workbook(path: Path, sheet: str, table: list[tuple[Any, ...]]) -> None:
    """Write a workbook whose second sheet is the table."""
    book = openpyxl.Workbook()
    first: Any = book.active
    first.title = "Notizen"
    first.append(["nichts von Belang"])
    first.append(["weiter nichts"])
    second = book.create_sheet(sheet)
    for row in table:
        second.append(row)
    book.save(path)


def test_a_workbook_comes_back_as_one_with_its_title_rows_and_runs(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """report.xlsx is there unasked, offered first, and corrected sends the rest."""
    server = sandbox()
    written(importer, "utf-8", ",")
    title = [("Frühjahr 2027", "Stand: März"), (), HEADER, *rows(importer)]
    workbook(importer.folder / "katalog.xlsx", "Ware", title)
    flags = ("--mapping", "my mapping.toml", "--location-id", importer.location)
    words = ("katalog.xlsx", "--sheet", "Ware", *flags, "--run-id", "first")
    ended = run(importer, server, *words)

    assert ended.code == 3
    offered = [line for line in ended.out.splitlines() if line.startswith("To fix")]
    assert [line.rpartition("/")[2] for line in offered] == [
        "report.xlsx",
        "failed.csv",
    ]
    path = importer.folder / "runs" / "first" / "report.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Ware"]
    assert [sheet["A1"].value, sheet["B1"].value] == ["Frühjahr 2027", "Stand: März"]
    assert [cell.value for cell in sheet[3]][:4] == [*HEADER]
    for cell in (sheet["D5"], sheet["D6"]):
        cell.value = f"https://{cell.value}"
    book.save(path)
    again = run(importer, server, "runs/first/report.xlsx")

    assert again.code == 0, again.out + again.err
    assert server.creates() == 3


def test_a_workbook_without_problems_leaves_no_further_file(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """report.xlsx is written by itself only where a row is to be fixed."""
    header = tuple(importer.header.split(","))
    good = tuple(importer.rows(1)[0].split(","))
    workbook(importer.folder / "good.xlsx", "Ware", [header, good])
    assert run(importer, sandbox(), "good.xlsx", "--run-id", "first").code == 0
    folder = importer.folder / "runs" / "first"
    assert not (folder / "report.xlsx").exists()
    assert not (folder / "reading.json").exists()


@pytest.mark.parametrize(("encoding", "separator"), [("cp1252", ";"), ("utf-16", "\t")])
def test_a_corrected_copy_has_the_separator_and_encoding_of_its_input(
    importer: Importer, encoding: str, separator: str
) -> None:
    """What --fix writes opens in the program that the input came from."""
    name = written(importer, encoding, separator)
    flags = ("--mapping", "my mapping.toml", "--location-id", importer.location)
    ended = importer("check", name, "--fix", "fixed.csv", *flags)

    assert ended.code == 0, ended.out + ended.err
    text = (importer.folder / "fixed.csv").read_text(encoding=encoding)
    assert text.splitlines()[0].startswith(separator.join(("location_id", "name")))
    assert "Tücher für Gäste" in text


def test_a_new_plan_is_suggested_with_what_gave_the_file_its_meaning(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The command that makes an outdated plan anew can be typed as it stands."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    name = written(importer, "cp1252", ";")
    flags = ("--mapping", "my mapping.toml", "--location-id", importer.location)
    assert importer("plan", name, *flags, "-o", "plan.json").code == 3
    path = importer.folder / name
    path.write_bytes(path.read_bytes().replace(b"koerbe", b"koerbchen"))

    ended = importer("run", "--plan", "plan.json", "--yes")

    assert ended.code == 9
    command = ended.err.partition("with the same flags: ")[2].splitlines()[0]
    words = shlex.split(command)[1:]
    assert "--location-id" in words
    assert importer(*words).code == 3


def test_a_run_in_another_folder_is_resumed_there(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The command of the last line names the runs folder that was named."""
    server = sandbox()
    name = importer.write("shop.csv", importer.rows(300))
    words = ("run", name, "--base-url", server.url, "--runs-dir", "my runs", "--yes")
    ended = importer(*words, "--run-id", "first", "--max-duration", "1s")
    assert ended.code != 0
    assert "importer resume first --runs-dir 'my runs'" in ended.out
