"""What can go wrong, and the exit code that says so.

A bad row is a value (`models.Problem`), never one of these. The second level of
the tree says what to do about a failure, and so does the exit code:

    ImporterError
    ├── TransientError           not processed by the API: send it again
    │   └── DayIsOver            but not before the day's quota has been reset
    ├── UnknownOutcomeError      may have been processed: settle it first
    ├── RejectedError            the API refused this one request
    └── FatalError               this run cannot go on; `exit_code` says why
        ├── AccountingError      1   rows and answers differ in number: a bug
        ├── StalledError         1   nothing went on, and nothing was waited for: a bug
        ├── UsageError           2   the command or a setting is wrong
        │   └── EditOutdated     2   a cell is not what was seen when it was edited
        ├── AccessError          4   token, scope or location refused
        ├── InputError           5   a file, or the run folder, is unusable
        │   ├── JournalDamaged   5   the journal of a run knows less than was done
        │   ├── HeadlessError    5   a table has no header that is known
        │   │   ├── ProductsError  5   its columns are those of products
        │   │   └── NamelessError  5   no column is the name of a collection
        │   ├── ColumnsAlikeError  5   two columns of a table are one field
        │   ├── RowlessError     5   a table has no rows
        │   ├── OversizedError   5   a file unpacks to more than is read
        │   ├── AbsentError      5   a file, or the sheet that was named, is not there
        │   ├── UnopenedError    5   the system does not let a file be read
        │   ├── LockedError      5   a file is protected by a password
        │   ├── BrokenError      5   a file is damaged, or was not copied completely
        │   ├── ForeignError     5   a file is of a kind that holds no table
        │   ├── EncodingError    5   a text is in another encoding than it is read in
        │   └── DraftError       5   a draft is of another file, or cannot be read
        ├── TooManyErrors        6   `--max-errors` was reached
        │   └── CanaryFailed     6   the locations of `--canary` did not go well
        ├── RefusedAlike         6   a location refused its first rows for one reason
        ├── UnreachableError     6   the API does not answer at all
        ├── ListIncomplete       7   no complete list of a location can be had
        ├── LocationHeldError    8   another run holds the location
        ├── PlanOutdated         9   input or location are no longer as planned
        ├── TimeIsUp            10   `--max-duration` was reached
        │   └── Paused          10   `importer pause` asked for it
        ├── LeftToOthers        11   `--on-overlap skip` left locations to another run
        ├── StorageError        74   the disk is full or was taken away
        │   └── DatabaseError   74   the database that keeps journals cannot be used
        ├── QuotaExhausted      75   the day's quota is used
        └── Interrupted        130   Ctrl-C, or 143 for SIGTERM and SIGHUP

Invariant: every message is a sentence for the person who runs the program; none
holds a token.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer import texts
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator


#: Letters of a word in what can be done: it may be a command with a path.
LONGEST_REMEDY = 1000


class ImporterError(Exception):
    """The root of everything this program raises on purpose."""


class TransientError(ImporterError):
    """The API certainly did not process the request; it may be sent again."""


class DayIsOver(TransientError):  # noqa: N818 - a stop, not a failure
    """The API refused a call because nothing is left of the day's quota.

    Attributes:
        reset_seconds: how long until the day begins anew, None where that is unknown.
    """

    def __init__(self, message: str, reset_seconds: float | None = None) -> None:
        """Keep both; the message says what is known of the reset."""
        super().__init__(message)
        self.reset_seconds = reset_seconds


class UnknownOutcomeError(ImporterError):
    """The API may or may not have processed the request; look before sending."""


class RejectedError(ImporterError):
    """The API refused one request for a reason in the request itself."""


class FatalError(ImporterError):
    """The run cannot go on.

    Attributes:
        exit_code: what the process ends with.
        remedy: what the person should do, a sentence or empty.
    """

    exit_code: Exit = Exit.BUG

    def __init__(self, message: str, *, remedy: str = "") -> None:
        """Keep the message and the way out apart, so that both can be shown."""
        super().__init__(_shown(message, texts.LONGEST_WORD))
        self.remedy: str = _shown(remedy, LONGEST_REMEDY)


def _shown(text: str, longest: int) -> str:
    """Return a message as it may be shown, its values shortened and harmless."""
    if len(text) > longest and (logs := sys.modules.get("importer.logs")):
        # half of a token would not be known as one
        text = logs.masked(text)
    return texts.message(text, longest)


class AccountingError(FatalError):
    """The rows of the input and the answers in the report differ in number."""

    exit_code = Exit.BUG


class StalledError(FatalError):
    """Nothing went on for minutes, although nothing was waited for."""

    exit_code = Exit.BUG


class UsageError(FatalError):
    """A flag or a setting cannot be used as it stands."""

    exit_code = Exit.USAGE


class AccessError(FatalError):
    """Token, scope or location were refused, or there is no token."""

    exit_code = Exit.ACCESS


class InputError(FatalError):
    """A file, or the folder for runs, cannot be used; nothing is sent."""

    exit_code = Exit.INPUT


class JournalDamaged(InputError):  # noqa: N818 - a state, found again at every look
    """The journal of a run is not whole: what the run sent is not known."""


class HeadlessError(InputError):
    """A table has no header that is known, so it may begin elsewhere."""


class ProductsError(HeadlessError):
    """A table holds products, of which nothing says the collections."""


class NamelessError(HeadlessError):
    """A table has columns that are known, and none is the name of a collection."""


class ColumnsAlikeError(InputError):
    """Two columns of a table are one field, and nothing says which is meant."""


class RowlessError(InputError):
    """A table has no rows; `header` is what it has instead, perhaps nothing."""

    header: tuple[str, ...] = ()


class OversizedError(InputError):
    """A file unpacks to more than is read, so no other look at it helps."""


class AbsentError(InputError):
    """A file, or the sheet of it that was named, is not there."""


class UnopenedError(InputError):
    """The system does not let a file be read."""


class LockedError(InputError):
    """A file is protected by a password."""


class BrokenError(InputError):
    """A file is damaged, or was not copied completely."""


class ForeignError(InputError):
    """A file is of a kind that holds no table: an image, a document, a program."""


class EncodingError(InputError):
    """A text is in another encoding than it is read in, or it is open in which."""


class DraftError(InputError):
    """A draft is of another file than the one that is opened, or cannot be read."""


class TooManyErrors(FatalError):  # noqa: N818 - a stop, not a failure
    """The share of bad rows reached `--max-errors`."""

    exit_code = Exit.TOO_MANY_ERRORS


class CanaryFailed(TooManyErrors):
    """The locations of `--canary` did not go well, so the others were left alone."""


class RefusedAlike(FatalError):  # noqa: N818 - a stop, not a failure
    """The first rows of a location were refused, all for the same reason."""

    exit_code = Exit.TOO_MANY_ERRORS


class UnreachableError(FatalError):
    """The API could not be reached, or did not answer, in all attempts."""

    exit_code = Exit.TOO_MANY_ERRORS


#: What a person can do about a list that is not complete.
LIST_REMEDY = (
    "Look into HighLevel, or what stands between, then: importer resume. With "
    "--accept-list it takes the list as it is."
)


class ListIncomplete(FatalError):  # noqa: N818 - a stop, not a failure
    """A list cannot be read completely, so nothing can be judged absent by it."""

    exit_code = Exit.UNKNOWN_ROWS


class LocationHeldError(FatalError):
    """Another run is working on the same location or run folder."""

    exit_code = Exit.HELD


class EditOutdated(UsageError):  # noqa: N818 - as PlanOutdated
    """A cell does not say any more what was seen when it was edited.

    Attributes:
        now: what it says.
        by: who changed it, as far as that was told.
    """

    now: str = ""
    by: str = ""


class PlanOutdated(FatalError):  # noqa: N818 - a stop, not a failure
    """The input or the location is no longer as it was when the plan was made."""

    exit_code = Exit.OUTDATED


class TimeIsUp(FatalError):  # noqa: N818 - a stop, not a failure
    """`--max-duration` was reached, or a pause was asked for."""

    exit_code = Exit.TIME


class Paused(TimeIsUp):
    """`importer pause` asked for the end: its time is up for now."""


class LeftToOthers(FatalError):  # noqa: N818 - a choice, not a failure
    """`--on-overlap skip` left what another run is working on to that run."""

    exit_code = Exit.LEFT


class StorageError(FatalError):
    """The journal could not be written: the disk is full or gone.

    One that `passes` may do so by itself, as where a database is restarted.
    """

    exit_code = Exit.STORAGE
    passes: bool = False


class DatabaseError(StorageError):
    """The database that keeps the journals cannot be reached, or used."""


class QuotaExhausted(FatalError):  # noqa: N818 - a stop, not a failure
    """What is left of the day's quota is the reserve."""

    exit_code = Exit.QUOTA


class Interrupted(FatalError):  # noqa: N818 - a stop, not a failure
    """A person or a scheduler asked the process to end."""

    exit_code = Exit.INTERRUPTED


class Terminated(Interrupted):
    """The same by SIGTERM or a closed terminal, which schedulers tell apart."""

    exit_code = Exit.TERMINATED


#: Stops that are no fault: what they leave undone is done by a resume, and where they
#: leave nothing they have changed nothing.
LATER = (Interrupted, TimeIsUp)


@contextmanager
def alone() -> Iterator[None]:
    """Raise what went wrong in a group of tasks as itself, not as a group.

    The first `FatalError` goes before anything else, because it says what to do.
    """
    try:
        yield
    except ExceptionGroup as group:
        fatal = group.subgroup(FatalError)
        raise _first(fatal or group) from None


def _first(failure: Exception) -> Exception:
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure
