"""How fast: never more than `max` calls in any `interval`, whatever the network does.

`budget` counts the calls of one location as `slots` and keeps some for the others that
it saw, `limiter` waits for them, and aiolimiter gives what a user may ask for on top:
a ceiling for the whole process, and even spacing.
"""

from __future__ import annotations

from importer.models import Rate
from importer.ratelimit.budget import Budget
from importer.ratelimit.ceiling import Ceiling
from importer.ratelimit.headers import RESET_SECONDS, Permit, Reading, reset_in_words
from importer.ratelimit.limiter import Limiter
from importer.ratelimit.policy import MARGIN_SECONDS, Options

__all__ = [
    "MARGIN_SECONDS",
    "RESET_SECONDS",
    "Budget",
    "Ceiling",
    "Limiter",
    "Options",
    "Permit",
    "Rate",
    "Reading",
    "reset_in_words",
]
