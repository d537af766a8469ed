"""What the caller of a verb may be asked, told and shown while it works.

The verbs call these at fixed places and know nothing of who is behind them. `Hooks` as
it stands asks nothing, shows nothing, and logs into the run's folder: that is what the
library does. The command line has hooks of its own. Invariant: no hook decides what is
sent; it may only keep the sending from beginning.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Generic, TypeVar

from importer import logs
from importer.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from importer.runs.folders import RunFolder
    from importer.runs.session import Session
    from importer.runs.shards import Runner
    from importer.settings import Settings

#: What a person is shown before the answer: a forecast, or what an undo would delete.
Question = TypeVar("Question")
Result = TypeVar("Result")


class Hooks(Generic[Question, Result]):
    """Those of the library; a caller with a person in front of it has others."""

    @property
    def asks(self) -> bool:
        """Whether `confirm` asks a person; it is called only then."""
        return False

    async def confirm(self, session: Session, question: Question) -> bool:
        """Return whether the work may go on to what cannot be taken back."""
        del session, question
        return True

    @contextmanager
    def logged(self, folder: RunFolder, settings: Settings) -> Iterator[None]:
        """Write the log of a run into its folder, and nothing anywhere else.

        Raises:
            StorageError: it cannot be written.
        """
        path, secrets = folder.path / "run.log", settings.tokens.known()
        with ExitStack() as stack:
            try:
                stack.enter_context(logs.recorded(path, secrets, run_id=folder.run_id))
            except OSError as failure:
                msg = f"{path}: the log cannot be written: {failure.strerror}."
                raise StorageError(msg, remedy="Make room, or give runs_dir.") from None
            yield

    def attached(self, session: Session) -> AbstractContextManager[None]:
        """Surround a run from its first step to its last; here it can be stopped."""
        del session
        return nullcontext()

    def waiting(self) -> AbstractContextManager[None]:
        """Surround the wait for another process that works on the run."""
        return nullcontext()

    def working(self, session: Session) -> AbstractContextManager[None]:
        """Surround work that may take long, as often as there is such work.

        What is left in the middle of it goes on with the report.
        """
        del session
        return nullcontext()

    def telling(self) -> AbstractContextManager[None]:
        """Surround the sending of a notice, which may take some seconds."""
        return nullcontext()

    def runner(self, session: Session) -> Runner | None:
        """Return who sends the rows of a run; None: this process does."""
        del session
        return None

    def has_read(self, session: Session) -> None:
        """Hear that the input was read and compared; no question was asked yet."""

    def ended(self, session: Session, result: Result) -> None:
        """Hear what the work came to, while the journal of the run is still open."""
