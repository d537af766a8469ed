"""`--quiet`: nothing where the exit code is 0, else only what made it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

HEADER = "location,name,slug,imgae"
#: What is said beside the results, and of no exit code.
BESIDE = ("More:", "importer ", "Report", "Page", "To fix", "Next", "imgae", "NOTHING")


def _good(importer: Importer) -> str:
    """Write rows that can be sent, with a column that is told of otherwise."""
    return importer.write("good.csv", [f"{importer.location},Tops,tops,"], HEADER)


def _bad(importer: Importer) -> str:
    """Write a row that cannot be sent, and one that can."""
    rows = [f"{importer.location},Tops,tops,", f"{importer.location},Sale,Sum mer,"]
    return importer.write("bad.csv", rows, HEADER)


def test_quiet_commands_that_end_with_0_say_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Cron mails what is printed, on either stream: so nothing is, remarks among it."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    importer.environment["IMPORTER_SETTLE_PAUSES"] = "0.1,0.1"
    good = _good(importer)
    for words in (
        ("check", good),
        ("check", good, "--sheet", "A"),
        ("check", _bad(importer), "--fix", "fixed.csv"),
        ("check", good, "--report", "marked.xlsx"),
        ("plan", good, "-o", "plan.json"),
        ("run", good, "--dry-run"),
        ("run", "--plan", "plan.json", "--run-id", "made"),
        ("run", good),
        ("resume",),
        ("resume", "--all"),
        ("audit", "made"),
        ("undo", "made", "--dry-run"),
        ("undo", "made", "--yes", "--unseen-products"),
        ("runs", "prune", "--older", "90d"),
    ):
        ended = importer(*words, "--quiet")
        assert (ended.code, ended.out, ended.err) == (0, "", ""), words
    for name in ("fixed.csv", "marked.xlsx", "plan.json"):
        assert (importer.folder / name).exists()


def test_quiet_commands_say_only_what_their_exit_code_is_of(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The row that is wrong, with what is wrong; no path, no hint, no other row."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    bad = _bad(importer)
    for words in (
        ("check", bad),
        ("check", bad, "--report", "marked.xlsx"),
        ("plan", bad),
        ("run", bad, "--run-id", "made"),
    ):
        ended = importer(*words, "--quiet")
        assert (ended.code, ended.err) == (3, ""), words
        assert "bad.csv, row 3" in ended.out
        assert "slug_invalid" in ended.out
        assert "row 2" not in ended.out
        assert not [word for word in BESIDE if word in ended.out], ended.out
        assert ("Run made: exit-3" in ended.out) == ("run" in words)
        assert "created" not in ended.out


def test_a_quiet_plan_says_what_is_pending_where_that_is_asked_for(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """With `--detailed-exitcode` 12 comes from what would be sent: that is shown."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    ended = importer("plan", _good(importer), "--quiet", "--detailed-exitcode")

    assert (ended.code, ended.err) == (12, "")
    assert ended.out.startswith("+ good.csv, row 2: tops\n1 to create")
    many = importer.write("many.csv", importer.rows(60))
    ended = importer("plan", many, "-q", "--detailed-exitcode")
    assert ended.out.count("\n+ ") == 7
    assert "… and 52 more: + 52\n60 to create" in ended.out


def test_a_quiet_run_that_is_stopped_says_why_and_what_to_do(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The reason and how many rows are left; what was made is not counted."""
    server = sandbox("--latency", "0.5s")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    importer.environment["IMPORTER_CONCURRENCY"] = "1"
    name = importer.write("many.csv", importer.rows(40))
    flags = ("--max-duration", "1.2s", "-q")
    ended = importer("run", name, "--run-id", "late", *flags)

    assert (ended.code, ended.err) == (10, "")
    assert ended.out.startswith("Run late: stopped: ")
    assert "not sent" in ended.out
    assert "created" not in ended.out
    assert "report.csv" not in ended.out
    ended = importer("resume", "--all", *flags)
    assert ended.code == 10
    assert "late: exit-10" in ended.out
    assert "were resumed" not in ended.out


@pytest.mark.slow
def test_a_quiet_demo_is_silent_and_still_fails_on_purpose(importer: Importer) -> None:
    """Its problems are planted and change no exit code."""
    ended = importer("demo", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_json_is_the_same_with_quiet(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A program gets its document, whatever the exit code."""
    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    good, bad = _good(importer), _bad(importer)
    for words in (("check", bad), ("plan", bad), ("check", good)):
        loud, silent = importer(*words, "--json"), importer(*words, "--json", "-q")
        assert loud.document.keys() == silent.document.keys()
        assert silent.document["schema"] == 1
    assert importer("run", good, "--json", "-q").document["counts"]["created"] == 1
