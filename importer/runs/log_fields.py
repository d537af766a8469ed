"""What the log says of a row: the keys of an event.

Pure. Invariant: every event of a row carries its location and, where it is known,
its file and row as a spreadsheet shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.models import Barred

if TYPE_CHECKING:
    from importer.models import Job, Place, Verdict

_OF_A_VERDICT = ("reason", "message", "http_status", "trace_id")


def keys(job: Job, verdict: Verdict | None, place: Place | None) -> dict[str, object]:
    """Return the keys of an event of a row."""
    facts: dict[str, object] = {"location": job.location_id, **where(place)}
    facts |= {"seq": job.seq, "slug": job.slug}
    if verdict is not None:
        facts["verdict"] = type(verdict).__name__
        for key in _OF_A_VERDICT:
            if value := getattr(verdict, key, None):
                facts[key] = value
    if isinstance(verdict, Barred):
        facts["remedy"] = verdict.remedy
    return facts


def where(place: Place | None) -> dict[str, object]:
    """Return the keys that say where a row stands; none where it is not known."""
    if place is None:
        return {}
    sheet = {"sheet": place.sheet} if place.sheet else {}
    return {"file": place.file, "row": place.row, **sheet}
