"""A run is where its folder is, whatever that is called, and a path names that run."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

QUICK = ("--settle-pauses", "0.1,0.2", "--rate", "none")


@pytest.mark.parametrize("name", ["Which shop? 100% a#b", "%2F[red]x ü"])
def test_a_run_stays_in_its_folder_whatever_that_is_called(
    name: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Stopped, listed, resumed, reported, audited and undone, and nothing outside."""
    server = sandbox("--limit", "none", "--latency", "200ms")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    importer.folder /= name
    importer.folder.mkdir()
    rows = importer.write("rows.csv", importer.rows(12))
    there = ("--runs-dir", name)

    run = importer(
        *("run", rows, *there, "--run-id", "mine", "--concurrency", 1),
        *("--max-duration", "0.9s", *QUICK),
    )
    codes = [
        importer(*command, *there).code
        for command in (
            ("runs",),
            ("resume", *QUICK),
            ("resume",),
            ("report", "mine"),
            ("audit", "mine"),
            ("undo", "mine", "--yes"),
        )
    ]

    assert run.code == 10, run.err
    assert codes == [0] * 6
    assert server.held() == {}
    runs = importer.folder / name
    assert [path.name for path in importer.folder.parent.iterdir()] == [name]
    assert {path.name for path in importer.folder.iterdir()} == {rows, name}
    assert runs.stat().st_mode & 0o777 == 0o700
    assert (runs / "mine").stat().st_mode & 0o777 == 0o700
    assert (runs / "mine" / "journal.db").stat().st_mode & 0o777 == 0o600


def test_a_command_that_is_proposed_can_be_typed_in_an_odd_folder(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What the message says, a shell understands."""
    server = sandbox("--limit", "none")
    name = importer.write("rows.csv", importer.rows(2))
    other = importer.folder / "it's $(odd) & more"
    flags = ("--base-url", server.url, "--run-id", "nightly", *QUICK)
    importer("run", name, "--runs-dir", other, *flags)

    ended = importer("report", other / "nightly")

    assert ended.code == 2
    given = ended.err.splitlines()[1].partition(": ")[2]
    again = importer("report", *shlex.split(given))
    assert again.code == 0, again.err
    shell = shlex.join(importer.command("report")) + " " + given
    typed = subprocess.run(  # noqa: S602 - as a person types it
        shell, shell=True, cwd=importer.folder, env=importer.environment, check=False
    )
    assert typed.returncode == 0


# a run that is named by its path


@pytest.fixture
def two(importer: Importer, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """Two folders of runs, each with a run of the same name."""
    server = sandbox("--limit", "none")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    for shop, first in (("runs", 0), ("shop2/runs", 10)):
        name = importer.write("rows.csv", importer.rows(3, first=first))
        importer("run", name, "--runs-dir", shop, "--run-id", "nightly", *QUICK)
    assert len(server.held()) == 6
    return server


def spellings(folder: Path) -> list[str]:
    """Ways to name the other shop's run by a path."""
    (folder / "link").symlink_to(folder / "shop2" / "runs" / "nightly")
    (folder / "runs" / "linked").symlink_to(folder / "shop2" / "runs" / "nightly")
    return [
        "shop2/runs/nightly",
        "shop2/runs/nightly//",
        "./shop2/runs/nightly/",
        "runs/../shop2/runs/nightly",
        str(folder / "shop2" / "runs" / "nightly"),
        "./link",
        "runs/linked",
        "linked",
    ]


def test_a_run_named_by_a_path_elsewhere_is_refused(
    importer: Importer, two: Sandbox
) -> None:
    """Not the run of the same name in the folder in use; the way to it is said."""
    for spelling in spellings(importer.folder):
        for command in (
            ("undo", spelling, "--yes"),
            ("audit", spelling),
            ("resume", spelling),
            ("report", spelling),
            ("runs", "retire", spelling),
        ):
            ended = importer(*command)
            assert ended.code == 2, (command, ended.err)
            assert f"nightly --runs-dir {importer.folder}/shop2/runs" in ended.err
    assert len(two.held()) == 6


def test_a_run_named_by_its_path_in_the_folder_in_use_is_that_run(
    importer: Importer, two: Sandbox
) -> None:
    """By name, by path, absolute or not, through links: one run with one lock."""
    (importer.folder / "here").symlink_to(importer.folder / "runs")
    (importer.folder / "runs" / "latest").symlink_to("nightly")
    for spelling in (
        "nightly/",
        "runs/nightly",
        "./runs/nightly/",
        str(importer.folder / "runs" / "nightly"),
        "here/nightly",
        "latest",
        "runs/latest",
    ):
        ended = importer("report", spelling)
        assert ended.code == 0, (spelling, ended.err)
        assert ended.out == "runs/nightly/report.csv\n"
    ended = importer("undo", "nightly", "--runs-dir", "shop2/runs", "--yes")
    assert ended.code == 0
    assert {slug for _, slug in two.held()} == {
        "collection-0",
        "collection-1",
        "collection-2",
    }


@pytest.mark.parametrize(
    "name", [".", "..", "runs", "runs/", ".locks", "runs/.locks", "..\\nightly", "x/y"]
)
def test_what_is_no_run_is_none(name: str, importer: Importer, two: Sandbox) -> None:
    """Exit 5, and nothing is deleted."""
    ended = importer("undo", name, "--yes")

    assert ended.code == 5, ended.err
    assert "There is no run" in ended.err
    assert len(two.held()) == 6
