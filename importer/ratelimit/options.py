"""What the user allows on top of what the API allows."""

from __future__ import annotations

from dataclasses import dataclass

from importer.models import Rate
from importer.ratelimit.pauses import LONGEST_SECONDS

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
