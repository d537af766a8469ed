"""The page of a draft, whatever step it is at: one address from the file to the end.

Invariant: a reload, a second tab and the button for going back show how it is now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.web import columns, fix_pages, results, sending
from importer.web.drafts import Step

if TYPE_CHECKING:
    from aiohttp import web


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
        case Step.COLUMNS:
            return await columns.columns_page(request, draft)
    return await fix_pages.fix_page(request, draft)
