"""The canary of a run: some locations are sent and audited before all others.

Says which they are, has their refused rows tried again where a run is taken up, and
judges by the journal whether the others follow. It sends nothing. Invariants: until the
canary went well nothing is sent to any other location, whichever process works on the
run; which locations it is made of is decided once.
"""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from importer import wording
from importer.errors import (
    CanaryFailed,
    LeftToOthers,
    QuotaExhausted,
    TooManyErrors,
    UsageError,
)
from importer.models import REFUSED_BY_PLAN, WRONG_AT_SERVER, Canary, Status
from importer.runs import balance, decision, look_back, report_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.errors import FatalError
    from importer.runs.context import RunContext

#: States of rows of which a canary does not go well, whatever they have for a code.
_BAD = (Status.REJECTED, Status.FAILED, Status.UNKNOWN, Status.NOT_ATTEMPTED)
#: What leaves a location for later, and says nothing of its rows.
_LATER = (QuotaExhausted, LeftToOthers)
#: Locations that are told one by one.
_TOLD = 3


def take_up(context: RunContext) -> None:
    """Choose the locations of the canary, or find again those of an earlier process.

    Where that one's canary did not go well, what was refused there is tried again.

    Raises:
        UsageError: a name means no location of the run.
        StorageError: the disk is full or gone.
    """
    wanted = context.settings.values.canary
    book, noted = context.journal, balance.canary(context.journal.noted())
    if not wanted:
        if noted and not noted.passed:
            book.note(**{balance.CANARY: None})  # given up, by a flag
        context.canary = noted if noted and noted.passed else None
        return
    typed = context.settings.origins["canary"] == "flag"
    if noted is None or (typed and not noted.chosen_by(wanted)):
        noted = Canary(_chosen(context, wanted), wanted=tuple(wanted))
        _note(context, noted)
    elif not noted.passed:
        book.named.look_again(noted.locations, REFUSED_BY_PLAN)
        book.delivery.try_again(noted.locations, REFUSED_BY_PLAN)
    context.canary = noted


def _note(context: RunContext, canary: Canary) -> None:
    context.canary = canary
    context.journal.note(**{balance.CANARY: canary.noted()})


