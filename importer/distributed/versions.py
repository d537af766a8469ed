"""What has to be equal on both sides of a cluster, and the refusal where it is not.

A process of another version would write another journal, or understand a shard as
something else. Python itself need not be equal: nothing but values of our own and the
names of functions travels. Invariant: nothing is sent by a process that differs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from importer.errors import UsageError
from importer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The package as an installer knows it, and those of Dask that have to be equal.
IMPORTER = "highlevel-collection-importer"
DASK = ("dask", "distributed")
REMEDY = (
    "Install the same version for the scheduler, every worker and this command, then "
    "start them again. Nothing was sent."
)


@dataclass(frozen=True, slots=True)
class Versions:
    """What writes the journal, and the versions of its tables."""

    importer: str
    journal: int
    shared: int


def own() -> Versions:
    """Return those of this process."""
    # loads what reads journals, which a preload does before the first shard
    from importer.journal import schema  # noqa: PLC0415
    from importer.journal.postgres import shared  # noqa: PLC0415

    return Versions(__version__, schema.SCHEMA, shared.VERSION)


def check(theirs: Versions, where: str) -> None:
    """Make sure that another process writes the journal as this one does.

    Args:
        theirs: of the other process.
        where: its address.

    Raises:
        UsageError: it does not.
    """
    mine = own()
    for field in fields(Versions):
        here, there = getattr(mine, field.name), getattr(theirs, field.name)
        if here != there:
            what = "the importer" if field.name == "importer" else "the journal"
            raise _unequal(what, here, there, where)


def check_packages(
    mine: Mapping[str, str | None], theirs: Mapping[str, str | None], where: str
) -> None:
    """Make sure that another process has the packages that this one has.

    Args:
        mine: versions by package.
        theirs: those of the other process; None where a package is not installed.
        where: its address.

    Raises:
        UsageError: it has others.
    """
    if theirs.get(IMPORTER) is None:
        msg = f"The importer is not installed at {where}."
        raise UsageError(msg, remedy=REMEDY)
    for name in (IMPORTER, *DASK):
        here, there = mine.get(name), theirs.get(name)
        if here != there:
            what = "the importer" if name == IMPORTER else name
            raise _unequal(what, here, there, where)


def _unequal(what: str, here: object, there: object, where: str) -> UsageError:
    msg = f"The version of {what} is {here} here, and {there} at {where}."
    return UsageError(msg, remedy=REMEDY)
