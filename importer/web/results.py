"""What an import came to: answers to keep, the rest to correct, and the way back.

Invariants: only four files are given, by their names; nothing is taken back before it
was shown how much that is.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from aiohttp import web

from importer.errors import FatalError
from importer.web import extent, failures, pages, phrases, record, tables
from importer.web.drafts import Draft, Step
from importer.web.sending import can_go_on, draft_of
from importer.web.site import SESSION, SITE

#: What a draft of the same table has of the one that was taken back.
_KEPT = (
    *("location", "location_name", "practice", "large", "sheet"),
    *("unfilled", "as_manual"),
)
#: Where a workbench keeps what was done, in the folder of its draft.
_HISTORY = "history.jsonl"
FILES = ("report.html", "report.xlsx", "report.csv", "failed.csv")
#: The page of a run is made of merchants' texts: it may do nothing here.
_APART = (
    "sandbox allow-scripts allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)
_LEFT = ("invalid", "duplicate", "rejected", "failed")


def done_page(request: web.Request, draft: Draft) -> web.Response:
    """Show what an import came to."""
    speech = pages.speech_of(request)
    facts = [(phrases.status(speech, name), n) for name, n in draft.counts.items()]
    if draft.step is Step.UNDONE:
        facts = [(phrases.undone(speech, name), n) for name, n in draft.undone.items()]
    left = sum(draft.counts.get(name, 0) for name in _LEFT)
    made = draft.counts.get("created", 0) + draft.counts.get("updated", 0)
    return pages.of_draft(
        request,
        "done.html.jinja",
        draft,
        head=_head(request, draft),
        facts=facts,
        can_go_on=can_go_on(draft),
        rest=left if draft.step is Step.DONE and _file(draft, "failed.csv") else 0,
        can_undo=bool(made) and draft.step in {Step.DONE, Step.STOPPED},
        files=_listed(request, draft),
        edits=draft.edits,
        step=5 if draft.step is not Step.STOPPED else 4,
    )


def _head(request: web.Request, draft: Draft) -> str:
    speech = pages.speech_of(request)
    created = draft.counts.get("created", 0)
    if draft.step is Step.UNDONE:
        return speech.gettext("Taken back")
    gone = draft.said == "server_gone" or not draft.counts
    if draft.step is Step.STOPPED and gone:  # how far it came is not known yet
        return speech.gettext("Stopped")
    if draft.step is Step.STOPPED:
        return speech.ngettext(
            "Stopped: %(count)s collection created so far",
            "Stopped: %(count)s collections created so far",
            created,
        )
    return speech.ngettext(
        "Done: %(count)s collection was created",
        "Done: %(count)s collections were created",
        created,
    )


def _listed(request: web.Request, draft: Draft) -> list[tuple[str, str]]:
    _ = pages.speech_of(request).gettext
    texts = {
        "report.html": _("The import on one page"),
        "report.xlsx": _("Your table with an answer for every row (Excel)"),
        "report.csv": _("The same as CSV"),
        "failed.csv": _("Only the rows that need a correction (CSV)"),
    }
    return [(name, texts[name]) for name in FILES if _file(draft, name)]


def _file(draft: Draft, name: str) -> Path | None:
    if name not in FILES or not draft.run_path:
        return None
    path = Path(draft.run_path) / name
    return path if path.is_file() else None


async def download(request: web.Request) -> web.StreamResponse:
    """Give one of the files of a run."""
    draft, name = draft_of(request), request.match_info["name"]
    path = _file(draft, name)
    if path is None:
        raise web.HTTPNotFound
    answer = web.FileResponse(path)
    if name == "report.html":
        answer.headers["Content-Security-Policy"] = _APART
    else:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


async def rest(request: web.Request) -> web.StreamResponse:
    """Make a draft of the rows that are left."""
    site, draft, person = request.app[SITE], draft_of(request), request[SESSION].person
    path = _file(draft, "failed.csv")
    if path is None or draft.step is not Step.DONE:
        return pages.redirect(f"/d/{draft.id}")
    stem = draft.filename.rpartition(".")[0]
    made = site.drafts.make(f"{stem} 2.csv", ".csv", person)
    for name in ("location", "location_name", "practice"):
        setattr(made, name, getattr(draft, name))
    await asyncio.to_thread(shutil.copyfile, path, made.table)
    made.large = await asyncio.to_thread(extent.is_large, made.table)
    try:
        fields = await site.desks.do(draft, tables.mapped)
        await site.desks.do(made, tables.map_again, fields, person)
        await site.desks.do(made, tables.understood)
    except FatalError as failure:
        site.desks.put_away(made)
        site.drafts.discard(made)
        draft.tell(failures.of(failure))
        draft.keep()
        return pages.redirect(f"/d/{draft.id}")
    site.drafts.add(made)
    record.add(made.folder, person, "rest", of=draft.id, file=draft.filename)
    return pages.redirect(f"/d/{made.id}")


async def again(request: web.Request) -> web.StreamResponse:
    """Make a draft of the same table, as it was corrected, once all is taken back."""
    site, draft, person = request.app[SITE], draft_of(request), request[SESSION].person
    if draft.step is not Step.UNDONE:
        return pages.redirect(f"/d/{draft.id}")
    made = site.drafts.make(draft.filename, draft.table.suffix, person)
    for name in _KEPT:
        setattr(made, name, getattr(draft, name))
    try:
        for path in (draft.table, draft.folder / _HISTORY):
            await asyncio.to_thread(shutil.copyfile, path, made.folder / path.name)
        site.drafts.add(made)
    except (OSError, FatalError):
        site.drafts.discard(made)
        draft.tell("storage")
        draft.keep()
        return pages.redirect(f"/d/{draft.id}")
    record.add(made.folder, person, "again", of=draft.id, file=draft.filename)
    return pages.redirect(f"/d/{made.id}")


async def undo_look(request: web.Request) -> web.StreamResponse:
    """Show how much would be taken back, and ask."""
    site, draft = request.app[SITE], draft_of(request)
    speech = pages.speech_of(request)
    if draft.step not in {Step.DONE, Step.STOPPED}:
        return pages.redirect(f"/d/{draft.id}")
    try:
        counts = await site.imports.foreseen(draft)
    except FatalError as failure:
        draft.tell(failures.of(failure))
        return pages.redirect(f"/d/{draft.id}")
    return pages.of_draft(
        request,
        "undo.html.jinja",
        draft,
        will=counts.get("would_delete", 0),
        facts=[(phrases.undone(speech, name), n) for name, n in counts.items()],
        step=5,
    )


async def undo(request: web.Request) -> web.StreamResponse:
    """Take back what a run created."""
    draft = draft_of(request)
    async with draft.lock:
        if draft.step in {Step.DONE, Step.STOPPED}:
            request.app[SITE].imports.undo(draft, request[SESSION].person)
    return pages.redirect(f"/d/{draft.id}")
