"""`importer status`: how far runs are, in a folder and in a database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

ROWS = 40


@pytest.mark.measured
def test_a_run_at_work_is_told_from_outside_and_is_not_disturbed(
    machines: tuple[Importer, Importer], sandbox: Callable[..., Sandbox]
) -> None:
    """Who works on it, rows done and left, how fast, and when it will end."""
    first, second = machines
    server = sandbox("--latency", "300ms", "--limit", "none")
    file = first.write("shop.csv", first.rows(ROWS))
    given = ("--base-url", server.url, "--concurrency", 1, "--rate", "none")
    process = first.start("run", file, *given, "--run-id", "night")
    server.wait_for_creates(8)
    asked_at = time.time()

    told = second("status", "--json")
    text = second("status", "night")

    assert told.code == 0, told.err
    (run,) = told.document["runs"]
    assert (run["run_id"], run["state"], run["rows"]) == ("night", "running", ROWS)
    assert run["process"] == process.pid
    assert run["done"] + run["left"] == ROWS
    assert 6 <= run["done"] < ROWS
    assert run["counts"]["created"] == run["done"]
    assert 0 < run["rate"] < 10
    assert run["since"] <= asked_at < run["ends_at"]
    assert f"in process {process.pid} since" in text.out
    assert "rows/s, ends about" in " ".join(text.out.split())
    assert first.stop(process).code == 0

    ended = second("status")
    assert (ended.code, ended.out[:28]) == (0, "No run is at work or waits i")
    assert "40  created" in second("status", "night").out


@pytest.mark.measured
def test_locations_that_need_a_person_come_first_by_their_names(
    machines: tuple[Importer, Importer], sandbox: Callable[..., Sandbox]
) -> None:
    """One is refused, one has a bad row, one is done; the problems are told as rows."""
    first, second = machines
    third = "thirdlocation00000001"
    server = sandbox("--token", f"{first.token}={first.location},{third}")
    done = first.rows(2)
    bad = first.rows(2, third)
    bad[1] = bad[1].replace(",manual,", ",neither,")
    refused = first.rows(1, first.other_location)
    file = first.write("shop.csv", [*done, *bad, *refused])
    listed = f'[[locations]]\nid = "{first.other_location}"\nname = "Berlin"\n'
    for machine in {first.folder: first, second.folder: second}.values():
        (machine.folder / "locations.toml").write_text(listed, encoding="utf-8")
    run = first("run", file, "--base-url", server.url, "--run-id", "night")
    assert run.code == 4, run.err

    told = second("status", "night", "--locations", "--problems", "--json").document
    text = second("status", "night", "--locations", "--problems").out

    assert [(at["name"], at["left"], at["problems"]) for at in told["locations"]] == [
        ("Berlin", 1, 0),
        ("", 0, 1),
        ("", 0, 0),
    ]
    assert told["locations"][0]["stopped_because"]
    (problem,) = told["problems"]
    assert (problem["status"], problem["row"]) == ("invalid", 5)
    lines = text.splitlines()
    (head,) = [place for place, line in enumerate(lines) if " problems  " in line]
    assert "Berlin" in lines[head + 1]
    assert f"shop.csv row 5 ({third} collection-1): invalid" in text
    assert second("status", "--locations").code == 2


def test_a_location_whose_day_is_over_is_told_with_the_time_of_the_next(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The run ended with 75 and waits; until when is in its journal."""
    server = sandbox("--daily", "20")
    file = importer.write("shop.csv", importer.rows(30))
    given = ("--base-url", server.url, "--daily-reserve", "0")
    assert importer("run", file, *given, "--run-id", "night").code == 75

    (run,) = importer("status", "--json").document["runs"]
    (at,) = importer("status", "night", "--locations", "--json").document["locations"]
    text = importer("status", "night", "--locations").out

    assert (run["state"], run["exit_code"]) == ("stopped", 75)
    assert [*run["parked"]] == [importer.location]
    assert at["parked"]
    assert "1 location is parked, as the day's quota is used up" in text
    if at["parked_until"] is not None:
        assert time.time() < at["parked_until"] < time.time() + 90_000
        assert "begins anew" in text


@pytest.mark.measured
def test_a_damaged_run_is_named_beside_the_others(importer: Importer) -> None:
    """As `importer runs` names it, with the same exit code."""
    folder = importer.folder / "runs" / "night"
    folder.mkdir(parents=True)
    (folder / "journal.db").write_bytes(b"nothing" * 100)
    ended = importer("status", "--json")
    assert (ended.code, ended.document["exit_code"]) == (5, 5)
    assert "night" in ended.document["unread"][0]
    assert "night" in importer("status").err


def test_each_location_gets_a_report_of_its_own_on_request(
    machines: tuple[Importer, Importer], sandbox: Callable[..., Sandbox]
) -> None:
    """From any machine, by the names of the list; every row is in one file."""
    first, second = machines
    server = sandbox()
    rows = [*first.rows(2), *first.rows(3, first.other_location, 2)]
    file = first.write("shop.csv", rows)
    listed = f'[[locations]]\nid = "{first.other_location}"\nname = "Berlin"\n'
    for machine in {first.folder: first, second.folder: second}.values():
        (machine.folder / "locations.toml").write_text(listed, encoding="utf-8")
    run = first("run", file, "--base-url", server.url, "--run-id", "night")
    assert run.code == 0, run.err
    place = second.folder / "runs" / "night" / "locations"
    place.mkdir(parents=True)
    (place / "Old name.csv").write_text("of an earlier writing", encoding="utf-8")

    told = second("report", "night", "--per-location")

    assert told.code == 0, told.err
    assert "locations: 2 files" in told.out
    lines = {path.name: path.read_text("utf-8") for path in place.iterdir()}
    assert sorted(lines) == ["Berlin.csv", f"{first.location}.csv"]
    assert lines["Berlin.csv"].count(",created,") == 3
    assert lines[f"{first.location}.csv"].count(",created,") == 2
    assert lines["Berlin.csv"].startswith("file,sheet,row,")
