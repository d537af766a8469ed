"""Exactly once: through kills, freezes, lying answers, late lists and torn writes.

Figures are scaled down so that the file runs in a minute or so; the constants below
are what a run of full size changes (1,500 rows, 12 kills, 30 s).
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer import journal
from importer.journal.schema import SCHEMA
from importer.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended, Importer, Sandbox

ROWS = 200
KILLS = 4
FROZEN_SECONDS = 3.0
#: What rows without a clear answer wait for; longer than any lag in this file.
QUICK = ("--settle-pauses", "0.3,0.7,1.5", "--rate", "none")


def report(importer: Importer, run_id: str = "mine") -> list[dict[str, str]]:
    """The lines of a run's report."""
    path = importer.folder / "runs" / run_id / "report.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def assert_each_once(importer: Importer, server: Sandbox, rows: int) -> None:
    """Every row is created, once, and the report names the id that is held."""
    held = server.held()
    lines = report(importer)
    assert server.truth()["slugs_twice"] == []
    assert len(lines) == len(held) == rows
    for line in lines:
        assert line["status"] == "created", line
        assert [line["collection_id"]] == held[line["location_id"], line["slug"]]


def seed(server: Sandbox, location: str, **slugs: str) -> list[str]:
    """Put collections there as if others had made them: slug → name; their ids."""
    collections = [
        {"slug": slug.replace("_", "-"), "name": name, "type": "manual"}
        for slug, name in slugs.items()
    ]
    body = json.dumps({"location": location, "collections": collections}).encode()
    request = urllib.request.Request(f"{server.url}/_sandbox/seed", body)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        ids: list[str] = json.load(answer)["collections"]
        return ids


def wait_until(happens: Callable[[], bool]) -> None:
    """Return when it has happened."""
    end = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)  # noqa: TID251 - other processes are waited for


def killed_after(importer: Importer, server: Sandbox, creates: int, *args: Any) -> None:
    """Start a command and kill it when so many POSTs have come."""
    process = importer.start(*args)
    server.wait_for_creates(creates)
    process.kill()
    process.communicate()


# kills and freezes


@pytest.mark.slow
def test_the_selftest_finds_nothing_wrong(importer: Importer) -> None:
    """Every fault, kills and a freeze: nothing twice, missing, wrong or touched."""
    flags = ("--rows", 120, "--kills", 3, "--freezes", 1, "--seed", 5, "--json")

    ended = importer("selftest", *flags)

    assert ended.code == 0, (ended.out, ended.err)
    [trial] = ended.document["trials"]
    assert trial["good"], trial
    wrong = ("duplicates", "missing", "wrong", "touched")
    assert [trial[name] for name in wrong] == [0, 0, 0, 0]
    assert (trial["rows"], trial["kills"], trial["held_off"]) == (120, 3, 1)
    # at least ten in a thousand
    assert trial["faults"].keys() == {str(fault) for fault in Fault}
    assert min(trial["faults"].values()) >= 2


@pytest.mark.measured
@pytest.mark.parametrize(
    "nature", [pytest.param("short-list", marks=pytest.mark.slow), "enriched"]
)
def test_the_selftest_finds_nothing_wrong_where_the_server_or_people_are_odd(
    nature: str, importer: Importer
) -> None:
    """A run, a next run, an audit and an undo; each may end with 0 or 3 only."""
    flags = ("--nature", nature, "--rows", 40, "--kills", 1, "--seed", 2, "--json")

    ended = importer("selftest", *flags)

    assert ended.code == 0, (ended.out, ended.err)
    [trial] = ended.document["trials"]
    assert trial["good"], trial
    assert (trial["nature"], trial["rows"], trial["kills"]) == (nature, 40, 1)
    assert {"run", "run again", "run elsewhere", "audit"} <= trial["exit_codes"].keys()
    assert set(trial["exit_codes"].values()) <= {0, 3}


