"""What can be mended in a row without asking, and what was changed by it.

Pure: fields in, fields and changes out; the caller reads and writes the files.
Knows which repairs are safe (`cells`), what a row becomes by them (`rows`) and which
slug a repeated one gets (`repeats`). Invariants: nothing is changed without a
`Change`; a row that is mended is not changed again; no good row gets a problem.
"""

from __future__ import annotations

from importer.repair.cells import UNMENDABLE, Change, Kind
from importer.repair.groups import Replaced, lost, replaced
from importer.repair.repeats import Slugs, content
from importer.repair.rows import laid_out, mended, placed, raw_changes, with_slug

__all__ = [
    "UNMENDABLE",
    "Change",
    "Kind",
    "Replaced",
    "Slugs",
    "content",
    "laid_out",
    "lost",
    "mended",
    "placed",
    "raw_changes",
    "replaced",
    "with_slug",
]
