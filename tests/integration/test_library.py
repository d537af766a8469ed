"""The library: files and DataFrames in, typed results and DataFrames out."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd  # noqa: TID251 - what a user of the library brings
import pytest
import structlog
from library_user import with_sandbox

import importer
from importer.api import language
from importer.journal import locks
from importer.logs import outlets
from importer.models import Status
from importer.runs import finish, origin
from importer.sandbox import Limit, Options

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from importer.runs.session import Session
    from importer.sandbox import Sandbox

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
OTHER = "6578278e879ad2646715ba9c"
OTHER_TOKEN = "b-token-9876543210"  # noqa: S105 - of a sandbox
PRODUCT = "655b33a82209e60b6adb87a5"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def frame(count: int = 3) -> pd.DataFrame:
    """Good rows as a DataFrame, with the empty values that pandas has."""
    return pd.DataFrame(
        {
            "Title": [f"Collection {number}" for number in range(count)],
            "Handle": [f"collection-{number}" for number in range(count)],
            "type": "manual",
            "productIds": PRODUCT,
            "image": [None, float("nan"), pd.NA][:count] + [None] * (count - 3),
        }
    )


def test_check_tells_good_rows_from_bad_ones_without_a_network() -> None:
    """Counts, the problems of each bad row, and a DataFrame of them."""
    table = frame()
    table.loc[1, "productIds"] = "SKU-1"

    result = asyncio.run(importer.check(table, location_id=LOCATION))

    assert result.counts == {"valid": 2, "invalid": 1, "duplicate": 0}
    [(status, refused)] = result.bad
    assert status is Status.INVALID
    assert refused.row.place.row == 3
    assert refused.problems[0].column == "productIds"
    bad = result.to_frame()
    assert list(bad["code"]) == ["product_id_invalid"]
    assert list(bad["row"]) == [3]


def test_run_creates_what_a_data_frame_holds() -> None:
    """Every row is created, and the result names the ids that the server holds."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.run(frame(), **given)

        assert result.summary.counts["created"] == 3
        assert result.summary.exit_code == 0
        table = result.to_frame()
        held = sandbox.truth()["locations"][LOCATION]["collections"]
        assert list(table["status"]) == ["created"] * 3
        assert set(table["collection_id"]) == {one["_id"] for one in held}
        assert all("image" not in one or not one["image"] for one in held)
        assert (result.path / "report.csv").is_file()

    with_sandbox(work)


def test_a_plan_counts_the_rows_of_all_locations_that_ask_for_unknown_products() -> (
    None
):
    """They would not be sent, so they are neither creates nor calls."""
    table = pd.DataFrame(
        {
            "location_id": [LOCATION, LOCATION, OTHER, LOCATION],
            "name": [*"abcd"],
            "type": "manual",
            "product_skus": ["LOST-1", "LOST-2", "LOST-3", "S-1"],
        }
    )
    known = [(one, {"name": "Shirt", "skus": ["S-1"]}) for one in (LOCATION, OTHER)]

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.plan(table, **given)

        assert result.summary.counts["invalid"] == result.forecast.refused == 3
        assert result.forecast.create == result.forecast.calls == 1
        assert result.forecast.locations == 1

    with_sandbox(work, Options(products=known))


def test_plan_forecasts_and_sends_nothing() -> None:
    """What would be created and what is there already; the sandbox stays as it is."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        await importer.run(frame().head(1), **given)
        before = sandbox.truth()["by_method"].get("POST", 0)

        result = await importer.plan(frame(), **given)

        assert (result.forecast.create, result.forecast.existing) == (2, 1)
        assert [line.status for line in result.lines()] == [
            Status.EXISTING,
            Status.PLANNED,
            Status.PLANNED,
        ]
        assert sandbox.truth()["by_method"].get("POST", 0) == before

    with_sandbox(work)


def test_resume_finishes_a_run_that_was_stopped(tmp_path: Path) -> None:
    """A run that ended by its time comes back with code 10; resume does the rest."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        first = await importer.run(frame(12), max_duration=0.3, concurrency=1, **given)
        assert first.summary.exit_code == 10
        assert first.summary.counts["not_attempted"] > 0
        assert "max_duration" in first.summary.stopped_because
        assert "--" not in first.summary.stopped_because
        begun = events(first)

        result = await importer.resume(**given)

        assert result is not None
        assert result.summary.run_id == first.summary.run_id
        assert result.summary.counts["created"] == 12
        told = events(result)
        assert told[: len(begun)] == begun
        assert told[-1]["event"] == "run.ended"
        assert sandbox.truth()["slugs_twice"] == []
        assert await importer.resume(**given) is None

    with_sandbox(work, Options(limit=Limit(100, 10.0), latency_seconds=0.1))
    assert len(list((tmp_path / "runs").glob("2*"))) == 1


