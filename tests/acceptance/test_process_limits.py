"""What a process may be given less of: streams, letters, open files, rights, memory.

The command runs as a process with the limit, beside a sandbox without it. What does
not suffice ends in a sentence; nothing is called a bug, and nothing is sent twice.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")

COMBINATIONS = [
    closed for count in (1, 2, 3) for closed in combinations((0, 1, 2), count)
]
NAME = "Caf\u00e9 \u4e2d \U0001f600 \u2014 end"
#: What an importer prints of it to a stream that cannot hold it reads back as itself.
ENCODINGS = ["ascii", "latin-1", "cp1252", "cp1252:surrogateescape", "utf-16", "utf-8"]
MEGABYTE = 1024 * 1024
PATIENCE_SECONDS = 60


def closing(*descriptors: int) -> Callable[[], None]:
    """Close descriptors just before the command begins."""

    def close() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return close


def limited(name: str, most: int) -> Callable[[], None]:
    """Set a limit of the system just before the command begins."""
    import resource  # noqa: PLC0415 - not on every system

    def limit() -> None:
        number = getattr(resource, name)
        resource.setrlimit(number, (most, most))

    return limit


def files_opened(importer: Importer, closed: tuple[int, ...]) -> str:
    """Which descriptors are standard streams in the program, and what opens next."""
    words = (
        "from importer.cli import streams; streams.make_usable(); import os, sys\n"
        "print('gone'); print('gone', file=sys.stderr); sys.stdin.read()\n"
        "opened = os.open(os.devnull, os.O_RDONLY)\n"
        "open('said', 'w').write(str(opened))\n"
    )
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", words],
        cwd=importer.folder,
        env=importer.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=closing(*closed),
        timeout=60,
        check=True,
    )
    return (importer.folder / "said").read_text()


@pytest.mark.parametrize("closed", COMBINATIONS, ids=str)
def test_what_is_opened_next_never_gets_the_number_of_a_standard_stream(
    closed: tuple[int, ...], importer: Importer
) -> None:
    """What was closed leads nowhere, and can be read and written."""
    assert int(files_opened(importer, closed)) > 2


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_a_run_with_closed_streams_creates_all_and_ends_well(
    closed: tuple[int, ...], importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """No abort after all was made, and no run that sends nothing for want of stderr."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))

    ended = importer("run", name, "--base-url", server.url, before=closing(*closed))

    assert ended.code == 0
    assert server.creates() == 2
    assert importer.summary()["counts"]["created"] == 2
    assert "created" in ended.out or 1 in closed


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stdout_that_cannot_hold_a_letter_gets_it_escaped(
    encoding: str, importer: Importer
) -> None:
    """The text is printed to its end, and a JSON document says the same as in UTF-8."""
    rows = [f'{importer.location},"{NAME}",Bad Slug!,manual,{importer.product}'] * 2
    name = importer.write(f"{NAME}.csv", rows)
    env = importer.environment | {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}

    def printed(*flags: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own command
            importer.command("check", name, *flags),
            cwd=importer.folder,
            env=env,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 3
        assert b"bug" not in done.stderr
        # click writes UTF-8 where Python was told that there is nothing but ASCII
        codec = encoding.partition(":")[0].replace("ascii", "utf-8")
        return done.stdout.decode(codec)

    assert "2 rows have a problem" in printed()
    assert json.loads(printed("--json"))["files"][0]["file"] == name


def test_a_file_name_that_is_no_text_ends_no_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its odd bytes are shown escaped, in the report and on the screen."""
    server = sandbox()
    importer.write("rows.csv", importer.rows(2))
    odd = os.fsdecode(b"caf\xe9.csv")
    try:
        (importer.folder / "rows.csv").rename(importer.folder / odd)
    except OSError:
        pytest.skip("the system has no such names")

    for env in ({}, {"PYTHONUTF8": "0", "LC_ALL": "C"}):
        ended = importer("run", odd, "--base-url", server.url, env=env)
        assert (ended.code, "bug" in ended.err) == (0, False), ended.err
        plan = importer("plan", odd, "--all", "--base-url", server.url, env=env)
        assert "caf\\udce9.csv, row 2" in plan.out

    assert server.creates() == 2


@pytest.mark.parametrize("files", [32, 64])
def test_a_run_keeps_below_the_open_files_that_the_system_allows(
    files: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """48 rows at once would need more connections than there may be files."""
    server = sandbox("--latency", "0.1")
    name = importer.write("rows.csv", importer.rows(48))

    ended = importer(
        *("run", name, "--base-url", server.url, "--concurrency", 64),
        before=limited("RLIMIT_NOFILE", files),
    )

    assert ended.code == 0, ended.err
    assert server.creates() == 48
    assert importer.summary()["calls"]["retried"] == 0
    assert "attempt" not in ended.err


#: Whatever begins an event loop, and how few files it is allowed.
FEW_FILES = [
    *((files, ("run", "rows.csv", "--run-id", "second")) for files in (8, 12, 16, 18)),
    (12, ("plan", "rows.csv")),
    (12, ("resume", "first")),
    (18, ("resume", "--all")),
    (12, ("audit", "first")),
    (12, ("undo", "first", "--yes")),
    (12, ("doctor",)),
    (12, ("sandbox", "--port", "0")),
    (18, ("selftest", "--rows", "1", "--kills", "0", "--freezes", "0")),
    (18, ("demo",)),
]


def test_too_few_open_files_are_told_as_that(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nothing can be done with so few: what to raise is said, and nothing else."""
    server = sandbox()
    importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url)
    stopped = ("--run-id", "first", "--max-duration", "1ms")
    importer("run", "rows.csv", *flags, *stopped)
    for files, args in FEW_FILES:
        mine = () if args[0] in {"doctor", "sandbox", "selftest", "demo"} else flags
        ended = importer(*args, *mine, before=limited("RLIMIT_NOFILE", files))
        assert ended.code == 74, (args, ended.err)
        lines = ended.err.splitlines()
        assert "allows the program too few open files" in lines[0]
        assert lines[1:] == [
            "Allow more: ulimit -n 1024.",
            "Code: exit-74  (importer explain 74)",
        ]
    assert [path.name for path in (importer.folder / "runs").glob("[!.]*")] == ["first"]
    assert importer("resume", *flags).code == 0
    assert server.creates() == 2


