"""A location that refuses its first rows, all for the same reason, is stopped."""

from __future__ import annotations

import asyncio
import csv
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from refusing import Api, serving

import importer

if TYPE_CHECKING:
    from collections.abc import Callable

    from refusing import Body, Refusal

BERLIN, WIEN = "Z4Bxl8J4SaPEPLq9IQ8g", "6578278e879ad2646715ba9c"
PRODUCT = "655b33a82209e60b6adb87a5"
UNKNOWN_FIELD: Refusal = (422, ["property type should not exist"])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with a token for everything."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "pit-default-0123456789")


def rows(count: int, *locations: str) -> str:
    """Write a file with rows of locations, in turn."""
    with Path("rows.csv").open("w", encoding="utf-8") as stream:
        stream.write("location_id,name,slug,type,product_ids\n")
        for number in range(count):
            for location in locations or (BERLIN,):
                row = f"{location},Name {number},slug-{number},manual,{PRODUCT}\n"
                stream.write(row)
    return "rows.csv"


def carried_out(api: Api, file: str = "rows.csv", **options: object) -> Any:
    """The summary of a run against the API."""

    async def main() -> Any:
        async with serving(api):
            given: dict[str, Any] = {
                "base_url": api.url,
                "rate": "none",
                "attempts": 2,
                "settle_pauses": "0.01,0.01",
                **options,
            }
            result = await importer.run(file, run_id="one", **given)
            return result.summary

    return asyncio.run(main())


def resumed(api: Api, **options: Any) -> Any:
    """The summary of the run's resume, against the same API."""

    async def main() -> Any:
        async with serving(api):
            given = {"base_url": api.url, "settle_pauses": "0.01,0.01", **options}
            result = await importer.resume("one", **given)
            assert result is not None
            return result.summary

    return asyncio.run(main())


