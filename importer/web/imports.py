"""What goes on with drafts while nobody looks: comparing, sending, taking back.

Each is a task of the server and, where something is sent, a run with its folder; a page
only asks how far it is. Invariants: a draft has one task at a time, so that a second
click finds the first; when the server ends, its runs end as a stop ends them, and can
be gone on with.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import importer
from importer.errors import FatalError, Interrupted
from importer.exit_codes import Exit
from importer.models import State
from importer.web import failures, observations, record, tables
from importer.web.drafts import Step

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from importer.api import RunInProgress, RunResult, Settings
    from importer.models import Snapshot
    from importer.web.desks import Desks
    from importer.web.drafts import Draft

log: logging.Logger = logging.getLogger("importer")
#: How long a stop waits for what is in flight before it waits no more.
PATIENCE_SECONDS = 2.5
_REPORTS = ("csv", "html", "xlsx")


class Imports:
    """The tasks of all drafts."""

    def __init__(self, desks: Desks) -> None:
        """Begin with none."""
        self._desks = desks
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._runs: dict[str, RunInProgress] = {}

    def at_work(self, draft: Draft) -> bool:
        """Return whether something goes on with a draft."""
        return draft.id in self._tasks

    def moment(self, draft: Draft) -> Snapshot | None:
        """Return how far the run of a draft is; None where none goes on."""
        run = self._runs.get(draft.id)
        return run.snapshot() if run else None

    def compare(self, draft: Draft) -> None:
        """Look what a run would do, and keep it as a plan."""
        self._begin(draft, Step.COMPARING, self._compared(draft))

    def send(self, draft: Draft, person: str, language: str) -> None:
        """Do what the plan says; its answers are told in a language."""
        draft.confirmed_by = person
        record.add(
            draft.folder,
            person,
            "confirmed",
            digest=draft.digest,
            location=draft.location,
        )
        self._begin(draft, Step.RUNNING, self._sent(draft, language))

    def go_on(self, draft: Draft, person: str) -> None:
        """Finish the run of a draft that was stopped."""
        record.add(draft.folder, person, "continued", run=draft.run_id)
        self._begin(draft, Step.RUNNING, self._sent(draft))

    def undo(self, draft: Draft, person: str) -> None:
        """Delete what the run of a draft created and nobody has changed since."""
        record.add(draft.folder, person, "undo_confirmed", run=draft.run_id)
        self._begin(draft, Step.UNDOING, self._undone(draft))

    def stop(self, draft: Draft, person: str) -> None:
        """End the run of a draft soon."""
        if run := self._runs.get(draft.id):
            record.add(draft.folder, person, "stopped", run=draft.run_id)
            run.stop()

    async def close(self) -> None:
        """Stop all that goes on, and wait for its end."""
        tasks = set(self._tasks.values())
        if not tasks:
            return
        for run in self._runs.values():
            run.stop()
        _, left = await asyncio.wait(tasks, timeout=PATIENCE_SECONDS)
        for run in self._runs.values():
            run.stop()  # the second does not wait for what is in flight
        for task in left:
            if task not in self._of_runs():
                task.cancel()
        if left:
            await asyncio.wait(left, timeout=PATIENCE_SECONDS / 2)

    def _of_runs(self) -> set[asyncio.Task[None]]:
        return {task for one, task in self._tasks.items() if one in self._runs}

    def _begin(self, draft: Draft, step: Step, work: Coroutine[Any, Any, None]) -> None:
        if self.at_work(draft):
            work.close()
            return
        before, draft.step = draft.step, step
        draft.tell()
        try:
            draft.keep()
        except BaseException:
            work.close()
            draft.step = before
            raise
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[draft.id] = task
        task.add_done_callback(lambda _: self._ended(draft))

    def _ended(self, draft: Draft) -> None:
        self._tasks.pop(draft.id, None)
        self._runs.pop(draft.id, None)
        if draft.large:
            self._desks.put_away(draft)
        try:
            draft.keep()
        except FatalError:  # of a full disk: what it is in memory is told until then
            log.exception("web.note_failed")

    async def _compared(self, draft: Draft) -> None:
        try:
            draft.typeless = await self._desks.do(draft, tables.typeless)
            outline = await self._desks.plan(draft)
            code = Exit(outline["exit_code"])
            if code not in {Exit.OK, Exit.PROBLEMS}:
                draft.step = Step.FIXING
                draft.tell(failures.of_exit(code))
                return
            noticed = await self._desks.do(draft, observations.count)
            draft.plan = {**outline, "noticed": noticed}
            draft.digest = await asyncio.to_thread(digest_of, draft)
            draft.step = Step.READY
        except FatalError as failure:
            draft.step = Step.FIXING
            draft.tell(failures.of(failure))
        except Exception:  # a fault of ours must not leave the page waiting
            log.exception("web.compare_failed")
            draft.step = Step.FIXING
            draft.tell("fault")

    async def _sent(self, draft: Draft, language: str = "") -> None:
        """Begin a run in a language; without one, go on in the one that it has."""
        try:
            draft.language = language or draft.language
            settings = await self._desks.settings(draft)
            # what ended while it read sent nothing, and begins anew
            again = not language and await _left(draft, settings)
            try:
                await self._run(draft, settings, again=again)
            except FatalError as failure:
                left = again or await _left(draft, settings)
                draft.step = Step.STOPPED if left else Step.FIXING
                early = isinstance(failure, Interrupted) and not left
                told = "stopped_early" if early else failures.of(failure)
                draft.tell(told)
        except FatalError as failure:
            draft.step = _ended_at(draft)
            draft.tell(failures.of(failure))
        except Exception:
            log.exception("web.run_failed")
            draft.step = _ended_at(draft)
            draft.tell("fault")

    async def _run(self, draft: Draft, settings: Settings, *, again: bool) -> None:
        """Do a run, or the rest of one, to its end or to a stop.

        Raises:
            FatalError: it could not begin.
        """
        run = await self._started(draft, settings, again=again)
        self._runs[draft.id] = run
        await self._reported(draft, await run.result(), settings)

    async def _started(
        self, draft: Draft, settings: Settings, *, again: bool
    ) -> RunInProgress:
        if again:
            return importer.start_resume(draft.run_id, settings=settings)
        bench = await self._desks.bench(draft)
        draft.edits = tables.edited(bench)
        draft.run_id = _run_id(draft)
        draft.keep()  # before anything is sent: a server that is killed finds it
        return importer.start(
            bench,
            plan=draft.plan_file,
            run_id=draft.run_id,
            settings=settings,
        )

    async def _reported(
        self, draft: Draft, result: RunResult, settings: Settings
    ) -> None:
        summary = result.summary
        try:
            await importer.write_report(draft.run_id, _REPORTS, settings=settings)
        finally:  # whatever becomes of the reports, the run has ended
            draft.run_path = str(result.path.absolute())
            draft.counts = {name: n for name, n in summary.counts.items() if n}
            stopped = summary.state == "stopped"
            draft.step = Step.STOPPED if stopped else Step.DONE
            draft.tell(failures.of_result(result))

    async def foreseen(self, draft: Draft) -> dict[str, int]:
        """Return what an undo would do, counted by what becomes of each collection.

        Raises:
            FatalError: the sub-account cannot be looked at.
        """
        settings = await self._desks.settings(draft)
        found = await importer.undo(draft.run_id, dry_run=True, settings=settings)
        for failure in found.failed.values():
            raise failure
        return {str(name): n for name, n in found.counts.items() if n}

    async def _undone(self, draft: Draft) -> None:
        draft.step = Step.UNDOING
        try:
            settings = await self._desks.settings(draft)
            found = await importer.undo(
                draft.run_id, unseen_products=True, settings=settings
            )
            draft.undone = {str(name): n for name, n in found.counts.items() if n}
            draft.step = Step.DONE if found.failed else Step.UNDONE
            for failure in found.failed.values():
                draft.tell(failures.of(failure))
        except FatalError as failure:
            draft.step = Step.DONE
            draft.tell(failures.of(failure))
        except Exception:
            log.exception("web.undo_failed")
            draft.step = Step.DONE
            draft.tell("fault")


def _ended_at(draft: Draft) -> Step:
    """Return where a draft is whose run has failed; one that never was is none."""
    return Step.STOPPED if draft.run_id else Step.FIXING


def _run_id(draft: Draft) -> str:
    """Make a name for a run: of the time, of the table, and of the draft."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", draft.filename.rpartition(".")[0])
    mark = hashlib.sha256(draft.id.encode()).hexdigest()[:4] + secrets.token_hex(2)
    return f"{moment}-{stem.strip('-')[:40] or 'table'}-{mark}"


#: States of a run in which it has sent nothing, or is none any more.
_NOTHING = frozenset({State.READING, State.UNCONFIRMED, State.RETIRED})


async def _left(draft: Draft, settings: Settings) -> bool:
    """Return whether the run of a draft left something that can be gone on with."""
    known = await importer.list_runs(settings=settings)
    mine = [run for run in known if run.run_id == draft.run_id]
    return any(run.state not in _NOTHING for run in mine)


def digest_of(draft: Draft) -> str:
    """Return the digest of the saved plan, which a yes has to name."""
    return hashlib.sha256(draft.plan_file.read_bytes()).hexdigest()
