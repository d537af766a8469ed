"""From rows to fields: which column is what, decided once for a table.

The project's own columns and their aliases come from a preset, others from a
mapping file. Knows no contract: whether a value is right is the check's business.
Invariant: every column of a table is bound, ignored on purpose, or named: as left
out, or beside the better column that is used in its place.
"""

from __future__ import annotations

from importer.mapping.binding import Binding
from importer.mapping.columns import apply, bind, tree_columns
from importer.mapping.draft import proposals, samples
from importer.mapping.groups import NO_PARENT
from importer.mapping.guess import unknown
from importer.mapping.header import begun, understood
from importer.mapping.joined import InOrder
from importer.mapping.preset import FIELDS, derived_presets, sheets_together
from importer.mapping.recognition import (
    Match,
    choose,
    is_header,
    own_columns,
    weigh,
)
from importer.mapping.spec import Column, Mapping, Spec, Wishes, load
from importer.mapping.transformation import Shaping

__all__ = [
    "FIELDS",
    "NO_PARENT",
    "Binding",
    "Column",
    "InOrder",
    "Mapping",
    "Match",
    "Shaping",
    "Spec",
    "Wishes",
    "apply",
    "begun",
    "bind",
    "choose",
    "derived_presets",
    "is_header",
    "load",
    "own_columns",
    "proposals",
    "samples",
    "sheets_together",
    "tree_columns",
    "understood",
    "unknown",
    "weigh",
]
