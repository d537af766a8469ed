"""A life of the program, from a start to its end, and when it is struck.

A seeded plan, as values: a strike falls when a share of the collections is there and a
pause has passed, so the blows are spread over the whole: the start of the program, its
reading and comparing, the sending, the settling and the audit at the end. It kills,
starts and asks nothing. Invariants: the plan has exactly as many kills and freezes as
were asked for; a blow of a finished run falls soon after the start, while there is
still something to strike.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any

from importer.exit_codes import Exit
from importer.selftest.verdict import Figures, Verdict

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping

    from importer.selftest.scene import Options, Scene


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


#: Exit codes after which a resume is what a user would type next.
AGAIN = frozenset(
    {
        Exit.OK,
        Exit.PROBLEMS,
        Exit.ACCESS,  # a token or an edge that refused several times in a row
        Exit.TOO_MANY_ERRORS,  # a list that could not be read
        Exit.UNKNOWN_ROWS,
    }
)
#: A program that finds nothing left to do does not live long.
LATE_PAUSE_SECONDS = 0.3


@dataclass(slots=True)
class Life:
    """One process of the program; `calls` is what the server had seen before it."""

    process: Process
    calls: Mapping[str, int]
    started: float
    progress: float = 0.0
    due: float | None = None
    made: Counter[str] = field(default_factory=Counter)

    def notice(self, calls: Mapping[str, int], progress: float) -> None:
        """Take in what the server has seen by now."""
        self.made = Counter(calls)
        self.made.subtract(self.calls)
        self.progress = progress

    @property
    def phase(self) -> str:
        """What the program is doing, as far as the server can tell."""
        if not self.made.total():
            return "starting"
        if self.progress >= END:
            return "finishing"
        return "sending" if self.made["POST"] else "listing"

    def is_due(self, strike: Strike, now: float, *, finished: bool) -> bool:
        """Return whether a blow falls now."""
        freezes = strike.blow is Blow.FREEZE
        if self.due is None:
            # a program that has made a call holds its locations
            if strike.progress > self.progress and not finished:
                return False
            if freezes and not self.made.total():
                return False
            pause = strike.pause_seconds
            self.due = now + (min(pause, LATE_PAUSE_SECONDS) if finished else pause)
        return now >= self.due


@dataclass(slots=True)
class Tally:
    """What was done to the program in all its lives, and how they ended."""

    killed_while: Counter[str] = field(default_factory=Counter)
    freezes: int = 0
    held_off: int = 0
    resumes: int = 0
    exits: Counter[int] = field(default_factory=Counter)
    finished: bool = False
    surprises: list[str] = field(default_factory=list)

    def verdict(
        self,
        chosen: Options,
        seed: int,
        scene: Scene,
        truth: Mapping[str, Any],
        figures: Figures,
        seconds: float,
    ) -> Verdict:
        """Return all there is to say of a trial."""
        if self.killed_while.total() != chosen.kills:
            self.surprises.append("not all kills could be done")
        if self.freezes != chosen.freezes:
            self.surprises.append("not all freezes could be done")
        return Verdict(
            seed=seed,
            rows=len(scene.lines),
            collections=len(scene.keys),
            calls=truth["calls"],
            faults=dict(truth["faults"]),
            killed_while=dict(self.killed_while),
            freezes=self.freezes,
            held_off=self.held_off,
            resumes=self.resumes,
            figures=figures,
            surprises=tuple(self.surprises),
            seconds=seconds,
        )
