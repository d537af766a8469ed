"""What the user may say about how rows are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.models import ErrorLimit


@dataclass(frozen=True, slots=True)
class Options:
    """How many requests are in flight, and what ends a run early.

    `concurrency` counts those that wait until the disk has them: while they do, the
    others keep the connections busy, so it takes more than a server needs to be busy.
    `daily_reserve` is the share of the day's quota that is left to others. With
    `wait_for_quota` a location whose day is over waits for the reset instead of
    ending; `quota_look_seconds` is how often it looks. `answer_seconds` is how long an
    answer may be waited for: nothing is in flight for longer. `early_stop` is how many
    first answers of a location end it if all are one and the same refusal; 0: none.
    """

    concurrency: int = 128
    max_errors: ErrorLimit | None = None
    daily_reserve: float = 0.1
    wait_for_quota: bool = False
    quota_look_seconds: float = 3600.0
    answer_seconds: float = 30.0
    early_stop: int = 20
