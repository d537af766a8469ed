"""The benchmarks' own parts work: their server, their rows, their table and page.

Nothing is timed here; that is what `make bench` is for.
"""

from __future__ import annotations

import csv
import importlib
import json
import subprocess
import sys
import urllib.request
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Importer

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SPOKEN = [
    b"POST /products/collections HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /products/collections?altId=x HTTP/1.1\r\nHost: here\r\n\r\n",
    b"PUT /products/collections/1 HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
    b"DELETE /products/collections/1 HTTP/1.1\r\n\r\n",
]


@pytest.fixture
def server() -> Iterator[str]:
    """The benchmarks' server in a process of its own; its address."""
    command = [sys.executable, str(BENCHMARKS / "fast_server.py")]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import modules of the benchmarks by name, as their scripts do."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    known = set(sys.modules)
    yield importlib.import_module
    # names like `rows` and `page` are nobody else's business
    for name in set(sys.modules) - known:
        if (BENCHMARKS / f"{name}.py").exists():
            del sys.modules[name]


def ask(url: str, method: str = "GET", body: bytes | None = None) -> Any:
    """What it answers."""
    request = urllib.request.Request(url, body, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def test_the_fast_server_gives_each_collection_an_id_of_its_own(server: str) -> None:
    """An answer shows what was sent, as the API page says, and 24 new hex digits."""
    bodies = (b'{"name": "One"}', b'{"name": "One", "type": "manual"}', b"{}")
    answers = [ask(f"{server}/products/collections", "POST", body) for body in bodies]

    ids = {answer["data"]["_id"] for answer in answers}
    assert len(ids) == 3
    assert all(len(one) == 24 and int(one, 16) for one in ids)
    assert [answer["data"].get("name") for answer in answers] == ["One", "One", None]
    assert all(answer["data"]["type"] == "manual" for answer in answers)


def test_the_fast_server_counts_what_arrived_and_forgets_it(server: str) -> None:
    """A benchmark can say that exactly so many POSTs came."""
    ask(f"{server}/products/collections", "POST", b"{}")
    ask(f"{server}/products/collections", "POST", b"{}")
    ask(f"{server}/products/collections?altId=x")

    counted = ask(f"{server}/_counted")
    assert (counted["POST"], counted["GET"]) == (2, 1)
    ask(f"{server}/_reset", "POST", b"")
    assert "POST" not in ask(f"{server}/_counted")


def test_the_fast_server_reads_requests_however_they_are_cut(part: Any) -> None:
    """Whole, glued together or byte by byte, each request is answered once."""
    fast_server = part("fast_server")
    stream = b"".join(SPOKEN)
    for step in (1, 7, 40, len(stream)):
        written: list[bytes] = []
        counts = fast_server.Counts()
        connection = fast_server.Connection(counts, iter(range(100)))
        connection.connection_made(Written(written))
        for start in range(0, len(stream), step):
            connection.data_received(stream[start : start + step])

        assert b"".join(written).count(b"HTTP/1.1 20") == len(SPOKEN)
        assert counts.by_method == {b"POST": 1, b"GET": 1, b"PUT": 1, b"DELETE": 1}


class Written:
    """Where a connection writes to."""

    def __init__(self, written: list[bytes]) -> None:
        self.write = written.append


def test_measured_rows_are_good_rows_and_always_the_same(
    importer: Importer, part: Any
) -> None:
    """The importer has nothing to say against them, and two files are equal."""
    rows = part("rows")
    first = rows.write(importer.folder / "first.csv", 40, 4)
    second = rows.write(importer.folder / "second.csv", 40, 4)
    short = rows.write(importer.folder / "short.csv", 10, short=True)

    assert first.read_bytes() == second.read_bytes()
    with first.open(newline="", encoding="utf-8") as stream:
        places = [line["location_id"] for line in csv.DictReader(stream)]
    assert len(set(places)) == 4
    assert all(one != next_one for one, next_one in pairwise(places))
    for path, count in ((first, 40), (short, 10)):
        checked = importer("check", path, "--json").document
        assert checked["counts"] == {"valid": count, "invalid": 0, "duplicate": 0}
        assert checked["remarks"] == {}


def test_the_others_send_what_the_importer_sends(
    server: str, importer: Importer, part: Any
) -> None:
    """The bare loop makes the same bodies of the same rows, and all of them arrive."""
    path = part("rows").write(importer.folder / "rows.csv", 20)
    bare = [sys.executable, str(BENCHMARKS / "clients" / "bare_aiohttp.py")]
    subprocess.run([*bare, server, str(path), "20"], check=True, timeout=60)  # noqa: S603 - our own command
    assert ask(f"{server}/_counted")["POST"] == 20

    flags = ("--base-url", server, "--rate", "none", "--yes", "--json")
    assert importer("run", path, *flags).document["counts"]["created"] == 20
    assert ask(f"{server}/_counted")["POST"] == 40


def test_a_goal_says_whether_it_was_reached(part: Any) -> None:
    """At least and at most, the wanted figure itself included."""
    goal = part("common").Goal
    assert str(goal.at_least(0.7, 0.7)) == "at least 0.7: reached"
    assert str(goal.at_least(0.7, 0.69)) == "at least 0.7: not reached"
    assert str(goal.at_most(250, 251, " MB")) == "at most 250 MB: not reached"


def test_a_ratio_is_that_of_one_round(part: Any) -> None:
    """A slow round slows both, and does not count as a difference."""
    figures = part("common").Figures
    ratio = figures.of([8.0, 2.0, 6.0]).over(figures.of([10.0, 4.0, 6.0]))
    assert ratio.spread() == "0.80 (0.50 to 1.00)"


def test_the_best_possible_time_fills_one_window_after_the_other(part: Any) -> None:
    """The first window costs nothing but an answer's latency."""
    best_seconds = part("limit").best_seconds
    assert best_seconds(100, 100, 10.0, 0.2) == 0.2
    assert best_seconds(101, 100, 10.0, 0.2) == 10.2


def test_the_page_has_the_command_the_figures_and_the_plots(
    tmp_path: Path, part: Any
) -> None:
    """A reader sees what was measured, how to do it again, and what is missing."""
    common, page = part("common"), part("page")
    goal = common.Goal.at_least(0.7, 0.5)
    line = common.Line("a run", "5 rows/s", "bare 10 rows/s", "0.50", [goal])
    found = common.Measured([line], notes=["With care."])

    page.write(
        tmp_path / "page.md", {"throughput": found}, "make bench", ["rows-memory"]
    )

    text = (tmp_path / "page.md").read_text("utf-8")
    assert "Printed by `make bench`." in text
    assert (
        "| a run | 5 rows/s | bare 10 rows/s | 0.50 | at least 0.7: not reached |"
        in text
    )
    assert "](page/rows-memory.svg)" in text
    assert "locations-cpu" not in text
    assert "With care." in text


def test_runs_back_to_back_are_told_from_runs_that_hang(tmp_path: Path) -> None:
    """Two small runs create all of their rows, and the figures say so."""
    script = [sys.executable, str(BENCHMARKS / "back_to_back.py")]
    size = ["--runs", "2", "--locations", "5", "--rows", "3"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*script, *size, "--folder", str(tmp_path / "trial")],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["complete"], figures["hung"], figures["slugs_twice"]) == (2, 0, 0)
    assert [run["created"] for run in figures["runs"]] == [15, 15]


def test_a_long_run_with_faults_says_what_it_needed_and_what_is_there(
    tmp_path: Path,
) -> None:
    """Every collection is there once, and the accidents were met."""
    script = [sys.executable, str(BENCHMARKS / "soak.py")]
    size = ["--rows", "200", "--limit", "none", "--latency", "0", "--share", "0.2"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*script, *size, "--folder", str(tmp_path / "trial")],
        capture_output=True,
        check=False,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["held"], figures["slugs_twice"]) == (200, 0)
    assert sum(figures["faults"].values()) > 5
