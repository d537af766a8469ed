"""Notices as the command sends them: what a person sees, and where no secret is."""

from __future__ import annotations

import json
import signal
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from receiver import HIDDEN, SECRET, receiving

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox
    from receiver import Receiver

#: What must stand nowhere: the secret, and what is one of the address.
MARKS = (SECRET, HIDDEN, HIDDEN.rpartition("/")[2])


def telling(importer: Importer, server: Receiver, **more: str) -> None:
    """Have every command of the importer tell the receiver."""
    given = {"IMPORTER_NOTIFY_URL": server.url, "IMPORTER_NOTIFY_SECRET": SECRET}
    importer.environment |= given | more


def told(server: Receiver) -> list[Any]:
    return [json.loads(body) for _, _, body in server.posted]


@pytest.mark.slow
def test_a_notice_that_is_refused_is_one_line_and_its_secrets_are_nowhere(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Not in what any command prints, nor in a file of the run or for support."""
    bad = f"{importer.location},Bad,Bad Slug!,manual,{importer.product}"
    file = importer.write("rows.csv", [*importer.rows(1), bad])
    url = sandbox().url
    with receiving(404) as server:
        telling(importer, server, IMPORTER_BASE_URL=url)
        ended = importer("run", file, "-vv", "--run-id", "n")
        shown = importer("config", "show", "--json")
        looked = importer("doctor", "--bundle", "support.zip", "--location-id", "")

    host = server.url.split("/")[2]
    assert (ended.code, len(server.posted)) == (3, 1)
    (line,) = [one for one in ended.err.splitlines() if "notice." in one]
    assert "notice.undelivered" in line
    assert "HTTP 404" in line
    assert host in line
    assert host in looked.out
    settings = shown.document["settings"]
    assert settings["notify_url"]["value"] == f"http://{host}/…"
    assert settings["notify_secret"]["value"] == "(set)"
    with zipfile.ZipFile(importer.folder / "support.zip") as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    for one in (ended, shown, looked):
        texts += [one.out, one.err]
    texts += [
        path.read_bytes().decode("utf-8", "replace")
        for path in importer.folder.rglob("*")
        if path.is_file()
    ]
    assert [mark for mark in MARKS for text in texts if mark in text] == []


def test_ctrl_c_ends_the_waiting_for_a_receiver_and_not_the_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The exit code is the run's, whose report is there."""
    file = importer.write("rows.csv", importer.rows(1))
    with receiving(silent=True) as server:
        telling(importer, server, IMPORTER_BASE_URL=sandbox().url)
        process = importer.start("run", file)
        while not server.posted:
            time.sleep(0.02)  # noqa: TID251 - another process is waited for
        began = time.monotonic()
        ended = importer.stop(process, signal.SIGINT)

    assert ended.code == 0, ended.err
    assert time.monotonic() - began < 4
    assert "it was not waited for" in ended.err
    assert importer.summary()["counts"]["created"] == 1


@pytest.mark.slow
def test_each_run_of_a_resume_of_all_is_told(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """With the command that finds it again."""
    url = sandbox("--daily", "12").url
    with receiving() as server:
        telling(importer, server, IMPORTER_BASE_URL=url)
        for name in ("one", "two"):
            file = importer.write(f"{name}.csv", importer.rows(20))
            importer("run", file, "--run-id", name, "--runs-dir", "kept", "--quiet")
        ended = importer("resume", "--all", "--runs-dir", "kept", "--json")

    assert ended.code == 75, ended.err
    notices = told(server)
    assert [one["run_id"] for one in notices] == ["one", "two", "one", "two"]
    assert {one["command"] for one in notices} == {
        "importer resume one --runs-dir kept",
        "importer resume two --runs-dir kept",
    }


def test_an_address_that_cannot_be_used_begins_no_run(importer: Importer) -> None:
    """Exit 2 before anything is read, with what to set."""
    file = importer.write("rows.csv", importer.rows(1))
    url = {"IMPORTER_NOTIFY_URL": "https://hooks.example/markedPathOf24LettersXYZ"}

    ended = importer("run", file, env=url)

    assert ended.code == 2
    assert "notify_secret is not" in ended.err
    assert "IMPORTER_NOTIFY_SECRET" in ended.err
    assert "marked" not in ended.err
    assert not (importer.folder / "runs").exists()
