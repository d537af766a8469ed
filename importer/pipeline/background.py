"""Work in a thread that nobody waits for once whoever wanted it has been stopped.

A thread of the loop's own pool is waited for when the program ends; one that hangs in
reading a pipe would then keep the program from ending at all. Invariant: what the work
returns or raises reaches the task that awaits it, and nobody else.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


async def run(work: Callable[[], Result]) -> Result:
    """Run a function in a thread of its own, with the context of the task."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    context = copy_context()

    def tell(say: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(lambda: None if done.done() else say())

    def thread() -> None:
        try:
            result = context.run(work)
        except BaseException as failure:  # noqa: BLE001 - it is raised where it belongs
            wrong = failure
            tell(lambda: done.set_exception(wrong))
        else:
            tell(lambda: done.set_result(result))

    threading.Thread(target=thread, name="reading", daemon=True).start()
    return await done
