"""The screen where rows are corrected: one form for each row, and some for all.

After a row was changed the page comes back at it, or at the next one that is wrong.
Invariants: nothing is changed once the import has begun; whoever changes what somebody
else has changed meanwhile is told, and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.errors import FatalError
from importer.web import failures, fixing, pages, record, remarks
from importer.web.drafts import SENT, Step
from importer.web.sending import draft_of
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web
    from multidict import MultiDictProxy

    from importer.web.drafts import Draft

#: More cells than a row of a form can have.
_MOST_CELLS = 400


async def fix_page(request: web.Request, draft: Draft) -> web.Response:
    """Show the rows that need a correction."""
    after = _number(request.query.get("after", ""))
    chosen = _number(request.query.get("row", ""))
    speech, desks = pages.speech_of(request), request.app[SITE].desks
    try:
        seen = await desks.do(draft, fixing.view, speech.code, after, chosen)
    except FatalError as failure:
        draft.tell(failures.of(failure))
        return pages.of_draft(request, "unreadable.html.jinja", draft, 422, step=2)
    return pages.of_draft(
        request,
        "fix.html.jinja",
        draft,
        seen=seen,
        notes=[remarks.said(speech, note) for note in seen.notes],
        after=after,
        step=2,
    )


async def edit(request: web.Request) -> web.StreamResponse:
    """Write what was changed in the cells of a row."""
    form = await request.post()
    cells, row = _cells(form), _number(str(form.get("row", "")))
    return await _changed(request, "edited", fixing.edit, cells, row=row)


def _cells(form: MultiDictProxy[Any]) -> list[tuple[int, int, str, str]]:
    """Read the cells of a form: each with what it said when the page was made."""
    cells = []
    for name in list(form)[:_MOST_CELLS]:
        if name.startswith("is-"):
            line, _, number = name.removeprefix("is-").partition("-")
            before = _text(form.get(f"was-{line}-{number}", ""))
            cells.append((_number(line), _number(number), before, _text(form[name])))
    return cells


def _text(sent: object) -> str:
    """Return a text of a form; browsers end each of its lines with two signs."""
    return str(sent).replace("\r\n", "\n")


async def accept(request: web.Request) -> web.StreamResponse:
    """Correct a row as it was offered."""
    form = await request.post()
    row, nth = _number(str(form.get("row", ""))), _number(str(form.get("nth", "")))
    after = str(form.get("text", ""))
    return await _changed(request, "accepted", fixing.accept, row, nth, after, row=row)


async def apply(request: web.Request) -> web.StreamResponse:
    """Correct all that is clear."""
    return await _changed(request, "corrected_all", fixing.apply)


async def leave_out(request: web.Request) -> web.StreamResponse:
    """Leave a row out."""
    row = _number(str((await request.post()).get("row", "")))
    return await _changed(request, "left_out", fixing.leave_out, row, row=row)


async def take_in(request: web.Request) -> web.StreamResponse:
    """Take a row in again."""
    row = _number(str((await request.post()).get("row", "")))
    return await _changed(request, "taken_in", fixing.take_in, row)


async def take_back(request: web.Request) -> web.StreamResponse:
    """Take the last step back."""
    return await _changed(request, "taken_back", fixing.undo)


async def compare(request: web.Request) -> web.StreamResponse:
    """Look what a run would do, with what was typed and not kept yet."""
    draft = draft_of(request)
    async with draft.lock:
        if draft.step in {Step.FIXING, Step.READY}:
            try:
                await _keep_typed(request, draft)
            except FatalError as failure:
                draft.tell(failures.of(failure))
                draft.keep()
            else:
                request.app[SITE].imports.compare(draft)
    return pages.redirect(f"/d/{draft.id}")


async def _keep_typed(request: web.Request, draft: Draft) -> None:
    """Write what was typed into rows beside the one that a form is about."""
    person = request[SESSION].person
    if cells := _cells(await request.post()):
        done = await request.app[SITE].desks.do(draft, fixing.edit, cells, person)
        record.add(draft.folder, person, "edited", of=[], did=done)
        draft.note_edit(person)


async def _changed(
    request: web.Request,
    deed: str,
    work: Callable[..., Any],
    *given: object,
    row: int = 0,
) -> web.StreamResponse:
    """Change the table of a draft, note who did, and show it again.

    What `row` names is where the page comes back; whoever is to be told something is
    told at its top.
    """
    draft, person = draft_of(request), request[SESSION].person
    desks, place = request.app[SITE].desks, ""
    async with draft.lock:
        if draft.step in SENT or draft.step is Step.COMPARING:
            draft.tell("busy")
            return pages.redirect(f"/d/{draft.id}")
        try:
            if work is not fixing.edit:
                await _keep_typed(request, draft)
            result = await desks.do(draft, work, *given, person)
            if row and (wrong := await desks.do(draft, fixing.next_wrong, row)):
                place = f"#r{wrong}"
        except FatalError as failure:
            draft.tell(failures.of(failure))
        else:
            draft.tell()
            record.add(draft.folder, person, deed, of=_told(given), did=result)
            draft.note_edit(person)
            draft.step = Step.FIXING  # a plan that was shown is none any more
        draft.keep()
    after = _number(request.query.get("after", ""))
    part = f"?after={after}" if after else ""
    return pages.redirect(f"/d/{draft.id}{part}{place}")


def _told(given: tuple[object, ...]) -> list[int | str]:
    return [one for one in given if isinstance(one, int | str)]


def _number(text: str) -> int:
    """Read a number of a form; one that is none is 0, which no row has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0  # noqa: PLR2004 - as a row may have
