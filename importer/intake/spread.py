"""Tables whose rows go into many locations each: which are such, and what they refuse.

A row of such a table is judged once, for all of its locations. Knows neither the
journal nor what a location holds. Invariants: a row that names a location of its own is
never spread; what is an id in one location alone is refused with what to write instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from importer.errors import UsageError
from importer.intake import recalled
from importer.models.limits import EVERY_LOCATION
from importer.validation import everywhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer import validation
    from importer.mapping import Binding
    from importer.models import Checked, Fields, Table
    from importer.settings import Settings


class Opened(Protocol):
    """A table whose columns are understood, as far as spreading its rows needs it."""

    @property
    def table(self) -> Table:
        """The table itself."""

    @property
    def binding(self) -> Binding:
        """What its columns are."""

    @property
    def into(self) -> tuple[str, ...]:
        """The locations that each of its rows goes into; none where they say it."""


def locations(binding: Binding, settings: Settings) -> tuple[str, ...]:
    """Return the locations that each row of a table goes into.

    Raises:
        UsageError: the mapping says a location, or the setting means none.
    """
    if not settings.into:
        return ()
    # what was kept for a file beside this one says nothing of a table that says more
    if settings.origins["into"] == recalled.NAME and column(binding):
        return ()
    if text := binding.constants.get("location_id"):
        msg = f"{binding.preset} says the location of every row ({text}), and --into "
        msg += "says the locations."
        raise UsageError(msg, remedy="Take location_id out of it, or leave --into out.")
    return settings.into


def column(binding: Binding) -> str:
    """Return the header of the column in which rows may name their location, if any."""
    shape = binding.shape
    return (shape.headers if shape else binding.columns).get("location_id", "")


def judging(opened: Opened, options: validation.Options) -> validation.Options:
    """Return what the rows of a table are judged with: once for all locations."""
    if not opened.into:
        return options
    return replace(options, location_id=EVERY_LOCATION)


def checking(
    opened: Opened, inner: Callable[[Fields, validation.Options], Checked]
) -> Callable[[Fields, validation.Options], Checked]:
    """Return the check of a table's rows: `inner`, and what spreading them refuses.

    Where they are spread it raises `UsageError` for a row that names its own location.
    """
    if not opened.into:
        return inner

    def check(fields: Fields, options: validation.Options) -> Checked:
        if text := fields.values.get("location_id", "").strip():
            raise _names_its_own(opened, fields.row.first, text)
        return everywhere.check(fields, options, inner)

    return check


def refuse(opened: Opened, number: int, header: str, text: str) -> None:
    """Refuse that a row comes to name its own location.

    Raises:
        UsageError: the header is that of the location, and the table is spread.
    """
    if opened.into and header == column(opened.binding):
        raise _names_its_own(opened, number, text)


def _names_its_own(opened: Opened, row: int, text: str) -> UsageError:
    table = opened.table
    place = f"{table.file}, sheet {table.sheet}" if table.sheet else table.file
    msg = f'{place}, row {row} names a location ("{text:.60}"), and --into says the '
    msg += "locations of every row."
    header = column(opened.binding)
    remedy = f'Delete the column "{header}", or leave --into out.'
    return UsageError(msg, remedy=remedy)


def shown(location_id: str) -> str:
    """Return the location of a row that was judged; empty where that is many."""
    return "" if location_id == EVERY_LOCATION else location_id
