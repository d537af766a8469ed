"""What is allowed, how careful a budget is, and how long it rests after a 429.

The user's options, the margins with their reasons, and the pause as a pure function.
Shares are of the limit or of the interval. Invariant: no pause is shorter than the
window, so that a server that asks for nothing is not asked again at once, and none is
longer than the user allows.
"""

from __future__ import annotations

from dataclasses import dataclass

from importer.models import Rate

#: A slot stays taken this much longer than an interval: two clocks, one of them
#: the server's, may round a boundary differently.
MARGIN_SECONDS = 0.005
#: A call that was given up may still be on its way: its slot is held so many times
#: as long.
GIVEN_UP = 2
#: Where others spend too, and in the first interval, when that is not known, this
#: share of the limit waits until what is under way is answered.
AHEAD = 0.04
#: The first interval's share of that waits no longer than for such a share of it.
SURE = 0.05
#: After so many intervals half of a guess is left.
HALF_LIFE = 3.0
#: Others that were seen are reckoned with for so many intervals.
MEMORY = 30
#: A budget that has heard nothing for this share of an interval asks with one call
#: before it sends many.
QUIET = 0.1


#: No `Retry-After` is waited for longer, unless a setting says so.
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds, and the reason in words."""

    seconds: float
    reason: str


def pause(asked: float | None, window: float, longest: float) -> Pause:
    """Choose the pause after a refusal, with its reason.

    Args:
        asked: the seconds that the answer asks for, None where it states none.
        window: the seconds of the limit's window.
        longest: the seconds that are waited at the most, but for a longer window.
    """
    if asked is None:
        return Pause(window, f"one window of the limit, {window:g} s")
    wish = f"HighLevel asks for {asked:,.10g} s"
    # less than a window is not believed: nothing can be free before it is over
    if asked < window:
        return Pause(window, f"{wish}; a window of the limit is {window:g} s")
    if asked > (longest := max(longest, window)):
        return Pause(longest, f"{wish}; {longest:g} s are the most that is waited")
    return Pause(asked, wish)


#: What the API documents: 100 calls in 10 s for each location.
_API = Rate(100, 10.0)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user allows on top of what the API allows.

    `rate` is a ceiling for each location, None lifts it; `max_per_second` one for
    the whole process; `even` spaces the calls of a location instead of sending
    what the window allows at once; below `daily_reserve` (a share of the day's
    quota) nothing more is sent. After a refused call (429) no pause is longer than
    `max_retry_after_seconds`, whatever `Retry-After` says.
    """

    rate: Rate | None = _API
    max_per_second: float | None = None
    even: bool = False
    daily_reserve: float = 0.1
    max_retry_after_seconds: float = LONGEST_SECONDS
