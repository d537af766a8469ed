"""SIGTERM, and a terminal that is closed, while a command works on a temporary folder.

Both would kill the process where it stands, and leave the folder behind. Invariant:
what ends a block here is an exception, so whatever cleans up does so.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.errors import Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("SIGTERM", "SIGHUP")
TOLD = "Stopped by the system. Nothing was sent."


@contextmanager
def awaited() -> Iterator[None]:
    """Cancel the task of a block that waits.

    Raises:
        Terminated: a signal came.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    came: list[signal.Signals] = []

    def caught(number: signal.Signals) -> None:
        came.append(number)
        if task is not None:
            task.cancel()

    caught_here = []
    for number in _heard():
        try:
            loop.add_signal_handler(number, caught, number)
        except (NotImplementedError, RuntimeError):  # pragma: no cover - Windows
            continue
        caught_here.append(number)
    try:
        yield
    except asyncio.CancelledError:
        if not came:
            raise
        raise Terminated(TOLD) from None
    finally:
        for number in caught_here:
            loop.remove_signal_handler(number)


@contextmanager
def raised() -> Iterator[None]:
    """Leave a block that waits for nothing where a signal comes.

    Raises:
        Terminated: one came.
    """

    def caught(number: int, frame: object) -> None:
        del number, frame
        raise Terminated(TOLD)

    before: dict[signal.Signals, Any] = {}
    try:
        for number in _heard():
            before[number] = signal.signal(number, caught)
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _heard() -> list[signal.Signals]:
    """Those that exist here; what `nohup` has switched off stays so."""
    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [one for one in known if signal.getsignal(one) == signal.SIG_DFL]
