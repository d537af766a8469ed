"""The formats of a report with a line of text for each row, each with its writer.

A new one is a function beside those of `lines`, and an entry here. Invariant: whatever
the format, no row of the input is lost.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.report.lines import write_csv, write_jsonl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from importer.models import ReportBlock

#: The formats that have one line of text for each row, `report.<name>`: their writers.
FORMATS: Mapping[str, Callable[[Path, Iterable[ReportBlock]], None]] = MappingProxyType(
    {"csv": write_csv, "jsonl": write_jsonl}
)
