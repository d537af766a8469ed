"""Inputs that come through pipes, and names and files that others wrote."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer import settings, source
from importer.errors import InputError, UsageError
from importer.intake import check, fix
from importer.models import Input
from importer.runs import loader
from importer.source import pipes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")

TABLE = b"name,slug\nHats,hats\nCaps,caps\n"
CHOSEN = {"location_id": "LOC00000aaaaaaaaaaaa"}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["name", "slug"], ["Hats", "hats"], ["Caps", "caps"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.create_sheet("Other").append(["x"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("table.csv", TABLE)
    return content.getvalue()


@pytest.fixture(autouse=True)
def silent() -> Iterator[None]:
    """No test hears of the waits of another."""
    yield
    pipes.tell_of_waits(lambda _shown: None)


def written_later(
    path: Path, content: bytes, awaited: threading.Event | None = None
) -> threading.Thread:
    """Make a named pipe, into which a thread writes as soon as it is awaited."""
    os.mkfifo(path)

    def write() -> None:
        if awaited:
            awaited.wait(60)
        path.write_bytes(content)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "content", [TABLE, gzip.compress(TABLE), workbook(), zipped()], ids="tgwz"
)
def test_a_named_pipe_is_read_whatever_comes_through_it(
    tmp_path: Path, content: bytes
) -> None:
    """It comes once, and a workbook or an archive is looked at more than once."""
    pipe = tmp_path / "pipe.csv"
    thread = written_later(pipe, content)
    result = check.check_inputs((str(pipe),), settings.load(CHOSEN))
    thread.join()
    assert result.counts == {"valid": 2, "invalid": 0, "duplicate": 0}
    assert [file.file for file in result.files] == ["pipe.csv"]
    assert loader.paths([str(pipe)]) == []


@pytest.mark.parametrize("place", ["/dev/fd/{}", "/proc/self/fd/{}"])
def test_an_open_pipe_of_a_shell_is_read_to_its_end(place: str) -> None:
    """`<(zcat …)` is /dev/fd/63; its writer may have ended long before."""
    if not Path("/proc/self/fd").is_dir() and place.startswith("/proc"):
        pytest.skip("no /proc")
    reading, writing = os.pipe()
    os.write(writing, TABLE)
    os.close(writing)
    path = Path(place.format(reading))
    (table,) = source.read(path)
    assert [row.cells for row in table.rows] == [("Hats", "hats"), ("Caps", "caps")]
    assert table.file == f"pipe {reading}"
    os.close(reading)
    with pytest.raises(InputError):
        source.read(path)


def test_a_pipe_may_have_another_name(tmp_path: Path) -> None:
    """As every file that a program hands over."""
    pipe = tmp_path / "pipe"
    written_later(pipe, TABLE)
    chosen = settings.load(CHOSEN)
    result = check.check_inputs((Input(str(pipe), name="spring"),), chosen)
    assert result.files[0].file == "spring"


def test_a_pipe_that_nobody_writes_to_is_told_once(tmp_path: Path) -> None:
    """Not that of a program that is only slow between two parts."""
    told: list[str] = []
    awaited = threading.Event()

    def tell(shown: str) -> None:
        told.append(shown)
        awaited.set()

    pipes.tell_of_waits(tell)
    pipe = tmp_path / "pipe"
    written_later(pipe, TABLE, awaited)
    (table,) = source.read(pipe)
    assert len(list(table.rows)) == 2
    assert told == [str(pipe)]


def test_a_pipe_has_no_corrected_copy(tmp_path: Path) -> None:
    """It would have to be read twice."""
    os.mkfifo(tmp_path / "pipe")
    chosen = settings.load(CHOSEN)
    with pytest.raises(UsageError, match="read twice"):
        fix.fix([str(tmp_path / "pipe")], chosen, tmp_path / "fixed.csv")


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_is_waited_for_and_read_once(tmp_path: Path, name: str) -> None:
    """On the screen, where the one stands who has forgotten what writes."""
    command = [
        sys.executable,
        "-m",
        "importer",
        "check",
        name,
        "--location-id",
        "L" * 20,
    ]
    with subprocess.Popen(  # noqa: S603 - this program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        told = process.stderr.readline()
        out, err = process.communicate(workbook(), timeout=60)
    words = b"Waiting for standard input: nothing has been written to it yet.\n"
    assert (told, err, process.returncode) == (words, b"", 0)
    assert out.startswith(b"standard input, sheet Sheet: 2 rows")


def test_other_devices_are_no_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One without an end would fill the disk."""
    assert not pipes.is_pipe(Path("/dev/zero"))
    assert not pipes.is_pipe(Path("no\0name"))
    assert not pipes.is_pipe(Path("/nowhere"))
    monkeypatch.setattr(sys, "platform", "win32")
    assert not pipes.is_pipe(Path("/dev/stdin"))


def test_a_settings_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Windows editors write one; mappings and lists of locations may have it too."""
    file = tmp_path / "importer.toml"
    file.write_bytes(b"\xef\xbb\xbfrate = '50/10s'\r\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_bytes(b"\xef\xbb\xbf[columns]\nTitle = 'name'\n")
    locations = tmp_path / "locations.toml"
    place = b"[[locations]]\nid = 'LOC00000aaaaaaaaaaaa'\nname = 'One'\n"
    locations.write_bytes(b"\xef\xbb\xbf" + place)
    given = {"mapping": mapping, "locations_file": locations}
    chosen = settings.load(given, file=file)
    (tmp_path / "a.csv").write_bytes(b"location_id,Title,slug\nOne,Hats,hats\n")
    result = check.check_inputs((tmp_path / "a.csv",), chosen)
    assert result.counts["valid"] == 1
    assert chosen.values.rate is not None
