"""The scene of a trial: what is there before, what is written, what others make.

Pure, and the same for the same seed. Three locations share slugs, so that a slug
alone identifies nothing; some rows are wrong, some come twice, some exist already, and
while the program works, others make collections, a few of them with a slug of the
input. Invariant: names are unique, so that a fault can be scripted for one row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any

from importer.sandbox.faults import Fault
from importer.selftest.options import SCRIPTED_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCATIONS = ("SelftestLocationOne01", "SelftestLocationTwo02", "SelftestLocationSix06")
HEADER = ("location_id", "name", "slug", "type", "product_ids", "rules", "image")
PRODUCT = "655b33a82209e60b6adb87a5"
RULES = '{"logic": "AND", "conditions": [{"field": "title", "value": "oak"}]}'
#: So many collections that a list has more than one page.
FILLERS = 130
#: Every so manieth row is of that kind.
INVALID, DUPLICATE, EXISTING, RIVALLED, ELSEWHERE = 41, 53, 29, 47, 23

Key = tuple[str, str]  # location and slug: what identifies a collection


class Kind(StrEnum):
    """What must become of a row."""

    VALID = "valid"  # one collection
    INVALID = "invalid"  # none, and the report says why
    DUPLICATE = "duplicate"  # none, an earlier row has made it


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the input and what must become of it."""

    key: Key
    kind: Kind
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a trial begins with, and what others do meanwhile.

    `before` and `others` are collections as the sandbox is given them; the latter
    with the share of rows that must be there first. `scripts` maps names to faults.
    """

    lines: tuple[Line, ...]
    before: tuple[dict[str, Any], ...]
    others: tuple[tuple[float, dict[str, Any]], ...]
    scripts: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[Key]:
        """What must be there, exactly once."""
        return frozenset(one.key for one in self.lines if one.kind is Kind.VALID)

    @property
    def to_create(self) -> int:
        """Collections that are not there before."""
        there = {(one["altId"], one["slug"]) for one in self.before}
        return len(self.keys - there)


def build(rows: int, seed: int) -> Scene:
    """A scene with so many rows."""
    random = Random(seed)  # noqa: S311 - only has to be repeatable
    lines: list[Line] = []
    for number in range(rows):
        valid = [one for one in lines[-40:] if one.kind is Kind.VALID]
        lines.append(_line(number, random.choice(valid) if valid else None))
    valid_rows = [one for one in lines if one.kind is Kind.VALID]
    there = valid_rows[EXISTING - 1 :: EXISTING]
    new = [one for one in valid_rows if one not in there]
    return Scene(
        tuple(lines),
        tuple(_before(there)),
        tuple(_others(new, random)),
        _scripts(new, rows, random),
    )


def _line(number: int, earlier: Line | None) -> Line:
    if earlier and number % DUPLICATE == DUPLICATE - 1:
        cells = (earlier.key[0], f"Again {number}", *earlier.cells[2:])
        return Line(earlier.key, Kind.DUPLICATE, cells)
    key = (LOCATIONS[number % len(LOCATIONS)], f"shelf-{number // len(LOCATIONS)}")
    wrong = number % INVALID == INVALID - 1
    image = f"https://shop.example/{number}.png" if number % 5 == 0 else ""
    kind = ("smart", "", RULES) if number % 7 == 0 else ("manual", PRODUCT, "")
    cells = (*_names(key, number), *kind, "no address" if wrong else image)
    return Line(key, Kind.INVALID if wrong else Kind.VALID, cells)


def _names(key: Key, number: int) -> tuple[str, str, str]:
    return key[0], f"Shelf {number}, «été» 棚", key[1]


def _before(there: list[Line]) -> Iterator[dict[str, Any]]:
    """Collections from long ago; some have a slug of the input, one of them twice."""
    for number in range(FILLERS):
        yield _made(LOCATIONS[number % 2], f"old-{number}", f"Old {number}")
    for line in [*there, *there[:1]]:
        yield _made(*line.key, f"Was here before: {line.key[1]}")


def _others(new: list[Line], random: Random) -> Iterator[tuple[float, dict[str, Any]]]:
    """What others make meanwhile: mostly apart from the input, now and then not."""
    for number, line in enumerate(new):
        when = random.random() * number / len(new)
        if number % RIVALLED == RIVALLED - 1:
            yield when, _made(*line.key, f"A rival's {line.key[1]}")
        elif number % ELSEWHERE == ELSEWHERE - 1:
            yield when, _made(line.key[0], f"other-{number}", f"Other {number}")


def _scripts(new: list[Line], rows: int, random: Random) -> dict[str, str]:
    """For each fault some names whose first call meets it."""
    names = [line.cells[1] for line in new]
    random.shuffle(names)
    each = ceil(rows * SCRIPTED_SHARE)
    faults = [str(fault) for fault in Fault] * each
    return dict(zip(names, faults, strict=False))


def _made(location_id: str, slug: str, name: str) -> dict[str, Any]:
    return {"altId": location_id, "slug": slug, "name": name, "type": "manual"}
