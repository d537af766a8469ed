"""The door, and what a page is dressed in: a link, the logo, the colour.

Invariant: a link opens the page once; whether the server of a folder is alive is told
without a word about who uses it.
"""

from __future__ import annotations

from aiohttp import web

from importer.web import pages
from importer.web.keys import SESSION_SECONDS
from importer.web.site import SITE


async def enter(request: web.Request) -> web.StreamResponse:
    """Use up a link, and let the browser in for a month."""
    site = request.app[SITE]
    key = site.keys.begin(request.query.get("k", ""))
    if key is None:
        return pages.refusal(request, 401)
    answer = pages.redirect("/")
    answer.set_cookie(
        site.cookie,
        key,
        max_age=int(SESSION_SECONDS),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.scheme == "https",
    )
    return answer


async def here(request: web.Request) -> web.StreamResponse:
    """Tell another start of the program whose page this is, by a mark."""
    return web.Response(text=request.app[SITE].mark)


async def style(request: web.Request) -> web.StreamResponse:
    """Give the colour of the brand."""
    return web.Response(text=request.app[SITE].brand.style, content_type="text/css")


async def logo(request: web.Request) -> web.StreamResponse:
    """Give the logo of the brand."""
    brand = request.app[SITE].brand
    if not brand.logo:
        raise web.HTTPNotFound
    return web.Response(body=brand.logo, content_type=brand.logo_type)
