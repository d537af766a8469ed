"""A run that is told in another language than English, from the plan to the report."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from library_user import with_sandbox

import importer
from importer import settings
from importer.intake.check import check_inputs
from importer.models import Code

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

ROWS = """name,Handle,type,product_ids
Hats,hats,manual,655b33a82209e60b6adb87a5
Shoes,Summer Shoes,manual,655b33a82209e60b6adb87a5
Größen,,manual,655b33a82209e60b6adb87a5
"""
ENGLISH = 'Handle: "Handle" has lower-case letters a to z, digits and dashes only.'
GERMAN = "Handle: „Handle“ darf nur Kleinbuchstaben von a bis z, Ziffern und"
SPANISH = "Handle: «Handle» solo admite minúsculas de la a a la z, cifras y guiones."


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, on a machine that speaks French."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMPORTER_LANGUAGE", raising=False)
    for name in ("LANG", "LC_ALL", "LANGUAGE"):
        monkeypatch.setenv(name, "fr_FR.UTF-8")
    Path("rows.csv").write_text(ROWS, "utf-8")


def messages(path: Path) -> list[str]:
    """What a report says of each row."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [row["message"] for row in csv.DictReader(stream)]


def test_a_run_and_its_files_speak_one_language() -> None:
    """And a report in another is written when it is asked for."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        planned = await importer.plan("rows.csv", **given, language="es")
        (problem,) = planned.problems
        assert problem.message.startswith(SPANISH)

        done = await importer.run("rows.csv", **given, language="de")
        assert done.summary.counts["created"] == 2
        (problem,) = done.problems
        assert problem.message.startswith(GERMAN)
        written = messages(done.path / "report.csv")
        assert written[0] == ""
        assert written[1].startswith(GERMAN)
        assert written[2].endswith("; grossen wurde aus dem Namen gebildet.")
        failed = (done.path / "failed.csv").read_text("utf-8-sig")
        assert failed.splitlines()[0] == "name,Handle,type,product_ids,problem"
        assert GERMAN in failed

        (report,) = await importer.write_report(done.path)
        assert messages(report) == written
        (report,) = await importer.write_report(done.path, language="en")
        assert messages(report)[1].startswith(ENGLISH)

    with_sandbox(work)


def test_a_run_that_asks_for_none_is_told_in_english() -> None:
    """Whatever the machine speaks; a resume goes on in it, or in another."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        done = await importer.run("rows.csv", **given)
        assert messages(done.path / "report.csv")[1].startswith(ENGLISH)
        for asked, wanted in (({}, ENGLISH), ({"language": "es"}, SPANISH)):
            again = await importer.resume(done.path.name, **(given | asked))
            assert again is not None
            assert messages(again.path / "report.csv")[1].startswith(wanted)

    with_sandbox(work)


def test_a_check_has_code_and_parameters_in_every_language() -> None:
    """Only the words differ."""
    documents = []
    for language in ("en", "de", "es"):
        chosen = settings.load({"location_id": "L" * 20, "language": language})
        checked = check_inputs(("rows.csv",), chosen)
        (problem,) = checked.document()["problems"]
        message = problem.pop("message"), problem.pop("remedy")
        documents.append((message, problem))
    assert documents[0][1] == documents[1][1] == documents[2][1]
    assert documents[0][1]["code"] == Code.SLUG_INVALID
    assert len({message for message, _ in documents}) == 3
