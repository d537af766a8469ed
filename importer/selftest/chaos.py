"""When the program is struck, and how: a seeded plan, as values.

Pure: it kills nothing. A strike falls when a share of the collections is there and a
pause has passed, so the blows are spread over the whole: the start of the program,
its reading and comparing, the sending, the settling and the audit at the end.
Invariant: the plan has exactly as many kills and freezes as were asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

#: Of ten kills so many fall right after a start, and so many at the end.
AT_START, AT_END = 1, 2
#: When nearly everything is there: settling, or the audit.
END = 0.97
LAST_SENDING = 0.9
#: The longest pauses before a blow, seconds.
START_PAUSE, SENDING_PAUSE, END_PAUSE = 1.0, 1.5, 4.0


class Blow(StrEnum):
    """What is done to the program."""

    KILL = "kill"  # SIGKILL
    FREEZE = "freeze"  # SIGSTOP for a while, and a second program meanwhile


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow, due when `progress` (a share of the collections) is reached.

    `pause_seconds` go by before it falls.
    """

    progress: float
    pause_seconds: float
    blow: Blow = Blow.KILL


def plan(kills: int, freezes: int, seed: int) -> tuple[Strike, ...]:
    """Plan all strikes of a trial in the order in which they fall."""
    random = Random(seed)  # noqa: S311 - only has to be repeatable
    at_start = (kills + 4) * AT_START // 10
    at_end = (kills + 3) * AT_END // 10
    sending = kills - at_start - at_end
    strikes = [Strike(0.0, random.random() * START_PAUSE) for _ in range(at_start)]
    strikes += [
        Strike(
            # the square: most fall soon, a few let the program settle something
            (number + random.random()) / sending * LAST_SENDING,
            random.random() ** 2 * SENDING_PAUSE,
        )
        for number in range(sending)
    ]
    strikes += [Strike(END, random.random() * END_PAUSE) for _ in range(at_end)]
    strikes += [
        # in the middle: only there it is certain that the program holds its locations
        Strike(0.1 + 0.7 * (number + random.random()) / freezes, 0.0, Blow.FREEZE)
        for number in range(freezes)
    ]
    return tuple(sorted(strikes, key=lambda strike: strike.progress))
