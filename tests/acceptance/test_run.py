"""The main job, end to end: what is created, what is not, and what is said of it."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

#: So that rows without a clear answer are settled quickly.
QUICK = ("--settle-pauses", "0.2,0.5,1", "--rate", "none")
FAULTS = "reset_after=0.05,error_after=0.05,refused=0.05"


def report(folder: Path) -> list[dict[str, str]]:
    """The lines of a report."""
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.measured
def test_the_demo_answers_every_row_and_ends_with_0(importer: Importer) -> None:
    """At least 150 answers, 130 created, and every wrong row has its own code."""
    ended = importer("demo", env={"HIGHLEVEL_TOKEN": "", "IMPORTER_BASE_URL": "x"})

    assert ended.code == 0
    lines = report(importer.run_folder())
    by_status: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        by_status.setdefault(line["status"], []).append(line)
    assert len(lines) >= 150
    assert len(by_status["created"]) >= 130
    assert set(by_status) == {"created", "invalid", "duplicate"}
    wrong = [line["code"] for line in by_status["invalid"] + by_status["duplicate"]]
    assert all(wrong)
    assert len(set(wrong)) >= 12
    assert "0 of them twice" in ended.out


@pytest.mark.measured
def test_a_second_run_of_the_same_file_creates_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Every good row is `existing` with the id that the first run reported."""
    server = sandbox("--limit", "none")
    sample = importer.samples / "collections.csv"
    flags = ("--base-url", server.url, "--rate", "none", "--run-id")
    first = importer("run", sample, *flags, "first")
    creates = server.creates()

    second = importer("run", sample, *flags, "second")

    assert (first.code, second.code) == (3, 3)
    assert server.creates() == creates
    once = report(importer.folder / "runs" / "first")
    again = report(importer.folder / "runs" / "second")
    for line, later in zip(once, again, strict=True):
        if line["status"] == "created":
            assert later["status"] == "existing"
            assert later["collection_id"] == line["collection_id"]
        else:
            assert later["status"] == line["status"]


def test_lost_answers_and_refusals_make_nothing_twice_and_lose_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Every row is created once, and the report names the id that the server holds."""
    server = sandbox("--limit", "40/1s", "--faults", FAULTS, "--seed", "3")
    rows = importer.rows(120) + importer.rows(40, importer.other_location)
    name = importer.write("many.csv", rows)

    ended = importer("run", name, "--base-url", server.url, *QUICK)

    assert ended.code == 0
    truth = server.truth()
    assert truth["slugs_twice"] == []
    for fault in ("reset_after", "error_after", "refused"):
        assert truth["faults"][fault] > 0
    held = server.held()
    lines = report(importer.run_folder())
    assert len(held) == len(lines) == 160
    for line in lines:
        assert line["status"] == "created"
        assert held[line["location_id"], line["slug"]] == [line["collection_id"]]


def test_everything_that_the_importer_sends_keeps_to_the_letter_of_the_page(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A strict sandbox refuses nothing: neither agent nor version, query or body."""
    server = sandbox("--strict", "--limit", "none")
    to = ("--base-url", server.url, "--rate", "none")
    name = importer.write("three.csv", importer.rows(3))

    assert importer("doctor", *to).code == 0
    assert importer("run", name, *to, "--audit", "--run-id", "one").code == 0
    changed = importer.write(
        "changed.csv", [row.replace(",Coll", ",My coll") for row in importer.rows(3)]
    )
    update = ("--on-existing", "update", "--run-id", "two")
    assert importer("run", changed, *to, *update).code == 0
    assert importer("audit", "one", *to).code in (0, 3)
    assert importer("undo", "one", *to, "--yes").code in (0, 3)
    truth = server.truth()["locations"][importer.location]
    assert truth["unprocessable"] == []
    assert server.creates() == 3