def test_the_selftest_knows_no_other_nature(importer: Importer) -> None:
    """Exit code 2, and the names that there are."""
    ended = importer("selftest", "--nature", "kind")

    assert ended.code == 2
    assert "There is no nature 'kind'." in ended.err
    assert "short-list" in ended.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--fleet", "--kills", 3), "--kills cannot be given with --fleet"),
        (("--seeds", 3), "--seeds and --journal are for --fleet"),
    ],
)
def test_flags_of_one_selftest_are_refused_with_the_other(
    flags: tuple[object, ...], said: str, importer: Importer
) -> None:
    """Exit code 2, and nothing is started."""
    ended = importer("selftest", *flags)

    assert ended.code == 2
    assert said in ended.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_the_selftest_and_everything_it_started(
    number: signal.Signals, code: int, importer: Importer
) -> None:
    """Ctrl-C or SIGTERM in the middle: no sandbox and no importer is left behind."""
    command = importer.command("selftest", "--keep", "kept", "--kills", 0)
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=importer.folder,
        env=importer.environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        report_log = importer.folder / "kept/seed-1/runs/trial-1/run.log"
        wait_until(lambda: report_log.exists() and report_log.stat().st_size > 0)
        process.send_signal(number)
        assert process.wait(timeout=20) == code
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()

    def all_gone() -> bool:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(all_gone)


