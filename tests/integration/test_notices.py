"""Notices of runs of the library, and how one is posted, against a real receiver."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_user
import pytest
import receiver
from receiver import HIDDEN, SECRET, receiving

import importer
from importer import notice
from importer.notice import post
from importer.runs import decision
from importer.sandbox import Options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.sandbox import Sandbox

HEAD = "name,slug,type,product_ids\n"
GOOD = "Summer,summer,manual,655b33a82209e60b6adb87a5\n"
BAD = "Bad,Not A Slug!,manual,655b33a82209e60b6adb87a5\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("mixed.csv").write_text(HEAD + GOOD + BAD, "utf-8")


def with_sandbox(
    work: Callable[[dict[str, Any]], Awaitable[None]],
    url: str,
    options: Options | None = None,
) -> None:
    """Do something with a sandbox, and with settings that lead to both servers."""

    async def main(_: Sandbox, given: dict[str, Any]) -> None:
        await work(given | {"notify_url": url, "notify_secret": SECRET})

    library_user.with_sandbox(main, options, env=False)


def test_the_receiver_of_the_docs_takes_a_notice_once_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has the summary as it is on the disk; changed, recorded or late it is none."""
    verify = receiver.verifier(monkeypatch)

    async def work(given: dict[str, Any]) -> None:
        await importer.run("mixed.csv", run_id="n", **given)

    with receiving() as server:
        with_sandbox(work, server.url)
    ((path, headers, body),) = server.posted

    found = verify(headers, body)

    assert path == f"/{HIDDEN}"
    assert (found["event"], found["exit_code"], found["run_id"]) == (
        *("run.finished", 3),
        "n",
    )
    kept = json.loads(Path("runs/n/summary.json").read_text("utf-8"))
    assert found["summary"] == kept
    assert found["command"] == ""
    with pytest.raises(PermissionError, match="was here before"):
        verify(headers, body)
    with pytest.raises(PermissionError, match="signature"):
        verify(headers, body.replace(b'"exit_code":3', b'"exit_code":0'))
    late = str(int(headers["X-Importer-Timestamp"]) + 1)
    with pytest.raises(PermissionError, match="signature"):
        verify(headers | {"X-Importer-Timestamp": late}, body)
    monkeypatch.setattr(time, "time", lambda: float(late) + 600)
    with pytest.raises(PermissionError, match="too old"):
        verify(headers, body)


def test_a_parked_run_tells_how_to_go_on_and_its_resume_tells_again() -> None:
    """Each process of a run sends a notice of its own; the run is free by then."""
    rows = [GOOD.replace("ummer", f"ummer-{n}") for n in range(12)]
    Path("many.csv").write_text(HEAD + "".join(rows), "utf-8")

    async def work(given: dict[str, Any]) -> None:
        first = await importer.run("many.csv", run_id="night", **given)
        again = await importer.resume("night", **given)
        assert first.exit_code == importer.Exit.QUOTA
        assert again is not None

    with receiving() as server:
        with_sandbox(work, server.url, Options(daily=10))
    first, again = (json.loads(body) for _, _, body in server.posted)
    assert (first["event"], first["state"]) == ("run.parked", "stopped")
    assert first["exit_code"] == again["exit_code"] == 75
    assert first["command"] == "importer resume night"
    assert first["text"].endswith("Go on with: importer resume night")
    assert first["message"] == first["summary"]["stopped_because"] != ""
    assert first["event_id"] != again["event_id"]


def test_a_run_that_cannot_begin_or_fails_by_a_bug_is_told_without_a_summary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is raised stays what it is; of a bug only its kind is told."""

    async def failing(_: object) -> None:
        cell = "marked-cell"
        raise KeyError(cell)

    async def work(given: dict[str, Any]) -> None:
        with pytest.raises(importer.InputError):
            await importer.run("missing.csv", **given)
        with pytest.raises(importer.AccessError):
            await importer.run("mixed.csv", **given | {"token": ""})
        monkeypatch.setattr(decision, "decide", failing)
        with pytest.raises(KeyError):
            await importer.run("mixed.csv", run_id="odd", **given)

    with receiving() as server:
        with_sandbox(work, server.url)
    told = [json.loads(body) for _, _, body in server.posted]
    assert {one["event"] for one in told} == {"run.failed"}
    assert [one["exit_code"] for one in told] == [5, 4, 1]
    assert {one["summary"] for one in told} == {None}
    assert told[0]["message"] == "missing.csv: there is no such file."
    assert told[1]["run_id"] is None
    assert told[2]["message"] == "This is a bug in the program: KeyError."
    assert told[2]["command"] == "importer resume odd"
    assert b"marked-cell" not in server.posted[2][2]


def test_a_notice_that_is_not_taken_changes_nothing_of_the_run() -> None:
    """It is told in the log of the run, by the host alone."""

    async def work(given: dict[str, Any]) -> None:
        result = await importer.run("mixed.csv", run_id="n", **given)
        assert result.exit_code == 3

    with receiving(404) as server:
        with_sandbox(work, server.url)
    lines = Path("runs/n/run.log").read_text("utf-8").splitlines()
    (told,) = [one for one in map(json.loads, lines) if "notice" in one["event"]]
    assert told["event"] == "notice.undelivered"
    assert told["host"] == server.url.split("/")[2]
    assert (told["reason"], told["tries"]) == ("HTTP 404", 1)
    assert told["run_id"] == "n"


@pytest.mark.parametrize(
    ("statuses", "tries", "reason"),
    [
        ((), 1, ""),
        ((500, 429), 3, ""),
        ((503, 503, 503, 503), 3, "HTTP 503"),
        ((302,), 1, "HTTP 302, and no redirect is followed"),
        ((401,), 1, "HTTP 401"),
    ],
)
def test_only_what_may_pass_is_tried_again(
    statuses: tuple[int, ...],
    tries: int,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three times at most, each time the same notice, and nowhere else."""
    monkeypatch.setattr(post, "PAUSES", (0.0, 0.01, 0.01))
    with receiving(*statuses) as server:
        whom = notice.recipient(server.url, SECRET)
        sent = asyncio.run(post.deliver(whom, b"{}", 5))
    assert sent == post.Delivery(tries, reason)
    assert len(server.posted) == tries
    assert len({(path, str(headers)) for path, headers, _ in server.posted}) == 1


def test_a_receiver_that_is_silent_or_away_is_not_waited_for_long() -> None:
    """The time is that of all tries together."""
    with receiving(silent=True) as server:
        whom = notice.recipient(server.url, SECRET)
        sent = asyncio.run(post.deliver(whom, b"{}", 5, within=0.2))
    assert sent == post.Delivery(1, "no answer in time")
    gone = asyncio.run(post.deliver(whom, b"{}", 5, within=0.2))
    assert gone.reason == "no connection"
