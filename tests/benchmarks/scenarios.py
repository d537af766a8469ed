"""What goes wrong with limits in practice, and what it costs in refusals and rows.

A smaller limit than documented, a `resume` into a window that a killed run has used
up, another program that spends the same budget, and a day's quota that ends in the
middle. Each against a sandbox of its own, all at once, since they mostly wait.
Invariant of each: as many collections are there in the end as rows, each once.
"""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import processes
import rows as spreadsheet
from common import Goal, Line, Measured, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import Popen

WINDOW_SECONDS, LOOK_SECONDS = 10.0, 0.1
PAUSE_AFTER_KILL_SECONDS = 2.0
DAY_SECONDS, QUOTA_USED = 15.0, 75


class Scene:
    """A file, a sandbox and the program; what the sandbox counted meanwhile."""

    def __init__(self, folder: Path, rows: int, url: str, *flags: str) -> None:
        """Write the file; `flags` are the program's."""
        self.rows = rows
        self.url = url
        self._flags = flags
        self._runs = folder / "runs"
        self._path = spreadsheet.write(folder / "rows.csv", rows)
        self._looks: list[tuple[float, int]] = []
        self._over = threading.Event()

    def run(self, *codes: int) -> processes.Ended:
        """Import the file."""
        return processes.run(self.command("run", str(self._path)), codes=codes or (0,))

    def resume(self) -> processes.Ended:
        """Go on with it."""
        return processes.run(self.command("resume"))

    def command(self, *words: str) -> list[str]:
        """The program's command line."""
        flags = ["--base-url", self.url, "--runs-dir", str(self._runs)]
        yes = ["--yes"] if words[0] == "run" else []
        return [*processes.IMPORTER, *words, *flags, *self._flags, "--json", *yes]

    def start(self) -> Popen[bytes]:
        """Import the file, to be killed."""
        return processes.start(self.command("run", str(self._path)))

    def refused(self) -> int:
        """How many calls got 429 until now."""
        return int(self.there()["refused"])

    def there(self) -> dict[str, Any]:
        """What the sandbox counted for the only location, if anything."""
        found = processes.tell(self.url, "/_sandbox/summary")["locations"]
        return next(iter(found.values()), {"calls": 0, "refused": 0, "collections": 0})

    def lost_or_twice(self) -> int:
        """Rows that are not there, or there twice."""
        told = processes.tell(self.url, "/_sandbox/summary")
        missing = abs(self.rows - int(self.there()["collections"]))
        return missing + int(told["slugs_twice"])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look at the refusals again and again."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(self._watch)
            try:
                yield
            finally:
                self._over.set()

    def refused_in_a_window(self) -> int:
        """The most refusals that any ten seconds saw."""
        return max(
            later - before
            for at, before in self._looks
            for then, later in self._looks
            if 0 <= then - at <= WINDOW_SECONDS
        )

    def _watch(self) -> None:
        while True:
            over = self._over.is_set()
            self._looks.append((time.monotonic(), self.refused()))
            if over or self._over.wait(LOOK_SECONDS):
                return


def measure(options: Options) -> Measured:
    """All of them at once, as often as asked for."""
    lines: dict[str, list[Line]] = {}
    for number in range(options.repeats):
        with ThreadPoolExecutor(len(SCENARIOS)) as pool:
            rounds = [
                pool.submit(_staged, one, options.folder / f"{number}-{one.__name__}")
                for one in SCENARIOS
            ]
        for scenario, ended in zip(SCENARIOS, rounds, strict=True):
            lines.setdefault(scenario.__name__, []).append(ended.result())
    return Measured([_worst(found) for found in lines.values()])


def _staged(scenario: Callable[[Path], Line], folder: Path) -> Line:
    folder.mkdir()
    return scenario(folder)


def _worst(lines: list[Line]) -> Line:
    """The one that missed most goals stands for all of them."""
    return max(lines, key=lambda line: sum(not goal.reached for goal in line.goals))


