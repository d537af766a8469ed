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
from importer.models.clocks import ClockDifference
from importer.models.codes import (
    FINAL_STATUSES,
    Code,
    Status,
)
from importer.models.fields import OPTIONAL_FIELDS, REQUIRED_FIELDS
from importer.models.flight import Flight, Traffic, Window
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
from importer.models.products import Called, Calling, Entry, Found, Item
from importer.models.rows import (
    Checked,
    CollectionType,
    Definition,
    DoneBefore,
    Faulty,
    Fields,
    InputFile,
    Invalid,
    Place,
    Plain,
    Problem,
    Row,
    Shaped,
    Table,
    Unreadable,
    Valid,
    listed,
)
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
    "FINAL_STATUSES",
    "OPTIONAL_FIELDS",
    "REQUIRED_FIELDS",
    "Action",
    "Ambiguous",
    "Barred",
    "Called",
    "Calling",
    "Calls",
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
    "listed",
]
