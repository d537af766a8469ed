"""What went wrong, as a code that the page has a sentence for.

The library's own sentences speak of arguments and files; people without a terminal are
told what it means for them. Invariant: no text of a failure is passed on.
"""

from __future__ import annotations

import re

from importer import errors
from importer.exit_codes import Exit

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


_BY_KIND: tuple[tuple[type[errors.FatalError], str], ...] = (
    (SettingsUnusable, "settings"),
    (errors.HeadlessError, "no_header"),
    (errors.OversizedError, "too_large"),
    (errors.RefusedAlike, "refused_alike"),
    (errors.ListIncomplete, "list_incomplete"),
)
#: What cannot be read, by the words of the library's sentence.
_BY_WORDS = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"protected by a password", "locked"),
        (r"an image|a document|a program|a PDF|binary content|a web page", "kind"),
        (r"broken|damaged|not copied completely", "broken"),
        (r"encoding|is not UTF-8|character that is", "letters"),
        (r"these are products and not collections", "products"),
        (r"draft is of another file|has changed", "changed"),
        (r"no step of a history", "changed"),
        (r"no column for the name", "no_name"),
        (r"there is no sheet|there is no such file|this is a folder", "changed"),
        (r"permission|[Pp]ermission denied|cannot be read", "unreadable"),
    )
)


def of_exit(code: Exit, because: str = "") -> str:
    """Return the code of what a run ended with, and what the library says of it."""
    told = _BY_EXIT.get(Exit(code), "fault")
    # where imports are kept in one, it is no disk of this computer
    return "database" if told == "storage" and "database" in because else told


def of(failure: errors.FatalError) -> str:
    """Return the code of a failure."""
    for kind, code in _BY_KIND:
        if isinstance(failure, kind):
            return code
    if isinstance(failure, errors.RowlessError):
        return "no_rows" if failure.header else "empty"
    code = of_exit(failure.exit_code, str(failure))
    if code != "input":
        return code
    told = (code for pattern, code in _BY_WORDS if pattern.search(str(failure)))
    return next(told, code)