def smaller_limit(folder: Path) -> Line:
    """The headers say 25 in 10 s, the program starts from 100."""
    with processes.sandbox("--limit", "25/10s", "--latency", "50ms") as url:
        scene = Scene(folder, 75, url)
        ended = scene.run()
        refused = scene.there()["refused"]
        lost = scene.lost_or_twice()
    seconds = ended.document["duration_seconds"]
    return Line(
        "headers say 25 in 10 s, the program begins with 100",
        f"{refused} refused, {lost} rows lost or twice",
        f"{scene.rows} rows in {seconds:.1f} s",
        goals=[Goal.at_most(1, refused, " refusal"), nothing_lost(lost)],
    )


def resume_after_kill(folder: Path) -> Line:
    """A killed run has used the window up; the next one begins 2 s later."""
    with processes.sandbox("--limit", "100/10s", "--latency", "50ms") as url:
        scene = Scene(folder, 250, url)
        with scene.start() as process:
            while scene.there()["calls"] < 100:
                processes.pause(LOOK_SECONDS / 5)
            process.send_signal(signal.SIGKILL)
        before = scene.there()
        processes.pause(PAUSE_AFTER_KILL_SECONDS)
        ended = scene.resume()
        refused = scene.there()["refused"] - before["refused"]
        lost = scene.lost_or_twice()
    seconds = ended.document["duration_seconds"]
    return Line(
        f"`resume` {PAUSE_AFTER_KILL_SECONDS:g} s after SIGKILL, the window used up",
        f"{refused} refused, {lost} rows lost or twice",
        f"killed after {before['calls']} calls, done {seconds:.1f} s after the start",
        goals=[Goal.at_most(1, refused, " refusal"), nothing_lost(lost)],
    )


def others_take_a_third(folder: Path) -> Line:
    """Another program spends a third of the 100 calls in 10 s."""
    (location,) = spreadsheet.location_ids(1)
    flags = ("--foreign-calls", f"{location}=10/3s", "--limit", "100/10s")
    with processes.sandbox(*flags, "--latency", "50ms") as url:
        scene = Scene(folder, 250, url)
        with scene.watched():
            ended = scene.run()
        refused = scene.refused_in_a_window()
        total, lost = scene.there()["refused"], scene.lost_or_twice()
    seconds = ended.document["duration_seconds"]
    return Line(
        "another program takes a third of the budget",
        f"{refused} refused in the worst 10 s ({total} in all), {lost} lost or twice",
        f"{scene.rows} rows in {seconds:.1f} s",
        goals=[Goal.at_most(1, refused, " refusal in 10 s"), nothing_lost(lost)],
    )


def day_ends(folder: Path) -> Line:
    """The quota is used up to its reserve; the next day the rest is done."""
    day = f"{DAY_SECONDS:g}s"
    flags = ("--limit", "100/1s", "--daily", "200", "--day", day)
    with processes.sandbox(*flags) as url:
        scene = Scene(folder, 250, url, "--rate", "none")
        parked = scene.run(0, QUOTA_USED)
        before = scene.there()
        processes.pause(DAY_SECONDS)  # of which a part is over already
        ended = scene.resume()
        lost = scene.lost_or_twice()
    return Line(
        "the day's quota of 200 ends in the middle of 250 rows",
        f"exit {parked.code} after {before['calls']} calls, "
        f"`resume` exit {ended.code}, {lost} rows lost or twice",
        f"{before['refused']} refused",
        goals=[
            Goal(f"exit {QUOTA_USED}", reached=parked.code == QUOTA_USED),
            nothing_lost(lost),
            Goal("`resume` finishes", reached=ended.document["state"] == "finished"),
        ],
    )


def nothing_lost(lost: int) -> Goal:
    """Every row is there once."""
    return Goal("nothing lost", reached=not lost)


SCENARIOS = (smaller_limit, resume_after_kill, others_take_a_third, day_ends)
