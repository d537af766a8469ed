"""What an answer says of token, scopes and location, of limit, quota and clock: checks.

Pure: a verdict of `destination.answers` and headers in, checks out. The ways out are
those that a run tells of the same answer. Invariants: each refusal of the contract's
table has a code of its own, and what the answer does not tell is `skipped`, never
`ok`; what a header does not say is said to be unknown, and the documented figures are
not taken for it.
"""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from importer.destination import answers
from importer.doctor.checks import Check, Grade, ok, skipped
from importer.exit_codes import Exit
from importer.models import Ambiguous, Barred, NotProcessed, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.models import Verdict
    from importer.ratelimit import Reading


READ_SCOPE = "products/collection.readonly"
WRITE_SCOPE = "products/collection.write"
#: What a location is asked for, in this order.
NAMES = ("token", "location", "read scope", "write scope")

#: By the way out: which look it is, and its code.
_REFUSALS = {
    answers.RENEW_REMEDY: ("token", "token_refused"),
    answers.AGENCY_REMEDY: ("token", "agency_token"),
    answers.LOCATION_REMEDY: ("location", "location_refused"),
    answers.ROUTE_REMEDY: ("answer", "route_refused"),
}
#: By the status, where the way out is none of these.
_OTHERS = {401: ("answer", "version_refused"), 403: ("edge", "edge_blocked")}
_PROXY_REMEDY = (
    "Look at --base-url, and whether a proxy or a login page of this network answers "
    "in HighLevel's place."
)


def reading(verdict: Verdict, location: str, *, usable: bool) -> tuple[Check, ...]:
    """Return the checks that the list of a location answers.

    Args:
        verdict: of the answer.
        location: its id.
        usable: whether a good answer was a list at all.
    """
    match verdict:
        case Barred():
            return _refused(verdict, location, READ_SCOPE)
        case Rejected(message=message):
            text = f"The API refuses the location: {message}"
            wrong = _wrong("location", "location_refused", text, location)
            return (ok("token", "Known to HighLevel", location), wrong)
        case NotProcessed() | Ambiguous():
            return (unanswered(verdict, location),)
        case _ if usable:
            return (
                ok("token", "Known to HighLevel", location),
                ok("location", "Opened by this token", location),
                ok("read scope", READ_SCOPE, location),
            )
    text = "What answers is not HighLevel: no list came back."
    return (
        Check(
            "answer",
            Grade.WRONG,
            text,
            _PROXY_REMEDY,
            "not_the_api",
            location,
            Exit.TOO_MANY_ERRORS,
        ),
    )


def writing(verdict: Verdict, location: str) -> Check:
    """Check by a deletion of nothing whether the token may write at all."""
    match verdict:
        case Barred(remedy=answers.ROUTE_REMEDY):
            return _untold(verdict, location)
        case Barred():
            return _refused(verdict, location, WRITE_SCOPE)[-1]
        case NotProcessed() | Ambiguous():
            return unanswered(verdict, location)
    # done, or refused because there is no such collection: the door was open
    return ok("write scope", WRITE_SCOPE, location)


def _untold(verdict: Barred, location: str) -> Check:
    """Remark that a closed way to delete does not tell whether creating is allowed."""
    return Check(
        "write scope",
        Grade.WARNING,
        f"Whether the token may write cannot be told. {verdict.message}",
        "A run shows it: begin with a small one, such as --limit 1.",
        "route_refused",
        location,
    )


def unanswered(verdict: NotProcessed | Ambiguous, location: str) -> Check:
    """Make a check of no answer, or of one that says nothing: it may pass by itself."""
    if isinstance(verdict, NotProcessed) and verdict.limited:
        return Check(
            "limit",
            Grade.WARNING,
            "HighLevel refuses calls for now (HTTP 429): another program spends the "
            "calls of this location, or a run has just ended.",
            "Wait ten seconds and look again; a run waits by itself.",
            "calls_refused",
            location,
        )
    reached = verdict.http_status is not None
    return Check(
        "answer",
        Grade.WRONG,
        f"HighLevel gave no clear answer: {verdict.reason}.",
        "Look again in some minutes; HighLevel's status page may know of it."
        if reached
        else "Check the network and --base-url.",
        "no_clear_answer" if reached else "unreachable",
        location,
        Exit.TOO_MANY_ERRORS,
    )


def _refused(verdict: Barred, location: str, scope: str) -> tuple[Check, ...]:
    """Return which of the doors was closed; those in front of it were open."""
    if verdict.remedy == answers.SCOPE_REMEDY:
        known = ok("token", "Known to HighLevel", location)
        name = "read scope" if scope == READ_SCOPE else "write scope"
        text = f"The token lacks the scope {scope}."
        remedy = (
            f"Give the token the scope {scope} (in the sub-account: Settings, Private "
            "Integrations). An agency's token is refused in the same words: make one "
            "inside the sub-account instead."
        )
        return known, _wrong(name, "scope_missing", text, location, remedy)
    if found := _REFUSALS.get(verdict.remedy):
        name, code = found
        wrong = _wrong(name, code, verdict.message, location, verdict.remedy)
        known = ok("token", "Known to HighLevel", location)
        return (known, wrong) if name == "location" else (wrong,)
    name, code = _OTHERS.get(verdict.http_status, ("answer", "redirected"))
    return (_wrong(name, code, verdict.message, location, verdict.remedy),)


