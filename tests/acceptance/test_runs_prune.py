"""`runs prune`: old runs make room, and nothing that a later run must know goes."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from importer.cli.commands import prune
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured

DAY = 86_400


def run(importer: Importer, server: Sandbox, run_id: str, rows: list[str]) -> Path:
    """A run under a name; its folder."""
    name = importer.write(f"{run_id}.csv", rows)
    importer("run", name, "--base-url", server.url, "--run-id", run_id)
    return importer.folder / "runs" / run_id


def names(folder: Path) -> set[str]:
    """What is in a folder."""
    return {path.name for path in folder.iterdir()}


def test_old_reports_go_and_what_later_runs_must_know_stays(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One that created, one that did nothing, one that is young; then an undo."""
    server = sandbox()
    made = run(importer, server, "made", importer.rows(2))
    nothing = run(importer, server, "nothing", importer.rows(2))
    young = run(importer, server, "young", importer.rows(2))
    for folder, days in ((made, 100), (nothing, 100), (young, 80)):
        importer.age(folder, days)
    before = names(made)

    tried = importer("runs", "prune", "--older", "90d", "--dry-run")
    assert tried.code == 0
    assert "made: reports and log" in tried.out
    assert "nothing: the whole run, which did nothing" in tried.out
    assert "young" not in tried.out
    assert "NOTHING WAS REMOVED" in tried.out
    assert names(made) == before

    ended = importer("runs", "prune", "--older", "90d", "--yes")
    assert ended.code == 0
    assert "freed: 1 run removed as a whole, reports and log of 1 run." in ended.out
    assert names(made) == {"journal.db", "journal.mark"}
    assert not nothing.exists()
    assert "report.csv" in names(young)

    again = importer("runs", "prune", "--older", "90d", "--json").document
    assert (again["runs"], again["bytes"]) == ([], 0)
    assert importer("report", "made").code == 0
    assert "report.csv" in names(made)
    assert importer("undo", "made", "--yes", "--base-url", server.url).code == 0
    assert not server.held()


def test_a_quiet_prune_says_nothing_whatever_goes(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """As every quiet command that ends with 0; `--json` is as ever."""
    made = run(importer, sandbox(), "made", importer.rows(2))
    quiet = ("runs", "prune", "--older", "90D", "--quiet")
    importer.age(made, 100)
    for flags in (("--dry-run",), (), ()):
        ended = importer(*quiet, *flags)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert names(made) == {"journal.db", "journal.mark"}
    assert importer(*quiet, "--json").document["runs"] == []


def test_what_is_unfinished_or_damaged_is_spared(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """They are counted, and not a file of theirs goes."""
    server = sandbox("--latency", "0.2")
    name = importer.write("rows.csv", importer.rows(6))
    flags = ("--base-url", server.url, "--concurrency", 1, "--run-id", "killed")
    process = importer.start("run", name, *flags)
    server.wait_for_creates(2)
    importer.stop(process, signal.SIGKILL)
    damaged = run(importer, server, "damaged", importer.rows(1, first=50))
    importer.age(importer.folder / "runs" / "killed", 100)
    importer.age(damaged, 100)
    (damaged / "journal.db").write_bytes(b"x" * 9000)
    then = time.time() - 100 * DAY
    os.utime(damaged / "journal.db", (then, then))
    before = names(importer.folder / "runs" / "killed"), names(damaged)

    document = importer("runs", "prune", "--older", "90d", "--json").document

    assert document["runs"] == []
    assert document["spared"] == {"unfinished": 1, "damaged": 1}
    assert (names(importer.folder / "runs" / "killed"), names(damaged)) == before


@pytest.mark.parametrize(
    "text",
    ["", "90", "0d", "-5d", "d", "90 days", "1e3d", "99999999d", "90h", "\u0663d"],
)
def test_an_age_that_cannot_be_meant_is_wrong_usage(text: str) -> None:
    """What would remove everything, or nothing ever, is refused with what to write."""
    with pytest.raises(UsageError) as refused:
        prune.seconds(text)
    assert "90d" in refused.value.remedy


def test_ages_and_sizes_are_said_as_people_say_them() -> None:
    """Days, weeks, years; bytes in thousands."""
    assert prune.seconds("90d") == prune.seconds(" 90 d ") == 90 * DAY
    assert prune.seconds("2w") == 14 * DAY
    assert prune.seconds("1y") == 365 * DAY
    for text in ("90D", "2W", "1Y"):
        assert prune.seconds(text) == prune.seconds(text.lower())
    said = [prune.size(10**power) for power in (1, 4, 7, 10)]
    assert said == ["10 bytes", "10.0 kB", "10.0 MB", "10.0 GB"]
