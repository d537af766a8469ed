"""What is wrong between this computer and HighLevel, and how to fix it.

Looks from near to far: program, settings, disk, connection, token, location, limits;
every look ends as a `Check` with a verdict and a way out. It creates and changes
nothing. Invariant: every call goes through the budget of its location, and nothing
that is said holds a token.
"""

from __future__ import annotations

from importer.doctor.bundle import write as write_bundle
from importer.doctor.checks import Check, Examination, Grade
from importer.doctor.examination import examine

__all__ = ["Check", "Examination", "Grade", "examine", "write_bundle"]
