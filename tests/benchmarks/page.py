"""The table as it is printed, and the page of the docs that keeps it.

Says on which machine and with which versions, never whose machine it is. Invariant:
the page holds the command that prints it, and every figure on it comes from that run.
"""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from common import Measured

HEADER = "| what | measured | beside | ratio | goal |\n| --- | --- | --- | --- | --- |"
OURS = ("aiohttp", "uvloop", "orjson", "pydantic", "SQLAlchemy", "aiolimiter", "pandas")
OTHERS = ("gohighlevel-api-client", "httpx", "requests", "dlt")
PLOTS = {
    "rows-seconds": "Seconds of a whole run, by rows",
    "rows-memory": "Peak memory, by rows",
    "locations-cpu": "CPU of a row, by locations",
    "locations-memory": "Peak memory, by locations",
}


def machine() -> str:
    """What was measured on."""
    cores = f"{os.cpu_count()} cores" if (os.cpu_count() or 1) > 1 else "1 core"
    system = f"{platform.system()} {platform.machine()}"
    return f"{_processor()}, {cores}, {system}"


def versions() -> str:
    """What was measured with what, in one line."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    ours = ", ".join([python, *(f"{name} {version(name)}" for name in OURS)])
    return f"{ours}; {', '.join(_others())}"


def write(
    target: Path, measured: Mapping[str, Measured], command: str, drawn: Iterable[str]
) -> None:
    """Write the page; `drawn` are the plots that lie in the folder of its name."""
    drawn = list(drawn)
    tables = [
        "\n".join([f"## {name.capitalize()}", "", HEADER, *map(str, found.lines)])
        + "".join(f"\n\n{note}" for note in found.notes)
        for name, found in measured.items()
    ]
    plots = [
        f"![{title}]({target.stem}/{plot}.svg)"
        for plot, title in PLOTS.items()
        if plot in drawn
    ]
    sections = [
        "# Benchmarks",
        f"Printed by `{command}`. Ratios hold; absolute figures are this machine's.",
        f"{machine()}. {versions()}.",
        *(["## How cost grows", *plots] if plots else []),
        *tables,
    ]
    target.write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _processor() -> str:
    """Its model, where the system tells."""
    source = Path("/proc/cpuinfo")
    lines = source.read_text("utf-8").splitlines() if source.exists() else []
    models = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return models[0].strip() if models else platform.processor() or "unknown processor"


def _others() -> list[str]:
    """The versions in the environment of the benchmarks."""
    script = (
        "import sys\nfrom importlib.metadata import version\n"
        "print(*(f'{name} {version(name)}' for name in sys.argv[1:]), sep=', ')"
    )
    if not processes.VENV_PYTHON.exists():
        return ["no environment for the other clients"]
    told = processes.run([processes.VENV_PYTHON, "-c", script, *OTHERS]).out.strip()
    return [told, _node()]


def _node() -> str:
    try:
        told = processes.run(["node", "--version"]).out.strip()
    except (OSError, subprocess.SubprocessError, processes.UnexpectedEndError):
        return "no Node"
    return f"Node {told.removeprefix('v')}"
