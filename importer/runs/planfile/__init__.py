"""Saved plans: what a run would do, kept as a file, and done only while it holds.

`save` writes what a comparison decided, `load` reads it back, and `validity` says
whether input and location are still as they were. Nothing here sends anything.
Invariant: a plan is as long as its input, and neither writing nor reading one takes
more memory for a million rows than for ten.
"""

from __future__ import annotations

from importer.runs.planfile.document import StoredPlan, load, refuse_output, save
from importer.runs.planfile.validity import check_decisions, check_input

__all__ = [
    "StoredPlan",
    "check_decisions",
    "check_input",
    "load",
    "refuse_output",
    "save",
]
