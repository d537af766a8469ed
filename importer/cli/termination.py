"""SIGTERM, and a terminal that is closed, while no run listens for them itself.

Both would kill the process where it stands, without a word, and leave temporary
folders behind. Invariant: what ends a block here is an exception, so whatever cleans
up does so, and the command ends with a sentence and its exit code.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from importer.errors import Interrupted, Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("SIGTERM", "SIGHUP")
STOPPED = "Stopped by the system."
TOLD = f"{STOPPED} Nothing was sent."


class Waiting:
    """A block that waits, as the signals see it."""

    def __init__(self) -> None:
        """Begin with no signal; until it is settled, the work may be left."""
        self.came: list[signal.Signals] = []
        self.settled: bool = False

    def finish(self) -> None:
        """Have signals wait from now on: what follows is written to its end."""
        self.settled = True


@contextmanager
def awaited(text: str = TOLD, *, by_hand: bool = False) -> Iterator[Waiting]:
    """Cancel the task of a block that waits, once: what cleans up is not cancelled.

    Args:
        text: the sentence for a stop by the system.
        by_hand: whether Ctrl-C does the same, so that a second one does no harm.

    Raises:
        Interrupted: Ctrl-C was pressed.
        Terminated: a signal came.
    """
    import asyncio  # noqa: PLC0415 - not loaded by `--help`

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    waiting = Waiting()

    def caught(number: signal.Signals) -> None:
        if waiting.settled or waiting.came:
            return
        waiting.came.append(number)
        if task is not None:
            task.cancel()

    before: dict[signal.Signals, Any] = {}
    with suppress(NotImplementedError, RuntimeError):  # Windows has none
        for number in [*_heard(), *[signal.SIGINT] * by_hand]:
            earlier = signal.getsignal(number)
            loop.add_signal_handler(number, caught, number)
            before[number] = earlier
    try:
        yield waiting
    except asyncio.CancelledError:
        if not waiting.came:
            raise
        raise _end(waiting.came[0], text) from None
    finally:
        for number, earlier in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, earlier)


def _end(number: signal.Signals, text: str) -> Interrupted:
    return Interrupted("Interrupted.") if number == signal.SIGINT else Terminated(text)


@contextmanager
def raised(text: str = TOLD) -> Iterator[None]:
    """Leave a block that waits for nothing where a signal comes.

    Raises:
        Terminated: one came.
    """

    def caught(number: int, frame: object) -> None:
        del frame
        # where it is swallowed by what reads a file, one more ends the process
        signal.signal(number, signal.SIG_DFL)
        raise Terminated(text)

    before: dict[signal.Signals, Any] = {}
    try:
        for number in _heard():
            try:
                earlier = signal.signal(number, caught)
            except ValueError:  # only the main thread hears signals
                break
            before[number] = earlier
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _heard() -> list[signal.Signals]:
    """Return those that exist here; what `nohup` has switched off stays so."""
    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [item for item in known if signal.getsignal(item) != signal.SIG_IGN]
