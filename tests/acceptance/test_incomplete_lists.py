"""Locations whose lists are not complete: left, accepted, or settled by hand."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

    Serve = Callable[..., Sandbox]

#: Looks for rows without an answer that are soon over.
QUICK = ("--settle-pauses", "0.05,0.1", "--timeout", "2s", "--attempts", "2")


def rows(importer: Importer) -> list[dict[str, str]]:
    """The report of the only run."""
    text = (importer.run_folder() / "report.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def seed(server: Sandbox, location: str, count: int, first: int = 0) -> None:
    """Put collections there that no run has made."""
    body = {
        "location": location,
        "collections": [
            {"name": f"Collection {n}", "slug": f"collection-{n}"}
            for n in range(first, first + count)
        ],
    }
    server.post("seed", json.dumps(body).encode())


def twice(server: Sandbox) -> dict[tuple[str, str], list[str]]:
    return {key: ids for key, ids in server.held().items() if len(ids) > 1}


def test_a_location_whose_list_ignores_the_offset_is_left_and_the_others_go_on(
    importer: Importer, sandbox: Serve
) -> None:
    """Nothing behind the first page is known, so nothing is created a second time."""
    server = sandbox("--nature", "ignores-offset")
    seed(server, importer.location, 150)
    file = importer.write(
        "shop.csv",
        [
            *importer.rows(3, importer.location, first=148),
            *importer.rows(2, importer.other_location),
        ],
    )
    for command in (("run", file), ("resume",)):
        ended = importer(*command, "--base-url", server.url, *QUICK)
        assert ended.code == 7, ended.out + ended.err
        assert "cannot be read completely: the server ignores the offset" in ended.out
        lines = rows(importer)
        left = [line for line in lines if line["location_id"] == importer.location]
        assert {line["status"] for line in left} == {"not_attempted"}
        assert {line["code"] for line in left} == {"list_incomplete"}
        assert all("--accept-list" in line["message"] for line in left)
        assert [line["status"] for line in lines[3:]] == ["created"] * 2
        stops = importer.summary()["location_stops"]
        assert list(stops) == [importer.location]
        page = (importer.run_folder() / "report.html").read_text("utf-8")
        assert "ignores the offset" in page
    assert not twice(server)


@pytest.mark.measured
def test_a_list_that_is_accepted_is_said_and_audited(
    importer: Importer, sandbox: Serve
) -> None:
    """The person decides; and in the audit nothing is called missing."""
    server = sandbox("--nature", "ignores-offset")
    seed(server, importer.location, 150, first=1000)
    file = importer.write("shop.csv", importer.rows(3))
    args = ("run", file, "--base-url", server.url, *QUICK)

    ended = importer(*args, "--accept-list")

    assert ended.code == 0, ended.out + ended.err
    assert "(list_accepted)" in ended.out
    summary = importer.summary()
    assert list(summary["location_remarks"]) == [importer.location]
    assert list(summary["location_remarks"][importer.location]) == ["list_accepted"]
    assert summary["audit"] == {"locations": 1, "findings": {}}
    assert any(event["event"] == "list.accepted" for event in importer.log())


def test_an_accepted_list_is_audited_or_the_command_is_refused(
    importer: Importer,
) -> None:
    """Exit 2, and nothing is sent."""
    file = importer.write("shop.csv", importer.rows(1))
    ended = importer("run", file, "--accept-list", "--no-audit")
    assert ended.code == 2
    assert "--no-audit" in ended.err


@pytest.mark.parametrize("flags", [("--nature", "wrong-total", "--seed", "0")])
def test_a_wrong_total_is_a_remark_on_the_location(
    flags: tuple[str, ...], importer: Importer, sandbox: Serve
) -> None:
    """Exit 0; it is on the screen, in the summary and on the page."""
    server = sandbox(*flags)
    seed(server, importer.location, 5)
    file = importer.write("shop.csv", importer.rows(7))
    ended = importer("run", file, "--base-url", server.url)
    assert ended.code == 0, ended.out + ended.err
    assert "(total_differs)" in ended.out
    assert "total_differs" in importer.summary()["location_remarks"][importer.location]
    page = (importer.run_folder() / "report.html").read_text("utf-8")
    assert "its list states another total than it has" in page
    assert [line["status"] for line in rows(importer)] == [
        *["existing"] * 5,
        *["created"] * 2,
    ]
    again = importer("run", file, "--base-url", server.url)
    assert again.code == 0
    assert not twice(server)


@pytest.fixture
def doubtful(importer: Importer, sandbox: Serve) -> tuple[Importer, Sandbox]:
    """A run with one row of three that got no answer, and was created all the same."""
    server = sandbox(
        "--nature", "ignores-offset", "--fault-for", "collection-1=error_after"
    )
    file = importer.write("shop.csv", importer.rows(3))
    # the location is empty at first, so its list is complete before it is sent to
    ended = importer("run", file, "--base-url", server.url, *QUICK)
    assert ended.code == 7, ended.out + ended.err
    return importer, server


@pytest.mark.measured
def test_a_row_that_no_list_can_settle_stays_unknown_and_the_others_go_on(
    doubtful: tuple[Importer, Sandbox],
) -> None:
    """Also after a resume, and it is never sent again."""
    importer, server = doubtful
    for _ in range(2):
        lines = rows(importer)
        assert [line["status"] for line in lines] == ["created", "unknown", "created"]
        assert lines[1]["attempts"] == "1"
        ended = importer("resume", "--base-url", server.url, *QUICK)
        assert ended.code == 7
    assert not twice(server)
    assert server.creates() == 3


def settle(importer: Importer, *args: Any, **env: str) -> Any:
    return importer("settle", importer.run_folder().name, *args, env=env)


@pytest.mark.measured
def test_a_person_says_that_a_row_was_created(
    doubtful: tuple[Importer, Sandbox],
) -> None:
    """The id is compared with the server, and the run is finished."""
    importer, server = doubtful
    (own,) = server.held()[importer.location, "collection-1"]
    (other,) = server.held()[importer.location, "collection-2"]

    for wrong, said in (
        (other, "is the collection of row 4"),
        ("655b33a82209e60b6adb87ff", "has no collection"),
    ):
        ended = settle(importer, "--row", 3, "--created", wrong)
        assert ended.code == 2
        assert said in ended.err
    seed(server, importer.location, 1, first=77)
    (stranger,) = server.held()[importer.location, "collection-77"]
    ended = settle(importer, "--row", 3, "--created", stranger)
    assert ended.code == 2
    assert "collection-77" in ended.err

    ended = settle(importer, "--row", 3, "--created", own, "--json")

    assert ended.code == 0, ended.err
    assert ended.document["unchecked"] == ""
    line = rows(importer)[1]
    assert (line["status"], line["code"]) == ("created", "settled_by_hand")
    assert line["collection_id"] == own
    summary = importer.summary()
    assert (summary["state"], summary["exit_code"]) == ("finished", 0)
    assert importer("resume").out == ""
    ended = settle(importer, "--row", 3, "--absent")
    assert ended.code == 2
    assert "created: there is no doubt" in ended.err


def test_a_person_says_that_a_row_is_absent_and_it_is_sent_again(
    doubtful: tuple[Importer, Sandbox],
) -> None:
    """By the resume, whose person accepts what the list shows."""
    importer, server = doubtful
    ended = settle(importer, "--row", 3, "--absent")
    assert ended.code == 0, ended.err
    assert "importer resume" in ended.out
    line = rows(importer)[1]
    assert (line["status"], line["attempts"]) == ("not_attempted", "1")
    # it is there, so the resume sees it even in this list, and sends nothing
    ended = importer("resume", "--base-url", server.url, *QUICK, "--accept-list")
    assert ended.code == 0, ended.out + ended.err
    assert rows(importer)[1]["status"] == "created"
    assert not twice(server)


def test_a_row_is_settled_without_a_network_too(
    doubtful: tuple[Importer, Sandbox],
) -> None:
    """It is said that nothing was compared."""
    importer, server = doubtful
    (own,) = server.held()[importer.location, "collection-1"]
    server.end()
    ended = settle(
        importer, "--row", 3, "--created", own, "--attempts", 1, HIGHLEVEL_TOKEN=""
    )
    assert ended.code == 0, ended.err
    assert "Not compared with the server" in ended.err
    assert "not compared with the server" in rows(importer)[1]["message"].lower()


@pytest.mark.parametrize(
    "args",
    [
        ("--row", 3),
        ("--row", 3, "--absent", "--created", "x"),
        ("--row", 99, "--absent"),
        ("--row", 2, "--absent"),
        ("--row", 3, "--absent", "--file", "other.csv"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    args: tuple[Any, ...], doubtful: tuple[Importer, Sandbox]
) -> None:
    """Exit 2, and the row is as it was."""
    importer, _ = doubtful
    assert settle(importer, *args).code == 2
    assert rows(importer)[1]["status"] == "unknown"
