"""Several machines with one database: each has a folder of its own, and one truth.

Two importers in two folders stand for two machines; the database is a real one.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from postgres_server import PASSWORD
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox
    from postgres_server import Server

Machines = tuple["Importer", "Importer"]
SLOW = ("--latency", "100ms")
ONE_BY_ONE = ("--concurrency", "1")


@pytest.fixture
def address(postgres: Server) -> str:
    """An empty database, with the password that it asks for."""
    return postgres.loopback(postgres.new_database())


@pytest.fixture
def machines(importer: Importer, address: str) -> Machines:
    """Two importers that share a database and nothing else."""
    given = importer.environment | {"IMPORTER_JOURNAL": address}
    found = []
    for name in ("first", "second"):
        folder = importer.folder / name
        folder.mkdir()
        found.append(replace(importer, folder=folder, environment=given))
    return found[0], found[1]


def report(machine: Importer, run_id: str) -> dict[str, str]:
    """The status of each slug, as the report that the machine has says it."""
    path = machine.folder / "runs" / run_id / "report.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {line["slug"]: line["status"] for line in csv.DictReader(file)}


def dumped(address: str) -> str:
    """Everything that a database holds, as text."""
    texts = []
    with psycopg.connect(address) as opened:
        tables = opened.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN "
            "(SELECT schema FROM importer.runs) OR schemaname = 'importer'"
        ).fetchall()
        for place in tables:
            whole = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(*place))
            texts += [text for (text,) in opened.execute(whole).fetchall()]
    return "\n".join(texts)


def drop(machine: Importer, run_id: str) -> bool:
    """Let a database lose the journal of a run whose moving had only begun."""
    with psycopg.connect(machine.environment["IMPORTER_JOURNAL"]) as opened:
        wanted = "SELECT schema FROM importer.runs WHERE run_id = %s"
        found = opened.execute(wanted, (run_id,)).fetchone()
        assert found
        opened.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(*found)))
        opened.execute("UPDATE importer.runs SET began = false")
    return True


def test_every_command_works_from_another_machine(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """A run of the first is listed, reported, audited and undone by the second."""
    first, second = machines
    url = ("--base-url", sandbox("--strict", "--updates", "merge").url)
    file = first.write("shop.csv", first.rows(5))
    assert first("run", file, *url, "--run-id", "night").code == 0

    listed = second("runs", "--json").document["runs"]
    assert [(run["run_id"], run["counts"]) for run in listed] == [
        ("night", {"created": 5})
    ]
    assert second("report", "night").code == 0
    assert set(report(second, "night").values()) == {"created"}
    assert second("audit", "night", *url).code == 0
    assert second("resume", "night", *url).code == 0
    undone = second("undo", "night", *url, "--yes", "--unseen-products")
    assert undone.code == 0, undone.err
    assert first("runs", "--json").document["runs"][0]["state"] == "undone"


def test_a_run_knows_what_one_of_another_machine_has_just_created(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """The list does not show it yet; the database does."""
    first, second = machines
    server = sandbox("--list-lag", "60s")
    url = ("--base-url", server.url)
    for machine in machines:
        machine.write("shop.csv", machine.rows(3))
    assert first("run", "shop.csv", *url).code == 0
    ended = second("run", "shop.csv", *url, "--json")
    assert ended.document["counts"]["existing"] == 3
    assert server.creates() == 3


def test_a_first_run_with_a_database_knows_what_the_folder_has_just_created(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """Who goes over to a database between two runs makes nothing twice."""
    first, _ = machines
    server = sandbox("--list-lag", "60s", "--nature", "rewrites-slug")
    url = ("--base-url", server.url)
    file = first.write("shop.csv", first.rows(3))
    folder_only = {"IMPORTER_JOURNAL": ""}
    assert first("run", file, *url, "--run-id", "old", env=folder_only).code == 0
    assert (first.folder / "runs" / "old" / "journal.db").exists()
    ended = first("run", file, *url, "--json")
    assert ended.document["counts"]["existing"] == 3
    assert server.creates() == 3


@pytest.mark.measured
def test_a_run_of_the_folder_is_taken_into_the_database(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """Another machine goes on with it; the folder's journal is one no more."""
    first, second = machines
    server = sandbox()
    url = ("--base-url", server.url)
    file = first.write("shop.csv", [*first.rows(3), f"{first.location},,x y,manual,"])
    folder_only = {"IMPORTER_JOURNAL": ""}
    assert first("run", file, *url, "--run-id", "old", env=folder_only).code == 3
    before = first("runs", "--json", env=folder_only).document["runs"][0]["counts"]

    refused = second("audit", "old", *url)
    assert refused.code == 5
    assert "There is no run old" in refused.err
    told = first("audit", "old", *url)
    assert told.code == 2
    assert "importer runs move old" in told.err

    listed = first("runs")
    assert listed.code == 0
    assert "Not in the database, but in the folder runs: old." in listed.err
    moved = first("runs", "move", "old")
    assert moved.code == 0, moved.err
    assert first("runs").err == ""
    assert ": 4 rows." in moved.out
    assert second("runs", "--json").document["runs"][0]["counts"] == before
    assert second("audit", "old", *url).code == 0
    again = first("runs", "move", "old")
    assert again.code == 2
    assert re.search(r"is kept in postgresql://.*\n.*nothing to move", again.err)
    left = first("resume", "old", *url, env=folder_only)
    assert left.code == 2
    assert "is kept in postgresql://" in left.err
    assert first("runs", "--json", env=folder_only).document["runs"] == []


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.measured
def test_a_moving_that_was_cut_short_is_gone_on_with(
    machines: Machines, sandbox: Callable[..., Sandbox], copied: bool
) -> None:
    """Before the copy or after it; meanwhile neither place lets the run go on."""
    first, second = machines
    url = ("--base-url", sandbox().url)
    folder_only = {"IMPORTER_JOURNAL": ""}
    file = first.write("shop.csv", first.rows(3))
    assert first("run", file, *url, "--run-id", "old", env=folder_only).code == 0
    place = first.folder / "runs" / "old"
    whole = {path: path.read_bytes() for path in place.glob("journal.*")}
    assert first("runs", "move", "old").code == 0
    for path in place.glob("journal.*.moved*"):
        path.unlink()
    for path, content in whole.items():
        path.write_bytes(content)
    if not copied:
        assert drop(first, "old")
    left = first("resume", "old", *url, env=folder_only)
    assert left.code == 2
    assert "is kept in postgresql://" in left.err
    assert first("runs", "move", "old").code == 0
    assert not (place / "journal.db").exists()
    assert (place / "journal.db.moved").exists()
    assert second("audit", "old", *url).code == 0


