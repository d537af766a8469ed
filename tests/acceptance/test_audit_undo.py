"""Looking back at a run: copies that came late are found, and a run can be undone."""

from __future__ import annotations

import csv
import json
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

PRODUCT = "655b33a82209e60b6adb87a5"
#: Looks that are over long before a slow commit: what must not be set in earnest.
HASTY = ("--settle-pauses", "0.1", "--timeout", "0.5s", "--rate", "none")
QUICK = ("--settle-pauses", "0.2,0.5", "--rate", "none")


def lines(importer: Importer, name: str = "report.csv") -> list[dict[str, str]]:
    """The lines of a file in the run folder."""
    path = importer.folder / "runs" / "mine" / name
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def told(importer: Importer) -> dict[str, tuple[str, str]]:
    """What `undo.csv` says: state and message by slug."""
    return {
        line["slug"]: (line["undo"], line["message"])
        for line in lines(importer, "undo.csv")
    }


def call(server: Sandbox, method: str, path: str, body: object) -> Any:
    """Speak to the server as another program would."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.url}{path}",
        json.dumps(body).encode(),
        {
            "Authorization": "Bearer other",
            "Version": "2021-07-28",
            "Content-Type": "application/json",
            "User-Agent": "another program",
        },
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def seed(server: Sandbox, location: str, *names: tuple[str, str]) -> list[str]:
    """Put collections there as if others had made them: slug and name; their ids."""
    collections = [
        {"slug": slug, "name": name, "type": "manual"} for slug, name in names
    ]
    body = {"location": location, "collections": collections}
    ids: list[str] = call(server, "POST", "/_sandbox/seed", body)["collections"]
    return ids


def by_id(server: Sandbox, location: str) -> dict[str, Any]:
    """What a location holds."""
    held = server.truth()["locations"][location]["collections"]
    return {one["_id"]: one for one in held}


# audit


@pytest.fixture
def late(importer: Importer, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A run of 6 rows where a request came to its end after the last look.

    So the row was sent again and is there twice; others have made the same slug.
    """
    server = sandbox("--limit", "none", "--slow-commit", "2s")
    seed(server, importer.location, ("old", "Old"))
    server.change(**{"for": {"collection-3": "slow_commit"}})
    name = importer.write("rows.csv", importer.rows(6))
    ended = importer("run", name, "--base-url", server.url, "--run-id", "mine", *HASTY)
    assert ended.code == 0, ended.err
    seed(
        server,
        importer.location,
        ("collection-3", "Another thing"),
        # the very same as row 2, whose only request was clearly answered
        ("collection-1", "Collection 1"),
    )
    end = time.monotonic() + 20
    while len(server.held()[importer.location, "collection-3"]) < 3:
        assert time.monotonic() < end
        time.sleep(0.05)  # noqa: TID251 - the late commit is waited for
    return server


def test_an_audit_finds_the_copy_of_a_late_commit_and_removes_nothing(
    importer: Importer, late: Sandbox
) -> None:
    """Exit 3, `created_twice` in the report with both ids, everything still there."""
    before = by_id(late, importer.location)

    ended = importer("audit", "mine", *QUICK)

    assert ended.code == 3, (ended.out, ended.err)
    [line] = [line for line in lines(importer) if line["code"]]
    assert (line["slug"], line["code"]) == ("collection-3", "created_twice")
    assert line["collection_id"] in before
    assert "audit RUN --repair" in line["message"]
    assert by_id(late, importer.location) == before
    assert importer.summary()["counts"]["created"] == 6


