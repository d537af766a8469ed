"""The last step of a run: the books, the run folder, and what a resume must know.

Everything that a later process asks of a run is noted in its journal here. Invariant:
the state that is noted is the one that the report shows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from importer import flight, report
from importer.errors import (
    FatalError,
    LeftToOthers,
    ListIncomplete,
    Paused,
    RefusedAlike,
)
from importer.models import Calls, State
from importer.runs import balance, other_runs, pauses, report_lines, reports, worktime

if TYPE_CHECKING:
    from importer.models import Flight, Summary
    from importer.runs.context import RunContext


def close(context: RunContext, *, page: bool = True) -> Summary:
    """Balance the books of a run and write its run folder.

    Args:
        context: the run.
        page: whether `report.html` is written.

    Raises:
        AccountingError: rows and answers differ in number, a bug.
        StorageError: the disk is full; the journal has what was acknowledged.
    """
    book, folder = context.journal, context.folder
    # before the summary is made, which reads them
    _note_refusals(context)
    summary = balance.summarize(
        book,
        folder,
        context.ended_by or _ended_earlier(context),
        _calls(context),
        context.audited,
    )
    worked = context.worked_before + max(0.0, summary.finished_at - context.began_at)
    summary = replace(
        _with_locations(context, summary),
        work_seconds=worked,
        flight=_flight(context),
        events=_events(context),
    )
    _note_summary(context, summary)
    # slugs are remembered for later runs as soon as this one has its last answer
    if context.delivering or context.audited:
        other_runs.remember(folder, book)
    reports.write(book, folder, counts=summary.counts)
    report.write_summary(folder.path / "summary.json", summary)
    # last: whatever a full disk does to the page, the journal and the report are there
    if page:
        reports.write_page(book, folder, summary)
    context.watch.ended(summary)
    return summary


def _note_refusals(context: RunContext) -> None:
    """Keep in the journal which locations were left out, or not compared, and why."""
    book = context.journal
    book.note(unaudited=context.unaudited)
    if context.delivering or context.barred:
        book.note(
            barred=_said(
                context, FatalError, but=(LeftToOthers, ListIncomplete, RefusedAlike)
            ),
            alike=_said(context, RefusedAlike),
            held=_said(context, LeftToOthers),
            unlisted=_said(context, ListIncomplete),
            parked=sorted(context.parked),
            parked_until={text: at for text, at in context.parked.items() if at},
        )
    for location_id, error in context.barred.items():
        # no audit could look at what was refused
        if context.delivering and isinstance(error, ListIncomplete):
            book.review.doubt_refused(location_id)


def _note_summary(context: RunContext, summary: Summary) -> None:
    """Keep in the journal what the run came to."""
    context.journal.note(
        state=summary.state,
        stopped=summary.stopped_because,
        exit_code=summary.exit_code,
        calls=asdict(summary.calls),
        location_calls=dict(summary.location_calls),
        location_names=dict(summary.location_names),
        location_stops=dict(summary.location_stops),
        location_remarks=dict(summary.location_remarks),
        audited=summary.audited,
        flight=flight.noted(summary.flight),
        events=dict(summary.events),
        finished_at=summary.finished_at,
        **{
            worktime.WORKED: summary.work_seconds,
            worktime.SINCE: None,
            pauses.PAUSED: _is_paused(context, summary),
        },
    )


def _is_paused(context: RunContext, summary: Summary) -> bool:
    """Return whether the run waits because that was asked for."""
    if summary.state is not State.STOPPED:
        return False
    # a look at a paused run leaves it paused
    before = not context.delivering and context.journal.noted().get(pauses.PAUSED)
    return isinstance(context.stopped, Paused) or bool(before)


def _said(
    context: RunContext,
    kind: type[FatalError],
    but: tuple[type[FatalError], ...] = (),
) -> dict[str, str]:
    """Return why locations were left out, for one kind of reason."""
    return {
        location: str(error)
        for location, error in context.barred.items()
        if isinstance(error, kind) and not isinstance(error, but)
    }


def _ended_earlier(context: RunContext) -> FatalError | None:
    """Return what had ended the run, where this process only looked back at it."""
    return None if context.delivering else balance.stopped_by(context.journal)


def _calls(context: RunContext) -> Calls:
    """Add the calls of this process to those of the ones before."""
    now, others = context.watch.snapshot(), context.gathered.calls
    before = Calls(**context.journal.noted().get("calls", {}))
    # what the display has shown of others is in their results
    afar = context.watch.afar.calls
    own, made = now.calls - afar, max(afar, others.made)  # a result may be lost
    return Calls(
        own + made + before.made,
        now.refused + others.refused + before.refused,
        now.retried + others.retried + before.retried,
    )


def _events(context: RunContext) -> dict[str, int]:
    """Count what happened to rows on the way, in this process and those before."""
    events = Counter(context.journal.noted().get("events", {}))
    events.update(context.watch.events)
    events.update(context.gathered.events)
    return dict(events)


def _flight(context: RunContext) -> Flight:
    """Return how the calls went, of this process and of those before."""
    before = flight.recalled(context.journal.noted().get("flight", {}))
    return flight.together(
        flight.together(before, context.gathered.flight), context.watch.flown()
    )


def _with_locations(context: RunContext, summary: Summary) -> Summary:
    """Return the summary with what is known of each location beside its rows."""
    listed = context.settings.locations
    reason = report_lines.ending(context.journal)
    # later ones win: what refused a location says more than that its day is over
    stops = {
        **dict.fromkeys(reason.parked, report_lines.QUOTA),
        **(reason.barred or {}),
    }
    stops |= {**(reason.held or {}), **(reason.unlisted or {}), **(reason.alike or {})}
    calls = Counter(context.journal.noted().get("location_calls", {}))
    calls.update(context.watch.calls_by_location())
    calls.update(context.gathered.location_calls)
    return replace(
        summary,
        location_names=listed.names(summary.locations),
        location_stops={
            one: _without_name(text, one, listed.by_id.get(one))
            for one, text in stops.items()
        },
        location_calls={
            location: calls[location]
            for location in summary.locations
            if calls[location]
        },
        location_remarks=_remarks(context),
    )


def _remarks(context: RunContext) -> dict[str, dict[str, str]]:
    """Return what is told of locations, by this process and by those before."""
    remarks = dict(context.journal.noted().get("location_remarks", {}))
    for location, facts in context.location_remarks.items():
        remarks[location] = {**remarks.get(location, {}), **facts}
    return remarks


def _without_name(text: str, *names: object) -> str:
    """Return why a location was left, as a sentence without its name in front."""
    for name in names:
        text = text.removeprefix(f"Location {name}: ")
    return text[:1].upper() + text[1:]