def test_files_and_frames_go_together(tmp_path: Path) -> None:
    """A path as text, a Path and a DataFrame in one run, each row with its place."""
    csv = tmp_path / "a.csv"
    csv.write_text(f"name,slug,type,product_ids\nA,a,manual,{PRODUCT}\n", "utf-8")

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.run(str(csv), frame(), csv, run_id="mixed", **given)

        places = [(line.place.file, line.status) for line in result.lines()]
        assert places == [
            ("a.csv", Status.CREATED),
            *[("DataFrame", Status.CREATED)] * 3,
            ("a.csv", Status.DUPLICATE),
        ]
        assert result.path.name == "mixed"

    with_sandbox(work)


def test_failures_are_exceptions_with_a_remedy() -> None:
    """No token, no such option and no such file each raise their own error."""
    with pytest.raises(importer.AccessError) as no_token:
        asyncio.run(importer.run(frame(), location_id=LOCATION))
    assert "HIGHLEVEL_TOKEN" in no_token.value.remedy

    wrong: dict[str, Any] = {"locationid": LOCATION}
    with pytest.raises(importer.UsageError) as no_option:
        asyncio.run(importer.check(frame(), **wrong))
    assert "location_id" in no_option.value.remedy

    with pytest.raises(importer.InputError, match="there is no such file"):
        asyncio.run(importer.check("nowhere.csv"))

    with pytest.raises(importer.InputError):
        asyncio.run(importer.check(frame().head(0)))


def test_the_library_says_nothing_on_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither stdout nor stderr is touched, and no handler is added to logging."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        await importer.run(frame(), **given)

    with_sandbox(work)

    assert capfd.readouterr() == ("", "")


def test_a_result_can_be_read_after_the_run_and_turned_into_json() -> None:
    """Lines are read from the journal when asked for, again and again."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.run(frame(), **given)

        assert [line.slug for line in result.lines()] == [
            line.slug for line in result.lines()
        ]
        rows = json.loads(
            result.to_frame().to_json(orient="records", date_format="iso")
        )
        assert [row["slug"] for row in rows] == [f"collection-{n}" for n in range(3)]

    with_sandbox(work)


def test_a_result_becomes_a_workbook(tmp_path: Path) -> None:
    """Moments with a zone and control characters are nothing that Excel takes."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        table = frame(2)
        table.loc[0, "Title"] = "Bell \a and \x1b[31mred"
        table.loc[1, "Handle"] = "No Slug!\x0b"
        result = await importer.run(table, **given)

        result.to_frame().to_excel(tmp_path / "report.xlsx")

        read = pd.read_excel(tmp_path / "report.xlsx", engine="calamine")
        assert read["name"][0] == "Bell \ufffd and \ufffd[31mred"
        now = pd.Timestamp.now("UTC").tz_localize(None)
        assert abs(read["started_at"][0] - now) < pd.Timedelta("1h")

    with_sandbox(work)
    bad = asyncio.run(importer.check(pd.DataFrame({"name": ["\a"]}, dtype=object)))
    bad.to_frame().to_excel(tmp_path / "bad.xlsx")


def codes(result: importer.RunResult) -> dict[str, int]:
    """The codes of the lines of a result, counted."""
    return dict(Counter(line.code for line in result.lines() if line.code))


