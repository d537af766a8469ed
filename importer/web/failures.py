"""What went wrong, as a code that the page has a sentence for.

The library's own sentences speak of arguments and files; people without a terminal are
told what it means for them. Invariants: a failure is known by its kind, never by its
words; and no text of it is passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import errors
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from importer.api import RunResult

_BY_EXIT = {
    Exit.ACCESS: "access",
    Exit.USAGE: "stale",
    Exit.INPUT: "input",
    Exit.TOO_MANY_ERRORS: "unreachable",
    Exit.UNKNOWN_ROWS: "unclear",
    Exit.HELD: "held",
    Exit.OUTDATED: "outdated",
    Exit.TIME: "time",
    Exit.STORAGE: "storage",
    Exit.QUOTA: "quota",
    Exit.INTERRUPTED: "stopped",
    Exit.TERMINATED: "stopped",
}


class SettingsUnusable(errors.UsageError):
    """What the settings file, or the list of sub-accounts, says cannot be used."""


#: By what a failure is; the first that it is one of counts.
_BY_KIND: tuple[tuple[type[errors.FatalError], str], ...] = (
    (SettingsUnusable, "settings"),
    (errors.ProductsError, "products"),
    (errors.NamelessError, "no_name"),
    (errors.HeadlessError, "no_header"),
    (errors.ColumnsAlikeError, "columns_alike"),
    (errors.OversizedError, "too_large"),
    (errors.AbsentError, "changed"),
    (errors.DraftError, "changed"),
    (errors.UnopenedError, "unreadable"),
    (errors.LockedError, "locked"),
    (errors.BrokenError, "broken"),
    (errors.ForeignError, "kind"),
    (errors.EncodingError, "letters"),
    (errors.JournalDamaged, "fault"),
    (errors.RefusedAlike, "refused_alike"),
    (errors.ListIncomplete, "list_incomplete"),
    # where imports are kept in one, it is no disk of this computer
    (errors.DatabaseError, "database"),
)


def of_exit(code: Exit) -> str:
    """Return the code of what a run, or a look, ended with."""
    return _BY_EXIT.get(Exit(code), "fault")


def of_result(result: RunResult) -> str:
    """Return the code of what stopped a run; empty where nothing has."""
    if result.exit_code in {Exit.OK, Exit.PROBLEMS}:
        return ""
    return of(result.ended_by) if result.ended_by else of_exit(result.exit_code)


def of(failure: errors.FatalError) -> str:
    """Return the code of a failure."""
    for kind, code in _BY_KIND:
        if isinstance(failure, kind):
            return code
    if isinstance(failure, errors.RowlessError):
        return "no_rows" if failure.header else "empty"
    return of_exit(failure.exit_code)
