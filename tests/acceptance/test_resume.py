"""Runs that were killed, or whose disk was full, end as if nothing had happened."""

from __future__ import annotations

import csv
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from importer import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Importer, Sandbox

ROWS = 150
KILLS = 3
QUICK = ("--settle-pauses", "0.2,0.5,1", "--rate", "none")


def assert_each_once(importer: Importer, server: Sandbox, folder: Path) -> None:
    """Every row is created, once, and the report names the id that is held."""
    held = server.held()
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert server.truth()["slugs_twice"] == []
    assert len(lines) == len(held)
    for line in lines:
        assert line["status"] == "created", line
        assert [line["collection_id"]] == held[importer.location, line["slug"]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_killed_again_and_again_creates_every_row_once(
    seed: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """kill -9 at random moments, then resume: nothing twice, nothing missing."""
    server = sandbox("--limit", "40/1s", "--latency", "50ms", "--list-lag", "200ms")
    name = importer.write("rows.csv", importer.rows(ROWS))
    moments = random.Random(seed)  # noqa: S311 - only has to be repeatable
    command = ["run", name, "--base-url", server.url, "--run-id", "mine", *QUICK]

    for killed in range(KILLS):
        process = importer.start(*command)
        server.wait_for_creates(1 + killed * 30)
        time.sleep(moments.random() * 0.4)  # noqa: TID251 - the moment of the kill
        process.kill()
        process.communicate()
        command = ["resume", "mine", *QUICK]
    ended = importer(*command)

    assert ended.code == 0
    assert_each_once(importer, server, importer.run_folder())


def test_a_run_killed_while_it_was_reading_is_read_again(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nothing was sent, so the resume begins with reading the file."""
    server = sandbox("--limit", "none")
    name = importer.write("rows.csv", importer.rows(8_000))
    process = importer.start("run", name, "--base-url", server.url, "--run-id", "big")
    log = importer.folder / "runs" / "big" / "run.log"
    end = time.monotonic() + 30
    while not (log.exists() and log.stat().st_size) and time.monotonic() < end:
        time.sleep(0.01)  # noqa: TID251 - another process is waited for
    process.kill()
    process.communicate()

    ended = importer("resume", "--rate", "none")

    assert ended.code == 0
    assert server.creates() == 8_000
    assert_each_once(importer, server, importer.run_folder())


def test_a_run_whose_file_has_gone_meanwhile_is_not_lost(importer: Importer) -> None:
    """The message names the file, and the run waits for it."""
    importer.write("rows.csv", importer.rows(3))
    folder = importer.folder / "runs" / "early"
    folder.mkdir(parents=True)
    book = journal.create(folder / "journal.db")
    kept = {"base_url": "http://127.0.0.1:9"}
    inputs = [str(importer.folder / "gone.csv")]
    book.note(state="reading", run_id="early", started_at=1.0, settings=kept)
    book.note(inputs=inputs)
    book.close()

    ended = importer("resume")

    assert ended.code == 5
    assert "gone.csv" in ended.err
    assert (folder / "journal.db").is_file()


def test_a_run_killed_before_it_began_is_not_called_damaged(importer: Importer) -> None:
    """A folder without a journal means that nothing was sent, and this is said."""
    folder = importer.folder / "runs" / "early"
    folder.mkdir(parents=True)
    (folder / "run.log").touch()
    (folder / "journal.db.new").write_bytes(b"half of it")

    ended = importer("resume", "early")

    assert ended.code == 5
    assert "stopped before it began; nothing was sent" in ended.err
    assert "importer run FILE" in ended.err


def test_resume_takes_the_newest_unfinished_run_and_the_flags_it_was_begun_with(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Without RUN and --base-url it goes on with the right one, at its own server."""
    server = sandbox("--limit", "none", "--latency", "300ms")
    name = importer.write("rows.csv", importer.rows(12))
    flags = ("--base-url", server.url, "--concurrency", 1)
    importer("run", name, *flags, "--limit", 1, "--run-id", "done")
    cut = importer("run", name, *flags, "--max-duration", "0.5s", "--run-id", "cut")
    assert cut.code == 10

    ended = importer("resume", "--json")

    assert ended.code == 0
    assert ended.document["run_id"] == "cut"
    assert ended.document["counts"]["created"] == 11
    assert ended.document["counts"]["existing"] == 1
    assert len(server.held()) == 12


def test_resume_without_anything_unfinished_says_so(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 0, and with --json one object."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(3))
    importer("run", name, "--base-url", server.url)

    ended = importer("resume")
    as_json = importer("resume", "--json")

    assert (ended.code, ended.out) == (0, "")
    assert "No run in runs is unfinished." in ended.err
    assert as_json.document["run_id"] is None


def test_resume_without_any_run_is_refused(importer: Importer) -> None:
    """Exit 2: no file is wrong, and nothing was ever sent, so a 0 would be a lie."""
    ended = importer("resume")
    as_json = importer("resume", "--json")

    assert (ended.code, ended.out) == (2, "")
    assert "There is no run in runs, so there is none to go on with." in ended.err
    assert "importer run FILE" in ended.err
    assert "--runs-dir" in ended.err
    assert as_json.code == as_json.document["exit_code"] == 2


def test_resume_of_all_without_any_run_has_nothing_to_do(importer: Importer) -> None:
    """Exit 0: of no run nothing is left, and a job that comes again begins so."""
    ended = importer("resume", "--all")
    as_json = importer("resume", "--all", "--json")

    assert (ended.code, ended.out) == (0, "")
    assert "No run in runs is unfinished." in ended.err
    assert as_json.code == as_json.document["exit_code"] == 0
    assert as_json.document["runs"] == []


def test_a_finished_run_can_be_resumed_and_nothing_is_sent(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The same answers again, exit 0, and no second create."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(3))
    importer("run", name, "--base-url", server.url, "--run-id", "mine")

    ended = importer("resume", "mine")

    assert ended.code == 0
    assert "Reading" not in ended.err
    assert server.creates() == 3
    assert_each_once(importer, server, importer.run_folder())


def test_resume_of_a_run_that_nobody_knows_is_refused(importer: Importer) -> None:
    """Exit 5, and the command that lists the runs."""
    ended = importer("resume", "nowhere")

    assert ended.code == 5
    assert "There is no run nowhere in runs." in ended.err
    assert "importer runs" in ended.err


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of that size; the test is skipped where none can be mounted."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if sys.platform != "linux":
        pytest.skip("only Linux mounts a tmpfs")
    if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603 - fixed words
        pytest.skip("this user may not mount a tmpfs")
    try:
        yield place
    finally:
        unmount = ["umount", "--lazy", str(place)]
        subprocess.run(unmount, check=False)  # noqa: S603 - as above


def test_a_disk_that_fills_up_loses_nothing_that_was_acknowledged(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 74 in plain words; with room again `resume` ends with each row once."""
    server = sandbox("--limit", "none", "--latency", "40ms")
    name = importer.write("rows.csv", importer.rows(ROWS))
    # the write-ahead log grows to 4 MB before it is used anew
    with small_disk(importer.folder / "small", "8m") as small:
        filler = small / "filler"
        flags = ("--runs-dir", small / "runs", "--concurrency", 4, *QUICK)
        process = importer.start("run", name, "--base-url", server.url, *flags)
        server.wait_for_creates(20)
        fill(filler)
        out, err = process.communicate(timeout=60)
        acknowledged = server.creates()

        assert process.returncode == 74, (out, err)
        assert "Traceback" not in err
        assert "disk is full" in out + err or "No space left" in out + err
        assert "importer resume" in out + err
        assert 0 < acknowledged < ROWS
        filler.unlink()

        ended = importer("resume", *flags)

        assert ended.code == 0
        [run] = [path for path in (small / "runs").iterdir() if path.name[0] != "."]
        assert_each_once(importer, server, run)


def fill(path: Path) -> None:
    """Write a file until there is no room left."""
    block = b"x" * 4096
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(block)
        except OSError:
            return


def test_a_full_disk_at_the_start_is_refused_before_anything_is_sent(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The run does not begin, and the message names the folder or the disk."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(5))
    with small_disk(importer.folder / "small", "64k") as small:
        fill(small / "filler")

        ended = importer(
            "run", name, "--base-url", server.url, "--runs-dir", small / "runs"
        )

        assert ended.code in {5, 74}
        assert "disk" in ended.err
        assert server.creates() == 0


def test_after_a_signal_resume_finishes_the_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What Ctrl-C left is done by the command that was printed."""
    server = sandbox("--limit", "none", "--latency", "100ms")
    name = importer.write("rows.csv", importer.rows(40))
    flags = ("--base-url", server.url, "--run-id", "mine", "--concurrency", 2)
    process = importer.start("run", name, *flags)
    server.wait_for_creates(4)

    ended = importer.stop(process, signal.SIGINT)

    assert ended.code == 130
    assert "importer resume mine" in ended.out
    assert importer("resume", "mine").code == 0
    assert_each_once(importer, server, importer.run_folder())
