"""What columns and statuses are called when a person reads them.

Words only; those of codes are in the codebook. The states themselves are in `models`
and are the contract; a phrase may be improved at any time. Invariant: every column
and status has its phrase (a test counts them), and no phrase needs the manual.
"""

from __future__ import annotations

from importer.codebook import phrase as code_phrase
from importer.models import Status

__all__ = ["code_phrase", "status_phrase"]

_STATUSES = {
    Status.PLANNED: "checked, not sent yet",
    Status.SENDING: "being sent",
    Status.CREATED: "created",
    Status.UPDATED: "changed",
    Status.EXISTING: "already exists, left as it is",
    Status.DUPLICATE: "repeated in the file, not sent again",
    Status.INVALID: "has a problem, not sent",
    Status.REJECTED: "refused by HighLevel",
    Status.FAILED: "could not be sent, certainly not created",
    Status.UNKNOWN: "no clear answer, may have been created",
    Status.NOT_ATTEMPTED: "not sent, the run stopped before it",
}


_COLUMNS = {
    "file": "the file that the row came from",
    "sheet": "the sheet of a workbook",
    "row": "the row as a spreadsheet shows it: the header is row 1",
    "row_end": "the last row of a collection that spans several, else the same",
    "location_id": "the HighLevel location",
    "name": "the collection's name",
    "slug": "the collection's slug, also where it was made from the name",
    "status": "what became of the row",
    "collection_id": "HighLevel's id of the collection, where it is known",
    "code": "why, in one stable word for programs",
    "message": "the same as a sentence for people",
    "attempts": "how many times the row was sent",
    "http_status": "the number of the last answer",
    "trace_id": "HighLevel's own number for the answer",
    "started_at": "when the row was first sent",
    "finished_at": "when it was decided",
    "duration_ms": "milliseconds between the two",
}


def column_phrase(column: str) -> str:
    """Say what a column of a report holds; one that is not known says itself."""
    return _COLUMNS.get(column, column)


def status_phrase(status: str) -> str:
    """Say a status in a few plain words; one that is not known says itself."""
    try:
        return _STATUSES[Status(status)]
    except (KeyError, ValueError):
        return status
