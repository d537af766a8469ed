"""The sub-accounts: where a token comes from, one more, and whether all is in order.

Invariant: a token comes in by a form and goes into a file; no answer has it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

import importer
from importer.errors import FatalError, UsageError
from importer.web import pages, phrases, verdicts
from importer.web.site import SITE

if TYPE_CHECKING:
    from importer.web.shops import Shop

_UNUSABLE = 422


async def shops(request: web.Request) -> web.StreamResponse:
    """Show the sub-accounts, and the form for one more."""
    return await _shops(request)


async def _shops(
    request: web.Request, code: str = "", name: str = "", place: str = ""
) -> web.Response:
    site = request.app[SITE]
    listed: tuple[Shop, ...] = ()
    try:
        listed = await asyncio.to_thread(site.shops.listed)
    except FatalError:
        code = code or "settings"
    return pages.page(
        request,
        "shops.html.jinja",
        _UNUSABLE if code else 200,
        shops=listed,
        said=phrases.said(pages.speech_of(request), code),
        name=name,
        place=place,
    )


async def add(request: web.Request) -> web.StreamResponse:
    """Keep a sub-account with its token, and look whether it works."""
    form = await request.post()
    name, place, token = (str(form.get(one, "")) for one in ("name", "place", "token"))
    shops = request.app[SITE].shops
    try:
        shop = await asyncio.to_thread(shops.add, name, place, token)
    except UsageError as refused:
        return await _shops(request, str(refused), name, place)
    return pages.redirect(f"/shops/{shop.id}")


async def look(request: web.Request) -> web.StreamResponse:
    """Look whether a sub-account can be imported into."""
    return await _look(request)


async def _look(request: web.Request, code: str = "") -> web.Response:
    shop = await _named(request)
    site, speech = request.app[SITE], pages.speech_of(request)
    settings = await asyncio.to_thread(site.shops.settings)
    found = await importer.examine(settings=settings.replace(location_id=shop.id))
    return pages.page(
        request,
        "shop.html.jinja",
        _UNUSABLE if code else 200,
        shop=shop,
        verdict=verdicts.of(speech, found),
        keeps=site.shops.keeps(shop.id),
        said=phrases.said(speech, code),
    )


async def renew(request: web.Request) -> web.StreamResponse:
    """Keep another token of a sub-account."""
    shop, form = await _named(request), await request.post()
    token = str(form.get("token", ""))
    try:
        await asyncio.to_thread(request.app[SITE].shops.renew, shop.id, token)
    except UsageError as refused:
        return await _look(request, str(refused))
    return pages.redirect(f"/shops/{shop.id}")


async def _named(request: web.Request) -> Shop:
    listed = await asyncio.to_thread(request.app[SITE].shops.listed)
    for shop in listed:
        if shop.id == request.match_info["shop"]:
            return shop
    raise web.HTTPNotFound
