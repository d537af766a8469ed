"""From the table to the run: compare, look once more, say yes, watch, stop, go on.

Invariants: a yes names the digest of the plan that was shown, and holds for that plan
alone; whatever is pressed twice happens once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from importer.web import imports, pages, phrases
from importer.web.drafts import Step
from importer.web.site import SESSION, SITE

if TYPE_CHECKING:
    from importer.web.drafts import Draft

_ON_THE_WAY = frozenset({Step.COMPARING, Step.RUNNING, Step.UNDOING})

#: A plan was shown, and waits for a yes.
_WAITS = frozenset({Step.READY, Step.SUBMITTED})


def draft_of(request: web.Request) -> Draft:
    """Return the draft that a request names.

    Raises:
        HTTPNotFound: there is none.
    """
    draft = request.app[SITE].drafts.find(request.match_info["draft"])
    if draft is None:
        raise web.HTTPNotFound
    return draft


async def back(request: web.Request) -> web.StreamResponse:
    """Go back from the last look to the table."""
    draft, form = draft_of(request), await request.post()
    async with draft.lock:
        if draft.step in _WAITS:
            draft.step, draft.submitted_by = Step.FIXING, ""
            draft.tell()
            draft.keep()
    place = "#noticed" if form.get("to") == "noticed" else ""
    return pages.redirect(f"/d/{draft.id}{place}")


async def run(request: web.Request) -> web.StreamResponse:
    """Do what was shown; a second click finds it begun."""
    draft, form = draft_of(request), await request.post()
    async with draft.lock:
        if draft.step in _WAITS:
            digest = await asyncio.to_thread(imports.digest_of, draft)
            if form.get("digest") == draft.digest == digest:
                request.app[SITE].imports.send(
                    draft, request[SESSION].person, pages.speech_of(request).code
                )
            else:
                draft.step = Step.FIXING
                draft.tell("old_plan")
                draft.keep()
        elif draft.step in {Step.FIXING, Step.COLUMNS}:
            draft.tell("old_plan")  # in another tab it was changed meanwhile
            draft.keep()
    return pages.redirect(f"/d/{draft.id}")


async def stop(request: web.Request) -> web.StreamResponse:
    """End a run soon."""
    draft = draft_of(request)
    request.app[SITE].imports.stop(draft, request[SESSION].person)
    return pages.redirect(f"/d/{draft.id}")


async def go_on(request: web.Request) -> web.StreamResponse:
    """Finish a run that was stopped, or has rows without a clear answer."""
    draft = draft_of(request)
    async with draft.lock:
        if can_go_on(draft):
            request.app[SITE].imports.go_on(draft, request[SESSION].person)
    return pages.redirect(f"/d/{draft.id}")


def can_go_on(draft: Draft) -> bool:
    """Return whether a run can be gone on with."""
    open_rows = draft.counts.get("unknown", 0) + draft.counts.get("not_attempted", 0)
    left = draft.step is Step.DONE and open_rows > 0
    return bool(draft.run_id) and (draft.step is Step.STOPPED or left)


async def state(request: web.Request) -> web.StreamResponse:
    """Tell how far a draft is, once a second."""
    draft = draft_of(request)
    if draft.step not in _ON_THE_WAY:
        return web.json_response({"going": False})
    return web.json_response({"going": True, **moment(request, draft)})


def moment(request: web.Request, draft: Draft) -> dict[str, Any]:
    """Return how far a run is, in words and figures."""
    speech = pages.speech_of(request)
    seen = request.app[SITE].imports.moment(draft)
    total = draft.plan.get("create", 0) + draft.plan.get("change", 0)
    if draft.step is not Step.RUNNING or seen is None:
        head = speech.gettext("Taking everything back")
        if draft.step is not Step.UNDOING:
            head = speech.gettext("Looking at what is there already")
        return {"head": head, "max": 0, "trouble": "", "count": "", "left": ""}
    open_rows = total if seen.rows_to_send is None else seen.rows_to_send
    value = max(0, total - open_rows + seen.rows_sent)
    count = speech.ngettext("of %(count)s", "of %(count)s", total)
    left = ""
    if seen.seconds_left is not None and not seen.time_unknown:
        left = phrases.left(speech, seen.seconds_left)
    return {
        "head": phrases.phase(speech, seen),
        "max": max(total, 1),
        "value": value,
        "count": f"{speech.number(value)} {count}",
        "left": left,
        "trouble": phrases.waiting(speech, seen),
    }


def ready_page(request: web.Request, draft: Draft) -> web.Response:
    """Show what a run would do, and ask."""
    speech, plan = pages.speech_of(request), draft.plan
    rows = plan["create"] + plan["change"] + plan["existing"] + plan["bad"]
    statuses = {row["status"] for row in plan["rows"]}
    return pages.of_draft(
        request,
        "ready.html.jinja",
        draft,
        plan=plan,
        time=phrases.time_taken(speech, plan["seconds"]),
        words={name: phrases.status(speech, name) for name in statuses},
        more=max(0, rows - len(plan["rows"])),
        noticed=plan.get("noticed", 0),  # a plan of before has none
        step=3,
    )


def on_the_way_page(request: web.Request, draft: Draft) -> web.Response:
    """Show how far a draft is."""
    if draft.step is Step.COMPARING:
        return pages.of_draft(request, "comparing.html.jinja", draft, step=3)
    now = {"max": 1, "value": 0, **moment(request, draft)}
    return pages.of_draft(
        request,
        "running.html.jinja",
        draft,
        now={**now, "max": now["max"] or 1},
        stoppable=draft.step is Step.RUNNING,
        step=4,
    )