@pytest.mark.parametrize(
    "flags",
    [
        ("--known-keys", "published"),
        ("--scope", "readonly"),
        ("--nature", "page-limit-20,conflict-409"),
    ],
)
def test_a_refusal_is_the_same_to_a_run_in_every_version_of_the_api(
    flags: tuple[str, str], importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Version v3 tells errors in another shape; what becomes of a row is the same."""
    name = importer.write("three.csv", importer.rows(3))
    told = []
    for version in ("2021-07-28", "v3"):
        server = sandbox("--limit", "none", *flags)
        to = ("--base-url", server.url, "--rate", "none", "--run-id", version)
        quick = ("--settle-pauses", "0.1,0.2")
        env = {"IMPORTER_API_VERSION": version}
        ended = importer("run", name, *to, *quick, env=env)
        lines = report(importer.folder / "runs" / version)
        kept = ("status", "code", "http_status")
        told.append((ended.code, [[line[key] for key in kept] for line in lines]))
    assert told[0] == told[1]


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_a_run_at_the_limit_is_never_refused(
    window: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """90 rows at 30 calls a second draw no 429, and the window is used to the full."""
    server = sandbox("--limit", "30/1s", "--window", window, "--latency", "20ms")
    name = importer.write("ninety.csv", importer.rows(90))

    ended = importer("run", name, "--base-url", server.url, "--rate", "30/1s")

    assert ended.code == 0
    counts = server.truth()["locations"][importer.location]
    assert counts["refused"] == 0
    assert counts["max_in_window"] == 30
    assert importer.summary()["calls"]["refused"] == 0


@pytest.mark.measured
@pytest.mark.parametrize(
    ("choice", "code", "status", "calls"),
    [
        ("skip", 0, "existing", 0),
        ("update", 0, "updated", 1),
        ("fail", 3, "invalid", 0),
    ],
)
def test_on_existing_decides_about_what_is_there(
    choice: str,
    code: int,
    status: str,
    calls: int,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """A collection of the same slug is left, changed, or makes the row a problem."""
    server = sandbox()
    row = f"{importer.location},{{}},shoes,manual,{importer.product}"
    old = importer.write("old.csv", [row.format("Shoes")])
    new = importer.write("new.csv", [row.format("Better Shoes")])
    importer("run", old, "--base-url", server.url, "--run-id", "old")

    flags = ("--base-url", server.url, "--run-id", "new", "--on-existing", choice)
    ended = importer("run", new, *flags)

    assert ended.code == code
    [line] = report(importer.folder / "runs" / "new")
    assert line["status"] == status
    assert server.truth()["by_method"].get("PUT", 0) == calls
    [held] = server.truth()["locations"][importer.location]["collections"]
    assert held["name"] == ("Better Shoes" if choice == "update" else "Shoes")


@pytest.mark.measured
def test_a_dry_run_sends_nothing_and_says_so(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """No POST, no run folder; what would be done is on stdout."""
    server = sandbox()
    name = importer.write("three.csv", importer.rows(3))

    ended = importer("run", name, "--dry-run", "--base-url", server.url)

    assert ended.code == 0
    assert "3 to create, 0 already exist in 1 location" in ended.out
    assert "NOTHING WAS SENT." in ended.out
    assert server.creates() == 0
    assert not (importer.folder / "runs").exists()


def test_limit_reads_only_the_first_rows_of_all_files_together(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """--limit 3 with two files of two rows sends three."""
    server = sandbox()
    one = importer.write("one.csv", importer.rows(2))
    two = importer.write("two.csv", importer.rows(2, first=2))

    ended = importer("run", one, two, "--limit", 3, "--base-url", server.url)

    assert ended.code == 0
    assert [line["slug"] for line in report(importer.run_folder())] == [
        "collection-0",
        "collection-1",
        "collection-2",
    ]


@pytest.mark.measured
@pytest.mark.parametrize(("allowed", "bad"), [("1", 1), ("5%", 2)])
def test_max_errors_stops_before_anything_is_sent_where_the_input_is_bad_enough(
    allowed: str, bad: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 6; the good rows are `not_attempted`, and the run can go on."""
    server = sandbox()
    wrong = [f"{importer.location},,,manual,{importer.product}"] * bad
    name = importer.write("bad.csv", [*wrong, *importer.rows(20)])

    flags = ("--base-url", server.url, "--max-errors", allowed)
    ended = importer("run", name, *flags)

    assert ended.code == 6
    assert f"{bad} of {20 + bad} rows are bad" in ended.out
    assert importer.summary()["counts"]["not_attempted"] == 20
    assert server.creates() == 0
    assert importer("resume", "--base-url", server.url).code == 3
    assert len(server.held()) == 20


def test_max_duration_stops_in_time_and_resume_does_the_rest(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 10 with some rows done; after `resume` all are there, each once."""
    server = sandbox("--limit", "30/1s")
    name = importer.write("sixty.csv", importer.rows(60))

    ended = importer("run", name, "--base-url", server.url, "--max-duration", "0.5s")

    assert ended.code == 10
    assert "--max-duration" in ended.out
    done = importer.summary()["counts"]["created"]
    assert 0 < done < 60
    assert importer("resume", "--rate", "none").code == 0
    assert importer.summary()["counts"]["created"] == 60
    assert server.truth()["slugs_twice"] == []
    assert len(server.held()) == 60


def test_a_run_id_is_given_once(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 2 the second time, with both ways on; the first run is untouched."""
    server = sandbox()
    name = importer.write("one.csv", importer.rows(1))
    flags = ("--base-url", server.url, "--run-id", "spring")
    importer("run", name, *flags)
    before = importer.summary()

    ended = importer("run", name, *flags)

    assert ended.code == 2
    assert "There is a run spring already" in ended.err
    assert "importer resume spring" in ended.err
    assert importer.summary() == before


def test_two_runs_on_one_location_do_not_work_at_the_same_time(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The second ends with 8 and names the first; the first is not disturbed."""
    server = sandbox("--latency", "100ms")
    name = importer.write("forty.csv", importer.rows(40))
    flags = ("--base-url", server.url, "--concurrency", 2)
    first = importer.start("run", name, *flags, "--run-id", "first")
    server.wait_for_creates(1)

    second = importer("run", name, *flags, "--run-id", "second")

    assert second.code == 8
    assert "Run first" in second.err
    assert importer.location in second.err
    assert not (importer.folder / "runs" / "second").exists()
    first.communicate()
    assert first.returncode == 0
    assert len(server.held()) == 40


def test_text_and_workbooks_and_several_files_are_one_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """CSV, TSV and XLSX together, duplicates across them found, each row's own file."""
    server = sandbox()
    names = [importer.write("a.csv", importer.rows(2))]
    tabs = [row.replace(",", "\t") for row in importer.rows(2, first=2)]
    names.append(importer.write("b.tsv", tabs, importer.header.replace(",", "\t")))
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for line in [importer.header, *importer.rows(3, first=3)]:
        page.append(line.split(","))
    book.save(importer.folder / "c.xlsx")

    ended = importer("run", *names, "c.xlsx", "--base-url", server.url)

    assert ended.code == 3
    lines = report(importer.run_folder())
    assert [(line["file"], line["row"], line["status"]) for line in lines] == [
        ("a.csv", "2", "created"),
        ("a.csv", "3", "created"),
        ("b.tsv", "2", "created"),
        ("b.tsv", "3", "created"),
        ("c.xlsx", "2", "duplicate"),
        ("c.xlsx", "3", "created"),
        ("c.xlsx", "4", "created"),
    ]
    assert "b.tsv, row 3" in lines[4]["message"]
    assert len(server.held()) == 6


def test_the_log_tells_the_steps_of_a_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Start, each input, each location and the end, with their figures."""
    server = sandbox()
    header = importer.header + ",shelf"
    name = importer.write("two.csv", [f"{row},7" for row in importer.rows(2)], header)

    importer("run", name, "--base-url", server.url)

    events = {event["event"]: event for event in importer.log()}
    assert events["run.started"]["settings"]["base_url"] == server.url
    assert events["input.read"]["file"] == "two.csv"
    assert events["input.read"]["rows"] == 2
    assert events["input.read"]["preset"] == "own"
    assert events["input.read"]["columns_left_out"] == ["shelf"]
    assert events["location.compared"]["location"] == importer.location
    assert events["location.compared"]["collections"] == 0
    assert events["run.ended"]["counts"] == {"created": 2}
    assert events["run.ended"]["exit_code"] == 0
    assert {event["run_id"] for event in importer.log()} == {importer.run_folder().name}


def test_the_report_and_the_summary_agree_with_the_exit_code(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """`run --json` prints what summary.json holds, and ends with the code in it."""
    server = sandbox()
    name = importer.write("two.csv", [*importer.rows(2), *importer.rows(1)])

    ended = importer("run", name, "--json", "--base-url", server.url)

    assert ended.document == importer.summary()
    assert ended.document["exit_code"] == ended.code == 3
    assert ended.document["counts"]["created"] == 2
    assert ended.document["counts"]["duplicate"] == 1
    assert sum(ended.document["counts"].values()) == ended.document["rows"] == 3
    assert json.dumps(ended.document["codes"]) == '{"duplicate_in_input": 1}'


def test_a_rehearsal_in_a_sandbox_does_not_count_as_done(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What a run made at one server is not there at another, minutes later."""
    rehearsal, stage = sandbox(), sandbox()
    name = importer.write("rows.csv", importer.rows(5))

    first = importer("run", name, "--base-url", rehearsal.url)
    second = importer("run", name, "--base-url", stage.url)

    assert (first.code, second.code) == (0, 0)
    assert (rehearsal.creates(), stage.creates()) == (5, 5)
