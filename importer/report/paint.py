"""How the cells of the annotated workbook look: one format for each meaning.

Colours say what a status means at a glance, and mark the cells to be fixed; everything
of the input is text. Invariant: every final status has its colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]

_TEXT: Final = {"num_format": "@"}
#: Fill and letters: done, to be fixed, still open. Readable in print, too.
DONE: Final = {"bg_color": "#C6EFCE", "font_color": "#006100"}
WRONG: Final = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
OPEN: Final = {"bg_color": "#FFEB9C", "font_color": "#7F4F00"}

#: Statuses that are not green.
_COLOURS: Final[Mapping[Status, Mapping[str, str]]] = MappingProxyType(
    {
        **dict.fromkeys((Status.INVALID, Status.DUPLICATE, Status.REJECTED), WRONG),
        **dict.fromkeys((Status.FAILED, Status.UNKNOWN, Status.NOT_ATTEMPTED), OPEN),
    }
)


@dataclass(frozen=True, slots=True)
class Paint:
    """The formats of one workbook."""

    text: Format
    header: Format
    ours: Format
    wrong: Format
    status: Mapping[Status, Format]
    bold: Format

    @classmethod
    def of(cls, book: Workbook) -> Paint:
        """Make the formats that a workbook needs."""

        def made(*parts: Mapping[str, object]) -> Format:
            return book.add_format({k: v for part in parts for k, v in part.items()})

        head: dict[str, object] = {"bold": True, "bottom": 1, "text_wrap": True}
        head |= {"valign": "top"}
        colours = {status: made(_TEXT, _COLOURS.get(status, DONE)) for status in Status}
        return cls(
            text=made(_TEXT),
            header=made(_TEXT, head, {"bg_color": "#D9E1F2"}),
            ours=made(_TEXT, head, {"bg_color": "#E7E6E6"}),
            wrong=made(_TEXT, WRONG),
            status=colours,
            bold=made({"bold": True}),
        )