def _wrong(
    name: str,
    code: str,
    message: str,
    location: str,
    remedy: str = answers.LOCATION_REMEDY,
) -> Check:
    return Check(name, Grade.WRONG, message, remedy, code, location, Exit.ACCESS)


def rest(checks: list[Check], location: str) -> list[Check]:
    """Return the checks, with those of `NAMES` that were not come to as skipped."""
    done = {check.name for check in checks}
    wrong = [check.name for check in checks if check.grade is not Grade.OK]
    if not wrong:
        return checks
    reason = f"first the {wrong[0]}"
    return checks + [
        skipped(name, reason, location) for name in NAMES if name not in done
    ]


#: What is documented of every location.
DOCUMENTED_CALLS, DOCUMENTED_SECONDS = 100, 10.0
#: A header has whole seconds, and an answer takes a moment.
CLOCKS_DIFFER_SECONDS = 30.0
#: A token that is valid for a day is too old or too new by then.
CLOCK_WRONG_SECONDS = 3600.0
#: From this share of the day's quota on, what is left is told as a warning.
LITTLE_LEFT = 2.0


def limit(reading: Reading, own_calls: int, location: str) -> Check:
    """Check the window, and whether another program spends from it.

    Args:
        reading: of the last answer.
        own_calls: how many calls this program has made in the window.
        location: whose.
    """
    most, left, seconds = reading[:3]
    if most is None:
        text = "The answers do not say; a run begins with 100 calls in 10 s."
        return ok("limit", text, location)
    per = f" in {seconds:g} s" if seconds else ""
    text = f"{most:,} calls{per}"
    if left is not None:
        text += f", {left:,} left now"
    facts = {"calls": most, "seconds": seconds, "left": left}
    others = 0 if left is None else max(0, most - left - own_calls)
    if others:
        message = f"{text}: another program, or a run just before, made {others:,}."
        remedy = "A run leaves others what they take, and is as much slower."
        return Check(
            "limit",
            Grade.WARNING,
            message,
            remedy,
            "others_call",
            location,
            facts=facts | {"others": others},
        )
    if seconds and most / seconds < DOCUMENTED_CALLS / DOCUMENTED_SECONDS:
        text += "; less than the documented 100 in 10 s, and what a run goes by"
    return ok("limit", text, location, **facts)


def quota(reading: Reading, reserve: float, location: str) -> Check:
    """Check what is left of the day, above the reserve that is left to others."""
    most, left = reading.daily_max, reading.daily_remaining
    if left is None:
        return ok("quota", "The answers do not say.", location)
    kept = math.ceil((most or 0) * reserve)
    text = f"{left:,} of {most:,} calls left today" if most else f"{left:,} left today"
    facts = {"left": left, "of": most, "reserve": kept}
    if left <= kept:
        message = f"{text}, and {kept:,} are kept for others (daily_reserve)."
        remedy = (
            "Wait for the reset, which --wait-for-quota does by itself, or take "
            "less of a reserve: --daily-reserve 0.02."
        )
        return Check(
            "quota",
            Grade.WRONG,
            message,
            remedy,
            "quota_used_up",
            location,
            Exit.QUOTA,
            facts,
        )
    if left <= LITTLE_LEFT * kept:
        message = f"{text}, {kept:,} of them kept for others: {left - kept:,} rows."
        return Check(
            "quota",
            Grade.WARNING,
            message,
            "See what a file needs: importer plan FILE",
            "quota_low",
            location,
            facts=facts,
        )
    return ok("quota", text, location, **facts)


def clock(headers: Mapping[str, str], wall: float) -> Check | None:
    """Compare this computer's clock with the server's; None where it states none.

    Args:
        headers: of an answer.
        wall: when it came, in seconds since the epoch.
    """
    try:
        theirs = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError):
        return None
    off = round(wall - theirs)
    facts = {"seconds_ahead": off}
    if abs(off) <= CLOCKS_DIFFER_SECONDS:
        text = f"Within {max(2, abs(off))} s of the server's"
        return ok("clock", text, seconds_ahead=off)
    way = "ahead of" if off > 0 else "behind"
    grade = Grade.WRONG if abs(off) >= CLOCK_WRONG_SECONDS else Grade.WARNING
    return Check(
        "clock",
        grade,
        f"This computer's clock is {abs(off):,} s {way} the server's; the times in "
        "reports are wrong by as much, and OAuth tokens and certificates may be too.",
        "Set it by the network: timedatectl set-ntp true, or the system's settings.",
        "clock_wrong",
        exit_code=Exit.OK if grade is Grade.WARNING else Exit.ACCESS,
        facts=facts,
    )