@pytest.mark.measured
def test_a_repair_removes_the_surplus_and_keeps_what_was_reported(
    importer: Importer, late: Sandbox
) -> None:
    """One copy goes: not the reported one, not one that was there or others made."""
    before = by_id(late, importer.location)
    reported = {line["slug"]: line["collection_id"] for line in lines(importer)}

    ended = importer("audit", "mine", "--repair", *QUICK, "--json")
    again = importer("audit", "mine", "--repair", *QUICK, "--json")

    assert ended.code == 0, ended.out
    assert ended.document["findings"] == {"surplus_removed": 1}
    assert again.document["removed"] == 0
    after = by_id(late, importer.location)
    [gone] = before.keys() - after.keys()
    assert before[gone]["slug"] == "collection-3"
    assert before[gone]["name"] == "Collection 3"
    assert set(reported.values()) < after.keys()
    [line] = [line for line in lines(importer) if line["code"]]
    assert line["code"] == "surplus_removed"
    assert gone in line["message"]
    assert line["collection_id"] == reported["collection-3"]


@pytest.mark.measured
def test_an_audit_says_what_somebody_has_removed(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 3 and `missing_at_server`; a later audit forgets it when it is back."""
    server = sandbox("--limit", "none")
    name = importer.write("rows.csv", importer.rows(3))
    importer("run", name, "--base-url", server.url, "--run-id", "mine", *QUICK)
    gone = lines(importer)[1]["collection_id"]
    place = f"?altId={importer.location}&altType=location"
    call(server, "DELETE", f"/products/collections/{gone}{place}", None)

    ended = importer("audit", "mine", *QUICK)

    assert ended.code == 3
    [line] = [line for line in lines(importer) if line["code"]]
    assert (line["code"], line["collection_id"]) == ("missing_at_server", gone)


# undo


@pytest.fixture
def made(importer: Importer, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A run of 30 rows; row 5 existed, others made something, row 9 was changed."""
    server = sandbox("--limit", "none", "--latency", "30ms")
    seed(server, importer.location, ("collection-5", "Long there"), ("old", "Old"))
    name = importer.write("rows.csv", importer.rows(30))
    flags = ("--base-url", server.url, "--run-id", "mine", *QUICK)
    assert importer("run", name, *flags).code == 0
    seed(server, importer.location, ("collection-7", "A rival's"), ("new", "New"))
    changed = lines(importer)[9]["collection_id"]
    body = {"altId": importer.location, "altType": "location", "name": "Renamed"}
    call(server, "PUT", f"/products/collections/{changed}", body)
    return server


def assert_undone(importer: Importer, server: Sandbox) -> None:
    """What is left is what the run did not make, and what was changed since."""
    left = {
        (one["slug"], one["name"]) for one in by_id(server, importer.location).values()
    }
    assert left == {
        ("old", "Old"),
        ("collection-5", "Long there"),
        ("collection-7", "A rival's"),
        ("new", "New"),
        ("collection-9", "Renamed"),
    }


@pytest.mark.measured
def test_an_undo_deletes_what_the_run_made_and_nothing_else(
    importer: Importer, made: Sandbox
) -> None:
    """What was there, what others made and what was changed since stays and is said."""
    ended = importer("undo", "mine", "--yes", "--json")

    assert ended.code == 3, (ended.out, ended.err)
    assert ended.document["counts"] == {"deleted": 28, "changed": 1}
    assert_undone(importer, made)
    states = told(importer)
    assert len(states) == 29
    assert states["collection-9"] == (
        "changed",
        "name is 'Renamed', the run sent 'Collection 9'",
    )
    rest = {state for slug, (state, _) in states.items() if slug != "collection-9"}
    assert rest == {"deleted"}


@pytest.mark.measured
def test_a_quiet_look_back_names_only_what_makes_its_exit_code(
    importer: Importer, made: Sandbox
) -> None:
    """What differs, and what was left; not how much agrees or was deleted."""
    gone = lines(importer)[3]["collection_id"]
    where = f"altId={importer.location}&altType=location"
    call(made, "DELETE", f"/products/collections/{gone}?{where}", None)
    ended = importer("audit", "mine", "--quiet", *QUICK)
    assert (ended.code, ended.err) == (3, "")
    first, second = ended.out.splitlines()
    assert first == "Run mine and the server differ:"
    assert second.endswith("(missing_at_server)")

    ended = importer("undo", "mine", "--yes", "--quiet")
    assert (ended.code, ended.err) == (3, "")
    first, second = ended.out.splitlines()
    assert first == "     1  changed"
    assert second.startswith("Left: collection-9 (")


def test_an_undo_that_is_given_twice_deletes_nothing_more(
    importer: Importer, made: Sandbox
) -> None:
    """The second makes no DELETE, and its report says the same."""
    importer("undo", "mine", "--yes")
    calls = made.truth()["by_method"]["DELETE"]
    first = told(importer)

    ended = importer("undo", "mine", "--yes", "--json")

    assert ended.code == 3
    assert ended.document["counts"] == {"changed": 1}
    assert ended.document["deleted_earlier"] == 28
    assert made.truth()["by_method"]["DELETE"] == calls == 28
    assert told(importer) == first


def test_an_undo_that_was_killed_is_finished_when_it_is_given_again(
    importer: Importer, made: Sandbox
) -> None:
    """The rest is deleted, and the report counts what the first had done."""
    made.change(faults={"error_after": 0.2})
    process = importer.start("undo", "mine", "--yes", "--rate", "10/1s")
    end = time.monotonic() + 20
    while made.truth()["by_method"].get("DELETE", 0) < 12:
        assert time.monotonic() < end
        time.sleep(0.01)  # noqa: TID251 - another process is waited for
    process.kill()
    process.communicate()
    left = len(by_id(made, importer.location))

    ended = importer("undo", "mine", "--yes", "--json")

    assert 5 < left < 34
    counts = ended.document["counts"]
    assert counts["changed"] == 1
    # one whose answer was lost in the kill is gone when it is asked for again
    assert 0 < counts["deleted"] < 28
    assert counts["deleted"] + ended.document["deleted_earlier"] == 28
    assert_undone(importer, made)


def test_an_audit_after_an_undo_says_what_it_does_not_compare(
    importer: Importer, made: Sandbox
) -> None:
    """The report still calls the rows created, which the server does not hold."""
    flags = ("--settle-pauses", "0.1")
    before = importer("audit", "mine", *flags)
    importer("undo", "mine", "--yes")

    ended = importer("audit", "mine", *flags)
    as_json = importer("audit", "mine", *flags, "--json")

    assert "The report and the server agree." in before.out
    assert ended.code == 0
    words = "    28  created in the report, deleted by importer undo; not compared\n"
    assert words in ended.out
    assert "Otherwise the report and the server agree." in ended.out
    assert as_json.document["undone"] == 28
    assert as_json.document["findings"] == {}
    assert_undone(importer, made)


def test_a_dry_undo_deletes_nothing_and_says_what_it_would(
    importer: Importer, made: Sandbox
) -> None:
    """No DELETE leaves; the real one afterwards does all of it."""
    before = by_id(made, importer.location)

    dry = importer("undo", "mine", "--dry-run", "--json")
    shown = importer("undo", "mine", "--dry-run")
    held = by_id(made, importer.location)
    real = importer("undo", "mine", "--yes", "--json")

    assert dry.document["counts"] == {"would_delete": 28, "changed": 1}
    assert "NOTHING WAS DELETED." in shown.out
    assert held == before
    assert real.document["counts"] == {"deleted": 28, "changed": 1}
    assert_undone(importer, made)


def test_an_undone_run_can_be_run_again(importer: Importer, made: Sandbox) -> None:
    """What was deleted counts as gone for a new run, though the list were late."""
    importer("undo", "mine", "--yes")

    ended = importer(
        "run", "rows.csv", "--base-url", made.url, "--run-id", "again", *QUICK, "--json"
    )

    counts = ended.document["counts"]
    assert (counts["created"], counts["existing"]) == (27, 3)


@pytest.mark.measured
def test_an_undo_that_cannot_see_products_says_so_and_deletes_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 2 with the flag, also with --yes and --json; a dry run says it as well."""
    server = sandbox(
        *("--limit", "none", "--list-hides", "productIds", "--get-by-id", "refused")
    )
    name = importer.write("rows.csv", importer.rows(3))
    flags = ("--base-url", server.url, "--run-id", "mine", *QUICK)
    assert importer("run", name, *flags).code == 0

    dry = importer("undo", "mine", "--dry-run")
    dry_json = importer("undo", "mine", "--dry-run", "--json")
    plain = importer("undo", "mine")
    with_yes = importer("undo", "mine", "--yes")
    as_json = importer("undo", "mine", "--yes", "--json")
    held = by_id(server, importer.location)
    flagged = importer("undo", "mine", "--yes", "--unseen-products")

    assert dry.code == dry_json.code == 0
    assert "products were added since to 3 of the 3 collections. That" in dry.out
    assert dry_json.document["unseen_products"] == 3
    for ended in (plain, with_yes, as_json):
        assert ended.code == 2
    for ended in (plain, with_yes):
        assert "3 of the 3 collections cannot be compared whole" in ended.err
        assert "--unseen-products" in ended.err
    assert len(held) == 3
    assert (flagged.code, by_id(server, importer.location)) == (0, {})


def test_an_audit_says_what_was_made_by_hand_and_leaves_it(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A genuine 422, then one by hand: exit 0, rejected as before, not undone."""
    server = sandbox("--limit", "none", "--max-name", "13")
    rows = [
        *importer.rows(2),
        f"{importer.location},Much too long a name,long,manual,{PRODUCT}",
    ]
    name = importer.write("rows.csv", rows)
    flags = ("--base-url", server.url, "--run-id", "mine", *QUICK)
    ran = importer("run", name, *flags)
    assert ran.code == 3, (ran.out, ran.err)
    time.sleep(3)  # noqa: TID251 - more than clocks may differ by
    [theirs] = seed(server, importer.location, ("long", "Much too long a name"))

    audited = importer("audit", "mine", "--repair", *QUICK)
    undone = importer("undo", "mine", "--yes", "--json")

    assert audited.code == 0, (audited.out, audited.err)
    assert "(copy_of_others)" in audited.out
    [line] = [line for line in lines(importer) if line["slug"] == "long"]
    assert (line["status"], line["code"]) == ("rejected", "api_422")
    assert theirs in line["message"]
    assert undone.document["counts"] == {"deleted": 2}
    assert set(by_id(server, importer.location)) == {theirs}


def test_an_undo_of_a_location_leaves_the_others(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """By its name; the rest is undone later, and undo.csv then has all of it."""
    server = sandbox()
    listed = f'[[locations]]\nid = "{importer.other_location}"\nname = "Berlin"\n'
    (importer.folder / "locations.toml").write_text(listed, encoding="utf-8")
    rows = [*importer.rows(2), *importer.rows(3, importer.other_location, 2)]
    file = importer.write("rows.csv", rows)
    given = ("--base-url", server.url)
    assert importer("run", file, *given, "--run-id", "mine").code == 0

    undo = ("undo", "mine", *given, "--yes", "--unseen-products")
    berlin = importer(*undo, "--location", " berlin", "--json")

    assert berlin.code == 0, berlin.err
    assert berlin.document["counts"] == {"deleted": 3}
    assert {where for where, _ in server.held()} == {importer.location}
    state = importer("runs", "--json").document["runs"][0]["state"]
    assert state == "finished"
    wrong = importer(*undo, "--location", importer.location, "--location", "Bonn")
    assert wrong.code == 2
    assert "sent nothing to a location 'Bonn'" in wrong.err
    assert len(server.held()) == 2

    assert importer(*undo, "--location", importer.location).code == 0

    assert not server.held()
    assert [line["undo"] for line in lines(importer, "undo.csv")] == ["deleted"] * 5
    state = importer("runs", "--json").document["runs"][0]["state"]
    assert state == "undone"
