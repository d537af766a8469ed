"""The benchmarks' own parts work: their server, their rows, their table and page.

Nothing is timed here; that is what `make bench` is for.
"""

from __future__ import annotations

import csv
import importlib
import json
import shlex
import shutil
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
NEEDS_GIT = pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def script(name: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """One of the benchmarks' scripts, to its end."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(BENCHMARKS / f"{name}.py"), *flags],
        capture_output=True,
        check=False,
        text=True,
        timeout=180,
    )


def test_edits_of_a_workbench_are_measured(tmp_path: Path) -> None:
    """A bench that is edited, itself or on the page, tells what that took."""
    path = tmp_path / "few.csv"
    path.write_text("name,slug,product_ids\nHats,Fine hats,x\nCaps,caps,x\n", "utf-8")
    done = script("workbench_edits", str(path), "20", "name", "slug")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"] == {"valid": 0, "invalid": 2, "duplicate": 0}
    assert 0 < told["p50"] <= told["p95"]

    done = script("workbench_page", str(path), "3")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 0 < told["p50"] <= told["p95"]
    assert told["bytes"] < 60_000


def pretended(folder: Path, *lines: str) -> str:
    """The command of a program that does not import anything."""
    path = folder / "pretended.py"
    path.write_text("\n".join(lines), encoding="utf-8")
    return shlex.join([sys.executable, str(path)])


@pytest.mark.slow
def test_a_state_is_compared_from_the_first_start_to_the_table() -> None:
    """Beside itself, one pair of tiny runs: every figure is there, none is judged."""
    itself = shlex.join([sys.executable, "-m", "importer"])
    only = ("--only", "startup", "--only", "throughput")
    done = script("comparison", "--importer", itself, "--quick", *only)

    assert done.returncode == 0, done.stderr
    for figure in ("`importer --version`", "check of 10 rows", "run of 200 rows"):
        assert f"| {figure} | 1 | " in done.stdout
    assert done.stdout.count("too few pairs") == 6
    assert done.stdout.endswith(": nothing seen.\n")


@pytest.mark.slow
def test_a_comparison_that_sees_something_slower_says_so_and_fails(
    tmp_path: Path,
) -> None:
    """Beside a program that only pretends, every start is slower."""
    words = 'print(\'{"counts": {"valid": 10}}\')'
    quick = ("--importer", pretended(tmp_path, words), "--pairs", "7")
    done = script("comparison", *quick, "--only", "startup")

    assert done.returncode == 1, done.stderr
    assert ": `importer --version`; check of 10 rows.\n" in done.stdout
    assert done.stdout.count("| slower | ") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "measure", "told"),
    [
        (["raise SystemExit(5)"], "startup", "ended with 5"),
        (["print('{}')"], "startup", "no valid rows were counted, not 10"),
        (["pass"], "throughput", "no POSTs were counted, not 200"),
    ],
)
def test_a_state_that_does_not_do_its_work_is_no_fast_one(
    tmp_path: Path, lines: list[str], measure: str, told: str
) -> None:
    """It ends the comparison with an error that says what was missing."""
    pretender = pretended(tmp_path, *lines)
    flags = ("--importer", pretender, "--only", measure, "--quick")
    done = script("comparison", *flags)

    assert done.returncode == 2, done.stdout
    assert told in done.stderr


def test_a_revision_that_does_not_exist_is_named() -> None:
    """The message says what may be written instead."""
    done = script("comparison", "--against", "no-such-revision")
    assert done.returncode == 2
    assert "AGAINST=no-such-revision names no commit" in done.stderr


def test_fewer_than_seven_pairs_are_refused() -> None:
    """They could not show a difference."""
    done = script("comparison", "--against", "HEAD", "--pairs", "6")
    assert done.returncode == 2
    assert "at least 7" in done.stderr


MAKEFILE = """
install: .venv/bin/python
.venv/bin/python:
\t"$(PYTHON)" -m venv --without-pip .venv
\techo "{code}" > $$(echo .venv/lib/python3*/site-packages)/project.pth
"""


def git(project: Path, *words: str) -> None:
    """Have git do something in a repository of the test's own."""
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(["git", "-C", str(project), *author, *words], check=True)  # noqa: S603, S607 - the user's git


@pytest.fixture
def project(tmp_path: Path, part: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that the benchmarks take for theirs; its program prints a word."""
    project = tmp_path / "project"
    (project / "importer").mkdir(parents=True)
    (project / "importer" / "__init__.py").touch()
    git(project, "init", "--quiet")
    monkeypatch.setattr(part("processes"), "ROOT", project)
    monkeypatch.setattr(part("states"), "AGAINST", tmp_path / "against")
    return project


def commit(project: Path, word: str, code: str = "$$PWD") -> None:
    """Make a commit whose program prints the word, and whose environment has `code`."""
    (project / "Makefile").write_text(MAKEFILE.format(code=code), "utf-8")
    (project / "importer" / "__main__.py").write_text(f"print('{word}')", "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", word)


@pytest.mark.slow
@NEEDS_GIT
def test_a_revision_is_installed_by_its_own_makefile(
    project: Path, part: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own code is what starts, whatever the working tree has become meanwhile."""
    commit(project, "old")
    commit(project, "new")
    (project / "importer" / "__main__.py").write_text("print('later')", "utf-8")
    # as inside `make bench`, whose own variables are not meant for that one
    monkeypatch.setenv("MAKEFLAGS", "n -- PYTHON=nothing")

    # from another folder: `python -m` takes what lies in its own folder first
    run, installed = part("processes").run, part("states").installed
    told = [
        run(installed(revision).importer, folder=project.parent).out
        for revision in ("HEAD~1", "HEAD", "HEAD~1")
    ]

    assert told == ["old\n", "new\n", "old\n"]
    assert len(list((project.parent / "against").iterdir())) == 2


@pytest.mark.slow
@NEEDS_GIT
def test_a_revision_that_cannot_be_installed_says_what_make_said(
    project: Path, part: Any
) -> None:
    """It is named, with the end of what its own Makefile printed."""
    commit(project, "broken")
    (project / "Makefile").write_text("install:\n\t@echo no disk; exit 1\n", "utf-8")
    git(project, "commit", "--quiet", "--all", "--message", "worse")
    with pytest.raises(part("states").StateError, match=r"(?s)ended with 2.*no disk"):
        part("states").installed("HEAD")


@NEEDS_GIT
def test_an_environment_that_has_the_code_of_another_state_is_refused(
    project: Path, part: Any
) -> None:
    """Otherwise the working tree would be compared with itself, and nothing seen."""
    commit(project, "word", code=str(project))
    with pytest.raises(part("states").StateError, match="remove the folder"):
        part("states").installed("HEAD")


@pytest.mark.slow
def test_a_quick_look_prints_every_figure_and_judges_none() -> None:
    """Start, reading and sending have their lines, and the exit code is 0."""
    done = script("smoke", "--quick")

    assert done.returncode == 0, done.stderr
    figures = [line.split(" | ")[0] for line in done.stdout.splitlines()[4:]]
    assert figures == [
        "| `importer --version`",
        "| check of 10 rows",
        "| check of 1,000 rows",
        "| run of 200 rows",
    ]
