"""The check of an input: source → mapping → validation, and what was found.

No network, and nothing is written. Invariant: what only a run needs is not loaded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from importer import background, report
from importer.exit_codes import Exit
from importer.intake import claims, judged, recalled, spread, tables
from importer.intake.spool import Spool
from importer.models import BETWEEN, Code, DoneBefore, Invalid, ReportLine, Status
from importer.models.codes import TEXT_REMARKS
from importer.report import notebook
from importer.sentences import ENGLISH, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import pandas as pd  # noqa: TID251 - only the name of a type

    from importer import settings
    from importer.models import InputFile, Place, Problem, Row, Valid
    from importer.sentences import Language


#: After so many rows it is asked whether the check shall end.
_ROWS_BETWEEN = 64


@dataclass(frozen=True, slots=True, repr=False)
class CheckResult:
    """What a check found.

    `counts` has `valid`, `invalid` and `duplicate`; `bad` are the rows behind the
    latter two, with all their problems; `remarks` counts the good rows that have a
    remark by its code, and `remarked` are those of which a text is to be seen.
    """

    files: tuple[InputFile, ...]
    counts: Mapping[str, int]
    bad: Collection[tuple[Status, Invalid]]
    remarks: Mapping[str, int]
    exit_code: Exit
    remarked: Collection[tuple[Row, Problem]] = ()
    #: the locations that each row goes into, where rows do not say their own
    into: tuple[str, ...] = ()
    #: how lines are said: as the command line says them, or in other words
    say: Callable[[Iterable[ReportLine]], Iterable[ReportLine]] = iter
    #: what problems and remarks are told in
    language: Language = ENGLISH

    @property
    def collections(self) -> int:
        """All collections of the input, good or bad."""
        return sum(self.counts.values())

    def codes(self) -> Counter[str]:
        """Count the bad rows by code: those that have such a problem, each once."""
        return Counter(code for _, refused in self.bad for code in refused.codes)

    def codes_beside(self) -> Counter[str]:
        """Count the bad rows by the codes that they have beside their first."""
        return Counter(code for _, refused in self.bad for code in refused.codes[1:])

    def of_whole_tables(self) -> dict[tuple[str, str], Problem]:
        """Return what every row of a table has wrong with its location, by the table.

        A table is a file and a sheet; one row alone makes no rule.
        """
        first: dict[tuple[str, str], Problem] = {}
        alike: Counter[tuple[str, str]] = Counter()
        for _, refused in self.bad:
            where = refused.row.where
            problem = next(filter(_is_of_location, refused.problems), None)
            if problem is None:
                continue
            known = first.setdefault(where, problem)
            alike[where] += _says(known) == _says(problem)
        rows: Counter[tuple[str, str]] = Counter()
        for file in self.files:
            rows[file.file, file.sheet] += file.rows
        return {
            where: problem
            for where, problem in first.items()
            if alike[where] == rows[where] > 1
        }

    def examples(
        self,
        of_a_code: int | None,
        whole: Mapping[tuple[str, str], Problem] = MappingProxyType({}),
    ) -> list[ReportLine]:
        """Give the first bad rows of each code as report lines.

        A row stands below its first code with all of its problems, and below the
        others with what has that code.

        Args:
            of_a_code: how many; None for all of them.
            whole: what is told of whole tables, and of none of their rows then.
        """
        found: dict[str, list[ReportLine]] = {}
        for status, row in self.bad:
            refused = _but(row, whole.get(row.row.where))
            for code in refused.codes:
                some = found.setdefault(code, [])
                if of_a_code is None or len(some) < of_a_code:
                    some.append(_line(status, refused, self.language, code))
        return [line for some in found.values() for line in some]

    def lines(self) -> Iterator[ReportLine]:
        """Yield the bad rows as report lines."""
        yield from self.say(
            _line(status, refused, self.language) for status, refused in self.bad
        )

    def document(self) -> dict[str, Any]:
        """Return what `check --json` prints, whole."""
        listed = {"remarked": list(self.remarked_rows())}
        return {**self.heading(), **listed, "problems": list(self.problems())}

    def heading(self) -> dict[str, Any]:
        """Return the document without its problems, of which there may be a million."""
        return {
            "schema": 1,
            "files": list(map(described, self.files)),
            "collections": self.collections,
            "counts": dict(self.counts),
            "remarks": dict(self.remarks),
            "into": list(self.into),
        }

    def problems(self) -> Iterator[dict[str, Any]]:
        """Yield the document's problems, in input order."""
        for status, refused in self.bad:
            for problem in refused.problems:
                yield _described(refused.row.place, status, problem, self.language)

    def remarked_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the remarks of which a text is to be seen, as problems are."""
        for row, remark in self.remarked:
            yield _described(row.place, Status.PLANNED, remark, self.language)

    def to_frame(self) -> pd.DataFrame:
        """Return the bad rows as a DataFrame with the columns of `report.csv`."""
        return report.to_frame(self.lines())

    def __repr__(self) -> str:
        """Say what it came to on one short line."""
        return f"<CheckResult: {notebook.counted(self.counts)}>"

    def _repr_html_(self) -> str:
        """Return counts, remarks and the first problems, for notebooks."""
        remarked = notebook.counts("Remarks", self.remarks) if self.remarks else ""
        return (
            notebook.counts("Check", self.counts)
            + remarked
            + notebook.problems(self.lines(), len(self.bad))
        )


#: What may be wrong with the location of every row at once.
_OF_LOCATION = frozenset({Code.LOCATION_MISSING, Code.LOCATION_INVALID})


def _is_of_location(problem: Problem) -> bool:
    return problem.code in _OF_LOCATION


def _says(problem: Problem) -> tuple[str, str]:
    return problem.key, problem.value


def _but(refused: Invalid, told: Problem | None) -> Invalid:
    """Return a row without what is told of its whole table."""
    if told is None:
        return refused
    others = (item for item in refused.problems if _says(item) != _says(told))
    return replace(refused, problems=tuple(others))


def _described(
    place: Place, status: Status, problem: Problem, language: Language
) -> dict[str, Any]:
    """Return what `check --json` says of a row."""
    return {
        "file": place.file,
        "sheet": place.sheet,
        "row": place.row,
        "row_end": place.row_end,
        "status": status.value,
        "column": problem.column,
        "code": problem.code.value,
        "message": problem.message_in(language),
        "remedy": problem.remedy_in(language),
        "value": problem.value,
        "variant": problem.variant,
        "parameters": as_json(problem.parameters),
        "cells": [cell._asdict() for cell in problem.cells],
    }


def described(file: InputFile) -> dict[str, Any]:
    """Return what is told of a table, as JSON has it."""
    return {
        "file": file.file,
        "sheet": file.sheet,
        "preset": file.preset,
        "rows": file.rows,
        "known_by": list(file.known_by),
        "columns_left_out": list(file.columns_left_out),
        "columns_unknown": [asdict(column) for column in file.columns_unknown],
        "notes": list(file.notes),
        "skipped": dict(file.skipped),
    }


def _line(
    status: Status, refused: Invalid, language: Language, code: str = ""
) -> ReportLine:
    first = refused.codes[0]
    told = refused.problems
    if code and code != first:
        told = tuple(problem for problem in told if problem.code == code)
    return ReportLine(
        refused.row.place,
        spread.shown(refused.location_id),
        refused.name,
        refused.slug,
        status,
        code=code or first,
        message=BETWEEN.join(problem.said_in(language) for problem in told),
        cells=refused.row.cells,
    )


def _keep(valid: Valid, remarked: Spool[tuple[Row, Problem]]) -> None:
    """Keep the remarks of which a text is to be seen."""
    for remark in valid.remarks:
        if remark.code in TEXT_REMARKS:
            remarked.append((valid.row, remark))


def check_inputs(
    inputs: tuple[tables.Input, ...],
    chosen: settings.Settings,
    stopped: Callable[[], bool] = bool,
) -> CheckResult:
    """Read, map and validate inputs.

    Args:
        inputs: paths, open binary files, frames, dicts, or an `Input` of one of them.
        chosen: the settings.
        stopped: whether the work shall end.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
        Abandoned: it was `stopped`.
    """
    chosen = recalled.settings(inputs, chosen)
    seen = claims.Seen()
    counts = {"valid": 0, "invalid": 0, "duplicate": 0}
    remarks: Counter[str] = Counter()
    bad = claims.Bad(Spool())
    remarked: Spool[tuple[Row, Problem]] = Spool()
    files = []
    left, total = chosen.values.limit, 0
    for opened in tables.open_inputs(inputs, chosen, stopped):
        count = 0
        rows = judged.rows(opened, seen, chosen.checking, chosen.locations)
        for status, checked in islice(rows, left and left - total):
            count += 1
            # every few rows, so that a check which is abandoned ends at once
            if not count % _ROWS_BETWEEN and stopped():
                raise background.Abandoned
            if isinstance(checked, tuple):
                continue  # nothing to tell
            if isinstance(checked, Invalid):
                counts[status.value] += 1
                bad.add(opened.number, status, checked)
            elif isinstance(checked, DoneBefore):
                remarks[checked.remark.code.value] += 1
            elif checked.remarks:
                remarks.update(checked.codes)
                _keep(checked, remarked)
        total += count
        files.append(replace(opened.file, rows=count))
    bad.compare(seen)
    counts["valid"] = total - len(bad)
    code = Exit.PROBLEMS if bad else Exit.OK
    found = (counts, bad, dict(remarks), code, remarked)
    return CheckResult(tuple(files), *found, seen.into, language=chosen.language)
