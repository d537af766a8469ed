"""Fewer words where nothing is wrong: plans, their exit code, runs and the demo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox


def test_a_plan_shows_what_would_change_first_and_counts_what_is_there(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """New rows and problems come first; of what exists there is a number."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    old = importer.rows(3)
    name = importer.write("old.csv", old)
    assert importer("run", name, "--yes").code == 0
    bad = f"{importer.location},Bad,bad,manual,x"
    rows = [*old, bad, *importer.rows(2, first=10)]
    name = importer.write("all.csv", rows)
    ended = importer("plan", name)

    signs = "".join(re.findall(r"^([-+*=!?]) ", ended.out, re.MULTILINE))
    assert signs == "++!"
    assert "… and 3 more: = 3 (--all shows them" in ended.out
    assert importer("plan", name, "--all").out.count("\n= ") == 2


def test_an_exit_code_says_whether_anything_is_to_be_done(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """12 before the run, 0 behind it, 3 where there is a problem; else 0 as ever."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    name = importer.write("shop.csv", importer.rows(2))
    words = ("plan", name, "--detailed-exitcode")

    assert importer("plan", name).code == 0
    assert importer(*words).code == 12
    assert importer("run", name, "--yes").code == 0
    assert importer(*words).code == 0
    wrong = [*importer.rows(1, first=5), f"{importer.location},Bad,bad,manual,x"]
    importer.write("shop.csv", wrong)
    assert importer(*words).code == 3


def test_the_list_of_runs_names_file_exit_code_and_duration(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Each on the line of its run, with the time in ISO; and as JSON."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    name = importer.write("my shop.csv", importer.rows(2))
    assert importer("run", name, "--yes", "--run-id", "first").code == 0

    line = importer("runs").out.strip()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.match(rf"first  {moment} +\d+ s  exit 0 +finished +2 created", line)
    assert line.endswith("my shop.csv")
    (run,) = importer("runs", "--json").document["runs"]
    assert run["exit_code"] == 0
    assert [path.rpartition("/")[2] for path in run["inputs"]] == [name]


@pytest.mark.slow
def test_a_demo_says_that_its_problems_are_planted_and_what_is_next(
    importer: Importer,
) -> None:
    """The last words are of the reader's own table, after the problems to see."""
    ended = importer("demo")

    assert ended.code == 0
    problems, _, planted = ended.out.partition("The problems above are planted: ")
    assert "have a problem, not sent" in problems or "has a problem" in problems
    assert "The sandbox holds" in problems
    assert "nothing has left this computer" in planted
    assert "importer template" in planted
    assert "importer check FILE" in planted


def test_what_is_true_of_a_whole_table_is_told_once(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """By plan and run as by check; what else is wrong with a row stays."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    nowhere = importer.write("all.csv", ["A,a", "B,b b", "C,c"], "name,slug")
    place = f",{importer.location}"
    some = importer.write(
        "some.csv", ["D,d,", f"E,e{place}", "F,f,"], "name,slug,location"
    )
    for words in (
        ("check", nowhere),
        ("plan", nowhere),
        ("plan", nowhere, "--all"),
        ("plan", nowhere, "--quiet"),
        ("run", nowhere),
        ("run", nowhere, "--quiet"),
    ):
        ended = importer(*words)
        assert ended.code == 3
        assert "all.csv, all 3 rows: location_id: The row does not say" in ended.out
        assert ended.out.count("The row does not say which location") == 1, words
        assert "Write b-b." in ended.out
    ended = importer("run", nowhere, some)
    assert ended.out.count("all.csv, all 3 rows: ") == 1
    assert ended.out.count("The row does not say which location") == 3
    assert "2 rows: the location is missing (location_missing)" in ended.out
    assert "1 row: another problem, too\n    all.csv, row 3: slug: " in ended.out
    ended = importer("plan", some)
    assert ended.out.count("The row does not say which location") == 2

    only = importer.write("only.csv", ["A,a", "B,b"], "name,slug")
    assert "(location_missing)\n\nRun " in importer("run", only).out
