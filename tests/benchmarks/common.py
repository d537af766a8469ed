"""What the measures share: options, a line of the table, processes, and inputs."""

from __future__ import annotations

import csv
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMPORTER = [sys.executable, "-m", "importer"]
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
PRODUCT = "655b33a82209e60b6adb87a5"


@dataclass(frozen=True, slots=True)
class Options:
    """How often and how much."""

    repeats: int = 3
    rows: int = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    measured: str
    beside: str
    ratio: str

    def __str__(self) -> str:
        """The line as Markdown."""
        return f"| {self.what} | {self.measured} | {self.beside} | {self.ratio} |"


def median(repeats: int, once: Callable[[], float]) -> float:
    """The median of some runs."""
    return statistics.median(once() for _ in range(repeats))


def seconds(command: list[str], *, core: int | None = None) -> float:
    """How long a command takes, wall time."""
    started = time.perf_counter()
    subprocess.run(
        pinned(command, core), check=False, env=environment(), stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def pinned(command: list[str], core: int | None) -> list[str]:
    """The command on one core, where the system can do that."""
    if core is None or not shutil.which("taskset") or (os.cpu_count() or 1) < 2:
        return command
    return ["taskset", "-c", str(core), *command]


def environment() -> dict[str, str]:
    """No setting of whoever measures gets in."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IMPORTER_", "HIGHLEVEL_"))
    }
    return kept | {"HIGHLEVEL_TOKEN": "benchmark"}


def write_rows(path: Path, count: int) -> Path:
    """A CSV of `count` manual collections of one location."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["location_id", "name", "slug", "type", "product_ids"])
        for number in range(count):
            writer.writerow(
                [
                    LOCATION,
                    f"Collection {number}",
                    f"collection-{number}",
                    "manual",
                    PRODUCT,
                ]
            )
    return path


@contextmanager
def sandbox(*flags: str, core: int | None = 1) -> Iterator[str]:
    """A sandbox of its own process, on the other core; its address."""
    command = [sys.executable, "-m", "importer.sandbox", "--exit-with-parent"]
    with subprocess.Popen(
        pinned([*command, *flags], core), stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()
