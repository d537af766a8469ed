"""The flight record of real runs: its figures are the server's, resumed or killed."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

FAULTS = "error_after=0.05,reset_before=0.05,refused=0.05"
QUICK = ("--settle-pauses", "0.1,0.2,0.3", "--rate", "none", "--no-audit")


def figures(folder: Path) -> dict[str, int]:
    """The whole numbers of a page that have a name, by that name."""
    page = (folder / "report.html").read_text("utf-8")
    found = re.findall(r'data-fact="([\w.]+)">([\d,]+)<', page)
    return {name: int(text.replace(",", "")) for name, text in found}


def document(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text("utf-8"))


def test_the_page_tells_what_the_server_saw(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Calls, refusals and the fullest window are those of the other side."""
    server = sandbox("--limit", "20/1s", "--window", "sliding", "--faults", FAULTS)
    file = importer.write("rows.csv", importer.rows(80))

    ended = importer("run", file, "--base-url", server.url, *QUICK)

    assert ended.code == 0, ended.err
    folder = importer.run_folder()
    page, summary = figures(folder), document(folder)
    truth = server.truth()
    (place,) = truth["locations"].values()
    assert page["counts.created"] == summary["counts"]["created"] == 80
    # a connection that was reset before it was read is a call all the same
    assert page["calls.made"] == summary["calls"]["made"] == truth["calls"]
    assert page["calls.refused"] == summary["calls"]["refused"] == place["refused"]
    flight = summary["flight"]
    assert flight["window_seconds"] == 1
    assert 0 < flight["busiest_window"]["calls"] <= flight["busiest_window"]["limit"]
    assert flight["busiest_window"]["limit"] == 20
    assert sum(flight["retries"].values()) == summary["calls"]["retried"]
    answers = flight["latency_ms"]["answers"]
    assert answers + flight["unanswered"] == truth["calls"]


def test_what_was_resumed_is_told_as_one_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The calls of both processes are in it, and the page is that of the end."""
    server = sandbox("--limit", "20/1s", "--latency", "20ms")
    file = importer.write("rows.csv", importer.rows(60))
    command = ("run", file, "--base-url", server.url, "--run-id", "mine", *QUICK)

    stopped = importer(*command, "--max-duration", "1s")
    assert stopped.code == 10
    assert "importer resume mine" in (importer.run_folder() / "report.html").read_text(
        "utf-8"
    )
    ended = importer("resume", "mine", *QUICK)

    assert ended.code == 0, ended.err
    page = figures(importer.run_folder())
    assert page["counts.created"] == 60
    assert page["calls.made"] == server.truth()["calls"]
    assert page["flight.latency_ms.answers"] == page["calls.made"]


def test_a_page_written_again_has_the_same_figures(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """`report --format html` takes them from the journal, and shows no secret."""
    server = sandbox("--token", f"{importer.token}={importer.location}")
    file = importer.write(
        "rows.csv",
        [*importer.rows(3), f"{importer.location},Wrong,Wrong Slug!,manual,"],
    )
    importer("run", file, "--base-url", server.url, "--run-id", "mine")
    folder = importer.run_folder()
    first = (folder / "report.html").read_text("utf-8")
    (folder / "report.html").unlink()

    ended = importer("report", "mine", "--format", "html")

    assert ended.out.strip().endswith("report.html")
    assert (folder / "report.html").read_text("utf-8") == first
    assert importer.token not in first


def test_a_killed_run_has_a_page_when_it_is_asked_for(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It shows how the run stands, and what to do next."""
    server = sandbox("--limit", "20/1s", "--latency", "50ms")
    file = importer.write("rows.csv", importer.rows(60))
    process = importer.start(
        "run", file, "--base-url", server.url, "--run-id", "mine", *QUICK
    )
    server.wait_for_creates(25)
    process.kill()
    process.communicate()

    ended = importer("report", "mine", "--format", "html")

    assert ended.code == 0, ended.err
    page = (importer.run_folder() / "report.html").read_text("utf-8")
    assert "importer resume mine" in page
    assert figures(importer.run_folder())["counts.not_attempted"] > 0


def test_a_name_that_wants_to_be_a_script_stays_a_name(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """From the cell of a table to the page, nothing is run and nothing is lost."""
    server = sandbox()
    hurt = "</script><script>alert(1)</script>"
    row = f"{importer.location},{hurt},Not A Slug,manual,{importer.product}"
    file = importer.write("rows.csv", [row])

    importer("run", file, "--base-url", server.url, "--run-id", "mine")

    page = (importer.run_folder() / "report.html").read_text("utf-8")
    assert hurt not in page
    assert page.count("<script") == 2
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page


def cells(folder: Path) -> str:
    """What stands on a page, without its script and what that holds."""
    page = (folder / "report.html").read_text("utf-8")
    return page.partition('<script type="application/json"')[0]


def test_the_page_lists_what_was_created_with_its_ids(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Each row of the report that was created is there, and after an undo that too."""
    server = sandbox()
    to = ("--base-url", server.url, "--rate", "none")
    file = importer.write("rows.csv", importer.rows(3))

    importer("run", file, *to, "--run-id", "mine")

    folder = importer.run_folder()
    with (folder / "report.csv").open(encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == 3
    for line in lines:
        for name in ("collection_id", "name", "slug"):
            assert f">{line[name]}<" in cells(folder)
    assert "deleted again by undo" not in cells(folder)

    assert importer("undo", "mine", *to, "--dry-run").code == 0
    assert "deleted again by undo" not in cells(folder)
    assert importer("undo", "mine", *to, "--yes").code == 0
    assert cells(folder).count("deleted again by undo") == 3
    assert "What this run created was deleted again." in cells(folder)


def test_the_page_says_what_an_update_changed(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Old and new, field by field, and which collection it was."""
    server = sandbox()
    to = ("--base-url", server.url, "--rate", "none")
    first = importer.write("first.csv", importer.rows(3))
    assert importer("run", first, *to, "--run-id", "first").code == 0
    was, *others = importer.rows(3)
    location, name, *rest = was.split(",")
    row = ",".join([location, f"{name} of <b>oak</b>", *rest])
    again = importer.write("again.csv", [row, *others])
    update = ("--on-existing", "update", "--run-id", "again")

    importer("run", again, *to, *update)

    folder = importer.folder / "runs" / "again"
    page = cells(folder)
    assert f">{name}</bdi></td>" in page
    assert f">{name}<ins> of &lt;b&gt;oak&lt;/b&gt;</ins></bdi></td>" in page
    assert 'data-fact="counts.updated">1<' in page
    assert 'id="created"' not in page
    with (folder / "report.csv").open(encoding="utf-8") as stream:
        ids = {line["status"]: line["collection_id"] for line in csv.DictReader(stream)}
    assert f"<code>{ids['updated']}</code>" in page
