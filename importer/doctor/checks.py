"""A look and its verdict, and what all of them together mean.

Values only. Invariant: whatever is not in order has a way out and a code that stays
the same from version to version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.exit_codes import Exit
from importer.report import notebook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.errors import FatalError

SCHEMA = 1


class Grade(StrEnum):
    """How a look ended."""

    OK = "ok"
    WARNING = "warning"  # a run can go on all the same
    WRONG = "wrong"  # a run would end with the check's exit code
    SKIPPED = "skipped"  # something before it is wrong


@dataclass(frozen=True, slots=True)
class Check:
    """One look.

    `remedy` and `code` are empty where all is well; `location` is an id, empty where
    the look is at no location's own; `facts` are for programs.
    """

    name: str
    grade: Grade
    message: str
    remedy: str = ""
    code: str = ""
    location: str = ""
    exit_code: Exit = Exit.OK
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say on a short line which look it was and how it ended."""
        where = f" of {self.location}" if self.location else ""
        return f"<Check {self.name}{where}: {self.grade.value}>"


@dataclass(frozen=True, slots=True)
class Examination:
    """All looks, from near to far."""

    checks: tuple[Check, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> Exit:
        """What the nearest fault would end a run with."""
        wrong = (check.exit_code for check in self.checks if check.grade is Grade.WRONG)
        return next(wrong, Exit.OK)

    def count(self, grade: Grade) -> int:
        """Count the looks that ended so."""
        return sum(check.grade is grade for check in self.checks)

    def __repr__(self) -> str:
        """Say how the looks ended on one short line."""
        graded = {grade.value: self.count(grade) for grade in Grade}
        return f"<Examination: {notebook.counted(graded, 'no looks')}>"

    def _repr_html_(self) -> str:
        """Return every look with its verdict and the way out, for notebooks."""
        graded = {grade.value: self.count(grade) for grade in Grade}
        # what is wrong comes first: of many locations not every look is shown
        order = (Grade.WRONG, Grade.WARNING, Grade.SKIPPED, Grade.OK)
        looks = sorted(self.checks, key=lambda check: order.index(check.grade))
        rows = (
            (look.name, look.location, look.grade.value, look.message, look.remedy)
            for look in looks
        )
        head = ("look", "location", "verdict", "what was seen", "what to do")
        return notebook.counts("Examination", graded) + notebook.table(
            head, rows, len(looks)
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON object of schema 1."""
        return {
            "schema": SCHEMA,
            "exit_code": int(self.exit_code),
            "counts": {grade.value: self.count(grade) for grade in Grade},
            "checks": [_document(check) for check in self.checks],
            "bundle": None,  # only the command writes one
        }


def _document(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "location_id": check.location,
        "verdict": check.grade.value,
        "code": check.code,
        "message": check.message,
        "remedy": check.remedy,
        "facts": dict(check.facts),
    }


def ok(name: str, message: str, location: str = "", **facts: object) -> Check:
    """Make a check of which all is well."""
    return Check(name, Grade.OK, message, location=location, facts=facts)


def skipped(name: str, because: str, location: str = "") -> Check:
    """Make a check that was not looked at."""
    return Check(name, Grade.SKIPPED, f"Not looked at: {because}.", location=location)


def failed(name: str, code: str, failure: FatalError, location: str = "") -> Check:
    """Make a check of what would end a run, in the failure's own words."""
    return Check(
        name,
        Grade.WRONG,
        str(failure),
        failure.remedy,
        code,
        location,
        failure.exit_code,
    )
