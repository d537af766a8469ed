"""What cannot be imported: each with its exit code, the place, and a way out."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]

from importer import journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox


def workbook(sheet: str = "Categories") -> bytes:
    """A workbook with one good row."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    page.append(["location_id", "name", "slug"])
    page.append(["Z4Bxl8J4SaPEPLq9IQ8g", "Shoes", "shoes"])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def locked() -> bytes:
    """The same, with a password."""
    stream = BytesIO()
    OOXMLFile(BytesIO(workbook())).encrypt("secret", stream)
    return stream.getvalue()


@dataclass(frozen=True)
class Bad:
    """A file, and what must be said of it."""

    name: str
    content: bytes
    said: tuple[str, ...]
    flags: tuple[str, ...] = ()


BAD = {
    "empty": Bad("empty.csv", b"", ("empty.csv: the file is empty", "Save the")),
    "blank": Bad("blank.csv", b"\n \n", ("blank.csv: there is nothing", "Save the")),
    "header only": Bad(
        "head.csv", b"name,slug\n", ("head.csv: it has a header but no rows", "Write")
    ),
    "no header": Bad(
        "nohead.csv",
        b"Z4Bxl8J4SaPEPLq9IQ8g,Shoes,shoes\nZ4Bxl8J4SaPEPLq9IQ8g,Hats,hats\n",
        ("nohead.csv: there is no header; row 1", "location_id, name, slug"),
    ),
    "binary": Bad(
        "binary.csv",
        bytes(range(256)) * 16,
        ("binary.csv: this is not a text file", "save it as CSV"),
    ),
    "an image": Bad(
        "photo.csv",
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        ("photo.csv: this is an image", "save it as CSV"),
    ),
    "password": Bad(
        "locked.xlsx", locked(), ("locked.xlsx", "protected by a password", "remove")
    ),
    "broken": Bad(
        "broken.xlsx",
        workbook()[:3000],
        ("broken.xlsx: the workbook is broken", "save it again"),
    ),
    "no such sheet": Bad(
        "shop.xlsx",
        workbook(),
        ("shop.xlsx: there is no sheet Kategories", "Did you mean Categories?"),
        ("--sheet", "Kategories"),
    ),
    "no name column": Bad(
        "typo.csv",
        b"location_id,nmae,slug\nZ4Bxl8J4SaPEPLq9IQ8g,Shoes,shoes\n",
        ("typo.csv", "no column for the name", 'the nearest is "nmae"', "Rename"),
    ),
    "other encoding": Bad(
        "latin.csv",
        "name,slug\nShoes,shoes\nKad\u0131n,kadin\n".encode("cp1254"),
        ("latin.csv: row 3 holds a character that is not UTF-8", "--encoding cp1254"),
    ),
    "open quotation mark": Bad(
        "quote.csv",
        b'name,"slug\nShoes,shoes\nHats,hats\nCaps,caps\n',
        ("quote.csv", "opens in line 1, where the header should be", "Close it"),
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_an_unusable_file_is_refused_with_its_place_and_a_way_out(
    kind: str, importer: Importer
) -> None:
    """Exit 5; file, row or sheet and remedy on stderr; stdout and `runs` stay empty."""
    bad = BAD[kind]
    (importer.folder / bad.name).write_bytes(bad.content)

    ended = importer("run", bad.name, "--base-url", "http://127.0.0.1:9", *bad.flags)

    assert ended.code == 5
    assert ended.out == ""
    for words in bad.said:
        assert words in ended.err
    runs = importer.folder / "runs"
    assert not [path for path in runs.iterdir() if path.name != ".locks"]


def test_a_file_that_is_not_there_is_named_with_the_nearest(importer: Importer) -> None:
    """Exit 5, and the file that was probably meant is offered."""
    importer.write("collections.csv", importer.rows(1))

    ended = importer("check", "colections.csv")

    assert ended.code == 5
    assert "colections.csv: there is no such file." in ended.err
    assert "Did you mean collections.csv?" in ended.err


def test_an_address_on_the_web_is_not_taken_for_a_file(importer: Importer) -> None:
    """Exit 5, and the way: download it first."""
    ended = importer("check", "https://example.com/shop.csv")

    assert ended.code == 5
    assert "has to be downloaded first" in ended.err


def test_one_bad_file_among_several_keeps_all_of_them_from_being_sent(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A file that breaks off in its last row is found before anything is sent."""
    server = sandbox()
    good = importer.write("good.csv", importer.rows(3))
    bad = importer.write("bad.csv", [*importer.rows(2, first=9), "Kad\u0131n"])
    path = importer.folder / "bad.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1254"))

    ended = importer("run", good, bad, "--base-url", server.url)

    assert ended.code == 5
    assert "bad.csv" in ended.err
    assert server.creates() == 0


def test_without_a_token_nothing_begins(importer: Importer) -> None:
    """Exit 4, both ways to give a token are named, and no run folder is left."""
    good = importer.write("good.csv", importer.rows(1))

    ended = importer("run", good, env={"HIGHLEVEL_TOKEN": ""})

    assert ended.code == 4
    assert "There is no token." in ended.err
    assert "HIGHLEVEL_TOKEN" in ended.err
    assert "--token-file" in ended.err
    assert not (importer.folder / "runs").exists()


def test_a_refused_token_stops_the_run_and_says_how_to_get_a_good_one(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 4; no collection is sent, and the run can go on once it is fixed."""
    server = sandbox("--token", f"pit-another-token={importer.location}")
    good = importer.write("good.csv", importer.rows(3))

    ended = importer("run", good, "--base-url", server.url)

    assert ended.code == 4
    assert "refuses the token" in ended.out
    assert "Private Integration Token" in ended.out
    assert f"importer resume {importer.run_folder().name}" in ended.out
    assert server.creates() == 0


def test_a_refused_location_does_not_keep_the_other_one_from_being_done(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 4, the location is named; every row of the other location is created."""
    server = sandbox("--token", f"{importer.token}={importer.location}")
    mixed = importer.write(
        "mixed.csv", importer.rows(4) + importer.rows(3, importer.other_location)
    )

    ended = importer("run", mixed, "--base-url", server.url)

    assert ended.code == 4
    assert importer.other_location in ended.out
    assert "does not have access to this location" in ended.out
    counts = importer.summary()["locations"]
    assert counts[importer.location]["created"] == 4
    assert counts[importer.other_location]["not_attempted"] == 3
    assert len(server.held()) == 4


def test_a_missing_scope_is_named(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 4, with the name of the scope that has to be ticked."""
    server = sandbox("--scope", "readonly")
    good = importer.write("good.csv", importer.rows(2))

    ended = importer("run", good, "--base-url", server.url)

    assert ended.code == 4
    assert "products/collection.write" in ended.out
    assert server.held() == {}


def test_plain_http_to_another_machine_is_refused(importer: Importer) -> None:
    """Exit 2 before anything is read or sent, because the token could be read."""
    good = importer.write("good.csv", importer.rows(1))

    ended = importer("run", good, "--base-url", "http://203.0.113.7")

    assert ended.code == 2
    assert "plain http to another machine" in ended.err
    assert "Use https" in ended.err


def test_a_server_that_cannot_be_reached_is_said_with_a_way_out(
    importer: Importer,
) -> None:
    """Exit 6; nothing is lost, and the message says what to look at."""
    good = importer.write("good.csv", importer.rows(1))

    ended = importer("run", good, "--base-url", "http://127.0.0.1:9", "--attempts", 1)

    assert ended.code == 6
    assert "no connection to the server" in ended.out
    assert "Check the network" in ended.out


@pytest.mark.parametrize("place", ["good.csv", "good.csv/below", "/proc/runs"])
def test_a_folder_for_runs_that_cannot_be_written_is_refused(
    place: str, importer: Importer
) -> None:
    """Exit 5, the folder is named, and so is the flag that chooses another."""
    good = importer.write("good.csv", importer.rows(1))

    ended = importer("run", good, "--runs-dir", place)

    assert ended.code == 5
    assert place in ended.err
    assert "--runs-dir" in ended.err


@pytest.fixture
def earlier(importer: Importer, sandbox: Callable[..., Sandbox]) -> Path:
    """The journal of an earlier run."""
    server = sandbox()
    good = importer.write("good.csv", importer.rows(3))
    ended = importer("run", good, "--base-url", server.url, "--run-id", "earlier")
    assert ended.code == 0
    return importer.run_folder() / "journal.db"


def test_a_journal_of_another_version_is_left_alone(
    earlier: Path, importer: Importer
) -> None:
    """Exit 5, both versions are named, and the file is as it was."""
    with sqlite3.connect(earlier) as connection:
        connection.execute("update meta set value = '99' where key = 'schema'")
    connection.close()
    before = earlier.read_bytes()

    ended = importer("resume", "earlier")

    assert ended.code == 5
    assert "version 99" in ended.err
    assert "Use the version of the program that made it." in ended.err
    assert earlier.read_bytes() == before


@pytest.mark.parametrize("place", [0, journal.PAGE_BYTES + 20])
def test_a_damaged_journal_is_refused_and_left_as_it_is(
    place: int, earlier: Path, importer: Importer
) -> None:
    """Exit 5 whether the file's head or a page is spoilt; not a byte is changed."""
    spoilt = bytearray(earlier.read_bytes())
    spoilt[place : place + 300] = b"\xa5" * 300
    earlier.write_bytes(spoilt)

    ended = importer("resume", "earlier")

    assert ended.code == 5
    assert "is damaged" in ended.err
    assert "left as it is" in ended.err
    assert earlier.read_bytes() == bytes(spoilt)


def test_a_run_without_a_file_says_where_help_is(importer: Importer) -> None:
    """As every wrong use of a command does."""
    ended = importer("run")

    assert ended.code == 2
    assert "Try: importer run --help" in ended.err
