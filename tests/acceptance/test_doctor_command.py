"""`doctor` as a process against real sandboxes: a verdict and a way out a fault."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended, Importer, Sandbox

pytestmark = pytest.mark.measured

SECRET_CELL = "Grandma's Secret Recipes"  # noqa: S105 - a name that is nobody's business


def examine(importer: Importer, url: str, *args: object) -> Ended:
    return importer(
        *("doctor", "--base-url", url, "--location-id", importer.location, *args)
    )


FAULTS = {
    "expired token": (
        ("--faults", "expired_token=1", "--fault-calls", "all"),
        "token",
        "token_refused",
        "Make a new Private Integration Token inside the sub-account",
    ),
    "wrong location": (
        ("--token", "pit-acceptance-0123456789abcdef=another-location"),
        "location",
        "location_refused",
        "Check the location id",
    ),
    "no write scope": (
        ("--scope", "readonly"),
        "write scope",
        "scope_missing",
        "Give the token the scope products/collection.write",
    ),
    "no scope at all": (
        ("--scope", "none"),
        "read scope",
        "scope_missing",
        "Give the token the scope products/collection.readonly",
    ),
    "blocked edge": (
        ("--faults", "edge_block=1", "--fault-calls", "all"),
        "edge",
        "edge_blocked",
        "from another network",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_refusal_has_a_verdict_and_a_way_out_of_its_own(
    fault: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What is wrong is named, how to fix it is said; nothing else is called wrong."""
    flags, name, code, remedy = FAULTS[fault]
    server = sandbox(*flags)

    told = examine(importer, server.url)
    document = examine(importer, server.url, "--json").document

    wrong = [one for one in document["checks"] if one["verdict"] == "wrong"]
    assert [(one["name"], one["code"]) for one in wrong] == [(name, code)]
    assert remedy in wrong[0]["remedy"]
    assert told.code == document["exit_code"] == 4
    line = next(one for one in told.out.splitlines() if "✗ wrong" in one)
    assert line.split("  ")[0].startswith("✗ wrong")
    assert wrong[0]["message"] in line
    assert wrong[0]["remedy"] in told.out
    assert importer.token not in told.out + told.err


