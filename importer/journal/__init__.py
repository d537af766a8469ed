"""What happened: one database for each run, and the plan that the run follows.

Records live here, so that memory stays flat however long the input is. It decides
nothing: it keeps what it is told and gives it back. Seven views of the same tables:
`planned` takes the rows in, `named` what they call their products, `catalog` what the
locations have, `decided` shows what the plan made of the rows, `delivery` serves the
sending, `history` the report, `review` the audit and the undo.
Invariant: a row whose request may have left the machine is `sending` on the disk
before the request leaves.
"""

from __future__ import annotations

from importer.journal.claims import Claim, Claims
from importer.journal.crews import Crew, Left, Membership, Share, Tally, Together
from importer.journal.folder_home import FolderHome
from importer.journal.outage import waited
from importer.journal.ports import Depth, Home, SlugMemory, Store
from importer.journal.row_states import Delivery
from importer.journal.spread import Spread
from importer.journal.sqlite import DRAFT, MARK, PAGE_BYTES
from importer.journal.store import (
    Journal,
    create,
    open,  # noqa: A004 - as gzip.open is one
    resolve,
    write_beside,
)

__all__ = [
    "DRAFT",
    "MARK",
    "PAGE_BYTES",
    "Claim",
    "Claims",
    "Crew",
    "Delivery",
    "Depth",
    "FolderHome",
    "Home",
    "Journal",
    "Left",
    "Membership",
    "Share",
    "SlugMemory",
    "Spread",
    "Store",
    "Tally",
    "Together",
    "create",
    "open",
    "resolve",
    "waited",
    "write_beside",
]
