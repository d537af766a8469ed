"""This computer: versions, settings, the folder for runs and its disk.

Reads and measures; makes nothing but a file in the folder for runs that is gone at
once. Invariant: no setting that is a secret is shown.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from importlib import metadata
from typing import TYPE_CHECKING

from importer.doctor.checks import Check, Grade, failed, ok
from importer.errors import FatalError
from importer.exit_codes import Exit
from importer.runs import inventory
from importer.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from importer.settings import Settings

#: Below the one a run is at its end soon, below the other it does not begin.
FEW_BYTES = 1_000_000_000
TOO_FEW_BYTES = 20_000_000
#: Libraries whose version a support case asks for first.
LIBRARIES = ("aiohttp", "pydantic", "SQLAlchemy", "python-calamine", "orjson", "uvloop")
_MEGABYTE = 1_000_000
_OTHERS_MAY = 0o077


def versions() -> Check:
    """Check the program, Python, and whether the quick parts are there."""
    known = {name: _version(name) for name in LIBRARIES}
    facts = {
        "importer": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        **known,
    }
    text = f"importer {__version__}, Python {platform.python_version()}, "
    text += platform.system()
    slow = [] if known["uvloop"] or sys.platform == "win32" else ["uvloop"]
    if importlib.util.find_spec("aiohttp._http_parser") is None:
        slow.append("aiohttp's C extensions")
    if not slow:
        return ok("versions", text, **facts)
    return Check(
        "versions",
        Grade.WARNING,
        f"{text}; without {' and '.join(slow)} it is slower than it could be.",
        "Install it again from wheels: pip install --only-binary :all: "
        "--force-reinstall aiohttp uvloop",
        "slow_parts",
        facts=facts,
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def settings(chosen: Settings) -> Check:
    """Count the settings by the place that they come from."""
    places = Counter(
        origin for origin in chosen.origins.values() if origin != "default"
    )
    text = ", ".join(f"{count} from {place}" for place, count in places.items())
    shown = {
        name: {"value": value, "origin": origin}
        for name, (value, origin) in chosen.shown().items()
        if origin != "default"
    }
    return ok("settings", text or "All are the defaults.", settings=shown)


def runs_folder(runs: Path) -> Check:
    """Check whether runs can be kept, and whether others can read them."""
    path = _nearest(runs)
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as failure:
        return Check(
            "runs folder",
            Grade.WRONG,
            f"{runs} cannot be written: {failure.strerror}.",
            "Choose another with --runs-dir, or fix its permissions.",
            "runs_folder_unwritable",
            exit_code=Exit.INPUT,
        )
    if runs.is_dir() and os.name == "posix" and runs.stat().st_mode & _OTHERS_MAY:
        return Check(
            "runs folder",
            Grade.WARNING,
            f"Others on this computer can look into {runs}; the folder of each run "
            "is closed to them all the same.",
            f"chmod 700 {shlex.quote(str(runs))}",
            "runs_folder_open",
        )
    new = "" if path == runs.absolute() else ", which the first run will make"
    return ok("runs folder", f"{runs}{new}")


def journals(runs: Path) -> list[Check]:
    """Check for runs of which it is unknown what they sent; usually there are none."""
    try:
        return [
            failed("runs", "journal_damaged", run.problem)
            for run in inventory.listed(runs)
            if run.problem is not None
        ]
    except FatalError as failure:
        return [failed("runs", "runs_folder_unwritable", failure)]


def disk(runs: Path) -> Check:
    """Check whether there is room: a journal takes about a kilobyte a row."""
    free = shutil.disk_usage(_nearest(runs)).free
    text = f"{free / _MEGABYTE:,.0f} MB free"
    if free >= FEW_BYTES:
        return ok("disk", text, free_bytes=free)
    grade = Grade.WARNING if free >= TOO_FEW_BYTES else Grade.WRONG
    return Check(
        "disk",
        grade,
        f"{text}; a run of 100,000 rows takes about 100 MB.",
        "Make room, or choose a folder on another disk with --runs-dir.",
        "disk_nearly_full",
        exit_code=Exit.OK if grade is Grade.WARNING else Exit.STORAGE,
        facts={"free_bytes": free},
    )


def _nearest(path: Path) -> Path:
    """Return the path, or the first of the folders above it that is there."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
