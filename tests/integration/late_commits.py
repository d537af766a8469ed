"""Commits that a test lets happen, and that come after no number of seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.sandbox import server

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

#: What the sandbox is told as its `slow_commit_seconds`: no test waits for it.
LATE_SECONDS = 86_400.0
_WAITED_FOR_SECONDS = 30.0


@dataclass
class LateCommits:
    """The creates of the fault `slow_commit`, which wait until `happen`."""

    _let: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, patch: pytest.MonkeyPatch) -> None:
        """Have every slow commit of this process's sandboxes wait."""
        wait = server._sleep

        async def held_back(seconds: float) -> None:
            if seconds == LATE_SECONDS:
                await self._let.wait()
            else:
                await wait(seconds)

        patch.setattr(server, "_sleep", held_back)

    async def happen(self, seen: Callable[[], bool]) -> None:
        """Let those that wait be carried out, and return when they can be seen."""
        self._let.set()
        async with asyncio.timeout(_WAITED_FOR_SECONDS):
            while not seen():  # noqa: ASYNC110 - the sandbox tells none
                await asyncio.sleep(0.005)
