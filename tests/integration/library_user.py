"""A user of the library: a sandbox, and the arguments that lead to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from importer.sandbox import Options, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.sandbox import Sandbox

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


def with_sandbox(
    work: Callable[[Sandbox, dict[str, Any]], Awaitable[None]],
    options: Options | None = None,
    **more: Any,
) -> None:
    """Do something with a sandbox and the arguments that lead to it, and `more`."""

    async def main() -> None:
        async with running(options or Options()) as sandbox:
            given = {
                "base_url": sandbox.url,
                "token": "a-token-0123456789",
                "location_id": LOCATION,
            }
            await work(sandbox, given | more)

    asyncio.run(main())
