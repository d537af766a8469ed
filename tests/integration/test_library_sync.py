"""The verbs without an event loop: in scripts, in threads, and at Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_user
import pytest

import importer
from importer.sandbox import Options

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

HEAD = "name,slug,type,product_ids\n"
SLOW = Options(latency_seconds=0.05)
#: A script that goes on to nothing else once it was told to stop.
SCRIPT = """
import json, sys
import importer

given = json.loads(sys.argv[1])
result = importer.sync.run("rows.csv", run_id="script", **given)
print("went on", result)
"""
PATIENCE_SECONDS = 60

with_sandbox = partial(library_user.with_sandbox, env=False)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("rows.csv").write_text(rows(3), "utf-8")


def rows(count: int) -> str:
    return HEAD + "".join(
        f"Row {number},row-{number},manual,655b33a82209e60b6adb87a5\n"
        for number in range(count)
    )


def held(sandbox: Sandbox) -> int:
    located = sandbox.truth()["locations"].values()
    return sum(len(one["collections"]) for one in located)


def pressed(
    presses: int, given: dict[str, Any], sandbox: Sandbox, least: int = 5
) -> tuple[str, str]:
    """Run the script, press Ctrl-C while it sends, and give what it printed."""
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", SCRIPT, json.dumps(given)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while held(sandbox) < least and time.monotonic() < deadline:
                threading.Event().wait(0.02)
            for _ in range(presses):
                process.send_signal(signal.SIGINT)
                threading.Event().wait(0.01)
            return process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()


def test_every_verb_works_in_a_thread_while_another_loop_runs() -> None:
    """From check to undo, called as a script would, beside the loop of the program."""

    def script(given: dict[str, Any]) -> list[int]:
        shop = importer.Settings(**given)
        verbs = importer.sync
        assert verbs.check("rows.csv", settings=shop).collections == 3
        fixed = verbs.fix("rows.csv", to="fixed.csv", settings=shop)
        assert not fixed.problems_before
        assert verbs.plan("rows.csv", settings=shop).forecast.create == 3
        made = verbs.run("rows.csv", settings=shop)
        assert verbs.resume(settings=shop) is None
        resumed = verbs.resume(made.summary.run_id, settings=shop)
        assert resumed is not None
        assert resumed.ok
        assert verbs.audit(made.summary.run_id, settings=shop).ok
        [listed] = verbs.list_runs(settings=shop)
        assert listed.state is importer.State.FINISHED
        [report] = verbs.write_report(made.summary.run_id, "jsonl", settings=shop)
        assert report.is_file()
        assert verbs.examine(settings=shop).exit_code is importer.Exit.OK
        undone = verbs.undo(made.summary.run_id, settings=shop)
        return [len(made.created), undone.exit_code]

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        assert await asyncio.to_thread(script, given) == [3, 0]
        assert held(sandbox) == 0

    with_sandbox(work)


def test_inside_a_loop_it_is_refused_with_what_to_use() -> None:
    """It would hold up everything else, so it says `await`, and the way of a thread."""

    async def work() -> None:
        with pytest.raises(importer.UsageError, match="stand still") as refused:
            importer.sync.check("rows.csv", env=False)
        assert "await importer.check(…)" in refused.value.remedy
        assert "asyncio.to_thread(importer.sync.check" in refused.value.remedy

    asyncio.run(work())


@pytest.mark.skipif(os.name == "nt", reason="signals of processes")
def test_ctrl_c_while_the_last_answers_come_tells_of_no_resume() -> None:
    """The script ends as at any Ctrl-C, and the run is finished."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        out, err = await asyncio.to_thread(pressed, 1, given, sandbox, 3)
        assert out == ""
        assert "KeyboardInterrupt: Run script had all of its answers already." in err
        [listed] = await importer.list_runs(**given)
        assert listed.state is importer.State.FINISHED
        assert await importer.resume(**given) is None

    with_sandbox(work, Options(latency_seconds=0.5))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of processes")
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_in_a_script_loses_no_answer_and_creates_nothing_twice(
    presses: int,
) -> None:
    """Once: rows in flight have their answers. Twice: it ends, and is settled later."""
    Path("rows.csv").write_text(rows(200), "utf-8")

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        kept = given | {"concurrency": 4, "settle_pauses": "0.05s"}
        out, err = await asyncio.to_thread(pressed, presses, kept, sandbox)
        assert out == ""
        assert "KeyboardInterrupt: Stopped. Go on with" in err
        assert 'importer.sync.resume("script")' in err

        stopped = held(sandbox)
        assert 5 <= stopped < 200
        [listed] = await importer.list_runs(**kept)
        assert listed.state is importer.State.STOPPED
        if presses == 1:
            assert listed.counts.get("unknown", 0) == 0
            assert listed.counts["created"] == stopped
        resumed = await asyncio.to_thread(importer.sync.resume, **kept)
        assert resumed is not None
        assert resumed.summary.counts["created"] == held(sandbox) == 200
        assert sandbox.truth()["slugs_twice"] == []

    with_sandbox(work, SLOW)
