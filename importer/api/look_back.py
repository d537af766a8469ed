"""Looking back at a run: the order of an audit's and of an undo's steps, and results.

The caller (library, command line) passes `Hooks`; what is compared and deleted
is decided in `runs`. Invariant: where a person is asked, nothing is deleted before the
answer.
"""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer import background
from importer.api import senders, sentence
from importer.api.results import RunResult
from importer.errors import Interrupted
from importer.exit_codes import Exit
from importer.models import WRONG_AT_SERVER
from importer.report import notebook
from importer.runs import folders, look_back
from importer.runs.undo import LEFT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from importer.api.hooks import Hooks, Question
    from importer.api.hooks import Result as Answer
    from importer.errors import FatalError
    from importer.models import Sent
    from importer.runs.folders import RunFolder
    from importer.runs.session import Session
    from importer.runs.shards import Runner
    from importer.runs.undo import Foreseen, Result, Undone
    from importer.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class AuditResult(RunResult):
    """What an audit found; the report of the run says it of each row.

    `findings` counts rows by code, `removed` the surplus copies that were deleted, and
    `undone` the rows that an undo had deleted and that were not compared. `failed` says
    by location why it could not be compared.
    """

    locations: int
    findings: Mapping[str, int]
    removed: int
    undone: int
    failed: Mapping[str, FatalError]

    @property
    def exit_code(self) -> Exit:
        """What `importer audit` ends with."""
        for error in self.failed.values():
            return error.exit_code
        wrong = any(self.findings.get(code) for code in WRONG_AT_SERVER)
        return Exit.PROBLEMS if wrong else Exit.OK


@dataclass(frozen=True, slots=True, repr=False)
class UndoResult:
    """What an undo deleted, or with `dry_run` would delete.

    `counts` has collections by what became of them, `lines` each collection with that
    and a sentence; `earlier` are those that an undo before this one has deleted.
    `unclear` are rows without a clear answer, which may have created something that is
    not known. `failed` says by location why nothing could be looked at.
    """

    folder: RunFolder
    dry_run: bool
    foreseen: Foreseen
    earlier: int
    unclear: int
    counts: Mapping[str, int]
    lines: tuple[tuple[Sent, Undone, str], ...]
    failed: Mapping[str, FatalError]

    @property
    def exit_code(self) -> Exit:
        """What `importer undo` ends with."""
        for error in self.failed.values():
            return error.exit_code
        left = self.unclear or any(map(self.counts.get, LEFT))
        return Exit.PROBLEMS if left else Exit.OK

    def __repr__(self) -> str:
        """Say what it came to on one short line."""
        counted = notebook.counted(self._numbers(), "nothing to delete")
        return f"<UndoResult {self.folder.run_id}: {counted}>"

    def _numbers(self) -> dict[str, int]:
        rest = {"deleted earlier": self.earlier, "without a clear answer": self.unclear}
        return {**self.counts, **rest}

    def _repr_html_(self) -> str:
        """Return counts, the first collections and what failed, for notebooks."""
        title = f"Undo of run {self.folder.run_id}"
        if self.dry_run:
            title += ": nothing was deleted"
        lines = (
            (sent.location_id, sent.name, sent.slug, undone, sentence)
            for sent, undone, sentence in self.lines
        )
        head = ("location", "name", "slug", "undo", "message")
        failed = ((location, str(error)) for location, error in self.failed.items())
        return (
            notebook.counts(title, self._numbers())
            + notebook.table(head, lines, len(self.lines))
            + notebook.table(("location", "failed"), failed, len(self.failed))
        )


async def audit(
    run_id: str, settings: Settings, hooks: Hooks[None, AuditResult], *, repair: bool
) -> AuditResult:
    """Compare an earlier run with the server, and write its report again.

    Args:
        run_id: the run, by its name or the path of its folder.
        settings: the options.
        hooks: who is told and shown.
        repair: whether surplus copies that the run made are deleted.

    Raises:
        FatalError: it was stopped, or could not begin.
    """
    async with _looking_back(run_id, settings, hooks) as (session, runner):
        session.watch.phase = "auditing"
        with hooks.working(session):
            found = await look_back.audit(session, repair=repair, runner=runner)
        if session.stopped is not None:
            raise session.stopped
        session.watch.phase = "reporting"
        summary = await background.to_its_end(session.report)
        result = AuditResult(
            summary,
            session.folder,
            found.locations,
            MappingProxyType(Counter(found.findings)),
            found.removed,
            found.undone,
            MappingProxyType(dict(found.failed)),
        )
        hooks.ended(session, result)
    return result


async def undo(
    run_id: str,
    settings: Settings,
    hooks: Hooks[Foreseen, UndoResult],
    *,
    dry_run: bool,
    unseen_products: bool,
    locations: Collection[str] = (),
) -> UndoResult:
    """Delete what an earlier run created and was not changed since.

    Args:
        run_id: the run, by its name or the path of its folder.
        settings: the options.
        hooks: who is asked, told and shown.
        dry_run: whether it is only said what would be deleted.
        unseen_products: also where products that were added cannot be seen; a person
            who is asked agrees to that, too.
        locations: names or ids of the only ones that are undone; none: all.

    Raises:
        Interrupted: the answer was no; nothing was deleted.
        UsageError: products cannot be seen, or the run sent nothing to one of the
            locations; nothing was deleted.
        FatalError: it was stopped, or could not begin.
    """
    async with _looking_back(run_id, settings, hooks) as (session, runner):
        session.watch.phase = "undoing"
        with hooks.working(session):
            looked = await look_back.look_before_undo(
                session, dry_run=dry_run, locations=locations, runner=runner
            )
        foreseen = looked.foreseen
        if not dry_run:
            asked = await _asked(session, foreseen, hooks)
            # a person who was asked has seen the figures, so the answer covers these as
            # well
            unseen_products = unseen_products or asked
            foreseen.check(unseen_products=unseen_products)
        with hooks.working(session):
            found = await look_back.carry_out(
                session, looked, unseen_products=unseen_products
            )
        result = _undone(session, found, foreseen, dry_run=dry_run)
        # told before the stop is raised: what was deleted up to then has to be known
        hooks.ended(session, result)
        if session.stopped is not None:
            raise session.stopped
    return result


async def _asked(
    session: Session, foreseen: Foreseen, hooks: Hooks[Foreseen, UndoResult]
) -> bool:
    """Return whether a person was asked, and has agreed.

    Raises:
        Interrupted: the answer is no.
    """
    if not (hooks.asks and foreseen.delete):
        return False
    if not await hooks.confirm(session, foreseen):
        msg = "Nothing was deleted."
        raise Interrupted(msg)
    return True


def _undone(
    session: Session, found: Result, foreseen: Foreseen, *, dry_run: bool
) -> UndoResult:
    return UndoResult(
        session.folder,
        dry_run,
        foreseen,
        found.earlier,
        found.unclear,
        MappingProxyType(Counter(found.counts)),
        tuple(found.lines),
        MappingProxyType(dict(found.failed)),
    )


@asynccontextmanager
async def _looking_back(
    run_id: str, settings: Settings, hooks: Hooks[Question, Answer]
) -> AsyncIterator[tuple[Session, Runner | None]]:
    senders.refuse(settings)
    folder = folders.find(settings.home, run_id)
    # opened first: a journal that cannot be read needs no token to be told
    async with await sentence.opened(folder, settings) as session:
        # the run may have kept where its tokens come from
        session.settings.tokens.require()
        session.enter(hooks.logged(folder, session.settings))
        with hooks.attached(session):
            async with senders.sender(session, hooks) as runner:
                yield session, runner
