"""A question before anything is sent, on a day that is over."""

from __future__ import annotations

import asyncio
import time

import pytest

from importer.errors import DayIsOver, QuotaExhausted
from importer.runs.refusals import asked


def test_a_location_is_asked_again_after_the_reset_that_was_stated() -> None:
    """Not at the next full hour, and not before the reset."""
    times: list[float] = []

    async def ask() -> str:
        times.append(time.monotonic())
        if len(times) == 1:
            msg = "The day's quota is used up."
            raise DayIsOver(msg, 0.1)
        return "answer"

    assert asyncio.run(asked(ask, "a", 4.0)) == "answer"
    assert 0.1 < times[1] - times[0] < 3.0


def test_without_waiting_the_end_says_what_is_known_of_the_reset() -> None:
    """The words of the failure are kept."""

    async def ask() -> str:
        msg = "HighLevel does not say when it begins anew"
        raise DayIsOver(msg)

    with pytest.raises(QuotaExhausted, match="does not say when"):
        asyncio.run(asked(ask, "a", None))