@pytest.mark.slow
def test_answers_that_take_their_time_and_many_kills(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """kill -9 while dozens of answers are under way: nothing twice, nothing missing."""
    server = sandbox("--limit", "none", "--latency", "150ms", "--jitter", "50ms")
    name = importer.write("rows.csv", importer.rows(ROWS))
    moments = random.Random(3)  # noqa: S311 - only has to be repeatable
    flags = ("--concurrency", 32, *QUICK)
    command = ["run", name, "--base-url", server.url, "--run-id", "mine", *flags]

    for number in range(KILLS):
        process = importer.start(*command)
        server.wait_for_creates(1 + number * ROWS // (KILLS + 1))
        time.sleep(moments.random() * 0.3)  # noqa: TID251 - the moment of the kill
        assert process.poll() is None
        process.kill()
        process.communicate()
        command = ["resume", "mine", *flags]
    ended = importer(*command)

    assert ended.code == 0, (ended.out, ended.err)
    assert_each_once(importer, server, ROWS)


def test_a_frozen_program_keeps_its_locations_and_finishes_when_it_thaws(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """SIGSTOP: another resume, and another run of the file, end with exit 8."""
    server = sandbox("--limit", "100/1s", "--latency", "100ms", "--list-lag", "500ms")
    name = importer.write("rows.csv", importer.rows(200))
    flags = ("--base-url", server.url, "--timeout", "1s", *QUICK)
    process = importer.start("run", name, "--run-id", "mine", *flags)
    server.wait_for_creates(40)

    process.send_signal(signal.SIGSTOP)
    thaw_at = time.monotonic() + FROZEN_SECONDS
    resumed = importer("resume", "mine", *flags)
    again = importer("run", name, "--run-id", "second", *flags)
    time.sleep(max(0.0, thaw_at - time.monotonic()))  # noqa: TID251 - it is frozen
    sent_by_then = server.creates()
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)

    assert (resumed.code, again.code) == (8, 8)
    assert "Run mine is being worked on by another process." in resumed.err
    assert f"working on location {importer.location}" in again.err
    assert not (importer.folder / "runs" / "second").exists()
    assert sent_by_then < 200
    assert process.returncode == 0
    assert_each_once(importer, server, 200)


# answers that lie, lists that lag


@pytest.mark.parametrize("lag", ["0s", "1s"])
def test_no_collection_that_a_422_made_is_without_its_id_in_the_report(
    lag: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A tenth of the answers says no after it created, with lists that lag as well."""
    server = sandbox(
        "--limit", "none", "--list-lag", lag, "--faults", "refused_but_created=0.1"
    )
    name = importer.write("rows.csv", importer.rows(80))

    ended = importer(
        "run", name, "--base-url", server.url, "--run-id", "mine", *QUICK, "--json"
    )

    assert ended.code == 0, ended.document
    assert ended.document["codes"]["created_all_the_same"] > 1
    assert_each_once(importer, server, 80)


def test_a_422_that_created_is_looked_for_as_long_as_a_list_may_lag(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The very last answer lies, and no list shows its collection for a second."""
    server = sandbox("--limit", "none", "--list-lag", "1s")
    server.change(**{"for": {"collection-0": "refused_but_created"}})
    name = importer.write("rows.csv", importer.rows(1))

    ended = importer("run", name, "--base-url", server.url, "--run-id", "mine", *QUICK)

    assert ended.code == 0, ended.out
    assert_each_once(importer, server, 1)


def test_a_rival_does_not_hide_that_the_row_was_created_after_all(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Somebody else makes the slug while the row's own collection is not listed yet."""
    server = sandbox("--limit", "none", "--list-lag", "1s", "--latency", "100ms")
    server.change(**{"for": {"collection-0": "reset_after"}})
    name = importer.write("rows.csv", importer.rows(1))
    flags = ("--base-url", server.url, "--run-id", "mine", *QUICK)
    process = importer.start("run", name, *flags)
    server.wait_for_creates(1)
    [rival] = seed(server, importer.location, collection_0="A rival's")
    process.communicate(timeout=60)

    [line] = report(importer)
    [own] = set(server.held()[importer.location, "collection-0"]) - {rival}
    assert (line["status"], line["collection_id"]) == ("created", own)
    assert line["code"] == "settled_by_listing"


def test_a_row_that_a_rival_made_meanwhile_is_not_claimed(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The request came to nothing; the collection with its slug is somebody else's."""
    server = sandbox("--limit", "none", "--latency", "100ms")
    server.change(**{"for": {"collection-0": "error_before"}})
    name = importer.write("rows.csv", importer.rows(1))
    flags = ("--base-url", server.url, "--run-id", "mine", *QUICK)
    process = importer.start("run", name, *flags)
    server.wait_for_creates(1)
    [rival] = seed(server, importer.location, collection_0="A rival's")
    process.communicate(timeout=60)

    [line] = report(importer)
    assert (line["status"], line["collection_id"]) == ("existing", rival)
    assert line["code"] == "made_by_others"
    assert server.held()[importer.location, "collection-0"] == [rival]


# many runs, one truth


def test_a_file_that_grows_is_sent_as_far_as_it_is_new(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Night after night only what is new is sent, also with a list seconds behind."""
    server = sandbox("--limit", "none", "--list-lag", "3s")
    counts = []
    for night, rows in enumerate((20, 30, 30, 45)):
        name = importer.write("rows.csv", importer.rows(rows))
        flags = ("--base-url", server.url, "--run-id", f"night-{night}", *QUICK)
        ended = importer("run", name, *flags, "--json")
        assert ended.code == 0, ended.out
        counts.append(ended.document["counts"])

    assert [count["created"] for count in counts] == [20, 10, 0, 15]
    assert [count["existing"] for count in counts] == [0, 20, 30, 30]
    assert server.creates() == 45
    assert server.truth()["slugs_twice"] == []
    for line in report(importer, "night-3"):
        ids = server.held()[importer.location, line["slug"]]
        assert ids == [line["collection_id"]]


def test_an_update_is_sent_only_where_something_differs_and_says_what(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One name was changed: one PUT, and the report has the old and the new name."""
    server = sandbox("--limit", "none")
    rows = importer.rows(12)
    name = importer.write("rows.csv", rows)
    importer("run", name, "--base-url", server.url, *QUICK)
    rows[4] = rows[4].replace("Collection 4", "Better 4")
    importer.write("rows.csv", rows)
    flags = ("--base-url", server.url, "--on-existing", "update", *QUICK)

    ended = importer("run", name, "--run-id", "mine", *flags, "--json")
    again = importer("run", name, *flags, "--json")

    assert ended.document["counts"]["updated"] == 1
    assert ended.document["counts"]["existing"] == 11
    assert again.document["counts"]["existing"] == 12
    assert server.truth()["by_method"]["PUT"] == 1
    [line] = [line for line in report(importer) if line["status"] == "updated"]
    assert line["slug"] == "collection-4"
    assert "Changes name from 'Collection 4' to 'Better 4'" in line["message"]


def test_a_new_run_instead_of_a_resume_makes_nothing_twice(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Killed, run again with the list lagging, and the killed one resumed after all."""
    server = sandbox("--limit", "none", "--latency", "150ms", "--list-lag", "1s")
    name = importer.write("rows.csv", importer.rows(90))
    flags = ("--base-url", server.url, "--concurrency", 16, *QUICK)
    killed_after(importer, server, 40, "run", name, "--run-id", "mine", *flags)

    new = importer("run", name, "--run-id", "new", *flags)
    late = importer("resume", "mine", *flags)

    assert (new.code, late.code) == (0, 0), (new.err, late.err)
    assert server.truth()["slugs_twice"] == []
    held = server.held()
    assert len(held) == 90
    made: Counter[str] = Counter()
    for line in [*report(importer, "new"), *report(importer)]:
        assert line["status"] in {"created", "existing"}, line
        assert [line["collection_id"]] == held[importer.location, line["slug"]]
        made[line["collection_id"]] += line["status"] == "created"
    # of each collection exactly one of the two runs says that it made it
    assert set(made.values()) == {1}


def test_a_clock_that_was_set_back_does_not_hide_an_earlier_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A journal that seems to come from tomorrow is asked all the same."""
    server = sandbox("--limit", "none", "--list-lag", "2s")
    name = importer.write("rows.csv", importer.rows(10))
    flags = ("--base-url", server.url, *QUICK)
    importer("run", name, "--run-id", "tomorrow", *flags)
    tomorrow = time.time() + 86_400
    for path in (importer.folder / "runs" / "tomorrow").glob("journal.db*"):
        os.utime(path, (tomorrow, tomorrow))

    ended = importer("run", name, "--run-id", "mine", *flags, "--json")

    assert ended.document["counts"]["existing"] == 10
    assert server.creates() == 10


# the journal after an accident


def test_a_torn_last_write_loses_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Power failed in the middle of a commit: half a frame behind the last whole one.

    The row of that commit had not been sent: a request leaves only after its commit.
    """
    server = sandbox("--limit", "none", "--latency", "100ms")
    name = importer.write("rows.csv", importer.rows(120))
    flags = ("--concurrency", 16, *QUICK)
    run = ("run", name, "--base-url", server.url, "--run-id", "mine", *flags)
    killed_after(importer, server, 40, *run)
    log = importer.folder / "runs" / "mine" / "journal.db-wal"
    whole = log.read_bytes()
    log.write_bytes(whole + whole[-4120:-1500])

    ended = importer("resume", "mine", *flags)

    assert ended.code == 0, ended.err
    assert_each_once(importer, server, 120)


@pytest.mark.parametrize("bytes_lost", [1, 100, 4000])
def test_an_outcome_that_was_lost_is_found_again(
    bytes_lost: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nobody waits until an outcome is on the disk: a row without one is looked for."""
    server = sandbox("--limit", "none")
    server.change(**{"for": {"collection-7": "error_after"}})
    name = importer.write("rows.csv", importer.rows(8))
    # the doubt about the last row is the last that is written before the long pause
    run = ("run", name, "--base-url", server.url, "--run-id", "mine")
    process = importer.start(*run, "--settle-pauses", "60", "--concurrency", 1)
    server.wait_for_creates(8)
    folder = importer.folder / "runs" / "mine"
    wait_until(lambda: '"row.unknown"' in (folder / "run.log").read_text("utf-8"))
    wait_until(lambda: status_of(folder, 7) == "unknown")
    process.kill()
    process.communicate()
    log = folder / "journal.db-wal"
    log.write_bytes(log.read_bytes()[:-bytes_lost])

    ended = importer("resume", "mine", *QUICK)

    assert ended.code == 0, ended.err
    assert_each_once(importer, server, 8)


def status_of(folder: Path, seq: int) -> str:
    """The status of a row in the journal, read beside its writer."""
    with sqlite3.connect(f"file:{folder / 'journal.db'}?mode=ro", uri=True) as journal:
        found = journal.execute("SELECT status FROM rows WHERE seq = ?", (seq,))
        status: str = found.fetchone()[0]
    journal.close()
    return status


@pytest.fixture
def stopped(importer: Importer, sandbox: Callable[..., Sandbox]) -> Path:
    """The journal of a run that was stopped after 4 of its 10 rows, and closed."""
    server = sandbox("--limit", "none", "--latency", "250ms")
    name = importer.write("rows.csv", importer.rows(10))
    flags = ("--base-url", server.url, "--concurrency", 1, *QUICK)
    ended = importer("run", name, "--run-id", "mine", *flags, "--max-duration", "0.9s")
    assert ended.code == 10, ended.err
    return importer.folder / "runs" / "mine" / "journal.db"


def change(journal: Path, *statements: str) -> None:
    """Change a journal behind the program's back."""
    connection = sqlite3.connect(journal)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def root_page(journal: Path, table: str) -> int:
    """Where a table begins in the file, pages counted from 1."""
    connection = sqlite3.connect(journal)
    query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
    page: int = connection.execute(query, (table,)).fetchone()[0]
    connection.close()
    return page


def test_a_journal_of_the_first_version_is_brought_up_to_date(
    importer: Importer, stopped: Path
) -> None:
    """What an older program began is finished, and can be undone."""
    older = Path(__file__).parent.parent / "golden" / "older_journal.sql"
    connection = sqlite3.connect(stopped)
    connection.executescript(older.read_text("utf-8"))
    connection.close()
    change(
        stopped,
        "DROP TABLE undone",
        "UPDATE meta SET value = '1' WHERE key = 'schema'",
    )

    ended = importer("resume", "mine", *QUICK)
    undone = importer("undo", "mine", "--yes", "--json")

    assert ended.code == 0, ended.err
    assert undone.document["counts"] == {"deleted": 10}
    connection = sqlite3.connect(stopped)
    [(version,)] = connection.execute("SELECT value FROM meta WHERE key = 'schema'")
    connection.close()
    assert version == str(SCHEMA)


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(
    importer: Importer, stopped: Path
) -> None:
    """Exit 5 for resume, audit and undo; not a byte changes."""
    change(stopped, "UPDATE meta SET value = '999' WHERE key = 'schema'")
    before = stopped.read_bytes()

    for command in (("resume", "mine"), ("audit", "mine"), ("undo", "mine", "-y")):
        ended = importer(*command)
        assert ended.code == 5
        assert "has version 999" in ended.err
        assert "Use the version of the program that made it." in ended.err

    assert stopped.read_bytes() == before


def test_a_damaged_journal_is_reported_and_left_as_it_is(
    importer: Importer, stopped: Path
) -> None:
    """Exit 5 for resume, audit and undo, whichever table's root was overwritten."""
    whole = stopped.read_bytes()
    tables = ("meta", "records", "states", "before")

    for page in (1, *(root_page(stopped, table) for table in tables)):
        place = (page - 1) * journal.PAGE_BYTES
        broken = whole[:place] + b"\xa5" * 600 + whole[place + 600 :]
        stopped.write_bytes(broken)
        assert_damaged(importer("resume", "mine"))
        assert stopped.read_bytes() == broken
    left = stopped.read_bytes()
    assert_damaged(importer("audit", "mine", "--repair"))
    assert_damaged(importer("undo", "mine", "--yes"))
    assert stopped.read_bytes() == left


def assert_damaged(ended: Ended) -> None:
    """The command said that the journal is damaged."""
    assert ended.code == 5, ended.err
    assert "journal.db is damaged" in ended.err
    assert "It was left as it is; restore a copy." in ended.err


def test_a_demo_that_is_stopped_says_that_there_is_nothing_to_resume(
    importer: Importer,
) -> None:
    """A terminal's Ctrl-C goes to all its processes; the sandbox outlives the run."""

    def sending() -> bool:
        logs = importer.folder.glob("runs/*/run.log")
        return any("location.compared" in log.read_text("utf-8") for log in logs)

    with subprocess.Popen(  # noqa: S603 - our own command
        importer.command("demo", "--quiet"),
        cwd=importer.folder,
        env=importer.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_until(sending)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr is not None
        told = process.stderr.read()
    assert "there is nothing to resume" in told
    assert "Traceback" not in told
    assert "exit-74" not in told
