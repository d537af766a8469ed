"""What statuses are called when a person reads them; codes are in the codebook.

Words only. The states themselves are in `models` and are the contract; a phrase may
be improved at any time. Invariant: every status has its phrase (a test counts them),
and no phrase needs the manual.
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
    Status.EXISTING: "already there, left as it is",
    Status.DUPLICATE: "repeated in the file, not sent again",
    Status.INVALID: "has a problem, not sent",
    Status.REJECTED: "refused by HighLevel",
    Status.FAILED: "could not be sent, certainly not created",
    Status.UNKNOWN: "no clear answer, may have been created",
    Status.NOT_ATTEMPTED: "not sent, the run stopped before it",
}


def status_phrase(status: str) -> str:
    """Say a status in a few plain words; one that is not known says itself."""
    try:
        return _STATUSES[Status(status)]
    except (KeyError, ValueError):
        return status