def test_a_database_that_was_not_named_is(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """A scheduler that lacks the variable does not find nothing in silence."""
    first, _ = machines
    url = ("--base-url", sandbox().url)
    file = first.write("shop.csv", first.rows(2))
    assert first("run", file, *url, "--run-id", "night").code == 0
    folder_only = {"IMPORTER_JOURNAL": ""}
    for command in (("runs",), ("resume", "--all", *url)):
        told = first(*command, env=folder_only)
        assert told.code == 0
        assert "Not looked at: 1 run of this folder, kept in postgresql" in told.err
        assert PASSWORD not in told.err
        assert "Not looked at" not in first(*command).err


@pytest.mark.measured
def test_a_run_that_cannot_be_moved_stays_in_the_list(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """A damaged one, and one whose name the database has: neither is hidden or lost."""
    first, second = machines
    url = ("--base-url", sandbox().url)
    file = first.write("shop.csv", first.rows(3))
    other = second.write("shop.csv", second.rows(2))
    assert second("run", other, *url, "--run-id", "same").code == 0
    folder_only = {"IMPORTER_JOURNAL": ""}
    for name in ("same", "torn"):
        assert first("run", file, *url, "--run-id", name, env=folder_only).code == 0
    runs = first.folder / "runs"
    journal = runs / "torn" / "journal.db"
    journal.write_bytes(b"x" * len(journal.read_bytes()))
    before = {path: path.read_bytes() for path in runs.glob("same/*")}

    for _ in range(2):
        taken = first("runs", "move", "same")
        assert (taken.code, "already" in taken.err) == (2, True)
        torn = first("runs", "move", "torn")
        assert (torn.code, "runs retire torn" in torn.err) == (5, True)
    # neither are the files of the one written over by those of the other
    mixed = first("report", "same")
    assert mixed.code == 2
    assert "is of another run" in mixed.err
    assert {path: path.read_bytes() for path in runs.glob("same/*")} == before

    listed = first("runs", "--json", env=folder_only).document["runs"]
    assert {run["run_id"]: run["state"] for run in listed} == {
        "same": "finished",
        "torn": "damaged",
    }
    assert first("runs", "retire", "torn", env=folder_only).code == 0
    assert first("audit", "same", *url, env=folder_only).code == 0


@pytest.mark.slow
def test_a_run_at_work_is_not_taken_away(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """It ends as if nothing had been asked; then it can be moved, and resumed there."""
    first, second = machines
    server = sandbox(*SLOW)
    url = ("--base-url", server.url)
    folder_only = first.environment | {"IMPORTER_JOURNAL": ""}
    before = replace(first, environment=folder_only)
    file = first.write("shop.csv", first.rows(20))
    process = before.start("run", file, *url, *ONE_BY_ONE, "--run-id", "old")
    server.wait_for_creates(3)
    assert first("runs", "move", "old").code == 8
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert first("runs", "move", "old").code == 0
    ended = second("resume", "old", *url, "--json")
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["created"] == 20
    assert server.truth()["slugs_twice"] == []
    assert len(server.held()) == 20


def test_a_run_without_a_database_to_be_taken_to_stays(importer: Importer) -> None:
    """The refusal says how one is named."""
    ended = importer("runs", "move", "any")
    assert ended.code == 2
    assert "--journal" in ended.err


def test_a_password_is_written_nowhere(
    machines: Machines, address: str, sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    """No file of a run, no line that is printed and no row of the database has it."""
    first, _ = machines
    url = ("--base-url", sandbox().url)
    file = first.write("shop.csv", first.rows(2))
    unusable = (  # where nothing listens, a user that is none, and no addresses
        address.replace("@127.0.0.1:", "@[::1]:"),
        address.replace("importer:", "nobody:"),
        address.replace("postgresql", "mysql"),
        f"{address}/more",
    )
    printed = [
        first("run", file, *url, "-vv", "--run-id", "night"),
        first("config", "show"),
        first("config", "show", "--json"),
        first("doctor", *url, "--json", "--bundle", "support.zip", "--with-cells"),
        first("audit", "night", *url, "-vv"),
        first("report", "night", "--format", "csv,html,jsonl,xlsx"),
        *(first("runs", env={"IMPORTER_JOURNAL": wrong}) for wrong in unusable),
        first("run", file, *url, "--journal", address),
    ]
    assert [ended.code for ended in printed[:6]] == [0] * 6
    assert [ended.code for ended in printed[6:]] == [74, 74, 2, 2, 2]
    for ended in printed:
        assert PASSWORD not in ended.out + ended.err
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path
    assert PASSWORD not in dumped(address)


def test_the_address_may_be_in_a_file(machines: Machines, address: str) -> None:
    """A flag that names a file goes before the environment."""
    first, _ = machines
    (first.folder / "address").write_text(f"{address}\n", "utf-8")
    nowhere = {"IMPORTER_JOURNAL": "postgresql://nobody@127.0.0.1:1/none"}
    assert first("runs", "--journal-file", "address", env=nowhere).code == 0
    assert first("runs", env=nowhere).code == 74
    assert first("runs", "--journal-file", "gone", env=nowhere).code == 2


def test_a_run_that_was_stopped_names_the_database_it_was_told_by_a_flag(
    importer: Importer, database: str, sandbox: Callable[..., Sandbox]
) -> None:
    """The command to go on with can be typed as it stands."""
    server = sandbox("--limit", "5/10s", "--latency", "20ms")
    file = importer.write("shop.csv", importer.rows(30))
    flags = ("--base-url", server.url, "--journal", database)
    ended = importer("run", file, *flags, "--run-id", "night", "--max-duration", "1s")
    assert ended.code == 10
    (line,) = re.findall(r"importer (resume night .*)", ended.out + ended.err)
    typed = shlex.split(line)
    assert typed == ["resume", "night", "--journal", database]
    assert importer("report", "night", *typed[2:]).code == 0


def test_a_doctor_says_which_database_is_meant(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """Its address, its version and what it holds; or why it cannot be used."""
    first, _ = machines
    url = ("--base-url", sandbox().url)
    found = first("doctor", *url, "--json").document["checks"]
    (check,) = [check for check in found if check["name"] == "journal"]
    assert check["verdict"] == "ok"
    assert "PostgreSQL" in check["message"]
    assert "0 runs" in check["message"]
    nowhere = {"IMPORTER_JOURNAL": "postgresql://nobody@127.0.0.1:1/none"}
    ended = first("doctor", *url, "--json", env=nowhere)
    assert ended.code == 74
    assert "journal_unreachable" in {one["code"] for one in ended.document["checks"]}


def test_what_ended_runs_leave_is_removed_on_each_machine(
    machines: Machines, address: str, sandbox: Callable[..., Sandbox]
) -> None:
    """A run that did nothing goes with its schema; the journal of another one stays."""
    first, second = machines
    url = ("--base-url", sandbox().url)
    file = first.write("shop.csv", first.rows(2))
    for name in ("made", "idle"):
        assert first("run", file, *url, "--run-id", name).code == 0
    with psycopg.connect(address) as opened:
        opened.execute(
            "UPDATE importer.runs SET written_at = now() - interval '9 days'"
        )
        for (schema,) in opened.execute("SELECT schema FROM importer.runs").fetchall():
            meta = sql.Identifier(schema, "meta")
            aged = "UPDATE {} SET value = '1.0' WHERE key LIKE '%ed_at'"
            opened.execute(sql.SQL(aged).format(meta))
    pruned = second("runs", "prune", "--older", "3d", "--yes", "--json")
    assert pruned.code == 0
    kept = first("runs", "--json").document["runs"]
    assert [run["run_id"] for run in kept] == ["made"]
    with psycopg.connect(address) as opened:
        schemas = opened.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'run_%'"
        )
        assert schemas.fetchone() == (1,)


def test_a_damaged_run_holds_up_all_machines_until_it_is_retired(
    machines: Machines, address: str, sandbox: Callable[..., Sandbox]
) -> None:
    """Whichever machine asks, and whichever retires it."""
    first, second = machines
    url = ("--base-url", sandbox().url)
    file = first.write("shop.csv", first.rows(2))
    second.write("shop.csv", second.rows(2))
    for name in ("whole", "torn"):
        assert first("run", file, *url, "--run-id", name).code == 0
    with psycopg.connect(address) as opened:
        found = opened.execute(
            "SELECT schema FROM importer.runs WHERE run_id = 'torn'"
        ).fetchone()
        assert found
        torn = sql.Identifier(found[0], "states")
        opened.execute(sql.SQL("DROP TABLE {} CASCADE").format(torn))
    listed = second("runs", "--json")
    assert listed.code == 5
    states = {run["run_id"]: run["state"] for run in listed.document["runs"]}
    assert states == {"whole": "finished", "torn": "damaged"}
    assert second("run", "shop.csv", *url).code == 5
    assert second("runs", "retire", "torn").code == 0
    assert first("run", file, *url).code == 0
    assert first("runs").code == 0


def test_a_row_in_doubt_is_settled_on_another_machine(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """The list never shows it; a person says what is true, and a resume goes on."""
    first, second = machines
    server = sandbox(
        "--nature", "ignores-offset", "--fault-for", "collection-1=error_after"
    )
    url = ("--base-url", server.url)
    quick = ("--settle-pauses", "0.05,0.1", "--timeout", "2s", "--attempts", "2")
    file = first.write("shop.csv", first.rows(3))
    assert first("run", file, *url, *quick, "--run-id", "night").code == 7
    (own,) = server.held()[first.location, "collection-1"]
    settled = second("settle", "night", "--row", 3, "--created", own, *url)
    assert settled.code == 0, settled.err
    assert set(report(second, "night").values()) == {"created"}
    assert first("runs", "--json").document["runs"][0]["counts"] == {"created": 3}


def test_a_demo_has_no_part_in_the_database(machines: Machines) -> None:
    """It is a rehearsal in a sandbox of its own."""
    first, second = machines
    assert first("demo", "--quiet").code == 0
    assert second("runs", "--json").document["runs"] == []


def test_a_plan_of_one_machine_is_done_by_another(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """The plan is a file; a plan leaves nothing in the database."""
    first, second = machines
    url = ("--base-url", sandbox().url)
    file = first.write("shop.csv", first.rows(2))
    assert first("plan", file, *url, "-o", "plan.json").code == 0
    assert first("runs", "--json").document["runs"] == []
    second.write("shop.csv", second.rows(2))
    plan = first.folder / "plan.json"
    ended = second("run", "shop.csv", "--plan", plan, *url, "--json")
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["created"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["fail", "wait", "skip"])
def test_two_machines_heed_on_overlap(
    machines: Machines, sandbox: Callable[..., Sandbox], choice: str
) -> None:
    """The second fails with 8, waits and finds all there, or leaves it with 11."""
    first, second = machines
    server = sandbox(*SLOW)
    url = ("--base-url", server.url)
    for machine in machines:
        machine.write("shop.csv", machine.rows(20))
    process = first.start("run", "shop.csv", *url, *ONE_BY_ONE)
    server.wait_for_creates(2)
    ended = second("run", "shop.csv", *url, "--on-overlap", choice, "--json")
    assert first.stop(process).code == 0
    assert ended.code == {"fail": 8, "wait": 0, "skip": 11}[choice]
    if choice == "wait":
        assert ended.document["counts"]["existing"] == 20
    assert server.creates() == 20
    assert server.truth()["slugs_twice"] == []


@pytest.mark.slow
def test_two_machines_with_one_file_create_each_collection_once(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """At the same moment, in several locations, with a list that lags behind."""
    server = sandbox("--list-lag", "20s", "--latency", "20ms")
    url = ("--base-url", server.url, "--on-overlap", "wait")
    for machine in machines:
        rows = machine.rows(40)
        rows += machine.rows(40, machine.other_location, first=40)
        machine.write("shop.csv", rows)
    processes = [machine.start("run", "shop.csv", *url) for machine in machines]
    codes = [m.stop(p).code for m, p in zip(machines, processes, strict=True)]
    assert codes == [0, 0]
    assert server.creates() == 80
    assert {len(ids) for ids in server.held().values()} == {1}
    assert len(server.held()) == 80


@pytest.mark.slow
def test_a_run_that_was_killed_is_finished_by_another_machine(
    machines: Machines, sandbox: Callable[..., Sandbox]
) -> None:
    """It is free once its lease has run out, and nothing is there twice."""
    first, second = machines
    server = sandbox(*SLOW)
    url = ("--base-url", server.url)
    first.write("shop.csv", first.rows(20))
    process = first.start("run", "shop.csv", *url, *ONE_BY_ONE, "--run-id", "night")
    server.wait_for_creates(5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ended = second("resume", "--all", *url, "--on-overlap", "wait", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["runs"][0]["run_id"] == "night"
    assert {len(ids) for ids in server.held().values()} == {1}
    assert len(server.held()) == 20
    assert set(report(second, "night").values()) == {"created"}


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["wait", "skip"])
def test_two_machines_share_200_locations(
    machines: Machines, sandbox: Callable[..., Sandbox], choice: str
) -> None:
    """Both at once, no list shows what was created: nothing twice, none over the limit.

    Of 200 locations the one has the first 140, the other one the last 140.
    """
    server = sandbox("--limit", "5/1s", "--list-lag", "60s", "--latency", "20ms")
    flags = ("--base-url", server.url, "--on-overlap", choice)
    for machine, locations in zip(machines, (range(140), range(60, 200)), strict=True):
        rows = [
            row
            for number in locations
            for row in machine.rows(4, f"location{number:016d}", 4 * number)
        ]
        machine.write("shop.csv", rows)
    processes = [machine.start("run", "shop.csv", *flags) for machine in machines]
    codes = [m.stop(p).code for m, p in zip(machines, processes, strict=True)]
    assert sorted(codes) == {"wait": [0, 0], "skip": [0, 11]}[choice]
    resumed = machines[0]("resume", "--all", *flags)
    assert resumed.code == 0, resumed

    held = server.held()
    assert len(held) == 800
    assert {len(ids) for ids in held.values()} == {1}
    assert server.creates() == 800
    counted = server.truth()["locations"].values()
    assert sum(location["refused"] for location in counted) == 0
    assert max(location["max_in_window"] for location in counted) <= 5
