"""A process beside the server that works on one large table, so that pages do not wait.

It is asked by a pipe: a function of a module, and what it is given. Invariants: it ends
with the server, however that ends; what fails in it fails where it was asked.
"""

from __future__ import annotations

import asyncio
import pickle
import signal
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


class Apart:
    """One process, which begins when it is first asked."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = asyncio.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None

    async def do(self, work: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401 - of any function
        """Have a function done there; what it raises is raised here.

        Raises:
            BrokenProcessPool: the process has ended, and has not said why.
        """
        async with self._lock:
            asking = asyncio.ensure_future(asyncio.to_thread(self._ask, work, given))
            try:
                good, result = await asyncio.shield(asking)
            except asyncio.CancelledError:
                self.end()  # whoever is next gets another process
                with suppress(BrokenProcessPool):
                    await asking
                raise
        if not good:
            raise result
        return result

    def end(self) -> None:
        """End the process, whatever it does; the next question begins another one."""
        if self._process is not None:
            self._process.kill()
        self._process = None

    def _ask(self, work: Callable[..., Any], given: tuple[object, ...]) -> Any:  # noqa: ANN401 - as above
        if self._process is None or not self._process.is_alive():
            self._begin()
        pipe = self._pipe
        assert pipe is not None  # noqa: S101 - it was begun
        try:
            pipe.send((work, given))
            return pipe.recv()
        except (EOFError, OSError) as ended:
            self.end()  # its pipe ends before it does
            msg = "the process that read the table has ended"
            raise BrokenProcessPool(msg) from ended

    def _begin(self) -> None:
        # a new interpreter: a copy of this one would have its sockets, too
        context = get_context("spawn")
        self._pipe, there = context.Pipe()
        process = context.Process(target=_work, args=(there,), daemon=True)
        process.start()
        self._process = process  # one that has not begun cannot be ended
        there.close()  # so that the pipe ends with either process


def _work(pipe: Connection) -> None:
    """Answer until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server
    while True:
        try:
            work, given = pipe.recv()
        except EOFError:
            return
        try:
            answer: tuple[bool, object] = (True, work(*given))
        except Exception as failure:  # noqa: BLE001 - it is raised where it belongs
            answer = (False, _carried(failure))
        with suppress(BrokenPipeError):
            pipe.send(answer)


def _carried(failure: Exception) -> Exception:
    """Return a failure, or its text where it cannot be sent."""
    try:
        pickle.loads(pickle.dumps(failure))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - of any kind
        return RuntimeError(str(failure))
    return failure
