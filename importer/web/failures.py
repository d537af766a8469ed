"""What went wrong, as a code that the page has a sentence for.

The library's own sentences speak of arguments and files; people without a terminal are
told what it means for them. Invariant: a text that is passed on holds no path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer import errors
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from importer.web.drafts import Draft

_BY_EXIT = {
    Exit.ACCESS: "access",
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
_BY_KIND: tuple[tuple[type[errors.FatalError], str], ...] = (
    (errors.HeadlessError, "no_header"),
    (errors.RowlessError, "no_rows"),
    (errors.OversizedError, "too_large"),
    (errors.RefusedAlike, "refused_alike"),
    (errors.ListIncomplete, "list_incomplete"),
)


def of_exit(code: Exit) -> str:
    """Return the code of what a run ended with."""
    return _BY_EXIT.get(Exit(code), "fault")


def of(failure: errors.FatalError, draft: Draft) -> tuple[str, str]:
    """Return the code of a failure, and the text that belongs to it, if any."""
    for kind, code in _BY_KIND:
        if isinstance(failure, kind):
            return code, ""
    code = of_exit(failure.exit_code)
    text = _without_paths(str(failure), draft) if code == "input" else ""
    return code, text


def _without_paths(text: str, draft: Draft) -> str:
    for path in (draft.table, draft.folder):
        text = text.replace(str(path), draft.filename)
    return re.sub(r"(?<![\w/])/[\w./-]{3,}", draft.filename, text)
