"""Input as people have it, through the command: piped, packed, in a folder, guessed."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.runs import loader

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

GUESS = "the encoding is a guess: cp1250 (Windows, Central Europe)"


def polish(importer: Any) -> bytes:
    row = f"{importer.location},Żółte książki,zolte,manual,{importer.product}"
    return f"{importer.header}\r\n{row}\r\n".encode("cp1250")


def piped(importer: Any, content: bytes, *args: object) -> tuple[int, str]:
    ended = subprocess.run(  # noqa: S603 - our own command
        importer.command(*args),
        cwd=importer.folder,
        env=importer.environment,
        input=content,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in ended.stderr
    assert b"Waiting" not in ended.stderr  # whoever pipes knows that it is read
    return ended.returncode, ended.stdout.decode()


def test_a_guessed_encoding_is_told_wherever_a_file_is_read(
    importer: Any, sandbox: Callable[..., Any]
) -> None:
    """By check, plan and run, once; for programs under `notes`."""
    url = sandbox().url
    (importer.folder / "polish.csv").write_bytes(polish(importer))
    told = f"polish.csv: {GUESS}"

    check = importer("check", "polish.csv")
    plan = importer("plan", "polish.csv", "--base-url", url)
    run = importer("run", "polish.csv", "--base-url", url, "--yes")

    for ended in (check, plan, run):
        assert ended.code == 0, ended
        assert ended.out.count(told) == 1
    (note,) = importer("check", "polish.csv", "--json").document["files"][0]["notes"]
    assert note.startswith(GUESS)
    assert importer.summary()["files"][0]["notes"] == [note]
    report = (importer.run_folder() / "report.csv").read_text("utf-8")
    assert "Żółte książki" in report
    named = importer("check", "polish.csv", "--encoding", "cp1250", "--json")
    assert named.document["files"][0]["notes"] == []


def test_what_is_piped_in_is_imported(
    importer: Any, sandbox: Callable[..., Any]
) -> None:
    """Packed as well; the report calls it standard input."""
    server = sandbox()
    content = gzip.compress(polish(importer))

    code, out = piped(importer, content, "run", "-", "--base-url", server.url, "--yes")

    assert (code, server.creates()) == (0, 1)
    assert f"standard input: {GUESS}" in out
    report = (importer.run_folder() / "report.csv").read_text("utf-8")
    assert "\nstandard input,,2,2," in report


def test_a_sheet_that_was_asked_for_of_a_text_is_told(
    importer: Any, sandbox: Callable[..., Any]
) -> None:
    """On stderr, once for all files, and the rows are read as without it."""
    server = sandbox()
    names = [importer.write(f"{n}.csv", importer.rows(1, first=n)) for n in range(7)]
    flags = ("--sheet", "Sale")
    online = (*flags, "--base-url", server.url)
    said = "0.csv has no sheets; --sheet Sale is for workbooks, and is passed over.\n"

    many = importer("check", *names, *flags, "--json")
    ends = [
        importer("check", names[0], *flags),
        importer("plan", names[0], *online),
        importer("presets", names[0], *flags),
        importer("run", names[0], *online, "--yes"),
    ]

    assert many.document["counts"]["valid"] == 7
    assert "0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more have no sheets" in many.err
    assert [(one.code, said in one.err) for one in ends] == [(0, True)] * 4
    assert importer("check", names[0]).err == ""
    assert server.creates() == 1


def test_a_workbook_with_the_sheet_has_nothing_told(importer: Any) -> None:
    """The flag is heeded there."""
    book = importer.samples / "collections.xlsx"
    first = importer("check", book, "--json").document["files"][0]["sheet"]
    assert importer("check", book, "--sheet", first).err == ""


def test_a_folder_is_one_input(importer: Any) -> None:
    """All of its tables by name; the same slug in two of them is told."""
    folder = importer.folder / "export"
    folder.mkdir()
    importer.write("export/b.csv", importer.rows(2))
    importer.write("export/a.csv", importer.rows(1))
    (folder / "readme.md").write_text("Hello")

    ended = importer("check", "export", "--json")

    files = ended.document["files"]
    assert [(one["file"], one["rows"]) for one in files] == [("a.csv", 1), ("b.csv", 2)]
    assert "left out: readme.md" in files[0]["notes"][0]
    assert ended.document["counts"] == {"valid": 2, "invalid": 0, "duplicate": 1}


def test_what_was_piped_in_cannot_be_read_again() -> None:
    """So a resume does not try to, and says that the run has to start again."""
    assert loader.paths([Path("a.csv"), "-"]) == []
    assert loader.paths([Path("/a.csv"), "/b"]) == [
        str(Path("/a.csv").absolute()),
        str(Path("/b").absolute()),
    ]


def test_a_title_above_the_header_is_found_with_a_mapping_file_too(
    importer: Importer,
) -> None:
    """The columns of the mapping file are looked for where the header is."""
    mapping = importer.folder / "m.toml"
    mapping.write_text('[columns]\n"Titel" = "seo_title"\n', encoding="utf-8")
    row = f"A,a,b,{importer.product}"
    name = importer.write(
        "m.csv", ["Titel,slug,name,product ids", row], header="Liste 2026,"
    )
    flags = ("--mapping", "m.toml", "--location-id", importer.location)
    ended = importer("check", name, *flags)
    assert ended.code == 0, ended.err + ended.out
    assert "1 collection can be sent" in ended.out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_file_name_that_is_no_text_is_written_as_one(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Neither the journal nor a report could hold its bytes."""
    server = sandbox()
    name = importer.write("ok.csv", importer.rows(1))
    strange = os.fsdecode(b"bad\xff.csv")
    (importer.folder / name).rename(importer.folder / strange)
    ended = importer("run", strange, "--base-url", server.url)
    assert ended.code == 0, ended.err
    assert "udcff.csv" in (importer.run_folder() / "report.csv").read_text("utf-8")
