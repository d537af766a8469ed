"""What the user allows on top of what the API allows."""

from __future__ import annotations

from dataclasses import dataclass

from importer.models import Rate

#: What the API documents: 100 calls in 10 s for each location.
_API = Rate(100, 10.0)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user allows on top of what the API allows.

    `rate` is a ceiling for each location, None lifts it; `max_per_second` one for
    the whole process; `even` spaces the calls of a location instead of sending
    what the window allows at once; below `daily_reserve` (a share of the day's
    quota) nothing more is sent.
    """

    rate: Rate | None = _API
    max_per_second: float | None = None
    even: bool = False
    daily_reserve: float = 0.1
