"""What the page says of codes, figures and moments, in the words of a merchant.

The sentences of the screens stand in their templates; here are those that are chosen
by what has happened. Each is marked for the translators by `gettext` or `ngettext`.
Invariant: none names a setting, a command, a code or a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from importer.models import Wait
from importer.web.drafts import Step
from importer.web.remarks import Remark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.models import Snapshot
    from importer.web.drafts import Draft
    from importer.web.language import Speech

_MINUTE, _HOUR = 60, 3600
#: Shorter than this is a few seconds, and from two minutes on minutes are told.
_FEW, _MINUTES = 10, 90


def said(speech: Speech, code: str) -> tuple[Remark, ...]:
    """Say what is to be told of a draft; empty where there is nothing."""
    told = sentences(speech)
    return (Remark(told.get(code) or told["fault"]),) if code else ()


def sentences(speech: Speech) -> Mapping[str, str]:
    """Return all that can be told of a draft, by its code."""
    return {
        **_of_files(speech),
        **_of_tables(speech),
        **_of_stops(speech),
        **_of_troubles(speech),
        **_of_shops(speech),
    }


def _of_files(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    return {
        "no_file": _("Choose a file first."),
        "no_shop": _("Choose where the collections shall go."),
        "kind": _(
            "This is no table that can be read here. Save it as Excel (.xlsx) or CSV, "
            "and choose that file."
        ),
        "archive": _(
            "This file is no workbook, whatever its name says: it is another kind of "
            "archive (ZIP). Unpack it, and choose the table that is in it."
        ),
        "size": _("The file is larger than 20 MB. Split it, or leave out pictures."),
        "encoded": _("The browser sent the file in a way that is not accepted."),
        "input": _("This file cannot be read. Save it as Excel (.xlsx), and try that."),
        "unreadable": _(
            "This file cannot be opened. Choose it once more; if that does not help, "
            "save a copy of it, and choose that."
        ),
        "locked": _(
            "This file is protected by a password. Open it in Excel, take the password "
            "out, save it, and choose it again."
        ),
        "broken": _(
            "This file is broken, or was not copied completely. Open it in Excel, save "
            "it anew, and choose that file."
        ),
        "letters": _(
            "The letters of this file cannot be read. Open it in Excel, save it as "
            "Excel (.xlsx), and choose that file."
        ),
        "empty": _("This file is empty. Choose one with a row for each collection."),
        "too_large": _("The file unpacks to more than can be read here. Split it."),
    }


def _of_tables(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    return {
        "no_header": _(
            "No column of this table was recognised. Is there a line with headings "
            "above the rows? The template shows what they may be called."
        ),
        "no_name": _(
            "With these the table is not understood yet: say which column has the "
            "names of the collections."
        ),
        "columns_alike": _(
            "Two columns of this table have headings that mean the same. Give one of "
            "them another heading, or delete it, and choose the file again."
        ),
        "no_rows": _("The table has headings and no rows below them."),
        "products": _(
            "This is a table of products, and none of its columns says which "
            "collections they belong to. Export the collections, or categories, of the "
            "shop, and choose that file."
        ),
        "changed": _(
            "The table of this import is not as it was. Choose the file again on the "
            "first page."
        ),
        "columns_twice": _(
            "Two columns cannot be the same. Say of one of them that it is left out."
        ),
        "several_shops": _(
            "Some rows of this table name another sub-account. Here a table goes into "
            "one sub-account: take those rows, or that column, out of the table."
        ),
        "busy": _("The import has begun, so the table cannot be changed any more."),
        "stale": _(
            "Somebody else has changed this in the meantime. Look at it, and correct "
            "it again if that is still needed."
        ),
        "old_plan": _(
            "The table has changed since this was shown. Look once more before you "
            "start."
        ),
    }


def _of_stops(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    return {
        "stopped": _("You stopped it. Nothing is lost; press “Continue” to go on."),
        "stopped_early": _("You stopped it before anything was sent."),
        "server_gone": _(
            "The program was closed while the import ran. Nothing is lost, and nothing "
            "will be there twice; press “Continue” to go on."
        ),
        "undo_left": _(
            "The program was closed while collections were taken back. Press “Take "
            "everything back” again to finish that."
        ),
        "outdated": _(
            "Nothing was sent: the shop or the table has changed since you looked. "
            "Look once more, and start again."
        ),
    }


def _of_troubles(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    return {
        "access": _(
            "HighLevel does not accept the access token of this sub-account, or the "
            "token may not create collections. Check it under “Sub-accounts”."
        ),
        "unreachable": _(
            "HighLevel does not answer, or refuses too much. Wait some minutes, and "
            "continue."
        ),
        "refused_alike": _(
            "HighLevel refused the first collections, all for the same reason. Look at "
            "the table with answers below before you go on."
        ),
        "list_incomplete": _(
            "HighLevel did not show the whole list of collections, so it is not known "
            "what is there already. Nothing was sent; try again in some minutes."
        ),
        "unclear": _(
            "For some collections HighLevel gave no clear answer. Press “Continue”: it "
            "looks again, and sends nothing twice."
        ),
        "held": _("Another import works on this sub-account. Try again when it ends."),
        "time": _("The import was paused. Press “Continue” to go on."),
        "storage": _("The disk of this computer is full. Make room, then continue."),
        "database": _(
            "The database in which imports are kept does not answer. Nothing is lost, "
            "and nothing will be there twice; try again in some minutes."
        ),
        "quota": _(
            "The calls that HighLevel allows for a day are used up. Continue "
            "tomorrow; nothing is lost."
        ),
        "fault": _(
            "Something went wrong in this program. Nothing is lost; try it again, and "
            "tell the person who set this up if it happens twice."
        ),
    }


def _of_shops(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    return {
        "shop_name_missing": _("Give the sub-account a name that you know it by."),
        "shop_place_wrong": _(
            "That is neither the address of the sub-account in HighLevel nor its id. "
            "Open the sub-account in HighLevel, and copy the whole address."
        ),
        "token_wrong": _(
            "That does not look like a token. Copy it once more, all of it; it begins "
            "with “pit-”."
        ),
        "shop_known": _("There is a sub-account with this name or address already."),
        "token_elsewhere": _(
            "The token of this sub-account was set up outside of this page. Ask the "
            "person who did that."
        ),
        "settings": _(
            "The settings of this program cannot be used. Ask the person who set it up."
        ),
    }


def step(speech: Speech, draft: Draft) -> str:
    """Say how far a draft is, for the history."""
    _ = speech.gettext
    if draft.step is Step.DONE:
        return speech.ngettext(
            "done: %(count)s collection created",
            "done: %(count)s collections created",
            draft.counts.get("created", 0),
        )
    return {
        Step.COLUMNS: _("waits for you: which column is what?"),
        Step.FIXING: _("waits for you"),
        Step.COMPARING: _("is being compared with the shop"),
        Step.READY: _("waits for your yes"),
        Step.SUBMITTED: _("handed in"),
        Step.RUNNING: _("is running"),
        Step.STOPPED: _("stopped, can go on"),
        Step.UNDOING: _("is being taken back"),
        Step.UNDONE: _("taken back"),
    }[draft.step]


def time_taken(speech: Speech, seconds: float) -> str:
    """Say about how long something takes."""
    if seconds < _FEW:
        return speech.gettext("a few seconds")
    if seconds < _MINUTES:
        whole = round(seconds / 5) * 5
        return speech.ngettext(
            "about %(count)s second", "about %(count)s seconds", whole
        )
    if seconds < 2 * _HOUR - _MINUTE:
        whole = round(seconds / _MINUTE)
        return speech.ngettext(
            "about %(count)s minute", "about %(count)s minutes", whole
        )
    whole = round(seconds / _HOUR)
    return speech.ngettext("about %(count)s hour", "about %(count)s hours", whole)


def left(speech: Speech, seconds: float) -> str:
    """Say about how much longer something takes."""
    return speech.gettext("%(time)s left") % {"time": time_taken(speech, seconds)}


def status(speech: Speech, name: str) -> str:
    """Say what becomes of a row."""
    _ = speech.gettext
    return {
        "planned": _("will be created"),
        "created": _("created"),
        "updated": _("changed"),
        "existing": _("is there already, stays as it is"),
        "invalid": _("needs a correction, is not sent"),
        "duplicate": _("is in the table twice, is not sent"),
        "rejected": _("refused by HighLevel"),
        "failed": _("could not be sent"),
        "not_attempted": _("not sent yet"),
        "unknown": _("no clear answer yet"),
    }.get(name, _("not sent"))


def undone(speech: Speech, name: str) -> str:
    """Say what became of a collection that was to be taken back."""
    _ = speech.gettext
    return {
        "deleted": _("taken back"),
        "would_delete": _("will be taken back"),
        "changed": _("changed by somebody since, stays"),
        "made_by_others": _("made by others, stays"),
        "gone": _("not there any more"),
        "failed": _("could not be taken back"),
    }.get(name, _("stays as it is"))


def phase(speech: Speech, moment: Snapshot) -> str:
    """Say what a run does at the moment."""
    _ = speech.gettext
    return {
        "starting": _("Beginning"),
        "reading": _("Reading the table"),
        "comparing": _("Looking at what is there already"),
        "asking": _("Looking at what is there already"),
        "sending": _("Creating your collections"),
        "settling": _("Making sure of the last answers"),
        "auditing": _("Making sure that all is there"),
        "reporting": _("Writing your table with answers"),
    }.get(moment.phase, _("Working"))


def waiting(speech: Speech, moment: Snapshot) -> str:
    """Say what a run waits for; empty where it does not wait."""
    _ = speech.gettext
    if moment.trouble:
        return _("HighLevel does not answer well at the moment; it is tried again.")
    match moment.waiting:
        case None:
            return ""
        case Wait.QUOTA:
            return _(
                "The calls of the day are used up; it goes on when there are new ones."
            )
        case Wait.RUN:
            return _("Another import works on this sub-account; it goes on after that.")
        case Wait.LIMIT | Wait.PAUSE:
            return _("HighLevel allows only so many calls at once; it goes on soon.")
        case Wait.RETRY | Wait.ANSWER | Wait.LIST:
            return _("HighLevel takes a moment; it is looked at again.")
        case unknown:
            assert_never(unknown)
