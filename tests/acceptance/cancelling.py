"""Runs that are cancelled at many moments, in a process that may crash of it.

Called by `test_cancelled.py` with the kind of loop, the way of cancelling, the number
of moments, and the sandbox's address. Prints what was left, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

import importer
from importer.journal import FolderHome
from importer.runs import folders

if TYPE_CHECKING:
    from collections.abc import Coroutine

FILE, LARGE, RUNS = "collections.csv", "large.csv", Path("runs")


def one(work: Coroutine[Any, Any, object], after: float, *, by_ctrl_c: bool) -> bool:
    """Begin something and cancel it; whether it had come to its end."""
    factory = uvloop.new_event_loop if sys.argv[1] == "uvloop" else None

    async def cancelled() -> bool:
        task = asyncio.ensure_future(work)
        if by_ctrl_c:
            await task
        done, _ = await asyncio.wait({task}, timeout=after)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return bool(done)

    pressed = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    if by_ctrl_c:
        pressed.start()
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(cancelled())
    except KeyboardInterrupt:
        return False
    finally:
        pressed.cancel()


def left() -> dict[str, str]:
    """The runs that are left, each with its state; all of them can be read."""
    states = {}
    for folder in folders.every(FolderHome(RUNS)):
        book = folders.opened(folder)
        states[folder.run_id] = str(book.noted()["state"])
        book.close()
    return states


def main() -> None:
    """Cancel plans and runs at moments spread over the time that a plan takes."""
    _, loop, way, moments, url = sys.argv
    signal.signal(signal.SIGINT, signal.default_int_handler)  # some parents ignore it
    del loop
    given: dict[str, Any] = {
        "base_url": url,
        "token": "pit-cancelled-0123456789",
        "env": False,
        "rate": "none",
        "settle_pauses": "0.05s,0.05s",
    }
    ends = []
    # a check is done before a run has read the same file
    for file, verb in ((LARGE, importer.check), (FILE, importer.plan)):
        began = time.monotonic()
        asyncio.run(verb(file, **given))
        longest = (time.monotonic() - began) * (1.0 if file == LARGE else 1.5)
        for moment in range(1, int(moments) + 1):
            after = longest * moment / int(moments)
            work: Any = importer.plan(file, **given)
            if moment % 2:
                work.close()
                work = importer.run(file, run_id=f"{file}-{moment}", **given)
            ends.append(one(work, after, by_ctrl_c=way == "ctrl-c"))
    states = left()
    threads = [one.name for one in threading.enumerate() if one.name != "MainThread"]
    last = max(states, default="")
    if last:
        result = asyncio.run(importer.resume(last, **given))
        assert result is not None
        assert not result.summary.counts.get("not_attempted")
    every = [path.name for path in RUNS.glob("*")] if RUNS.is_dir() else []
    temporary = list(Path(tempfile.gettempdir()).glob("importer-*"))
    print(  # noqa: T201 - for the test
        json.dumps(
            {
                "ends": ends,
                "states": states,
                "threads": threads,
                "folders": sorted(every),
                "temporary": list(map(str, temporary)),
            }
        )
    )


if __name__ == "__main__":
    main()
