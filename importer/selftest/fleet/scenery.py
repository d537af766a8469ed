"""What a trial of a cluster begins with: many rows in locations of very unequal size.

Pure, and the same for the same seed. Everything else is as in the scene of the other
trials: wrong rows, rows twice, rows that exist already, and what others make meanwhile.
Invariant: the largest location has a sixth of all rows, the smallest one a hundredth.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from importer.selftest import scene

#: How many locations there are.
LOCATIONS = 40
#: The most calls a second for a location: the largest one decides how long it takes.
CALLS_A_SECOND = 25

#: Chance that a call meets a fault of one kind, and the share of rows whose first call
#: does by script: less than for one process, as the accidents are what is tried.
FAULT_SHARE, SCRIPTED_SHARE = 0.004, 0.004


def location(number: int) -> str:
    """Return the id of a location; the first is the largest."""
    return f"SelftestFleetPlace{number:03}"


def build(rows: int, seed: int) -> scene.Scene:
    """Build a scene with so many rows."""
    random = Random(seed)  # noqa: S311 - only has to be repeatable
    names = [location(number) for number in range(LOCATIONS)]
    shares = [1 / (number + 2) for number in range(LOCATIONS)]
    counted: Counter[str] = Counter()
    places: list[tuple[str, int]] = []
    for name in random.choices(names, shares, k=rows):
        places.append((name, counted[name]))
        counted[name] += 1
    style = scene.Style(
        place=places.__getitem__,
        filled=(names[0], names[1]),
        scripted_share=SCRIPTED_SHARE,
    )
    return scene.build(rows, seed, style)
