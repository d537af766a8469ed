"""Runs that were never made, as pages: small and large, quiet and hostile.

Only values; whoever wants a page writes it with `report.write_page`. Invariant: the
sums of a summary are those of its rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from importer import flight
from importer.exit_codes import Exit
from importer.models import (
    FINAL_STATUSES,
    Calls,
    Code,
    Flight,
    InputFile,
    MadeCollection,
    Place,
    ReportLine,
    State,
    Status,
    Summary,
)
from importer.ratelimit import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BEGAN = 1_767_225_600.0
PROBLEMS = (Code.SLUG_INVALID, Code.IMAGE_NOT_A_URL, Code.NAME_MISSING)
HOSTILE = (
    "</script><script>document.title = 'hurt'</script>",
    "<img src=x onerror=\"document.title = 'hurt'\">",
    "<!--<script>",
    "\u202egnp.exe\u2066 اسم",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)//\\u003c\\",
    "a\u2028b\u2029c",
    "' onmouseover=alert(1) x='",
)


def lines(count: int, locations: int = 1) -> Iterator[ReportLine]:
    """Rows with problems of three kinds."""
    for nth in range(count):
        yield ReportLine(
            Place("shop.csv", "", nth + 2, nth + 2),
            f"location-{nth % locations:05}",
            f"Collection {nth}",
            f"Collection {nth}",
            Status.INVALID,
            code=PROBLEMS[nth % 3],
            message=f"slug: A slug has lower-case letters only. Write {nth}.",
        )


def hostile() -> list[ReportLine]:
    """Rows whose every text wants to be more than text, more than fit on one turn."""
    return [
        ReportLine(
            Place(f"{text}.csv", text, nth + 2, nth + 2),
            text,
            text,
            text[::-1],
            Status.INVALID,
            code=Code.SLUG_INVALID,
            message=f"slug: {text}",
        )
        for nth, text in enumerate(HOSTILE * 2)
    ]


def created(count: int, locations: int = 1) -> Iterator[MadeCollection]:
    """New collections, each with its id."""
    for nth in range(count):
        place = Place("shop.csv", "", nth + 2, nth + 2)
        where = f"location-{nth % locations:05}"
        name, slug = f"Lamps {nth}", f"lamps-{nth}"
        yield MadeCollection(place, where, name, slug, f"6578278e{nth:016}")


def updated(
    count: int, changes: Mapping[str, tuple[str, str]] | None = None
) -> Iterator[MadeCollection]:
    """Changed collections: their names, if nothing else is asked for."""
    for made in created(count):
        yield replace(made, changes=changes or {"name": ("Summer", made.name)})


def hurt() -> list[MadeCollection]:
    """Collections whose every text wants to be more than text."""
    return [
        MadeCollection(
            Place(f"{text}.csv", text, nth + 2, nth + 2),
            text,
            text,
            text[::-1],
            text,
            changes={text: (text, f"{text}{text[::-1]}"), "product_ids": ("a", text)},
        )
        for nth, text in enumerate(HOSTILE * 2)
    ]


def flown(locations: int, calls: int = 40) -> Flight:
    """The record of calls to so many locations, some refused, some never answered."""
    record = flight.Recorder(BEGAN)
    for nth in range(calls):
        for place in range(locations):
            status = 429 if nth == 3 and place % 7 == 0 else 201
            now = nth * 0.9
            said = Reading(100, 50, 10.0, 200_000, 199_000 - nth * 100 - place)
            reading = None if nth == 5 and place == 0 else said
            took = 0.2 + nth % 5 / 100
            record.ended(f"location-{place:05}", now - took, now, status, reading)
    made = record.flight()
    return flight.together(
        made, Flight(retries={"no connection within 10 s": 2}, doubts={"HTTP 502": 3})
    )


def summary(
    rows: Sequence[ReportLine],
    locations: int = 1,
    made: Flight | None = None,
    **done: int,
) -> Summary:
    """A finished run of these rows, and of 30 good ones in each location.

    `done` are further ones of the first location, by status.
    """
    made = made or Flight()
    by_location: dict[str, Counter[str]] = {
        f"location-{nth:05}": Counter(created=30) for nth in range(locations)
    }
    if done:
        by_location["location-00000"].update(done)
    for row in rows:
        by_location.setdefault(row.location_id, Counter())[row.status.value] += 1
    counts: Counter[str] = sum(by_location.values(), Counter())
    calls = {name: one.calls for name, one in made.locations.items()}
    refused = sum(one.refused for one in made.locations.values())
    return Summary(
        run_id="spring",
        state=State.FINISHED,
        exit_code=Exit.PROBLEMS if rows else Exit.OK,
        files=(InputFile("shop.csv", "", "own", counts.total(), ("shelf",)),),
        counts={status.value: counts[status.value] for status in FINAL_STATUSES},
        locations=by_location,
        calls=Calls(sum(calls.values()), refused, sum(made.retries.values())),
        started_at=BEGAN,
        finished_at=BEGAN + 42.5,
        codes=Counter(str(row.code) for row in rows) + Counter(slug_made=2),
        location_names={"location-00001": "Berlin"} if locations > 1 else {},
        location_calls=calls,
        flight=made,
    )