def test_where_all_is_well_every_line_says_so_and_nothing_has_changed(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 0, two calls within the budget, and what was there is there as it was."""
    server = sandbox()
    file = importer.write("two.csv", importer.rows(2))
    importer("run", file, "--base-url", server.url, "--yes")
    before, calls = server.held(), server.truth()["by_method"]

    ended = examine(importer, server.url)

    assert ended.code == 0, ended.out
    signs = tuple("✓!✗")
    lines = [line for line in ended.out.splitlines() if line.startswith(signs)]
    verdicts = {line.split()[1] for line in lines}
    assert verdicts <= {"ok", "warning"}  # the run just before has spent calls
    for said in ("100 calls in 10 s", "of 200,000 calls left today", "write scope"):
        assert said in ended.out
    after = server.truth()["by_method"]
    assert server.held() == before
    assert after["GET"] - calls["GET"] == 1
    assert after["DELETE"] - calls.get("DELETE", 0) == 1


def test_every_call_goes_through_the_budget(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A limit of one call in a second is not exceeded, not even by the doctor."""
    server = sandbox("--limit", "1/1s", "--window", "sliding")

    ended = examine(importer, server.url)

    one = server.truth()["locations"][importer.location]
    assert ended.code == 0
    assert (one["calls"], one["refused"], one["max_in_window"]) == (2, 0, 1)


def test_a_token_that_says_itself_that_it_is_over_is_not_even_sent(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """An OAuth token names its end (here 1700000000), and no call is needed."""
    server = sandbox()
    claims = "eyJhdXRoQ2xhc3MiOiAiTG9jYXRpb24iLCAiZXhwIjogMTcwMDAwMDAwMH0"
    token = f"eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl"

    ended = importer(
        *("doctor", "--base-url", server.url, "--location-id", importer.location),
        env={"HIGHLEVEL_TOKEN": token},
    )

    assert ended.code == 4
    assert "has expired at 2023-11-14 22:13Z" in ended.out
    assert token not in ended.out
    assert server.truth()["by_method"] == {}


def test_a_days_quota_that_is_used_up_ends_with_75(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What is left is the reserve, and the way out is to wait or to take less of it."""
    ended = examine(importer, sandbox("--daily", "10").url, "--daily-reserve", "0.9")

    assert ended.code == 75
    assert "--wait-for-quota" in ended.out


def test_nobody_at_home_is_told_from_a_wrong_setting(importer: Importer) -> None:
    """No server: 6, as a run would end; no usable setting: 2; no token: 4."""
    nobody = examine(importer, "http://127.0.0.1:9")
    wrong = importer("doctor", "--rate", "fast")
    missing = importer("doctor", "--base-url", "ftp://example.com")

    assert (nobody.code, wrong.code, missing.code) == (6, 2, 2)
    assert "No connection to 127.0.0.1:9: Connection refused." in nobody.out
    assert "Write a rate such as 100/10s" in wrong.out
    assert "Write it like https://host.example." in missing.out


def test_each_of_many_locations_is_looked_at_and_the_good_ones_are_only_counted(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One missing token among eight locations: its line, its name, its variable."""
    entries = [
        f'[[locations]]\nid = "Location{number:012}"\nname = "Shop {number}"\n'
        for number in range(8)
    ]
    entries[5] += 'token_env = "TOKEN_OF_SHOP_5"\n'
    (importer.folder / "locations.toml").write_text("\n".join(entries), "utf-8")

    ended = importer("doctor", "--base-url", sandbox().url)

    shops = [line for line in ended.out.splitlines() if "Shop" in line]
    assert ended.code == 4
    assert len(shops) == 1, ended.out
    assert "There is no environment variable TOKEN_OF_SHOP_5." in shops[0]
    assert "skipped" in ended.out.splitlines()[-1]


# the archive


def packed(importer: Importer, name: str) -> dict[str, str]:
    with zipfile.ZipFile(importer.folder / name) as archive:
        return {one: archive.read(one).decode() for one in archive.namelist()}


@pytest.fixture
def ran(importer: Importer, sandbox: Callable[..., Sandbox]) -> Importer:
    """An importer with one run, whose log speaks of a row with a telling name."""
    server = sandbox("--fault-for", "secret-recipes=refused_but_created")
    row = f"{importer.location},{SECRET_CELL},secret-recipes,manual,{importer.product}"
    file = importer.write("shop.csv", [row])
    importer("run", file, "--base-url", server.url, "--run-id", "first", "--no-audit")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    return importer


def test_the_archive_holds_neither_token_nor_cell(ran: Importer) -> None:
    """Findings, settings, versions, summary and log are in it; the row is not."""
    log = ran.folder / "runs" / "first" / "run.log"
    line = {"timestamp": "2026-01-02T03:04:05Z", "level": "info"}
    with log.open("a", encoding="utf-8") as stream:
        leak = {**line, "event": "leak", "reason": f"sent {ran.token}"}
        stream.write(json.dumps(leak))

    ended = ran("doctor", "--location-id", ran.location, "--bundle", "support.zip")

    members = packed(ran, "support.zip")
    text = "\n".join(members.values())
    assert ended.code == 0
    assert set(members) == {
        "README.txt",
        "doctor.json",
        "settings.json",
        "versions.json",
        "runs/first/summary.json",
        "runs/first/run.log",
    }
    assert all(name in ended.out for name in members)
    for secret in (ran.token, SECRET_CELL, "secret-recipes"):
        assert secret not in text
    assert "row.rejected" in members["runs/first/run.log"]
    assert "sent ***" in members["runs/first/run.log"]
    assert "No cell of a spreadsheet is in it" in members["README.txt"]
    assert (ran.folder / "support.zip").stat().st_mode & 0o077 == 0


def test_cells_are_in_the_archive_only_where_they_are_asked_for(ran: Importer) -> None:
    """--with-cells puts the report in, and the archive says so."""
    ended = ran("doctor", "--bundle", "support.zip", "--with-cells", "--json")

    members = packed(ran, "support.zip")
    assert ended.document["bundle"]["holds"] == list(members)
    assert SECRET_CELL in members["runs/first/report.csv"]
    assert "the rows of the spreadsheet are in" in members["README.txt"]
    assert ran.token not in "\n".join(members.values())


def test_an_archive_that_is_there_is_not_replaced_unasked(importer: Importer) -> None:
    """Exit 2 and the way out; with --force it is replaced. Unusable settings too."""
    (importer.folder / "support.zip").write_text("precious")

    refused = importer("doctor", "--bundle", "support.zip", "--rate", "fast")
    kept = (importer.folder / "support.zip").read_text()
    forced = importer("doctor", "--bundle", "support.zip", "--rate", "fast", "--force")

    assert refused.code == 2
    assert "add --force" in refused.err
    assert kept == "precious"
    assert forced.code == 2
    assert "setting_unusable" in packed(importer, "support.zip")["doctor.json"]
