"""The door, and what a page is dressed in: a link, the logo, the colour, the language.

Invariant: a link opens the page once; whether the server of a folder is alive is told
without a word about who uses it.
"""

from __future__ import annotations

import re

from aiohttp import web

from importer.web import language, pages
from importer.web.keys import SESSION_SECONDS
from importer.web.site import SITE

#: A page of ours: where a browser is sent back to, and no other site.
_PAGE = re.compile(r"/(?!/)[\w/?=&.%~-]*")
_YEAR_SECONDS = 365 * 86400


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


async def speak(request: web.Request) -> web.StreamResponse:
    """Speak the language that is chosen, to this browser, from now on."""
    form = await request.post()
    code, back = str(form.get("language", "")), str(form.get("back", ""))
    answer = pages.redirect(back if _PAGE.fullmatch(back) else "/")
    if code in language.SPOKEN:
        answer.set_cookie(
            pages.language_cookie(request),
            code,
            max_age=_YEAR_SECONDS,
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