def test_the_summary_counts_every_code_that_a_line_has() -> None:
    """Remarks on good rows, problems, and why a row was not sent: `codes` has all."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        table = frame(6)
        table.loc[0, "type"] = None
        table.loc[1, "Handle"] = "Bad Slug!"
        table.loc[2, "Handle"] = "collection-0"

        planned = await importer.plan(table, **given)
        assert codes(planned) == planned.summary.codes
        assert set(planned.summary.codes) == {
            "type_inferred",
            "slug_invalid",
            "duplicate_in_input",
        }
        first = await importer.run(table, max_duration=0.3, concurrency=1, **given)
        assert codes(first) == first.summary.codes
        assert first.summary.codes["run_stopped"] > 0
        result = await importer.resume(**given)
        assert result is not None
        assert codes(result) == result.summary.codes == planned.summary.codes

    with_sandbox(work, Options(latency_seconds=0.2))


def test_an_id_that_a_spreadsheet_turned_into_a_number_is_refused_not_made_up() -> None:
    """Only 15 digits of it are left; sending 24 would be sending somebody else's."""
    frame = pd.DataFrame(
        {"name": ["Shoes"], "slug": ["shoes"], "product_ids": [6.5533782209606e23]}
    )

    found = asyncio.run(importer.check(frame, location_id="Z4Bxl8J4SaPEPLq9IQ8g"))

    assert found.counts["invalid"] == 1
    (problem,) = found.document()["problems"]
    assert problem["code"] == "product_id_invalid"
    assert "6.5533782209606E+23" in problem["message"]


def test_what_is_neither_a_path_nor_a_table_is_refused() -> None:
    """With an error of ours, which says what is taken."""
    with pytest.raises(importer.UsageError, match="int is no input"):
        asyncio.run(importer.check(5))  # type: ignore[arg-type]


def test_a_plan_that_was_saved_is_done_by_a_run(tmp_path: Path) -> None:
    """The file of the plan is all that the run needs beside the token."""
    table = tmp_path / "shop.csv"
    frame().to_csv(table, index=False)

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        planned = await importer.plan(table, **given)
        planned.save("plan.json")
        assert sandbox.truth()["by_method"].get("POST", 0) == 0

        result = await importer.run(plan="plan.json", **given)

        assert result.summary.counts["created"] == planned.forecast.create == 3

    with_sandbox(work)


def test_a_table_in_memory_keeps_to_its_plan(tmp_path: Path) -> None:
    """It has no file to compare, but rows and headers."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        table = frame()
        (await importer.plan(table, **given)).save(tmp_path / "plan.json")

        with pytest.raises(importer.UsageError, match="does not say where"):
            await importer.run(plan="plan.json", **given)
        changed = table.assign(Title=[*table["Title"][:2], "Another"])
        with pytest.raises(importer.PlanOutdated, match=r"row 4 .* was changed"):
            await importer.run(changed, plan="plan.json", run_id="no", **given)
        assert sandbox.truth()["by_method"].get("POST", 0) == 0
        result = await importer.run(table, plan="plan.json", run_id="yes", **given)
        assert result.summary.counts["created"] == 3

    with_sandbox(work)


def test_a_plan_needs_a_place_that_can_be_written(tmp_path: Path) -> None:
    """What is there stays there, and a folder is no file."""

    async def work(_sandbox: Sandbox, given: dict[str, Any]) -> None:
        planned = await importer.plan(frame(), **given)
        (tmp_path / "notes.txt").write_text("mine")

        for place, why in (
            ("notes.txt", "no plan, so it is not replaced"),
            ("no/plan.json", "no such folder"),
            (".", "cannot be written"),
        ):
            with pytest.raises(importer.UsageError, match=why):
                planned.save(place)
        assert (tmp_path / "notes.txt").read_text() == "mine"
        halted = replace(planned.summary, stopped_because="The token was refused.")
        with pytest.raises(importer.UsageError, match="not complete: The token"):
            replace(planned, summary=halted).save("plan.json")
        assert not (tmp_path / "plan.json").exists()

    with_sandbox(work)


def left(runs: Path) -> list[str]:
    """The folders of runs, hidden ones aside."""
    return [one.name for one in runs.glob("[!.]*")]


def test_what_was_refused_leaves_nothing_that_a_resume_could_send(
    tmp_path: Path,
) -> None:
    """A held location, rows that are left to others, a file, an address."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        runs = tmp_path / "runs"
        runs.mkdir()
        with locks.claim(runs, "another", [LOCATION]):
            with pytest.raises(importer.LocationHeldError, match="this very process"):
                await importer.run(frame(), **given)
            with pytest.raises(importer.LeftToOthers):
                await importer.run(frame(), on_overlap="skip", **given)
        with pytest.raises(importer.InputError):
            await importer.run(frame(), "no-such-file.csv", **given)
        with pytest.raises(importer.UsageError):
            await importer.run(frame(), **{**given, "base_url": "ftp://example.com"})

        assert left(runs) == []
        assert sandbox.truth()["by_method"].get("POST", 0) == 0
        assert await importer.resume(**given) is None

    with_sandbox(work)


