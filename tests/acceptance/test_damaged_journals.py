"""A damaged journal is never "nothing was sent", and a kill is never damage.

Journals of real runs that were killed are damaged in every way that was thought of,
and every command is asked about them.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended, Importer, Sandbox

QUICK = ("--settle-pauses", "0.1,0.2", "--rate", "none")
#: Commands about the damaged run itself, and about all runs.
OF_THE_RUN = (
    ("resume", "mine", *QUICK),
    ("report", "mine"),
    ("audit", "mine"),
    ("undo", "mine", "--yes"),
)


@pytest.fixture
def killed(importer: Importer, sandbox: Callable[..., Sandbox]) -> Path:
    """The folder of a run that was killed in the middle of sending."""
    server = sandbox("--limit", "none", "--latency", "100ms")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    name = importer.write("rows.csv", importer.rows(300))
    run = ("run", name, "--run-id", "mine", "--concurrency", 4, *QUICK)
    process = importer.start(*run)
    server.wait_for_creates(60)
    process.kill()
    process.communicate()
    return importer.folder / "runs" / "mine"


def delete_log(folder: Path) -> None:
    (folder / "journal.db-wal").unlink()


def empty_log(folder: Path) -> None:
    (folder / "journal.db-wal").write_bytes(b"")


def halve_log(folder: Path) -> None:
    log = folder / "journal.db-wal"
    os.truncate(log, log.stat().st_size // 2)


def delete_journal(folder: Path) -> None:
    (folder / "journal.db").unlink()


def delete_all_of_the_journal(folder: Path) -> None:
    for path in folder.glob("journal.db*"):
        path.unlink()


def empty_journal(folder: Path) -> None:
    (folder / "journal.db").write_bytes(b"")


def overwrite_journal(folder: Path) -> None:
    delete_log(folder)
    (folder / "journal.db").write_bytes(b"no journal at all" * 5000)


def settle(folder: Path) -> None:
    """Take the log into the journal, as SQLite does when it is closed."""
    sqlite3.connect(folder / "journal.db").execute("SELECT * FROM meta").fetchall()


def change(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "journal.db")
    with connection:
        connection.execute(statement)
    connection.close()


def drop_facts(folder: Path) -> None:
    change(folder, "DROP TABLE meta")


def delete_version(folder: Path) -> None:
    change(folder, "DELETE FROM meta WHERE key = 'schema'")


def delete_state(folder: Path) -> None:
    change(folder, "DELETE FROM meta WHERE key = 'state'")


def delete_facts(folder: Path) -> None:
    change(folder, "DELETE FROM meta")


def drop_states(folder: Path) -> None:
    change(folder, "DROP TABLE states")


def halve_journal(folder: Path) -> None:
    change(folder, "SELECT 1")
    path = folder / "journal.db"
    os.truncate(path, path.stat().st_size // 2)


def restore_older(folder: Path) -> None:
    """Put back a copy from before the log was taken into the journal."""
    older = (folder / "journal.db").read_bytes()
    change(folder, "DELETE FROM undone")
    (folder / "journal.db").write_bytes(older)


def spoil_mark(folder: Path) -> None:
    (folder / "journal.mark").write_bytes(b"\0" * 21)


DAMAGES = (
    delete_log,
    empty_log,
    halve_log,
    delete_journal,
    delete_all_of_the_journal,
    empty_journal,
    overwrite_journal,
    drop_facts,
    delete_version,
    delete_state,
    delete_facts,
    drop_states,
    halve_journal,
    restore_older,
    spoil_mark,
)


def content(folder: Path) -> dict[str, bytes]:
    """What is in the journal and the mark."""
    names = ("journal.db", "journal.mark")
    paths = [folder / name for name in names if (folder / name).exists()]
    return {path.name: path.read_bytes() for path in paths}


def assert_named(ended: Ended) -> None:
    """The command ended with 5 and said which run is damaged."""
    told = ended.out + ended.err
    assert ended.code == 5, told
    assert "mine" in told
    assert "damaged" in told
    assert "nothing was sent" not in told
    assert "unfinished" not in told


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_no_damage_is_taken_for_nothing_was_sent(
    damage: Callable[[Path], None], importer: Importer, killed: Path
) -> None:
    """Every command names the damaged run with exit 5, and leaves its files."""
    damage(killed)
    before = content(killed)

    for command in (
        ("runs",),
        ("runs", "--json"),
        ("resume", *QUICK),
        ("run", "rows.csv", *QUICK),
        *OF_THE_RUN,
    ):
        assert_named(importer(*command))
        assert content(killed) == before, command
    assert [path.name for path in killed.parent.glob("[!.]*")] == ["mine"]


@pytest.mark.parametrize("damage", [delete_log, delete_journal])
def test_a_damaged_run_that_was_retired_holds_up_nothing(
    damage: Callable[[Path], None], importer: Importer, killed: Path
) -> None:
    """Its files stay, and what it sent is said to be unknown."""
    damage(killed)
    before = content(killed)

    retired = importer("runs", "retire", "mine")
    listed = importer("runs")
    again = importer("run", "rows.csv", "--run-id", "second", *QUICK)
    itself = importer("resume", "mine")

    assert retired.code == 0, retired.err
    assert "What it sent is not known" in retired.out
    assert (killed / "retired.json").exists()
    assert listed.code == 0
    assert "retired" in listed.out
    assert again.code == 0, again.err
    assert_named(itself)
    assert content(killed) == before


def test_a_run_that_can_be_read_is_not_retired(
    importer: Importer, killed: Path
) -> None:
    """Exit 2, with the command that goes on with it."""
    ended = importer("runs", "retire", "mine")

    assert ended.code == 2
    assert "importer resume mine" in ended.err
    assert not (killed / "retired.json").exists()


def test_readable_runs_are_finished_before_a_damaged_one_is_named(
    importer: Importer, killed: Path
) -> None:
    """A resume without a name ends with 5, and has done what could be done."""
    shutil.copytree(killed, killed.parent / "whole")
    delete_log(killed)

    first = importer("resume", *QUICK)
    second = importer("resume", *QUICK)

    assert (first.code, second.code) == (5, 5)
    assert "mine/journal.db is damaged" in first.err
    assert (killed.parent / "whole" / "report.csv").exists()
    assert_named(second)


def test_a_log_that_is_only_shared_memory_short_is_no_damage(
    importer: Importer, killed: Path
) -> None:
    """SQLite makes the file `-shm` anew from the log."""
    (killed / "journal.db-shm").unlink()

    assert importer("runs").code == 0
    assert importer("resume", *QUICK).code == 0


def test_a_look_at_a_killed_run_takes_nothing_away(
    importer: Importer, killed: Path
) -> None:
    """Journal and write-ahead log are the same after `runs`, `report` and `doctor`."""
    before = [content(killed), (killed / "journal.db-wal").read_bytes()]

    for command in (("runs",), ("report", "mine"), ("doctor",)):
        importer(*command)

    assert [content(killed), (killed / "journal.db-wal").read_bytes()] == before


@pytest.mark.slow
def test_a_kill_at_any_moment_is_no_damage(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """kill -9 while it is born, reads, compares, sends, reports, and at a resume."""
    server = sandbox("--limit", "none", "--latency", "5ms")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    name = importer.write("rows.csv", importer.rows(400))
    moments = random.Random(11)  # noqa: S311 - only has to be repeatable
    runs = importer.folder / "runs"

    for number in range(12):
        run_id = f"run-{number}"
        process = importer.start("run", name, "--run-id", run_id, *QUICK)
        wait_for((runs / run_id).exists)
        time.sleep(moments.random() * 1.2)  # noqa: TID251 - the moment of the kill
        process.kill()
        process.communicate()

        listed = importer("runs")
        assert listed.code == 0, listed.err
        if (runs / run_id / "journal.db").exists():
            process = importer.start("resume", run_id, *QUICK)
            time.sleep(0.5 + moments.random())  # noqa: TID251 - as above
            process.kill()
            process.communicate()
        listed = importer("runs")
        assert listed.code == 0, listed.err
        shutil.rmtree(runs, ignore_errors=True)


def wait_for(happens: Callable[[], bool]) -> None:
    """Return when it has happened."""
    end = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)  # noqa: TID251 - another process is waited for


# locks and folders that are removed under a run


def remove_lock(runs: Path) -> None:
    (runs / ".locks" / "mine.lock").unlink()


def remove_claim(runs: Path) -> None:
    (runs / ".locks" / "mine.json").unlink()


def remove_all_locks(runs: Path) -> None:
    shutil.rmtree(runs / ".locks")


def rename_run(runs: Path) -> None:
    (runs / "mine").rename(runs / "other")


def rename_runs(runs: Path) -> None:
    runs.rename(runs.with_name("old-runs"))


def swap_runs(runs: Path) -> None:
    """Move the folder and put a copy in its place: the same paths, other files."""
    runs.rename(runs.with_name("old-runs"))
    shutil.copytree(runs.with_name("old-runs"), runs)


@pytest.mark.parametrize(
    "remove",
    [remove_lock, remove_claim, remove_all_locks, rename_run, rename_runs, swap_runs],
    ids=lambda remove: remove.__name__,
)
def test_a_run_whose_lock_was_removed_sends_nothing_more(
    remove: Callable[[Path], None],
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """A cleanup job takes lock or folder away: noticed before the next request."""
    server = sandbox("--limit", "none", "--latency", "60ms")
    name = importer.write("rows.csv", importer.rows(400))
    flags = ("--base-url", server.url, "--concurrency", 4, *QUICK)
    process = importer.start("run", name, "--run-id", "mine", *flags)
    server.wait_for_creates(40)

    remove(importer.folder / "runs")
    removed_at = server.creates()
    out, err = process.communicate(timeout=60)

    assert process.returncode == 74, (out, err)
    assert "Traceback" not in err
    assert "removed" in out + err or "another file" in out + err
    # those that were on their way, and those whose commit was
    assert server.creates() - removed_at <= 12


def test_what_a_run_without_a_lock_was_answered_is_kept_for_its_resume(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A second run begins at once; none of the two creates anything twice."""
    server = sandbox("--limit", "none", "--latency", "60ms", "--list-lag", "1s")
    name = importer.write("rows.csv", importer.rows(150))
    flags = ("--base-url", server.url, "--concurrency", 8, *QUICK[:1], "0.5,1,1.5")
    process = importer.start("run", name, "--run-id", "mine", *flags)
    server.wait_for_creates(40)

    remove_all_locks(importer.folder / "runs")
    second = importer("run", name, "--run-id", "second", *flags)
    process.communicate(timeout=60)
    resumed = importer("resume", "mine", *flags)

    assert process.returncode == 74
    assert (second.code, resumed.code) == (0, 0), (second.err, resumed.err)
    assert server.truth()["slugs_twice"] == []
    assert len(server.held()) == 150
