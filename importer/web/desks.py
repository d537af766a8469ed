"""Where the tables of drafts lie open: a workbench for each, here or beside.

A table is opened when somebody looks, and the few that were looked at last stay open;
what was done to it is in the folder of its draft, from where it is done again. One of
more than 50,000 rows lies open in a process of its own. Invariant: whatever the size, a
function is given the same workbench.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import importer
from importer.errors import FatalError, InputError, UsageError
from importer.web import failures, outlines
from importer.web.apart import Apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.api import Settings
    from importer.web.drafts import Draft
    from importer.web.practice import Practice
    from importer.web.shops import Shops

    Given = ParamSpec("Given")
    Result = TypeVar("Result")

#: How many tables stay open here.
OPEN = 6


class Desks:
    """The open tables of one server."""

    def __init__(self, shops: Shops, practice: Practice) -> None:
        """Begin with none."""
        self._shops, self._practice = shops, practice
        self._here: OrderedDict[str, importer.Workbench] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._apart = Apart()

    async def settings(self, draft: Draft) -> Settings:
        """Gather the settings of a draft, in a thread: they are read anew.

        Raises:
            SettingsUnusable: somebody has written what cannot be used.
        """
        url = await self._practice.address() if draft.practice else ""
        try:
            return await asyncio.to_thread(self._shops.of, draft, url)
        except (UsageError, InputError) as wrong:
            raise failures.SettingsUnusable(str(wrong)) from wrong

    async def do(
        self,
        draft: Draft,
        work: Callable[Concatenate[importer.Workbench, Given], Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """Have a function work on the table of a draft, not in the event loop.

        Args:
            draft: whose table it is.
            work: a function of a module; of a large table, what it is given and what it
                returns goes from one process to another.
            given: what follows the workbench.
            named: what follows that.

        Raises:
            FatalError: the table cannot be opened; or what the function raises.
        """
        if not draft.large:
            bench = await self.bench(draft)
            return await asyncio.to_thread(work, bench, *given, **named)
        read_as = str(draft.reading)
        asked = _opening(draft, await self.settings(draft)), read_as, work
        try:
            return await self._apart.do(_done, *asked, given, named)  # type: ignore[no-any-return]
        except BrokenProcessPool:
            return await self._apart.do(_done, *asked, given, named)  # type: ignore[no-any-return]

    async def bench(self, draft: Draft) -> importer.Workbench:
        """Return the workbench of a draft in this process, however large it is.

        Raises:
            InputError: it cannot be read.
        """
        async with self._locks.setdefault(draft.id, asyncio.Lock()):
            if draft.id not in self._here:
                opening = _opening(draft, await self.settings(draft))
                self._here[draft.id] = await asyncio.to_thread(_opened, *opening)
        self._here.move_to_end(draft.id)
        while len(self._here) > OPEN:
            self._here.popitem(last=False)
        return self._here[draft.id]

    async def plan(self, draft: Draft) -> dict[str, Any]:
        """Look what a run would do, keep it as a plan, and return its outline.

        Raises:
            FatalError: it cannot be looked at.
        """
        settings = await self.settings(draft)
        if draft.large:
            return await self.do(draft, outlines.planned, settings, draft.plan_file)
        bench = await self.bench(draft)
        found = await importer.plan(bench, settings=settings)
        return await asyncio.to_thread(outlines.kept, found, draft.plan_file)

    def put_away(self, draft: Draft) -> None:
        """Close a table; whoever looks again opens it again."""
        self._here.pop(draft.id, None)
        self._locks.pop(draft.id, None)

    def close(self) -> None:
        """End the process beside."""
        self._apart.end()


def _opening(draft: Draft, settings: Settings) -> tuple[Path, str, Path, Settings]:
    return draft.table, draft.filename, draft.folder, settings


def _opened(
    table: Path, name: str, folder: Path, settings: Settings
) -> importer.Workbench:
    source = importer.Input(table, name=name)
    return importer.open(source, draft=folder, settings=settings)


#: The table that is open in the process beside, by its draft and how that is read.
_beside: dict[tuple[Path, str], importer.Workbench] = {}


def _done(
    opening: tuple[Path, str, Path, Settings],
    read_as: str,
    work: Callable[..., Any],
    given: tuple[Any, ...],
    named: dict[str, Any],
) -> Any:  # noqa: ANN401 - of any function
    open_one = opening[2], read_as
    if open_one not in _beside:
        _beside.clear()
        _beside[open_one] = _opened(*opening)
    try:
        return work(_beside[open_one], *given, **named)
    except FatalError:
        raise
    except Exception:
        # whatever went wrong may have to do with what is open
        _beside.clear()
        raise
