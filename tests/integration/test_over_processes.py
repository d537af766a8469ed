"""What a run says at its end counts all the processes that worked on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from importer import api
from importer.exit_codes import Exit
from importer.models import Status
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.sandbox import Sandbox

HERE = "Z4Bxl8J4SaPEPLq9IQ8g"
THERE = "6578278e879ad2646715ba9c"
TOKEN = "pit-processes-0123456789"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def chosen(box: Sandbox, folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "base_url": box.url,
        "token": TOKEN,
        "runs_dir": folder / "runs",
        "settle_pauses": "0.02,0.05",
        "rate": "none",
        "run_id": "mine",
    } | more


def written(folder: Path, rows: Sequence[str]) -> Path:
    """A file of these slugs; `location/slug` puts one elsewhere."""
    path = folder / "mine.csv"
    lines = ["location_id,name,slug"]
    for row in rows:
        location, _, slug = row.rpartition("/")
        lines.append(f"{location or HERE},Name {slug},{slug}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_calls_and_events_add_up_over_resumes(tmp_path: Path) -> None:
    """A run that was stopped twice has made all the calls that the server saw."""

    async def go() -> None:
        faults = {"a": ["refused_but_created"], "c": ["error_before"]}
        options = Options(limit=Limit(5000, 1.0), fault_for=faults)
        async with running(options) as box:
            usual = chosen(box, tmp_path)
            stopping = {"max_errors": "1", "concurrency": 1}
            path = written(tmp_path, "abcd")
            first = await api.run(path, **usual | stopping)
            assert (first.folder.path / "report.html").exists()
            assert first.summary.exit_code == Exit.TOO_MANY_ERRORS
            assert first.summary.events == {"row.rejected": 1}
            del usual["run_id"]
            second = await api.resume("mine", **usual)
            third = await api.resume("mine", **usual)
            assert second is not None
            assert third is not None
            for result in (second, third):
                assert result.summary.events["row.rejected"] == 1
                assert result.summary.events["row.unknown"] == 1
            assert third.summary.calls.made > second.summary.calls.made
            assert third.summary.calls.made == sum(box.truth()["by_method"].values())
            assert third.summary.calls.retried == second.summary.calls.retried

    asyncio.run(go())


def test_a_location_without_a_token_is_left_out_and_said_so(tmp_path: Path) -> None:
    """Whether it comes first or last: the others are created."""

    async def go() -> None:
        async with running(Options(limit=Limit(5000, 1.0))) as box:
            listed = tmp_path / "locations.toml"
            listed.write_text(
                f'[[locations]]\nid = "{THERE}"\nname = "There"\n'
                'token_env = "NO_SUCH_VARIABLE"\n',
                encoding="utf-8",
            )
            path = written(tmp_path, [f"{THERE}/a", "b", f"{THERE}/c"])
            usual = chosen(box, tmp_path, locations_file=listed)
            result = await api.run(path, **usual)
            assert result.summary.exit_code == Exit.ACCESS
            left, made, right = result.lines()
            assert made.status is Status.CREATED
            assert left.status is right.status is Status.NOT_ATTEMPTED
            assert "NO_SUCH_VARIABLE" in left.message
            assert THERE not in box.truth()["locations"]

    asyncio.run(go())