def test_a_plan_that_fails_leaves_no_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is refused or cancelled."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        with pytest.raises(importer.InputError):
            await importer.plan("no-such-file.csv", **given)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(importer.plan(frame(), **given), 0.01)

    with_sandbox(work)

    assert list(tmp_path.glob("importer-*")) == []


def test_a_check_lets_the_event_loop_go_on(tmp_path: Path) -> None:
    """A web service answers while a large file is looked at."""
    row = f"A {{0}},a-{{0}},manual,{PRODUCT}"
    lines = ["name,slug,type,product_ids", *map(row.format, range(40_000))]
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")

    async def main() -> int:
        beats = 0
        check = asyncio.create_task(importer.check("a.csv", location_id=LOCATION))
        while not check.done():
            beats += 1
            await asyncio.sleep(0.001)
        assert check.result().counts["valid"] == 40_000
        return beats

    assert asyncio.run(main()) > 1


def test_settings_file_and_environment_are_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that has an environment of its own says what counts."""
    file = tmp_path / "mine.toml"
    file.write_text(f'location_id = "{LOCATION}"\nlimit = 2\n', "utf-8")
    monkeypatch.setenv("IMPORTER_LIMIT", "1")

    with_environment = asyncio.run(importer.check(frame(), config=file))
    without = asyncio.run(importer.check(frame(), config=str(file), env=False))

    assert (with_environment.collections, without.collections) == (1, 2)


THERE = " (on the command line)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Choose another with --runs-dir.", "Choose another with runs_dir."),
        ("Go on with: importer resume", "Go on with: importer.resume()"),
        (
            "importer resume 20260131-090000-1f2e, or choose another --run-id.",
            'importer.resume("20260131-090000-1f2e"), or choose another run_id.',
        ),
        ("importer resume and a higher", "importer.resume() and a higher"),
        ("Start again with: importer run FILE", "Start again with: importer.run(…)"),
        ("and --no-audit forbids", "and audit=False forbids"),
        ("Run with --update-products to", "Run with update_products=True to"),
        ("with --on-existing update to", 'with on_existing="update" to'),
        ("with: importer runs", "with: importer.list_runs()"),
        ("with: importer runs retire RUN", f"with: importer runs retire RUN{THERE}"),
        ("See: importer locations", f"See: importer locations{THERE}"),
        ("See: importer config show", "See: importer.Settings().shown()"),
        ("with: importer resume night", 'with: importer.resume("night")'),
        (
            "importer resume 'a b' --runs-dir '/x y'",
            'importer.resume("a b", runs_dir="/x y")',
        ),
        ("importer resume --early-stop 0.", "importer.resume(early_stop=0)."),
        ("importer audit RUN --repair", "importer.audit(run_id, repair=True)"),
        ("importer run FILE --plan p.json", 'importer.run(…, plan="p.json")'),
        (
            "importer plan 'a b.csv' c.csv -o p.json",
            'importer.plan("a b.csv", "c.csv"), and .save("p.json")',
        ),
        ("importer check FILE --fix OUT", 'importer.fix(…, to="…")'),
        ("with --send-fields=-type.", 'with send_fields="-type".'),
        ("such as --limit 1.", "such as limit=1."),
        ("--preset x: there is no", 'preset="x": there is no'),
        ("pip install --force-reinstall x", "pip install --force-reinstall x"),
        ("give --unseen-products", "give unseen_products=True"),
        ("leave --fix-columns out", "leave columns out"),
        ("give --absent", "give --absent"),
        (
            "importer map 'a b.xlsx' --sheet X writes one; give it with --mapping.",
            f"importer map{THERE} writes one; give it with mapping.",
        ),
        ("(importer map FILE writes one)", f"(importer map{THERE} writes one)"),
    ],
)
def test_errors_speak_of_arguments_not_of_flags(text: str, said: str) -> None:
    """A program has no command line to write a flag on."""
    assert language.in_arguments(text) == said
    assert language.in_arguments(said) == said


def test_the_end_of_a_run_lets_the_event_loop_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opening an earlier run and writing the reports of many rows take seconds."""
    beats = 0
    beaten: list[int] = []

    def slow(work: Callable[..., Any]) -> Callable[..., Any]:
        def slowed(*given: Any, **named: Any) -> Any:
            before = beats
            until = time.monotonic() + 5
            while beats < before + 3 and time.monotonic() < until:
                time.sleep(0.01)  # noqa: TID251 - a thread is slow
            beaten.append(beats - before)
            return work(*given, **named)

        return slowed

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        nonlocal beats

        async def beat() -> None:
            nonlocal beats
            while True:
                beats += 1
                await asyncio.sleep(0.001)

        beating = asyncio.create_task(beat())
        await importer.run(frame(12), max_duration=0.3, concurrency=1, **given)
        await importer.resume(**given)
        beating.cancel()

    monkeypatch.setattr(finish, "close", slow(finish.close))
    monkeypatch.setattr(origin, "take_up", slow(origin.take_up))
    with_sandbox(work, Options(latency_seconds=0.1))
    assert len(beaten) == 3
    assert min(beaten) >= 3


