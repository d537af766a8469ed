"""What a look at a sub-account found, in the words of a merchant.

Invariant: whatever is not in order has a sentence that says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.doctor import Examination
    from importer.web.language import Speech


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be told of a sub-account: all is well, or what is not."""

    good: bool
    wrong: tuple[str, ...]
    remarks: tuple[str, ...]


def of(speech: Speech, found: Examination) -> Verdict:
    """Say what an examination came to."""
    sentences, other = (
        _sentences(speech),
        speech.gettext(
            "Something is not in order. Ask the person who set up this program."
        ),
    )
    told: dict[str, list[str]] = {"wrong": [], "warning": []}
    for check in found.checks:
        if check.grade.value in told and check.code not in _OF_THE_COMPUTER:
            told[check.grade.value].append(sentences.get(check.code, other))
    wrong = tuple(dict.fromkeys(told["wrong"]))
    # what is wrong is mended first
    remarks = () if wrong else tuple(dict.fromkeys(told["warning"]))
    return Verdict(not wrong, wrong, remarks)


#: What a merchant can do nothing about, and need not.
_OF_THE_COMPUTER = frozenset(
    {
        *("slow_parts", "plain_http", "location_id_odd", "runs_folder_open"),
        *("certificate_ends_soon", "location_not_set"),
    }
)
#: What may be the line's doing, or the server's.
_OF_THE_LINE = (
    *("unreachable", "edge_blocked", "not_the_api", "version_refused"),
    *("redirected", "no_clear_answer", "certificate_untrusted", "name_unknown"),
)


def _sentences(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    token = _(
        "HighLevel does not know this token. Copy it once more in HighLevel, or make a "
        "new one there, and paste it below."
    )
    line = _(
        "HighLevel cannot be reached from this computer. Is it connected to the "
        "internet? If others can reach it, try again in some minutes."
    )
    return {
        "token_refused": token,
        "token_missing": token,
        "token_expired": _("This token is no longer valid. Make a new one."),
        "agency_token": _(
            "This is a token of the agency, which opens no collections. Make one "
            "inside the sub-account: Settings, Private Integrations."
        ),
        "location_refused": _(
            "The token does not belong to this sub-account. Compare the address with "
            "the sub-account that you made the token in."
        ),
        "scope_missing": _(
            "The token may not read or create collections. Open it in HighLevel "
            "(Settings, Private Integrations), add the permissions to view and to "
            "edit product collections, and save."
        ),
        "route_refused": _(
            "Whether the token may create collections shows only when something is "
            "created. Begin with a table of one row."
        ),
        "calls_refused": _(
            "Another program uses up the calls of this sub-account at the moment. "
            "Imports wait by themselves."
        ),
        "others_call": _(
            "Another program uses this sub-account, too; imports take a little longer."
        ),
        "quota_used_up": _("The calls that HighLevel allows for today are used up."),
        "quota_low": _("Few calls are left of what HighLevel allows for today."),
        "clock_wrong": _("The clock of this computer is wrong. Set it right first."),
        "disk_nearly_full": _("The disk of this computer is nearly full."),
        "runs_folder_unwritable": _("This program cannot write into its folder."),
        **dict.fromkeys(_OF_THE_LINE, line),
    }
