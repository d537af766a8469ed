"""Which column is what: asked where it is not understood, and whenever somebody wants.

Invariant: what is only guessed is a hint beside a column, and is never chosen for
anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import FatalError
from importer.web import failures, pages, record
from importer.web.drafts import SENT, Step
from importer.web.sending import draft_of
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    import importer
    from importer.web.drafts import Draft
    from importer.web.language import Speech

_UNUSABLE = 422


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it is called, what stands in it, what it is read as."""

    number: int
    header: str
    samples: tuple[str, ...]
    field: str
    guess: str


def seen(bench: importer.Workbench) -> tuple[tuple[Column, ...], bool]:
    """Return the columns of a table, and whether they are understood."""
    found = [
        Column(one.number, one.header, one.samples, one.field, one.guess)
        for table in bench.tables[:1]
        for one in table.columns
    ]
    return tuple(found), bench.failure is None


def say(bench: importer.Workbench, fields: dict[str, str], person: str) -> bool:
    """Say which column is which; return whether the table is understood now.

    Raises:
        UsageError: there is no such column or field.
    """
    bench.map(fields, person)
    return bench.failure is None


def _names(speech: Speech) -> Mapping[str, str]:
    """Name the fields that a column of a merchant's may be."""
    _ = speech.gettext
    return {
        "name": _("Name of the collection"),
        "slug": _("Its address in the shop"),
        "type": _("Kind: manual or smart"),
        "product_ids": _("Its products, by their ids"),
        "product_skus": _("Its products, by their SKUs"),
        "product_names": _("Its products, by their names"),
        "product_handles": _("Its products, by their handles"),
        "rules": _("Its rules, where it is smart"),
        "image": _("Address of a picture"),
        "seo_title": _("Title for search engines"),
        "seo_description": _("Description for search engines"),
    }


async def show(request: web.Request) -> web.StreamResponse:
    """Ask which column is what."""
    return await columns_page(request, draft_of(request))


async def columns_page(
    request: web.Request, draft: Draft, status: int = 200
) -> web.Response:
    """Show the columns with what stands in them."""
    if draft.step in SENT:
        return pages.of_draft(request, "unreadable.html.jinja", draft, 409, step=2)
    try:
        columns, understood = await request.app[SITE].desks.do(draft, seen)
    except FatalError as failure:
        draft.tell(failures.of(failure))
        return pages.of_draft(request, "unreadable.html.jinja", draft, 422, step=2)
    return pages.of_draft(
        request,
        "columns.html.jinja",
        draft,
        status,
        columns=columns,
        understood=understood,
        names=_names(pages.speech_of(request)),
        step=2,
    )


async def keep(request: web.Request) -> web.StreamResponse:
    """Take what was said of the columns."""
    draft, person, form = (
        draft_of(request),
        request[SESSION].person,
        await request.post(),
    )
    desks = request.app[SITE].desks
    async with draft.lock:
        if draft.step in SENT or draft.step is Step.COMPARING:
            draft.tell("busy")
            return pages.redirect(f"/d/{draft.id}")
        columns, _ = await desks.do(draft, seen)
        said = {c.header: str(form.get(f"column-{c.number}", "")) for c in columns}
        try:
            understood = await desks.do(draft, say, said, person)
        except FatalError as failure:
            code = failures.of(failure)
            draft.tell("columns_twice" if code == "stale" else code)
            return await columns_page(request, draft, _UNUSABLE)
        record.add(draft.folder, person, "columns", said=said)
        draft.note_edit(person)
        draft.step = Step.FIXING if understood else Step.COLUMNS
        draft.tell("" if understood else "no_name")
        draft.keep()
    return pages.redirect(f"/d/{draft.id}")
