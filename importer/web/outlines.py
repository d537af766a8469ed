"""What a page shows of a plan: its figures and its first rows, as plain values.

Invariant: it is made where the plan was made, which may be another process; the plan is
on the disk before anybody is told of it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import importer
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from importer.api import Settings

#: How many rows of a plan are shown.
SHOWN_ROWS = 100
_BAD = ("invalid", "duplicate", "rejected", "failed")


def planned(
    bench: importer.Workbench, settings: Settings, path: Path
) -> dict[str, Any]:
    """Plan what is on a workbench, where no event loop is running.

    Raises:
        FatalError: it cannot be planned.
    """
    return kept(importer.sync.plan(bench, settings=settings), path)


def kept(found: importer.PlanResult, path: Path) -> dict[str, Any]:
    """Write a plan that is complete, and return what is shown of it.

    Raises:
        StorageError: it cannot be written.
    """
    path.unlink(missing_ok=True)
    if found.exit_code not in {Exit.OK, Exit.PROBLEMS}:
        return {"exit_code": int(found.exit_code)}
    found.save(path)
    forecast, counts = found.forecast, found.summary.counts
    rows = [
        {
            "row": line.place.row,
            "name": line.name,
            "slug": line.slug,
            "status": str(line.status),
        }
        for line in islice(found.lines(), SHOWN_ROWS)
    ]
    return {
        "exit_code": int(found.exit_code),
        "create": forecast.create,
        "change": forecast.update,
        "existing": forecast.existing,
        "bad": sum(counts.get(status, 0) for status in _BAD),
        "seconds": forecast.seconds,
        "share": forecast.daily_share,
        "rows": rows,
        "locations": sorted(found.summary.locations),
    }
