"""The page of a draft, whatever step it is at: one address from the file to the end.

Invariant: a reload, a second tab and the button for going back show how it is now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import FatalError
from importer.web import failures, pages, results, sending, tables
from importer.web.drafts import Step
from importer.web.site import SITE

if TYPE_CHECKING:
    from aiohttp import web

    from importer.web.drafts import Draft


async def show(request: web.Request) -> web.StreamResponse:
    """Show a draft as it is."""
    draft = sending.draft_of(request)
    match draft.step:
        case Step.READY | Step.SUBMITTED:
            return sending.ready_page(request, draft)
        case Step.COMPARING | Step.RUNNING | Step.UNDOING:
            return sending.on_the_way_page(request, draft)
        case Step.DONE | Step.STOPPED | Step.UNDONE:
            return results.done_page(request, draft)
    return await _table(request, draft)


async def _table(request: web.Request, draft: Draft) -> web.Response:
    try:
        look = await request.app[SITE].desks.do(draft, tables.look)
    except FatalError as failure:
        draft.tell(*failures.of(failure, draft))
        return pages.of_draft(request, "unreadable.html.jinja", draft, 422, step=2)
    return pages.of_draft(
        request,
        "table.html.jinja",
        draft,
        good=look.good,
        bad=look.bad,
        rows=look.rows,
        notes=look.notes,
        step=2,
    )
