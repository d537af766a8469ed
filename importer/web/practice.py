"""The practice shop: a stand-in of HighLevel within the server, which begins on demand.

What it holds is kept on the disk, so that an import that was interrupted is gone on
with after a restart. Invariant: nothing that is done in it leaves this computer.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: As long as an answer of HighLevel takes, so that there is something to see.
LATENCY_SECONDS = 0.15


class Practice:
    """The practice shop of one folder."""

    def __init__(self, folder: Path) -> None:
        """Keep in mind where it keeps what it holds; nothing listens yet."""
        self._folder = folder
        self._open = AsyncExitStack()
        self._lock = asyncio.Lock()
        self.url: str = ""

    async def address(self) -> str:
        """Return where it listens, and let it begin where it does not.

        Raises:
            StateError: what it held cannot be read.
        """
        async with self._lock:
            if not self.url:
                await self._begin()
        return self.url

    async def close(self) -> None:
        """End it."""
        await self._open.aclose()

    async def _begin(self) -> None:
        from importer.sandbox import Options, running  # noqa: PLC0415 - on demand

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        options = Options(
            state=self._folder / "shop.json",
            latency_seconds=LATENCY_SECONDS,
            jitter_seconds=LATENCY_SECONDS / 3,
        )
        sandbox = await self._open.enter_async_context(running(options))
        self.url = sandbox.url
