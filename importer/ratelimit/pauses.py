"""How long nothing is sent after a refused call (429), and why so long.

Pure. Invariant: no pause is shorter than the window, so that a server that asks for
nothing is not asked again at once, and none is longer than the user allows.
"""

from __future__ import annotations

from dataclasses import dataclass

#: No `Retry-After` is waited for longer, unless a setting says so.
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds, and the reason in words."""

    seconds: float
    reason: str


def pause(asked: float | None, window: float, longest: float) -> Pause:
    """The pause after a refusal.

    Args:
        asked: the seconds that the answer asks for, None where it states none.
        window: the seconds of the limit's window.
        longest: the seconds that are waited at the most, but for a longer window.
    """
    if asked is None:
        return Pause(window, f"one window of the limit, {window:g} s")
    wish = f"HighLevel asks for {asked:,.10g} s"
    if asked < window:
        return Pause(window, f"{wish}; a window of the limit is {window:g} s")
    if asked > (longest := max(longest, window)):
        return Pause(longest, f"{wish}; {longest:g} s are the most that is waited")
    return Pause(asked, wish)
