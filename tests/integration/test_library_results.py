"""What a program asks of a result: is it ok, what went wrong, which ids were given."""

from __future__ import annotations

import logging
import pickle
import re
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_user
import pytest

import importer
from importer.models import Place

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

HEAD = "name,slug,type,product_ids\n"
GOOD = "Summer,summer,manual,655b33a82209e60b6adb87a5\n"
OTHER = "Spring,spring,manual,655b33a82209e60b6adb87a5\n"
BAD = "<script>alert(1)</script>,Not A Slug!,manual,655b33a82209e60b6adb87a5\n"

with_sandbox = partial(library_user.with_sandbox, env=False)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("good.csv").write_text(HEAD + GOOD, "utf-8")
    Path("other.csv").write_text(HEAD + OTHER + BAD, "utf-8")


def test_a_result_says_whether_it_is_ok_and_raises_where_it_is_not() -> None:
    """The error is a fatal one that carries the summary and the exit code."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        good = await importer.run("good.csv", **given)
        mixed = await importer.run("other.csv", run_id="mixed", **given)

        assert (good.ok, mixed.ok) == (True, False)
        good.raise_for_status()
        with pytest.raises(importer.RunError, match=r"mixed.*1 invalid") as raised:
            mixed.raise_for_status()
        assert raised.value.summary is mixed.summary
        assert raised.value.exit_code is mixed.exit_code is importer.Exit.PROBLEMS
        assert raised.value.remedy
        assert isinstance(raised.value, importer.FatalError)

    with_sandbox(work)


def test_a_result_without_its_folder_is_still_a_table_in_a_notebook() -> None:
    """The counts are known; that no row can be read is a sentence, no traceback."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        mixed = await importer.run("other.csv", run_id="mixed", **given)
        shutil.rmtree(mixed.path)

        shown = mixed._repr_html_()

        assert "<th" in shown
        assert ">created</th><td>1</td>" in shown
        assert "There is no journal in" in shown

    with_sandbox(work)


def test_what_is_raised_crosses_to_another_process() -> None:
    """Pools of processes and task queues pickle what a job raises; all of it stays."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        mixed = await importer.run("other.csv", run_id="mixed", **given)
        raised = importer.RunError(mixed.summary, mixed.exit_code)
        raised.add_note("of the night job")

        there = pickle.loads(pickle.dumps(raised))  # noqa: S301 - its own

        assert type(there) is importer.RunError
        assert (str(there), there.remedy) == (str(raised), raised.remedy)
        assert there.summary == mixed.summary
        assert there.exit_code is importer.Exit.PROBLEMS
        assert there.__notes__ == ["of the night job"]

    with_sandbox(work)


@pytest.mark.parametrize(
    "kind",
    [
        importer.AccessError,
        importer.InputError,
        importer.Interrupted,
        importer.LeftToOthers,
        importer.LocationHeldError,
        importer.PlanOutdated,
        importer.StorageError,
        importer.UsageError,
    ],
)
def test_a_refusal_keeps_its_remedy_in_another_process(
    kind: type[importer.FatalError],
) -> None:
    """Neither its sentence nor its exit code is lost."""
    raised = kind("It cannot be.", remedy="Do this.")

    there = pickle.loads(pickle.dumps(raised))  # noqa: S301 - its own

    assert (type(there), str(there), there.remedy) == (kind, str(raised), "Do this.")
    assert there.exit_code is raised.exit_code


def test_a_result_gives_its_problems_and_the_ids_by_row() -> None:
    """Problems can be read again and again; a row number must be of one table."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.run("good.csv", "other.csv", **given)

        held = sandbox.truth()["locations"][given["location_id"]]["collections"]
        ids = {one["slug"]: one["_id"] for one in held}
        [problem] = result.problems
        assert (problem.place.file, problem.place.row) == ("other.csv", 3)
        assert (len(result.problems), bool(result.problems)) == (1, True)
        assert problem in result.problems
        created = result.created
        assert created["good.csv", 2] == ids["summer"]
        assert created[Place("other.csv", "", 2, 2)] == ids["spring"]
        assert {place.file: made for place, made in created.items()} == {
            "good.csv": ids["summer"],
            "other.csv": ids["spring"],
        }
        with pytest.raises(KeyError, match="several tables"):
            created[2]
        with pytest.raises(KeyError):
            created[3]
        alone = await importer.run("good.csv", on_existing="fail", **given)
        assert not alone.created
        assert repr(created) == "<2 rows created>"
        assert repr(result.problems) == "<1 row with a problem>"

    with_sandbox(work)


def test_a_plan_and_an_audit_are_asked_as_a_run_is() -> None:
    """Problems of what would be sent, and what the audit itself comes to."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        planned = await importer.plan("other.csv", **given)
        run = await importer.run("good.csv", **given)
        audited = await importer.audit(run.summary.run_id, **given)

        assert [line.place.row for line in planned.problems] == [3]
        assert not planned.created
        assert audited.ok
        assert audited.created[2] == run.created[2]
        assert repr(audited).startswith("<AuditResult ")
        del planned

    with_sandbox(work)


def test_a_result_is_shown_short_and_in_a_notebook_as_escaped_tables() -> None:
    """Counts, problems and links to the files; nothing of a file is taken as HTML."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.run("good.csv", "other.csv", run_id="shown", **given)

        assert repr(result) == "<RunResult shown: finished, 2 created, 1 invalid>"
        shown = result._repr_html_()
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown
        assert '<a href="runs/shown/report.html">' in shown
        assert re.search(r"other\.csv, row 3", shown)
        assert len(shown) < 4000

    with_sandbox(work)


