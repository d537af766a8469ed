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
    from collections.abc import Callable, Iterator, Sequence

LOCATIONS = ("SelftestLocationOne01", "SelftestLocationTwo02", "SelftestLocationSix06")
HEADER = ("location_id", "name", "slug", "type", "product_ids", "rules", "image")
PRODUCT = "655b33a82209e60b6adb87a5"
RULES = '{"logic": "AND", "conditions": [{"field": "title", "value": "oak"}]}'
#: So many collections that a list has more than one page.
FILLERS = 130
#: Makes a name too long for a server that has a limit.
TOO_LONG = ", and so on" * 12
#: Every so manieth row is of that kind.
INVALID, DUPLICATE, EXISTING, RIVALLED, ELSEWHERE = 41, 53, 29, 47, 23

Key = tuple[str, str]  # location and slug: what identifies a collection


class Kind(StrEnum):
    """What must become of a row."""

    VALID = "valid"  # one collection
    INVALID = "invalid"  # none, and the report says why
    DUPLICATE = "duplicate"  # none, an earlier row has made it
    REFUSED = "refused"  # none, the server refuses it; a person may make it by hand


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the input and what must become of it."""

    key: Key
    kind: Kind
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How the rows look, and which faults are scripted for some of them.

    `slug` and `name` make one of a number. `refused_every` is how many rows there are
    to one with a name that is too long for the server, `existing_every` to one that is
    there before; 0 for none.
    """

    fillers: int = FILLERS
    slug: Callable[[int], str] = "shelf-{}".format
    name: Callable[[int], str] = "Shelf {}, «été» 棚".format
    refused_every: int = 0
    existing_every: int = EXISTING
    faults: Sequence[str] = tuple(Fault)


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
        return frozenset(line.key for line in self.lines if line.kind is Kind.VALID)

    @property
    def to_create(self) -> int:
        """Collections that are not there before."""
        present = {(item["altId"], item["slug"]) for item in self.before}
        return len(self.keys - present)


def build(rows: int, seed: int, style: Style | None = None) -> Scene:
    """Build a scene with so many rows."""
    style = style or Style()
    random = Random(seed)  # noqa: S311 - only has to be repeatable
    lines: list[Line] = []
    for number in range(rows):
        valid = [line for line in lines[-40:] if line.kind is Kind.VALID]
        lines.append(_line(number, random.choice(valid) if valid else None, style))
    valid_rows = [line for line in lines if line.kind is Kind.VALID]
    every = style.existing_every
    there = valid_rows[every - 1 :: every] if every else []
    new = [valid_row for valid_row in valid_rows if valid_row not in there]
    return Scene(
        tuple(lines),
        tuple(_before(there, style.fillers)),
        tuple(_others(new, random)),
        _scripts(new, rows, random, style.faults),
    )


def _line(number: int, earlier: Line | None, style: Style) -> Line:
    if earlier and number % DUPLICATE == DUPLICATE - 1:
        cells = (earlier.key[0], f"Again {number}", *earlier.cells[2:])
        return Line(earlier.key, Kind.DUPLICATE, cells)
    slug = style.slug(number // len(LOCATIONS))
    key = (LOCATIONS[number % len(LOCATIONS)], slug)
    wrong = number % INVALID == INVALID - 1
    refused = bool(style.refused_every) and number % style.refused_every == 1
    image = f"https://shop.example/{number}.png" if number % 5 == 0 else ""
    kind = ("smart", "", RULES) if number % 7 == 0 else ("manual", PRODUCT, "")
    name = style.name(number) + TOO_LONG * (refused and not wrong)
    cells = (key[0], name, key[1], *kind, "no address" if wrong else image)
    if wrong:
        return Line(key, Kind.INVALID, cells)
    return Line(key, Kind.REFUSED if refused else Kind.VALID, cells)


def _before(there: list[Line], fillers: int) -> Iterator[dict[str, Any]]:
    """Make collections from long ago, some with a slug of the input, one twice."""
    for number in range(fillers):
        yield _made(LOCATIONS[number % 2], f"old-{number}", f"Old {number}")
    for line in [*there, *there[:1]]:
        yield _made(*line.key, f"Was here before: {line.key[1]}")


def _others(new: list[Line], random: Random) -> Iterator[tuple[float, dict[str, Any]]]:
    """Make what others create meanwhile: mostly apart from the input."""
    for number, line in enumerate(new):
        when = random.random() * number / len(new)
        if number % RIVALLED == RIVALLED - 1:
            yield when, _made(*line.key, f"A rival's {line.key[1]}")
        elif number % ELSEWHERE == ELSEWHERE - 1:
            yield when, _made(line.key[0], f"other-{number}", f"Other {number}")


def _scripts(
    new: list[Line], rows: int, random: Random, kinds: Sequence[str]
) -> dict[str, str]:
    """Return for each fault some names whose first call meets it."""
    names = [line.cells[1] for line in new]
    random.shuffle(names)
    each = ceil(rows * SCRIPTED_SHARE)
    faults = [str(fault) for fault in kinds] * each
    return dict(zip(names, faults, strict=False))


def _made(location_id: str, slug: str, name: str) -> dict[str, Any]:
    return {"altId": location_id, "slug": slug, "name": name, "type": "manual"}
