"""Which modules are changed, and which commands are run where nothing else noticed.

The modules of delivery, journal, limit, planning, audit, mapping and validation: what
decides whether a row is created once, and what the report says of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How a process ends in which a test did not come to its end.
LATE = 70
#: Patterns below the folder of the package.
CHANGED = (
    "client/*.py",
    "destination/*.py",
    "execution/*.py",
    "findings.py",
    "journal/*.py",
    "journal/sqlite/*.py",
    "mapping/*.py",
    "ownership.py",
    "runs/audit.py",
    "runs/finish.py",
    "runs/comparison.py",
    "runs/decision.py",
    "runs/dispatch.py",
    "intake/earlier.py",
    "runs/other_runs.py",
    "runs/origin.py",
    "runs/overlap.py",
    "runs/undo.py",
    "planning.py",
    "ratelimit/*.py",
    "retry.py",
    "rewrites.py",
    "validation/*.py",
)
#: Folders of tests whose every line is known: they run in the process that measures.
MEASURED = ("tests/unit", "tests/property", "tests/integration", "tests/contracts")
#: The command as a process, by the start of a module's path; the last that fits counts.
AS_PROCESSES = {
    "": ("test_run.py", "test_resume.py"),
    "client": ("test_run.py",),
    "journal": ("test_run.py", "test_resume.py", "test_overlap.py"),
    "mapping": ("test_check_json.py", "test_input_formats.py"),
    "ratelimit": ("test_limits.py", "test_many_locations.py"),
    "validation": ("test_check_json.py", "test_bad_input.py"),
    "findings": ("test_audit_undo.py",),
    "ownership": ("test_audit_undo.py",),
    "runs/audit": ("test_audit_undo.py",),
    "runs/undo": ("test_audit_undo.py",),
    "runs/overlap": ("test_overlap.py", "test_many_locations.py"),
}


def changed(root: Path, only: str = "") -> Iterator[str]:
    """The paths of the modules that are changed, below `root`.

    `only` keeps those with this text in their path.
    """
    for pattern in CHANGED:
        for path in sorted((root / "importer").glob(pattern)):
            name = path.relative_to(root).as_posix()
            if only in name:
                yield name


def as_processes(module: str, root: Path) -> list[str]:
    """The files of acceptance tests that use a module most."""
    name = module.removeprefix("importer/")
    chosen: tuple[str, ...] = ()
    for start, files in AS_PROCESSES.items():
        if name.startswith(start):
            chosen = files
    paths = [f"tests/acceptance/{file}" for file in chosen]
    return [path for path in paths if (root / path).exists()]
