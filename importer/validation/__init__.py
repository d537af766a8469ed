"""From fields to a definition, or to everything that is wrong with them.

The contract is written as pydantic models in `contract`; here a row meets it. Knows
neither files nor the API. Invariants: a bad row is a value, never an exception; all
problems of a row are found at once; a `Valid` definition can be sent as it is.
"""

from __future__ import annotations

from importer.validation import everywhere, location_names, products, told, totals
from importer.validation.contract import Options
from importer.validation.row import check, plainly

__all__ = [
    "Options",
    "check",
    "everywhere",
    "location_names",
    "plainly",
    "products",
    "told",
    "totals",
]