LIBRARY = """
import asyncio, os, resource, sys
from pathlib import Path
import importer
from importer.client import descriptors

address, files = sys.argv[1], resource.getrlimit(resource.RLIMIT_NOFILE)[1]
options = {"base_url": address, "location_id": "Z4Bxl8J4SaPEPLq9IQ8g", "token": "pit-x"}

async def attempts():
    await importer.run("first.csv", run_id="first", **options)
    for more in range(1, 25):
        held = descriptors._open()
        resource.setrlimit(resource.RLIMIT_NOFILE, (held + more, files))
        try:
            result = await importer.run("rows.csv", run_id="second", **options)
            said = str(result.summary.exit_code)
        except (importer.FatalError, OSError) as failure:
            said = f"{failure} {getattr(failure, 'remedy', '')}"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        print(more, Path("runs", "second").exists(), said.replace(chr(10), " "))
        if said == "0":
            break

asyncio.run(attempts())
"""


def test_a_library_run_without_open_files_leaves_no_run_behind(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Whatever file is one too many, it is told as that, and no resume finds a run."""
    server = sandbox()
    importer.write("first.csv", importer.rows(2))
    importer.write("rows.csv", importer.rows(2, first=2))
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", LIBRARY, server.url],
        cwd=importer.folder,
        env=importer.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *refused, good = done.stdout.splitlines()
    assert good.endswith(" True 0"), done.stdout
    for line in refused:
        _, left, said = line.split(" ", 2)
        assert left == "False", done.stdout
        assert "Too many open files" in said or "ulimit -n" in said, done.stdout
    assert server.creates() == 4


def test_a_journal_out_of_reach_for_want_of_files_is_not_passed_over(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What it knows could be why a row must not be sent: the run ends instead."""
    server = sandbox("--list-lag", "60s")
    name = importer.write("rows.csv", importer.rows(2))
    importer("run", name, "--base-url", server.url, "--run-id", "first")

    for files in (14, 18, 22):
        flags = ("--base-url", server.url, "--run-id", f"second-{files}")
        limit = limited("RLIMIT_NOFILE", files)
        ended = importer("run", name, *flags, before=limit)
        assert (ended.code, "bug" in ended.err) in {(0, False), (74, False)}, ended.err

    assert server.creates() == 2


@pytest.mark.parametrize("umask", [0o000, 0o777], ids=oct)
def test_what_a_run_writes_is_private_whatever_the_umask(
    umask: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Only the user can read rows and results; metrics are collected by another."""
    server = sandbox()
    bad = f"{importer.location},No slug type,bad,wrong,"
    name = importer.write("rows.csv", [*importer.rows(2), bad])

    def masked() -> None:
        os.umask(umask)

    flags = ("--run-id", "mine", "--base-url", server.url)
    assert importer("run", name, *flags, before=masked).code == 3
    formats = ("--format", "csv,xlsx,html,jsonl")
    assert importer("report", "mine", *formats, before=masked).code == 0
    importer("plan", name, "-o", "plan.json", *flags[2:], before=masked)

    folder = importer.folder / "runs" / "mine"
    written = {path.name: path for path in folder.iterdir()}
    assert written.keys() >= {
        *("report.csv", "report.xlsx", "report.html", "report.jsonl", "failed.csv"),
        *("summary.json", "run.log", "journal.db"),
    }
    written["plan.json"] = importer.folder / "plan.json"
    modes = {name: oct(path.stat().st_mode & 0o777) for name, path in written.items()}
    assert set(modes.values()) == {"0o600"}, modes
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("megabytes", [60, 140, 400])
def test_little_memory_ends_in_a_sentence(
    megabytes: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It suffices, or it is said what does not; a resume has the rest.

    A library in C or Rust may end the process instead: nobody is left to say anything.
    """
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(3))
    limit = limited("RLIMIT_AS", megabytes * MEGABYTE)

    ended = importer("run", name, "--base-url", server.url, before=limit)

    assert ended.code in {0, 74, -signal.SIGABRT, -signal.SIGSEGV}, ended.err
    assert "bug" not in ended.err
    if ended.code == 74:
        assert "gives the program no more memory or threads" in ended.err
    again = importer("run", name, "--base-url", server.url)
    assert again.code == 0
    assert server.creates() == 3


def test_a_run_id_that_names_no_folder_is_wrong_usage(importer: Importer) -> None:
    """Exit 2 before anything is made, and a message that can be read."""
    file = importer.write("rows.csv", importer.rows(1))
    ended = importer("run", file, "--run-id", "a" * 251)
    assert ended.code == 2
    assert "251 characters, which is too long" in ended.err
    assert len(ended.err) < 400
    assert not (importer.folder / "runs").exists()


def test_a_run_whose_name_is_too_long_is_not_there(importer: Importer) -> None:
    """No file has such a name, which is no failure of the disk."""
    ended = importer("resume", "a" * 300)
    assert ended.code == 5
    assert "There is no run aaa" in ended.err