def _chosen(context: RunContext, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the first locations of the run, or those that are named."""
    rows = list(context.journal.delivery.locations(*decision.OPEN))
    first = wanted[0]
    if len(wanted) == 1 and first.isdecimal():
        return tuple(rows[: int(first)])
    listed, found = context.settings.locations, dict[str, None]()
    every = {*context.journal.history.counts()}
    for text in wanted:
        location = listed.find(text) or text
        if location not in every:
            msg = f'--canary: the run has no rows for a location "{text:.60}".'
            near = listed.nearest(text)
            remedy = f'Did you mean "{near}"?' if near else "Name one of its locations."
            raise UsageError(msg, remedy=remedy)
        found[location] = None
    return tuple(found)


async def judge(context: RunContext) -> None:
    """Audit what the canary has sent; stop the run where that did not go well.

    Raises:
        StorageError: the journal cannot be written.
    """
    canary = context.canary
    assert canary is not None  # noqa: S101 - by the caller
    if isinstance(context.stopped, TooManyErrors):
        context.stopped = _failed(context, canary, str(context.stopped))
    if context.stopped is not None:
        return  # neither good nor bad: a resume goes on with it
    sent = {*context.journal.review.touched()}
    left = {*context.barred, *context.parked}
    locations = [text for text in canary.locations if text in sent and text not in left]
    audited = await look_back.review(context, locations, repair=False)
    context.watch.phase = "sending"
    if context.stopped is None:
        context.stopped = (
            _unseen(context, canary, audited.failed)
            or _incomplete(context, canary, audited.held)
            or _verdict(context, canary)
        )
    if context.stopped is None:
        _note(context, canary.fine())


def _unseen(
    context: RunContext, canary: Canary, failed: Mapping[str, FatalError]
) -> FatalError | None:
    """Return why the others do not follow where a location could not be audited."""
    if not failed:
        return None
    told = [str(error).rstrip(".") for error in [*failed.values()][:_TOLD]]
    if more := len(failed) - len(told):
        told.append(wording.counted(more, "more location"))
    return _failed(context, canary, f"{'; '.join(told)}.")


def _incomplete(
    context: RunContext, canary: Canary, later: Mapping[str, FatalError]
) -> FatalError | None:
    """Return why the others have to wait for what is left of the canary."""
    if not later:
        return None
    first = next(iter(later.values()))
    text = f"{first} The canary is not complete. {_untouched(context, canary)}"
    return type(first)(text, remedy=first.remedy)


def _verdict(context: RunContext, canary: Canary) -> FatalError | None:
    """Return why the others do not follow; None where they do."""
    found = _counted(context, canary)
    rows, bad = _rows(context, canary), Counter[str]()
    for (location, status, code), count in found.items():
        if _counts_as_bad(status, code, limited=_is_limited(context)):
            bad[location] += count
    limit = context.settings.values.max_errors
    if not bad or (limit is not None and not limit.reached(bad.total(), rows)):
        return None
    barred = context.barred
    later = {text: barred[text] for text in bad if isinstance(barred.get(text), _LATER)}
    if len(later) == len(bad):
        return _incomplete(context, canary, later)
    told = [_told(context, text, found) for text, _ in bad.most_common(_TOLD)]
    if more := len(bad) - len(told):
        told.append(wording.counted(more, "more location"))
    return _failed(context, canary, f"{'; '.join(told)}.")


def _is_limited(context: RunContext) -> bool:
    return context.settings.values.max_errors is not None


def _counts_as_bad(status: Status, code: str, *, limited: bool) -> bool:
    """Return whether rows of such a state and code speak against going on.

    What the check found wrong was known, and told, before anything was sent: it counts
    where a limit is set that counts it otherwise, too.
    """
    if status is Status.INVALID:
        return limited or code in REFUSED_BY_PLAN
    return status in _BAD or code in WRONG_AT_SERVER


def _counted(
    context: RunContext, canary: Canary
) -> Mapping[tuple[str, Status, str], int]:
    """Count the rows of the canary by location, final state and code."""
    found: Counter[tuple[str, Status, str]] = Counter()
    among = {*canary.locations}
    for location, status, code, count in context.journal.history.codes():
        if location in among:
            found[location, report_lines.SHOWN.get(status, status), code] += count
    return found


def _rows(context: RunContext, canary: Canary) -> int:
    counts = balance.by_location(context.journal)
    return sum(sum(counts.get(text, {}).values()) for text in canary.locations)


def _told(
    context: RunContext,
    location: str,
    found: Mapping[tuple[str, Status, str], int],
) -> str:
    """Say of a location what most of its bad rows have come to."""
    if (error := context.barred.get(location)) is not None:
        return str(error).rstrip(".")
    limited = _is_limited(context)
    kinds = Counter(
        {
            (status, code): count
            for (of, status, code), count in found.items()
            if of == location and _counts_as_bad(status, code, limited=limited)
        }
    )
    parts = []
    for (status, code), count in kinds.most_common(_TOLD):
        why = f" ({code})" if code else ""
        parts.append(f"{wording.counted(count, 'row')} {status.replace('_', ' ')}{why}")
    shown = context.settings.locations.shown(location)
    return f"{shown}: {', '.join(parts)}"


def _untouched(context: RunContext, canary: Canary) -> str:
    """Say that the other locations are as they were."""
    rows = context.journal.delivery.locations(Status.PLANNED, Status.UNKNOWN)
    others = len(rows.keys() - {*canary.locations})
    if others == 1:
        return "Nothing was sent to the other location."
    count = wording.counted(others, "other location")
    return f"Nothing was sent to the {count}." if others else "No other is left."


def _failed(context: RunContext, canary: Canary, told: str) -> CanaryFailed:
    run_id = shlex.quote(context.folder.run_id)
    msg = f"The canary did not go well: {told} {_untouched(context, canary)}"
    return CanaryFailed(
        msg,
        remedy="Fix what is wrong there, then go on with: "
        f"importer resume {run_id}. It tries again what failed in the canary, and "
        "sends the rest once that went well; --canary 0 sends it all the same.",
    )
