"""How a table is read, where there is a choice: which sheet, and what else may be made.

Invariants: another sheet is a draft of its own, so that nothing that was corrected is
lost; a choice is made before anything is sent, and a plan that was shown is none after.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from importer.errors import FatalError
from importer.web import failures, fixing, pages, record, tables
from importer.web.drafts import SENT, Step
from importer.web.sending import draft_of
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from aiohttp import web


async def choose(request: web.Request) -> web.StreamResponse:
    """Take what was chosen, and read the table so."""
    draft, form = draft_of(request), await request.post()
    site, person = request.app[SITE], request[SESSION].person
    async with draft.lock:
        if draft.step in SENT or draft.step is Step.COMPARING:
            draft.tell("busy")
            return pages.redirect(f"/d/{draft.id}")
        draft.unfilled, draft.as_manual = "unfilled" in form, "as_manual" in form
        chosen = {"unfilled": draft.unfilled, "as_manual": draft.as_manual}
        record.add(draft.folder, person, "reading", **chosen)
        site.desks.put_away(draft)  # it is opened anew, and corrected as it was
        draft.note_edit(person)
        if draft.step is Step.READY:
            draft.step = Step.FIXING
        draft.tell()
        draft.keep()
    return pages.redirect(f"/d/{draft.id}")


async def sheet(request: web.Request) -> web.StreamResponse:
    """Make a draft of another sheet of the same file."""
    site, draft, person = request.app[SITE], draft_of(request), request[SESSION].person
    name = str((await request.post()).get("sheet", ""))
    try:
        seen = await site.desks.do(draft, fixing.view, "en", 0)
    except FatalError as failure:
        draft.tell(failures.of(failure))
        return pages.redirect(f"/d/{draft.id}")
    if name not in seen.sheets:
        return pages.redirect(f"/d/{draft.id}")
    made = site.drafts.make(draft.filename, draft.table.suffix, person)
    for field in ("location", "location_name", "practice", "large"):
        setattr(made, field, getattr(draft, field))
    made.sheet = name
    await asyncio.to_thread(shutil.copyfile, draft.table, made.table)
    try:
        understood = await site.desks.do(made, tables.understood)
    except FatalError as failure:
        site.desks.put_away(made)
        site.drafts.discard(made)
        draft.tell(failures.of(failure))
        return pages.redirect(f"/d/{draft.id}")
    made.step = Step.FIXING if understood else Step.COLUMNS
    site.drafts.add(made)
    record.add(made.folder, person, "sheet", of=draft.id, sheet=name)
    return pages.redirect(f"/d/{made.id}")