def test_what_a_check_a_copy_and_an_undo_found_is_shown_in_the_same_way() -> None:
    """One line as text; escaped tables of a bounded length in a notebook."""
    good = GOOD.replace("Summer", "<script>alert(1)</script>")
    bad = "".join(BAD.replace("Not A", f"Not A{n}") for n in range(50))
    Path("many.csv").write_text(HEAD + good + bad, "utf-8")
    Path("escaped.csv").write_text(HEAD + good, "utf-8")

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        checked = await importer.check("many.csv", **given)
        assert repr(checked) == "<CheckResult: 1 valid, 50 invalid>"
        copied = await importer.fix("many.csv", to="a&b.csv", **given)
        assert repr(copied) == "<FixResult a&b.csv: 50 changed>"
        await importer.run("escaped.csv", run_id="back", **given)
        looked = await importer.undo("back", dry_run=True, **given)
        assert repr(looked) == "<UndoResult back: 1 would_delete>"

        for result, words in (
            (checked, ["many.csv, row 3", "The first 20 of 50 rows."]),
            (copied, ["not-a0-slug", 'href="a%26b.csv"', "51</td>"]),
            (looked, ["nothing was deleted", "would_delete"]),
        ):
            shown = result._repr_html_()
            assert "<script" not in shown
            assert "a&b" not in shown
            assert len(shown) < 20_000
            for word in words:
                assert word in shown, word
        assert "&lt;script&gt;" in looked._repr_html_()

    with_sandbox(work)


def test_whatever_a_verb_gives_is_a_short_line_and_a_table_where_it_is_one() -> None:
    """No dump of fields: runs, looks, forecasts, sums, moments, rows and problems."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        planned = await importer.plan("other.csv", **given)
        run = importer.start("good.csv", "other.csv", run_id="shown", **given)
        begun = run.snapshot()
        result = await run.result()
        undone = await importer.undo("shown", dry_run=True, **given)
        (Path("runs") / "<b>").mkdir()
        (Path("runs") / "<b>" / "journal.db").write_bytes(b"no journal")
        runs = await importer.list_runs(**given)
        looked = await importer.examine(**given)
        checked = await importer.check("other.csv", **given)
        [(_status, refused)] = checked.bad

        assert isinstance(runs, tuple)
        assert {repr(past) for past in runs} == {
            "<PastRun shown: finished, 2 created, 1 invalid>",
            "<PastRun <b>: damaged, no rows>",
        }
        for value, line in (
            (planned.forecast, "<Forecast: 1 to create; 1 call>"),
            (undone.foreseen, "<Foreseen: 2 to delete, in 1 location>"),
            (undone.lines[0][0], r"<Sent '[-\w]+': created, \w+>"),
            (begun, "<Snapshot: starting, 0 rows read>"),
            (run.snapshot(), "<Snapshot: reporting, 2 of 2 rows sent, 1 with .*>"),
            (result.summary, "<Summary shown: finished, 2 created, 1 invalid>"),
            (looked, "<Examination: .* ok, .*>"),
            (looked.checks[0], "<Check versions: ok>"),
            (next(iter(result.problems)), "<ReportLine other.csv, row 3: invalid, .*>"),
            (refused.problems[0], "<Problem slug_invalid in 'slug': '.*'>"),
            (checked.bad, "<1 row with a problem>"),
        ):
            assert re.fullmatch(line, repr(value)), repr(value)
        tables: list[tuple[Any, list[str]]] = [
            (runs, ["damaged", "&lt;b&gt;", "2 created, 1 invalid"]),
            (runs[-1], ["Run shown: finished", 'href="runs/shown/report.html"']),
            (planned.forecast, ["to create"]),
            (looked, ["versions", "verdict"]),
            (result.problems, ["1 row with a problem", "other.csv, row 3"]),
            (result.created, ["2 rows created", "good.csv, row 2"]),
        ]
        for value, words in tables:
            shown = value._repr_html_()
            assert "<b>:" not in shown
            for word in words:
                assert word in shown, (word, shown)

    with_sandbox(work)


def test_the_logger_of_the_program_gets_the_events_where_it_listens(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, keys and the run as text and values; no token, nothing on stderr."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        with caplog.at_level(logging.INFO, "importer"):
            result = await importer.run("good.csv", run_id="heard", **given)
        handlers = logging.getLogger("importer").handlers
        assert any(isinstance(each, logging.NullHandler) for each in handlers)
        heard = list(caplog.records)
        caplog.clear()
        await importer.run("other.csv", **given)

        log = (result.path / "run.log").read_text("utf-8")
        assert len(heard) == len(log.splitlines())
        assert {record.name.partition(".")[0] for record in heard} == {"importer"}
        first = heard[0]
        assert first.getMessage().startswith("run.started ")
        assert vars(first)["event"] == "run.started"
        assert all(vars(record)["keys"]["run_id"] == "heard" for record in heard)
        assert given["token"] not in "".join(record.getMessage() for record in heard)
        assert [one for one in caplog.records if one.levelno < logging.WARNING] == []

    with_sandbox(work)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")