def journals_open() -> list[str]:
    """The journals that this process has open."""
    links = Path("/proc/self/fd").iterdir()
    files = [os.readlink(link) for link in links if link.is_symlink()]  # noqa: PTH115
    return [file for file in files if "journal.db" in file]


@pytest.mark.skipif(sys.platform != "linux", reason="open files are read from /proc")
def test_a_resume_that_is_cancelled_while_it_opens_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next one finishes the run."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        await importer.run(frame(12), max_duration=0.3, concurrency=1, **given)
        begun = threading.Event()
        real = origin.take_up

        def slow(session: Session) -> None:
            real(session)
            begun.set()
            time.sleep(0.2)  # noqa: TID251 - a thread is slow

        with monkeypatch.context() as patched:
            patched.setattr(origin, "take_up", slow)
            task = asyncio.create_task(importer.resume(**given))
            await asyncio.to_thread(begun.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert not journals_open()

        assert await importer.resume(**given) is not None
        assert sandbox.truth()["slugs_twice"] == []

    with_sandbox(work, Options(latency_seconds=0.1))


def events(result: importer.RunResult) -> list[dict[str, Any]]:
    """The log of a run."""
    text = (result.path / "run.log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_each_run_of_the_library_writes_a_log_of_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two at once: no event of the one in the other, no token, nothing on stderr."""
    other = "6578278e879ad2646715ba9c"

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        alone = {"run_id": "alone", "runs_dir": tmp_path / "alone"}
        second = {
            "run_id": "second",
            "location_id": other,
            "token": "b-token-987654321",
        }
        both = await asyncio.gather(
            importer.run(frame(), **given | alone),
            importer.run(frame(), **given | second),
        )

        for result, name, location in zip(
            both, ("alone", "second"), (LOCATION, other), strict=True
        ):
            told = events(result)
            assert {event["run_id"] for event in told} == {name}
            asked = [event["location"] for event in told if "location" in event]
            assert set(asked) == {location}
            assert told[-1]["event"] == "run.ended"
            text = json.dumps(told)
            assert "a-token-0123456789" not in text
            assert OTHER_TOKEN not in text

    with_sandbox(work)
    assert capfd.readouterr() == ("", "")


def test_a_run_of_the_library_changes_nothing_of_the_logs_around_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Structlog, its bound keys and the root logger are the program's own."""
    handlers = list(logging.getLogger().handlers)
    structlog.contextvars.bind_contextvars(customer="c-1")
    written: list[str] = []

    def kept(_log: object, _level: str, event: MutableMapping[str, Any]) -> str:
        written.append(str(event))
        return ""

    structlog.configure(processors=[kept])
    configured = structlog.get_config()

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        result = await importer.run(frame(), **given)
        assert all("customer" not in event for event in events(result))
        assert events(result)

    try:
        with_sandbox(work)
        assert structlog.get_config() == configured
        assert structlog.contextvars.get_contextvars() == {"customer": "c-1"}
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    assert logging.getLogger().handlers == handlers
    assert not written
    assert capfd.readouterr() == ("", "")


#: A program that knows nothing of structlog, and one that has configured it.
HOSTS = {
    "basicConfig": """
import logging
logging.basicConfig(level="INFO", format="%(levelname)s %(name)s %(message)s")
log = logging.getLogger("shop")
""",
    "structlog": """
import logging, structlog
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
structlog.contextvars.bind_contextvars(customer="c-1")
handler = logging.StreamHandler()
handler.setFormatter(structlog.stdlib.ProcessorFormatter(
    foreign_pre_chain=[
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(["event", "keys"]),
    ],
    processor=structlog.processors.JSONRenderer(),
))
logging.basicConfig(handlers=[handler], level="INFO")
log = structlog.get_logger("shop")
""",
}
HOST = """
import sys, importer
log.info("before")
importer.sync.check([{"name": "A", "slug": "a"}], env=False)
importer.sync.run(
    [{"name": "A", "slug": "a"}], run_id="host", env=False, base_url=sys.argv[1],
    token="a-token-0123456789", location_id="Z4Bxl8J4SaPEPLq9IQ8g",
    require_product_ids=False,
)
log.info("after")
"""


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_gets_the_events_of_a_run_with_their_fields_and_is_not_disturbed(
    host: str,
) -> None:
    """Through `basicConfig` as text, through a `ProcessorFormatter` as values."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del given
        command = [sys.executable, "-c", HOSTS[host] + HOST, sandbox.url]
        process = await asyncio.create_subprocess_exec(
            *command, stderr=asyncio.subprocess.PIPE
        )
        _, err = await process.communicate()
        assert process.returncode == 0, err
        lines = err.decode().splitlines()
        if host == "basicConfig":
            read = next(line for line in lines if " input.read " in line)
            assert read.startswith("INFO importer.run input.read run_id=host ")
            assert " rows=1 " in read
            assert (lines[0], lines[-1]) == ("INFO shop before", "INFO shop after")
            return
        events = [json.loads(line) for line in lines]
        [read] = [event for event in events if event["event"] == "input.read"]
        assert (read["level"], read["logger"]) == ("info", "importer.run")
        assert (read["keys"]["rows"], read["keys"]["run_id"]) == (1, "host")
        assert "customer" not in read
        own = {"customer": "c-1", "level": "info"}
        assert events[0] == {**own, "event": "before"}
        assert events[-1] == {**own, "event": "after"}

    with_sandbox(work)


def test_a_log_that_cannot_be_begun_refuses_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent, and no folder is left that a resume would find."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        def full(path: Path, level: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", str(path), level)

        monkeypatch.setattr(outlets, "File", full)
        with pytest.raises(importer.StorageError, match=r"run\.log") as refused:
            await importer.run(frame(), runs_dir=tmp_path / "runs", **given)
        assert "runs_dir" in refused.value.remedy
        assert not sandbox.truth()["by_method"]

    with_sandbox(work)
    assert not [path for path in (tmp_path / "runs").iterdir() if path.name[0] != "."]
