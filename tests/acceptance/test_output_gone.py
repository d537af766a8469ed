"""Where the output goes nowhere: a full disk behind stdout, a reader that has left.

The first is a failure, told in one sentence; the second is the reader's business.
What a run has done counts more than whether it could be said.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

FULL = Path("/dev/full")
SENTENCE = "Error: The output cannot be read or written: No space left on device."
COMMANDS = [
    ("runs",),
    ("runs", "--json"),
    ("check", "rows.csv"),
    ("check", "rows.csv", "--json"),
    ("presets",),
    ("config", "show"),
    ("explain",),
    ("--help",),
    ("run", "--help"),
]

needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


def ended(importer: Importer, stdout: int, *args: str) -> tuple[int, str]:
    """Run a command with a stdout of its own; its exit code, and stderr."""
    done = subprocess.run(  # noqa: S603 - our own command
        importer.command(*args),
        cwd=importer.folder,
        env=importer.environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done.returncode, done.stderr


def on_full_disk(importer: Importer, *args: str) -> tuple[int, str]:
    """Run a command whose output goes to a full disk."""
    with FULL.open("wb") as full:
        return ended(importer, full.fileno(), *args)


def unread(importer: Importer, *args: str) -> tuple[int, str]:
    """Run a command whose reader has gone before it says anything."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return ended(importer, writer, *args)
    finally:
        os.close(writer)


@needs_full
@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_full_disk_behind_stdout_is_one_sentence(
    args: tuple[str, ...], importer: Importer
) -> None:
    """Exit 74 and no bug: whoever asked for the output has not got it."""
    importer.write("rows.csv", importer.rows(2))
    code, err = on_full_disk(importer, *args)
    assert code == 74
    assert err.count(SENTENCE) == err.count("Error") == 1
    assert not list(importer.folder.glob("importer-bug-*"))


@needs_full
def test_a_run_is_not_the_worse_for_a_full_stdout(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its rows are created and its report is written, and the exit code says so."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    code, err = on_full_disk(importer, "run", name, "--base-url", server.url)
    assert (code, "Error" in err) == (0, False)
    assert server.creates() == 2
    assert importer.summary()["counts"]["created"] == 2


@needs_full
def test_a_document_that_is_lost_is_told_with_the_file_that_has_the_same(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """All is done and kept as if it had been printed; the caller gets exit 74."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url, "--json")
    folder = Path("runs", "mine")
    commands = {
        ("run", name, "--run-id", "mine"): folder / "summary.json",
        ("resume", "mine"): folder / "summary.json",
        ("audit", "mine"): folder / "summary.json",
        ("undo", "mine", "--dry-run"): "again",
        ("undo", "mine", "--yes"): folder / "undo.csv",
        ("plan", name): "Check the disk",
        ("resume", "--all"): "give the command again",
    }
    for args, kept in commands.items():
        code, err = on_full_disk(importer, *args, *flags)
        assert (code, err.count("Error: The output cannot be")) == (74, 1), (args, err)
        assert "No space left on device" in err
        assert str(kept) in err, (args, err)
        assert "bug" not in err
        if args[0] == "run":
            assert server.creates() == 2
            assert importer.summary()["exit_code"] == 0
    assert importer("runs", "--json").document["runs"][0]["state"] == "undone"


@needs_full
def test_every_run_of_a_resume_of_all_keeps_what_could_not_be_printed(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The place of the summaries is named, and each run is finished."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url)
    importer("run", name, *flags, "--max-duration", "1ms", "--run-id", "mine")
    code, err = on_full_disk(importer, "resume", "--all", "--json", *flags)
    assert code == 74
    assert str(Path("runs", "mine", "summary.json")) in err
    assert importer.summary()["exit_code"] == 0
    assert server.creates() == 2


@needs_full
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_failure_keeps_its_code_where_all_streams_are_full(
    flags: tuple[str, ...], importer: Importer
) -> None:
    """No place is left to say it, and a traceback would not help either."""
    with FULL.open("wb") as full:
        done = subprocess.run(  # noqa: S603 - our own command
            importer.command("check", "missing.csv", *flags),
            cwd=importer.folder,
            env=importer.environment,
            stdout=full,
            stderr=full,
            timeout=60,
            check=False,
        )
    assert done.returncode == 5


def test_a_run_whose_reader_has_gone_ends_as_it_would_have(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It is no failure that its document is not wanted any more."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url, "--json")
    code, err = unread(importer, "run", name, "--run-id", "mine", *flags)
    assert (code, "Error" in err) == (0, False)
    assert unread(importer, "audit", "mine", *flags) == (0, "")


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_reader_that_has_gone_is_no_failure(
    args: tuple[str, ...], importer: Importer
) -> None:
    """Exit 0 and not a word: `importer runs --json | head` has all it wants."""
    importer.write("rows.csv", importer.rows(2))
    assert unread(importer, *args) == (0, "")


def test_head_may_close_the_pipe_in_the_middle(importer: Importer) -> None:
    """More is printed than a pipe holds, and only the beginning is read."""
    rows = [f"{importer.location},Shoes {n},s {n},manual," for n in range(1500)]
    command = importer.command("check", importer.write("rows.csv", rows), "--json")
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=importer.folder,
        env=importer.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(12) == b'{"schema": 1'
        process.stdout.close()
        err = process.stderr.read()
        code = process.wait(timeout=60)
    assert (code, err) == (0, b"")
