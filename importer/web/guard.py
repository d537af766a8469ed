"""What every request has to pass, and what every answer has to say.

The name of this computer, a session, and for a form the page that it came from and its
key. Invariants: no handler runs for a request that another site made; no answer lets a
browser run or load what is not the page's own.
"""

from __future__ import annotations

import errno
import hmac
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from importer.errors import FatalError
from importer.web import failures, pages
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log: logging.Logger = logging.getLogger("importer")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
#: With `no-referrer` Chromium sends `Origin: null`, and every form is refused.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
#: A disk that keeps nothing more.
_NO_ROOM = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
)
#: What a browser may see without a session: how the page looks, and the door.
OPEN = ("/static/", "/enter", "/here", "/brand.css", "/logo")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through, or refuse it."""
    try:
        answer = await _guarded(request, handler)
    except web.HTTPException as refused:
        answer = pages.refusal(request, refused.status)
    except OSError as failure:  # the folder is full, or cannot be written
        log.exception("web.request_failed")
        answer = pages.refusal(request, 507 if failure.errno in _NO_ROOM else 500)
    except FatalError as failure:
        code = failures.of(failure)
        # what a person sends is judged by its handler; this is what stands in files
        code = "settings" if code in {"stale", "input"} else code
        answer = pages.refusal(request, 507 if code == "storage" else 409, code)
    except Exception:  # whatever it is, a person is told in a sentence
        log.exception("web.request_failed")
        answer = pages.refusal(request, 500)
    if not answer.prepared:
        _mark(request, answer)
    if SESSION in request:
        request.app[SITE].seen.set()
    return answer


async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    site = request.app[SITE]
    if request.host.lower() not in site.names:
        raise web.HTTPMisdirectedRequest
    if request.path.startswith(OPEN) and request.method in {"GET", "HEAD"}:
        return await handler(request)
    session = site.keys.session(request.cookies.get(site.cookie, ""))
    if session is None:
        raise web.HTTPUnauthorized
    request[SESSION] = session
    if request.method not in {"GET", "HEAD"}:
        _refuse_others(request)
        # the parts of an upload are read one by one, and its handler asks for the key
        if request.content_type != "multipart/form-data":
            refuse_key(request, str((await request.post()).get("key", "")))
    return await handler(request)


def _refuse_others(request: web.Request) -> None:
    """Refuse what does not say that it comes from this page.

    Raises:
        HTTPForbidden: it comes from elsewhere, or does not say from where.
    """
    origin = request.headers.get("Origin")
    fetched = request.headers.get("Sec-Fetch-Site")
    own = f"{request.scheme}://{request.host}"
    if origin not in {None, own} or fetched not in {None, "same-origin"}:
        raise web.HTTPForbidden
    if origin is None and fetched is None:
        raise web.HTTPForbidden


def refuse_key(request: web.Request, given: str) -> None:
    """Refuse a form that does not hold the key of its session.

    Raises:
        HTTPForbidden: it does not.
    """
    expected = request[SESSION].form_key
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise web.HTTPForbidden


def _mark(request: web.Request, answer: web.StreamResponse) -> None:
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        answer.headers["Cache-Control"] = "no-store"
