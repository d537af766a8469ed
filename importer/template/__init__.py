"""The project's own template: its columns, and tables that are laid out like it.

`columns` says what to write into each column, `layout` writes tables as CSV or as a
workbook: the empty template, and corrected copies. It reads no input and judges no
row. Invariant: a spreadsheet that opens such a workbook leaves every text as it is.
"""

from __future__ import annotations

from importer.template.columns import COLUMNS, OPTIONAL, Column, example
from importer.template.layout import Layout, may_write, writing

__all__ = [
    "COLUMNS",
    "OPTIONAL",
    "Column",
    "Layout",
    "example",
    "may_write",
    "writing",
]
