"""The sum at the end of every run: as many answers as rows.

Compares two figures that were counted in different places and changes nothing.
Invariant: a report whose figures do not add up is never presented as a result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import AccountingError
from importer.models import FINAL_STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping


def account(rows_in: int, counts: Mapping[str, int]) -> None:
    """Compare the rows that were read with the answers that were given.

    Args:
        rows_in: the collections that the input holds.
        counts: rows by status; statuses that no finished report may show are
            not answers and count as missing.

    Raises:
        AccountingError: the two differ, which can only be a bug.
    """
    answers = sum(counts.get(status, 0) for status in FINAL_STATUSES)
    if answers == rows_in:
        return
    shown = ", ".join(f"{status} {count:,}" for status, count in counts.items())
    msg = (
        f"The report does not add up: the input has {rows_in:,} rows, but "
        f"{answers:,} have an answer ({shown or 'none'}). This is a bug in this "
        "program; what was sent and answered is safe in the run folder."
    )
    raise AccountingError(
        msg, remedy="Keep the run folder and report the bug before running again."
    )
