"""The nouns that travel through the program, from a row to its outcome.

Frozen values without behaviour beyond what they can say of themselves. They do no
I/O, know no stage and no library. Invariant: a value is complete when it is made;
a stage makes new ones and changes none.
"""

from __future__ import annotations

from importer.models.actions import (
    Action,
    Create,
    Existing,
    Job,
    Leave,
    OnExisting,
    OnOverlap,
    Refuse,
    Update,
)
from importer.models.codes import (
    DONE,
    FINAL_STATUSES,
    MADE,
    PROBLEMS,
    UNFINISHED,
    WRONG_AT_SERVER,
    Code,
    State,
    Status,
)
from importer.models.definitions import (
    Called,
    Calling,
    Checked,
    CollectionType,
    Definition,
    DoneBefore,
    Entry,
    Found,
    InputFile,
    Invalid,
    Item,
    Plain,
    Valid,
)
from importer.models.flight import ClockDifference, Flight, Traffic, Window
from importer.models.inputs import Input
from importer.models.limits import ErrorLimit, Rate
from importer.models.outcomes import (
    BETWEEN,
    Calls,
    Finding,
    Lagging,
    Outcome,
    ReportBlock,
    ReportLine,
    Sent,
    Snapshot,
    Summary,
)
from importer.models.problems import Fields, Problem, Shaped
from importer.models.rows import Cell, Faulty, Place, Row, Table, Unreadable
from importer.models.verdicts import (
    Ambiguous,
    Barred,
    Done,
    NotProcessed,
    Rejected,
    Verdict,
    Withheld,
)

__all__ = [
    "BETWEEN",
    "DONE",
    "FINAL_STATUSES",
    "MADE",
    "PROBLEMS",
    "UNFINISHED",
    "WRONG_AT_SERVER",
    "Action",
    "Ambiguous",
    "Barred",
    "Called",
    "Calling",
    "Calls",
    "Cell",
    "Checked",
    "ClockDifference",
    "Code",
    "CollectionType",
    "Create",
    "Definition",
    "Done",
    "DoneBefore",
    "Entry",
    "ErrorLimit",
    "Existing",
    "Faulty",
    "Fields",
    "Finding",
    "Flight",
    "Found",
    "Input",
    "InputFile",
    "Invalid",
    "Item",
    "Job",
    "Lagging",
    "Leave",
    "NotProcessed",
    "OnExisting",
    "OnOverlap",
    "Outcome",
    "Place",
    "Plain",
    "Problem",
    "Rate",
    "Refuse",
    "Rejected",
    "ReportBlock",
    "ReportLine",
    "Row",
    "Sent",
    "Shaped",
    "Snapshot",
    "State",
    "Status",
    "Summary",
    "Table",
    "Traffic",
    "Unreadable",
    "Update",
    "Valid",
    "Verdict",
    "Window",
    "Withheld",
]
