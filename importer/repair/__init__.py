"""What can be fixed in a row without asking, and what was changed by it.

Pure: fields in, fields and changes out; the caller reads and writes the files.
Knows which repairs are safe (`cells`), what a row becomes by them (`rows`) and which
slug a repeated one gets (`repeats`). Invariants: nothing is changed without a
`Change`; a row that is fixed is not changed again; no good row gets a problem.
"""

from __future__ import annotations

from importer.repair.cells import UNFIXABLE, Change, Kind
from importer.repair.repeats import Slugs, content
from importer.repair.rows import (
    Replaced,
    fixed,
    laid_out,
    lost,
    placed,
    raw_changes,
    read,
    replaced,
    with_slug,
)

__all__ = [
    "UNFIXABLE",
    "Change",
    "Kind",
    "Replaced",
    "Slugs",
    "content",
    "fixed",
    "laid_out",
    "lost",
    "placed",
    "raw_changes",
    "read",
    "replaced",
    "with_slug",
]
