"""The first screen: a file comes in; and what was imported before.

Invariant: a file that cannot be read leaves nothing but a sentence.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from importer.errors import FatalError
from importer.web import extent, failures, pages, phrases, record, tables, uploads
from importer.web.drafts import Step
from importer.web.shops import PRACTICE
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from importer.web.drafts import Draft
    from importer.web.shops import Shop
    from importer.web.site import Site

EXAMPLE = Path(__file__).parent / "example.csv"
_UNUSABLE = 422
#: The columns of the empty table: where the collections go is chosen on the page.
_COLUMNS = (
    "name",
    "slug",
    "type",
    "product_ids",
    "rules",
    "image",
    "seo_title",
    "seo_description",
)
#: How many imports the first screen lists.
_LISTED = 30


async def home(request: web.Request) -> web.StreamResponse:
    """Show the first screen."""
    return await _home(request)


async def _home(request: web.Request, code: str = "") -> web.Response:
    site, speech = request.app[SITE], pages.speech_of(request)
    shops: tuple[Shop, ...] = ()
    try:
        shops = await asyncio.to_thread(site.shops.listed)
    except FatalError:
        code = code or "settings"
    drafts = list(site.drafts)[:_LISTED]
    last = next((one for one in drafts), None)
    chosen = ("practice" if last.practice else last.location) if last else ""
    return pages.page(
        request,
        "home.html.jinja",
        _UNUSABLE if code and request.method == "POST" else 200,
        shops=shops,
        chosen=chosen,
        drafts=[(one, phrases.step(speech, one), _day(one.made_at)) for one in drafts],
        several=len({one.made_by for one in drafts}) > 1,
        said=phrases.said(speech, code),
        step=1,
    )


def _day(seconds: float) -> str:
    """Write a day and a time as every language reads it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


async def upload(request: web.Request) -> web.StreamResponse:
    """Take a file, and read it."""
    site, person = request.app[SITE], request[SESSION].person
    try:
        came = await uploads.received(request, site.drafts, person)
    except uploads.Refused as refused:
        return await _home(request, str(refused))
    assert came.draft is not None  # noqa: S101 - or it was refused
    return await _begun(request, came.draft, came.shop)


async def example(request: web.Request) -> web.StreamResponse:
    """Take the example, which has some faults, into the practice shop."""
    site, person = request.app[SITE], request[SESSION].person
    draft = site.drafts.make(EXAMPLE.name, ".csv", person)
    await asyncio.to_thread(shutil.copyfile, EXAMPLE, draft.table)
    return await _begun(request, draft, "practice")


async def _begun(request: web.Request, draft: Draft, shop: str) -> web.StreamResponse:
    """Read the table of a new draft; one that cannot be read is gone again."""
    site = request.app[SITE]
    if not await _placed(request, draft, shop):
        site.drafts.discard(draft)
        return await _home(request, "no_shop")
    try:
        draft.large = await asyncio.to_thread(extent.is_large, draft.table)
        understood = await site.desks.do(draft, tables.understood)
    except FatalError as failure:
        _dropped(site, draft)
        return await _home(request, failures.of(failure))
    except BaseException:
        _dropped(site, draft)
        raise
    draft.step = Step.FIXING if understood else Step.COLUMNS
    site.drafts.add(draft)
    record.add(
        draft.folder,
        draft.made_by,
        "uploaded",
        file=draft.filename,
        bytes=draft.table.stat().st_size,
        location=draft.location,
    )
    return pages.redirect(f"/d/{draft.id}")


def _dropped(site: Site, draft: Draft) -> None:
    site.desks.put_away(draft)
    site.drafts.discard(draft)


async def _placed(request: web.Request, draft: Draft, shop: str) -> bool:
    """Note where a draft shall go; False where there is no such place."""
    if shop == "practice":
        draft.practice, draft.location = True, PRACTICE
        return True
    for one in await asyncio.to_thread(request.app[SITE].shops.listed):
        if one.id == shop:
            draft.location, draft.location_name = one.id, one.name
            return True
    return False


async def template(request: web.Request) -> web.StreamResponse:
    """Give an empty table to fill in."""
    site = request.app[SITE]
    from importer.api import blank_table  # noqa: PLC0415 - takes a while to load

    path = site.folder / "template.xlsx"
    await asyncio.to_thread(blank_table.write, path, _COLUMNS)
    return web.Response(
        body=path.read_bytes(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="collections.xlsx"'},
    )
