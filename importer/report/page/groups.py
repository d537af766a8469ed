"""The rows to look at, put together by what is wrong with them.

Counts all of them and keeps some of each kind, so that neither the page nor the memory
grows with a million alike. Invariant: every line is counted, kept or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import wording
from importer.report.words import code_phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.models import ReportLine

#: Rows that are kept of each kind; the files have all of them.
KEPT = 1_000
#: Letters that are kept of a text; a name of 10,000 of them is not read on a page.
LONGEST = 600


@dataclass(slots=True)
class Group:
    """The rows with one code. `rows` are (place, name, slug, location, message)."""

    code: str
    count: int = 0
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    @property
    def phrase(self) -> str:
        """What is wrong, in words."""
        text = code_phrase(self.code)
        return text[:1].upper() + text[1:] if text else "Without a reason"


def gathered(lines: Iterable[ReportLine]) -> list[Group]:
    """Gather lines into groups, the largest first."""
    groups: dict[str, Group] = {}
    for line in lines:
        code = str(line.code)
        group = groups.get(code)
        if group is None:
            group = groups[code] = Group(code)
        group.count += 1
        if len(group.rows) < KEPT:
            group.rows.append(
                (
                    str(line.place),
                    wording.cut(line.name, LONGEST),
                    wording.cut(line.slug, LONGEST),
                    line.location_id,
                    wording.cut(line.message, LONGEST),
                )
            )
    return sorted(groups.values(), key=lambda one: -one.count)
