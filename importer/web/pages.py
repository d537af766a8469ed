"""Pages made of templates: Jinja escapes every value, and each says what it may use.

It knows no draft's way; routes do. Invariants: a page has no script, no style and no
picture within itself, which the policy of the guard would not let pass.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from importer.web import language, phrases
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from importer.web.drafts import Draft
    from importer.web.language import Speech

HERE = Path(__file__).parent


@cache
def _environment(code: str) -> Environment:
    """Make the templates of a language; they are compiled once."""
    speech = language.spoken(code)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        speech.catalogue, newstyle=True
    )
    environment.filters["number"] = speech.number
    environment.filters["tenths"] = speech.tenths
    environment.filters["quoted"] = speech.quoted
    environment.globals["counted"] = speech.ngettext
    environment.globals["language"] = speech.code
    environment.globals["languages"] = language.NAMES
    return environment


def speech_of(request: web.Request) -> Speech:
    """Return the language of a request."""
    return language.chosen(
        request.cookies.get(language_cookie(request), ""),
        request.headers.get("Accept-Language", ""),
    )


def language_cookie(request: web.Request) -> str:
    """Return the name of the cookie that has the language that was chosen."""
    return f"{request.app[SITE].cookie}_language"


def _here(request: web.Request) -> str:
    """Return where the page of a request can be looked at again."""
    if request.method in {"GET", "HEAD"}:
        return request.path_qs
    draft = request.match_info.get("draft")
    if draft:
        return f"/d/{draft}"
    return "/shops" if request.path.startswith("/shops") else "/"


def part(request: web.Request, name: str, /, **values: object) -> str:
    """Write a template."""
    site = request.app[SITE]
    session = request.get(SESSION)
    shared: dict[str, Any] = {
        "brand": site.brand,
        "key": session.form_key if session else "",
        "person": session.person if session else "",
        "step": 0,
        "practice": False,
        "here": _here(request),
    }
    template = _environment(speech_of(request).code).get_template(name)
    return template.render({**shared, **values})


def page(
    request: web.Request, template: str, /, answer: int = 200, **values: object
) -> web.Response:
    """Answer with a page."""
    return web.Response(
        text=part(request, template, **values),
        status=answer,
        content_type="text/html",
    )


def of_draft(
    request: web.Request, name: str, draft: Draft, status: int = 200, **values: object
) -> web.Response:
    """Answer with a page of a draft, and what is to be told of it."""
    told = phrases.said(speech_of(request), draft.said)
    shown = {"draft": draft, "said": told, "practice": draft.practice, **values}
    return page(request, name, status, **shown)


def redirect(path: str) -> web.Response:
    """Send a browser on after a form, so that a reload sends nothing again."""
    return web.Response(status=303, headers={"Location": path})


def refusal(request: web.Request, status: int, code: str = "") -> web.Response:
    """Answer a request that is refused; `code` is one of `phrases`."""
    told = phrases.said(speech_of(request), code)
    return page(
        request,
        "refused.html.jinja",
        status,
        status=status,
        said=told,
        upload=request.path == "/upload",
    )
