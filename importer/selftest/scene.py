"""The scene of a trial: how large it is, what is there before, what others make.

Pure, and the same for the same seed. Three locations share slugs, so that a slug alone
identifies nothing; some rows are wrong, some come twice, some exist already, and while
the program works, others make collections, a few of them with a slug of the input.
Invariants: names are unique, so that a fault can be scripted for one row; the pauses
between looks are longer than the latest commit and the longest lag of a list together,
also for a program that was killed right after it had sent, so every trial is one that
the protocol says it must pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any

from importer.sandbox.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


#: What the sandbox is told. Lists show a tenth of the creates so much later.
LATENCY_SECONDS = 0.06
LIST_LAG_SECONDS = 1.0
#: `slow_commit` creates so late: after the program has given the call up.
SLOW_COMMIT_SECONDS = 2.5
TIMEOUT_SECONDS = 1.5
SETTLE_PAUSES = (0.5, 1.0, 3.0)
#: How long a frozen program stays frozen: every call under way times out.
FREEZE_SECONDS = 3.0
#: Chance that a call meets a fault of one kind, apart from those that are scripted.
FAULT_SHARE = 0.01
LAG_SHARE = 0.08
#: Rows whose first call meets a fault of a kind, by script: so each kind happens.
SCRIPTED_SHARE = 0.015
#: How long the sending should take at least, so that the blows fall into it.
SENDING_SECONDS = 4.0
SENDING_SECONDS_FOR_A_BLOW = 0.6
#: The most calls a second for a location.
FASTEST = 100
#: The size of a trial, and of one with a nature.
ROWS, KILLS, FREEZES = 1000, 20, 2
NATURE_ROWS, NATURE_KILLS, NATURE_FREEZES = 120, 3, 0
#: Of the accidents of a trial with a nature, drawn for each write.
NATURE_FAULT_SHARE = 0.01
#: Calls a second for a location in such a trial: lists take many.
NATURE_CALLS_A_SECOND = 20
#: When a command after the run of such a trial is given up.
AFTERMATH_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Options:
    """One trial; `--minutes` repeats it with the seeds that follow.

    `keep` is the folder that keeps what the trials wrote, None for one that goes
    away when all is well; `natures` are names, each for a trial of its own.
    """

    rows: int = ROWS
    kills: int = KILLS
    freezes: int = FREEZES
    seed: int = 1
    minutes: float = 0.0
    keep: Path | None = None
    natures: tuple[str, ...] = ()

    @property
    def calls_a_second(self) -> int:
        """What the sandbox allows a location, so that the sending lasts."""
        blows = self.kills + self.freezes
        seconds = max(SENDING_SECONDS, SENDING_SECONDS_FOR_A_BLOW * blows)
        return max(3, min(FASTEST, round(self.rows / 3 / seconds)))

    @classmethod
    def of(cls, natures: tuple[str, ...], **given: Any) -> Options:  # noqa: ANN401
        """Make options with what is None taken from the usual ones, or a nature's."""
        usual = {"rows": ROWS, "kills": KILLS, "freezes": FREEZES}
        if natures:
            usual = {"rows": NATURE_ROWS, "kills": NATURE_KILLS}
            usual["freezes"] = NATURE_FREEZES
        facts = {name: value for name, value in given.items() if value is not None}
        return cls(natures=natures, **(usual | facts))

    @property
    def longest_seconds(self) -> float:
        """When a trial is given up: something hangs."""
        usual = 120.0 + self.rows * 0.2 + (self.kills + self.freezes) * 15.0
        return usual + (3 * AFTERMATH_SECONDS if self.natures else 0.0)


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


def evenly(number: int) -> tuple[str, int]:
    """Return the location of a row, and its number there: one after the other."""
    return LOCATIONS[number % len(LOCATIONS)], number // len(LOCATIONS)


@dataclass(frozen=True, slots=True)
class Style:
    """How the rows look, and which faults are scripted for some of them.

    `slug` and `name` make one of a number, `place` the location of a row and its number
    there. `filled` are two locations that have collections from long ago;
    `scripted_share` is the share of rows that meet a fault of each kind by script.
    `refused_every` is how many rows there are to one with a name that is too long for
    the server, `existing_every` to one that is there before; 0 for none.
    """

    fillers: int = FILLERS
    slug: Callable[[int], str] = "shelf-{}".format
    name: Callable[[int], str] = "Shelf {}, «été» 棚".format
    refused_every: int = 0
    existing_every: int = EXISTING
    faults: Sequence[str] = tuple(Fault)
    place: Callable[[int], tuple[str, int]] = evenly
    filled: tuple[str, str] = LOCATIONS[:2]
    scripted_share: float = SCRIPTED_SHARE


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
        tuple(_before(there, style)),
        tuple(_others(new, random)),
        _scripts(new, rows, random, style),
    )


def _line(number: int, earlier: Line | None, style: Style) -> Line:
    if earlier and number % DUPLICATE == DUPLICATE - 1:
        cells = (earlier.key[0], f"Again {number}", *earlier.cells[2:])
        return Line(earlier.key, Kind.DUPLICATE, cells)
    location, number_there = style.place(number)
    key = (location, style.slug(number_there))
    wrong = number % INVALID == INVALID - 1
    refused = bool(style.refused_every) and number % style.refused_every == 1
    image = f"https://shop.example/{number}.png" if number % 5 == 0 else ""
    kind = ("smart", "", RULES) if number % 7 == 0 else ("manual", PRODUCT, "")
    name = style.name(number) + TOO_LONG * (refused and not wrong)
    cells = (key[0], name, key[1], *kind, "no address" if wrong else image)
    if wrong:
        return Line(key, Kind.INVALID, cells)
    return Line(key, Kind.REFUSED if refused else Kind.VALID, cells)


def _before(there: list[Line], style: Style) -> Iterator[dict[str, Any]]:
    """Make collections from long ago, some with a slug of the input, one twice."""
    for number in range(style.fillers):
        yield _made(style.filled[number % 2], f"old-{number}", f"Old {number}")
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
    new: list[Line], rows: int, random: Random, style: Style
) -> dict[str, str]:
    """Return for each fault some names whose first call meets it."""
    names = [line.cells[1] for line in new]
    random.shuffle(names)
    each = ceil(rows * style.scripted_share)
    faults = [str(fault) for fault in style.faults] * each
    return dict(zip(names, faults, strict=False))


def _made(location_id: str, slug: str, name: str) -> dict[str, Any]:
    return {"altId": location_id, "slug": slug, "name": name, "type": "manual"}
