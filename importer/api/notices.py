"""When a notice is sent: at the end of each run and resume, however it ends.

What the notice says, and how it is sent, is the package's `notice`. It is sent when the
run is closed, so that who gets it can go on with the run at once. Nothing is loaded
where no address is set. Invariants: no failure of a notice changes what a run comes to
or raises anything; what a person at the terminal has ended by hand before anything was
sent is not told.
"""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from importer import logs
from importer.errors import FatalError, InputError, Interrupted, Terminated
from importer.exit_codes import Exit
from importer.models import State
from importer.settings import meaning, recipients

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from importer.api.hooks import Hooks
    from importer.api.results import RunResult
    from importer.notice import Recipient
    from importer.notice.document import Ending
    from importer.runs.folders import RunFolder
    from importer.settings import Settings

log: logs.Log = logs.get("run")


class Account:
    """What is known of a run so far, for the notice of its end."""

    def __init__(self, settings: Settings, folder: RunFolder | None = None) -> None:
        """Begin with the run's folder, where it has one already.

        Raises:
            UsageError: the address of the notice cannot be used.
        """
        self.whom: Recipient | None = recipients.recipient(settings)
        self.settings: Settings = settings
        self.folder: RunFolder | None = folder
        self.result: RunResult | None = None


@asynccontextmanager
async def told(account: Account, hooks: Hooks[Any, Any]) -> AsyncIterator[None]:
    """Send a notice of what the block comes to, where one is wanted.

    Args:
        account: filled in by the block.
        hooks: of the run.
    """
    if account.whom is None:
        yield
        return
    try:
        yield
    except Exception as failure:
        if not _ended_by_hand(failure):
            await _tell(account.whom, account, hooks, failure)
        raise
    await _tell(account.whom, account, hooks)


def _ended_by_hand(failure: Exception) -> bool:
    return isinstance(failure, Interrupted) and not isinstance(failure, Terminated)


async def _tell(
    whom: Recipient,
    account: Account,
    hooks: Hooks[Any, Any],
    failure: Exception | None = None,
) -> None:
    """Send the notice, and note in the log whether it was taken."""
    from importer.notice import document, post  # noqa: PLC0415 - as above

    with ExitStack() as log_of_run:
        folder = account.folder
        if folder is not None and folder.path.is_dir():
            # the log is no reason not to tell
            with suppress(FatalError, OSError):
                log_of_run.enter_context(hooks.logged(folder, account.settings))
        try:
            ending, moment = _ending(account, failure), time.time()
            found = document.document(ending, str(uuid.uuid4()), moment)
            reason, tries = "it was not waited for", 0
            with hooks.telling():
                sent = await post.deliver(whom, document.body(found), int(moment))
                reason, tries = sent.reason, sent.tries
        except Exception as unforeseen:  # noqa: BLE001 - no notice changes a run
            reason, tries = type(unforeseen).__name__, 0
        if reason:
            keys = {"host": whom.host, "reason": reason, "tries": tries}
            log.warning("notice.undelivered", **keys)
        else:
            log.info("notice.delivered", host=whom.host, tries=tries)


def _ending(account: Account, failure: Exception | None) -> Ending:
    """Return how the run ended."""
    from importer.notice import document  # noqa: PLC0415 - as above

    folder, result = account.folder, account.result
    run_id = folder.run_id if folder else None
    if failure is None and result is not None:
        summary, ended_by = result.summary, result.ended_by
        stopped = summary.state is State.STOPPED
        return document.Ending(
            summary.run_id,
            summary.exit_code,
            summary,
            summary.stopped_because,
            ended_by.remedy if ended_by else "",
            meaning.resume(summary.run_id, account.settings) if stopped else "",
        )
    message, remedy, code = _told(failure)
    left = folder is not None and folder.present and not isinstance(failure, InputError)
    return document.Ending(
        run_id,
        code,
        None,
        message,
        remedy,
        meaning.resume(folder.run_id, account.settings) if folder and left else "",
    )


def _told(failure: Exception | None) -> tuple[str, str, Exit]:
    """Put what ended a run into words; of a bug nothing but its kind.

    The message of a bug may hold anything, cells and secrets too.
    """
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, FatalError):
        return str(failure), failure.remedy, failure.exit_code
    if isinstance(failure, OSError):
        reason = failure.strerror or type(failure).__name__
        return f"The system refused something: {reason}.", "", Exit.STORAGE
    return f"This is a bug in the program: {type(failure).__name__}.", "", Exit.BUG