def report() -> list[dict[str, str]]:
    """The lines of the run's report."""
    with Path("runs/one/report.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def counted(summary: Any) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: count for name, count in summary.counts.items() if count}


def always(refusal: Refusal) -> Callable[[Body], Refusal]:
    return lambda _: refusal


def test_a_location_that_refuses_its_first_twenty_rows_alike_is_stopped() -> None:
    """No more than these are sent, the others say why and what helps; exit 6."""
    api = Api(creating=always(UNKNOWN_FIELD))
    rows(300)

    summary = carried_out(api)

    assert len(api.posted) == 20
    assert counted(summary) == {"rejected": 20, "not_attempted": 280}
    assert summary.exit_code == 6
    assert "HTTP 422: property type should not exist" in summary.stopped_because
    assert "refused each of the first 20 rows for the same" in summary.stopped_because
    last = report()[-1]
    assert (last["status"], last["code"]) == ("not_attempted", "refused_alike")
    assert "property type should not exist" in last["message"]
    assert "send_fields" in last["message"]


def test_the_other_locations_go_on() -> None:
    """What one location does not take another one may."""
    api = Api(creating=lambda body: UNKNOWN_FIELD if body["altId"] == WIEN else None)
    rows(60, BERLIN, WIEN)

    summary = carried_out(api)

    assert summary.locations[BERLIN] == {"created": 60}
    assert summary.locations[WIEN] == {"rejected": 20, "not_attempted": 40}
    assert summary.exit_code == 6
    assert list(summary.location_stops) == [WIEN]


@pytest.mark.parametrize(
    ("count", "stops"), [(19, False), (20, False), (21, True), (1, False)]
)
def test_fewer_rows_than_that_stop_nothing(count: int, stops: bool) -> None:
    """Nor as many: there is nothing left that could be spared."""
    summary = carried_out(Api(creating=always(UNKNOWN_FIELD)), rows(count))
    assert counted(summary)["rejected"] == min(count, 20)
    assert summary.exit_code == (6 if stops else 3)


def test_one_created_row_ends_the_trial_for_good() -> None:
    """Whatever is refused behind it: the API takes such rows."""
    api = Api(
        creating=lambda body: None if body["slug"] == "slug-19" else UNKNOWN_FIELD
    )
    summary = carried_out(api, rows(60))
    assert counted(summary) == {"created": 1, "rejected": 59}
    assert summary.exit_code == 3


def named(words: str) -> Callable[[Body], Refusal]:
    """Refuse with words that hold a row's own slug and name."""
    return lambda body: (422, [words.format(**body)])


@pytest.mark.parametrize(
    "words", ["{slug} has a bad type", 'collection "{name}" ({slug}): type is unknown']
)
def test_reasons_that_differ_only_in_the_rows_own_values_are_the_same(
    words: str,
) -> None:
    """A server that quotes the row refuses all for one reason nevertheless."""
    summary = carried_out(Api(creating=named(words)), rows(40))
    assert counted(summary) == {"rejected": 20, "not_attempted": 20}


def test_a_slug_that_is_a_word_of_the_reason_does_not_hide_that_it_is_the_same() -> (
    None
):
    """The texts are compared as they are, too."""
    text = "".join(f"{BERLIN},Name {n},s{n},manual,{PRODUCT}\n" for n in range(39))
    head = f"location_id,name,slug,type,product_ids\n{BERLIN},x,type,manual,{PRODUCT}\n"
    Path("rows.csv").write_text(head + text, "utf-8")
    summary = carried_out(Api(creating=always(UNKNOWN_FIELD)))
    assert counted(summary) == {"rejected": 20, "not_attempted": 20}


def alternating(first: Refusal, second: Refusal) -> Callable[[Body], Refusal]:
    """Refuse rows in turn for two reasons."""
    return lambda body: second if int(body["slug"][5:]) % 7 == 6 else first


@pytest.mark.parametrize(
    "other",
    [
        (422, ["image must be a URL"]),
        (400, "property type should not exist"),
    ],
)
def test_two_reasons_stop_nothing(other: Refusal) -> None:
    """The rows are bad each in its own way, and all of them have an answer."""
    summary = carried_out(Api(creating=alternating(UNKNOWN_FIELD, other)), rows(60))
    assert counted(summary) == {"rejected": 60}
    assert summary.exit_code == 3


def test_conflicts_stop_nothing() -> None:
    """A 409 says that the collection exists, not that the row is wrong."""
    api = Api(creating=always((409, "exists already")))
    summary = carried_out(api, rows(40))
    assert counted(summary) == {"rejected": 40}
    api = Api(creating=alternating(UNKNOWN_FIELD, (409, "exists already")))
    Path("runs").rename("earlier")
    assert counted(carried_out(api, rows(40))) == {"rejected": 40}


@pytest.mark.parametrize("status", [429, 408, 500, 503])
def test_what_is_no_answer_is_not_counted(status: int) -> None:
    """It neither stops a location nor keeps it from being stopped."""
    met: set[str] = set()

    def creating(body: Body) -> Refusal:
        if body["slug"] not in met and len(met) < 15:
            met.add(body["slug"])
            return (status, "later")
        return UNKNOWN_FIELD

    api = Api(creating=creating)
    summary = carried_out(api, rows(60), attempts=5)
    assert summary.counts["rejected"] == 20
    assert summary.counts["not_attempted"] == 40
    assert summary.exit_code == 6
    assert sum(map(len, api.held.values())) == 0


def test_the_setting_overrules() -> None:
    """0 sends everything, another number is another patience."""
    api = Api(creating=always(UNKNOWN_FIELD))
    assert counted(carried_out(api, rows(40), early_stop=0)) == {"rejected": 40}
    Path("runs").rename("earlier")
    summary = carried_out(api, rows(40), early_stop=5)
    assert counted(summary) == {"rejected": 5, "not_attempted": 35}
    Path("runs").rename("later")
    summary = carried_out(api, rows(40), early_stop=1)
    assert counted(summary) == {"rejected": 1, "not_attempted": 39}
    assert "refused the first row for the same reason" in summary.stopped_because


def test_a_resume_tries_the_location_anew() -> None:
    """It may have been repaired; where not, no more than twenty rows are spent."""
    api = Api(creating=always(UNKNOWN_FIELD))
    carried_out(api, rows(60))

    again = resumed(api)
    assert counted(again) == {"rejected": 40, "not_attempted": 20}
    assert again.exit_code == 6

    api.creating = always(None)
    last = resumed(api)
    assert counted(last) == {"rejected": 40, "created": 20}
    assert last.exit_code == 3
    assert last.location_stops == {}


def test_a_resume_knows_that_the_location_has_created_before() -> None:
    """What was proved by an earlier process of the run need not be proved again."""
    api = Api(creating=lambda body: None if body["slug"] == "slug-0" else UNKNOWN_FIELD)
    first = carried_out(api, rows(90), max_errors="30", concurrency=2)
    assert first.counts["created"] == 1
    assert first.counts["not_attempted"]

    last = resumed(api)
    assert counted(last) == {"created": 1, "rejected": 89}


def test_what_was_created_in_spite_of_a_refusal_is_found_in_a_stopped_location() -> (
    None
):
    """A 422 has been seen for collections that exist; the audit looks here, too."""
    api = Api()

    def creating(body: Body) -> Refusal:
        if body["slug"] == "slug-3":
            now = datetime.fromtimestamp(time.time(), UTC).isoformat()
            made = body | {"_id": f"{int(time.time()):x}{7:016x}", "createdAt": now}
            api.held.setdefault(body["altId"], []).append(made)
        return UNKNOWN_FIELD

    api.creating = creating
    carried_out(api, rows(60))
    assert report()[3]["code"] == "created_all_the_same"


def test_updates_that_are_all_refused_stop_the_location_as_well() -> None:
    """The same of PUTs, whose reasons may hold the ids of what is there."""
    api = Api(updating=named("{slug}: property image should not exist"))
    api.held[BERLIN] = [
        {"_id": f"{n:024x}", "altId": BERLIN, "slug": f"slug-{n}", "name": "Old"}
        for n in range(40)
    ]
    summary = carried_out(api, rows(40), on_existing="update")
    assert counted(summary) == {"rejected": 20, "not_attempted": 20}
