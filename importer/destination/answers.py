"""What an answer of the API means: the contract's table, as one pure function.

It knows status codes and error messages and nothing of retries or rows. The words of a
refusal are found wherever in its body the API puts them: `message`, a text or a list of
texts (the API page), and of `v3` an object `error` with `code`, `message`, `details`
and `resolution` (the vendor's clients); any other shape is searched for texts.
Invariants: only an answer that proves the request was not carried out is `Rejected`,
`NotProcessed` or `Barred`, everything in doubt is `Ambiguous`; no body is an exception.

Sources: the API page (400, 401, 422), the vendor's issue tracker (#64, #91, #92) and
reports of API users, as gathered in the project's contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer import logs, texts, wording
from importer.client import Answer, NoAnswer
from importer.models import Ambiguous, Barred, Code, Done, NotProcessed, Rejected

if TYPE_CHECKING:
    from importer.client import Exchange
    from importer.models import Verdict


#: Where the words of a refusal may be, the best first.
_WORDS = (
    "message",
    "messages",
    "error",
    "errors",
    "error_description",
    "detail",
    "msg",
)
#: Where a list of faults says what each is about.
_ABOUT = ("field", "property", "path")
#: So deep a body is searched, and so many faults of a list are told.
_DEEPEST, _MOST = 4, 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong, its code, and what to do about it; each may be empty."""

    message: str
    code: str = ""
    resolution: str = ""

    def __str__(self) -> str:
        """Return all of it as one text."""
        text = self.message or self.code
        if self.code not in ("", text):
            text = f"{text} ({self.code})"
        if not (text and self.resolution):
            return text or self.resolution
        stop = "" if text.endswith((".", "!", "?")) else "."
        return f"{text}{stop} {self.resolution}"


def refusal(body: Any) -> Refusal:  # noqa: ANN401 - a body may be any JSON
    """Return what a body says of a refusal; empty where it says nothing."""
    if not isinstance(body, dict):
        return Refusal(_words(body, 0))
    error = body.get("error")
    if not isinstance(error, dict):
        return Refusal(_words(body, 0))
    parts = [_words(error.get("message"), 1) or _words(body.get("message"), 1)]
    parts.append(_words(error.get("details"), 1))
    message = "; ".join(dict.fromkeys(filter(None, parts)))
    code, resolution = _plain(error.get("code")), _words(error.get("resolution"), 1)
    if not (message or code or resolution):
        message = _words(error, 1)
    return Refusal(message, code, resolution)


def _words(value: object, depth: int) -> str:
    """Return the texts in a value, joined."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        found = (_words(fault, depth + 1) for fault in value[:_MOST])
        return "; ".join(filter(None, found))
    return _of_object(value, depth) if isinstance(value, dict) else _plain(value)


def _of_object(value: dict[Any, Any], depth: int) -> str:
    """Return the words of an object, or of all its members where none is known."""
    named = (_words(value.get(key), depth + 1) for key in _WORDS)
    text = next(filter(None, named), "")
    about = next(filter(None, (_plain(value.get(key)) for key in _ABOUT)), "")
    # the body itself is not searched member by member: it would tell ids and statuses
    if text or not depth:
        return f"{about}: {text}" if about and text else text
    members = ((name, _words(one, depth + 1)) for name, one in value.items())
    return "; ".join(
        [f"{name}: {message}" for name, message in members if message][:_MOST]
    )


def _plain(value: object) -> str:
    """Return a text or a number as text; empty for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


#: An edge block is often over after a pause, so it is believed the third time.
EDGE_PATIENCE = 3
#: Good tokens have been answered 401 (#92), so a refusal is believed when repeated.
TOKEN_PATIENCE = 2

#: So much of what the API says of a refusal is shown and kept.
LONGEST_MESSAGE = 500
#: No id is longer.
LONGEST_ID = 200

#: The classes of status codes that are told apart by their first digit.
SUCCESS, REDIRECTION = 2, 3
NOT_FOUND = 404
CONFLICT = 409
TOO_LARGE = 413

#: Answers that refuse the row itself.
REJECTING = {
    400: Code.API_REFUSED,
    NOT_FOUND: Code.API_NOT_FOUND,
    CONFLICT: Code.API_CONFLICT,
    TOO_LARGE: Code.API_REFUSED,
    422: Code.API_UNPROCESSABLE,
}

RENEWED = "HTTP 401, and the token file holds another token now"
SCOPE_REMEDY = (
    "Give the token the scopes products/collection.write and "
    "products/collection.readonly."
)
PRODUCTS_REMEDY = (
    "Give the token the scopes products.readonly and products/prices.readonly."
)
#: How a remedy calls the place of a token, until `signed` says which place that is.
ANY_PLACE = "HIGHLEVEL_TOKEN or the token file"
RENEW_REMEDY = (
    "Make a new Private Integration Token inside the sub-account and put it into "
    f"{ANY_PLACE}."
)
ROUTE_REMEDY = (
    "Another token of the same kind is refused in the same way: HighLevel says this of "
    "addresses that it does not serve, or not to this kind of token. Check --base-url, "
    "try the other kind (a Private Integration Token, or an OAuth access token of the "
    "sub-account), or report the call to HighLevel's support."
)
AGENCY_REMEDY = (
    "This looks like an agency's token. Make the Private Integration Token inside "
    "the sub-account (Settings, Private Integrations)."
)
LOCATION_REMEDY = (
    "Check the location id, or use a token that was made in this location."
)


#: What is done about the token itself, so that it matters where it comes from.
_ABOUT_TOKENS = frozenset(
    {SCOPE_REMEDY, PRODUCTS_REMEDY, AGENCY_REMEDY, LOCATION_REMEDY}
)


def signed(remedy: str, place: str) -> str:
    """Return a remedy that names the place which the refused token comes from."""
    if remedy in _ABOUT_TOKENS:
        return f"{remedy} The token in use comes from {place}."
    return remedy.replace(ANY_PLACE, place)


def read(exchange: Exchange, *, creates: bool) -> Verdict:
    """Say what an exchange means for the request that was sent.

    Args:
        exchange: what came back, or that nothing did.
        creates: whether success must name an id (`data._id`); updates and deletes
            have been answered with a bare `null` (#91, #93).
    """
    match exchange:
        case NoAnswer(reason=reason, sent=False):
            return NotProcessed(reason)
        case NoAnswer(reason=reason):
            return Ambiguous(reason)
        # any 2xx: only 201 is documented, and a created row must not be lost by a 200
        case Answer(status=status) if status // 100 == SUCCESS:
            return _success(exchange, creates=creates)
        case Answer():
            return _failure(exchange)


def collection_id(body: Any) -> str:  # noqa: ANN401 - a body may be any JSON
    """Return the id in `{"data": {"_id": …}}`, or its `id`, or empty."""
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        return usable_id(body["data"].get("_id") or body["data"].get("id"))
    return ""


def usable_id(value: object) -> str:
    """Return a text that can be an id; empty for any other, or one that was masked."""
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        return ""
    return value if value.isprintable() and logs.MASK not in value else ""


def denies(body: Any) -> bool:  # noqa: ANN401 - a body may be any JSON
    """Return whether an answer takes back what its status says: `{"status": false}`.

    Updates and deletions are answered with such an object (vendor's OpenAPI file);
    what HighLevel means by `false` beside a 2xx is unknown, so it proves nothing.
    """
    return isinstance(body, dict) and body.get("status") is False


def message(answer: Answer) -> str:
    """Return the API's own words, or the body's start where there are none."""
    text = texts.plain(str(refusal(answer.body)))
    if text:
        return wording.cut(text, LONGEST_MESSAGE)
    return answer.text.strip() or f"HTTP {answer.status} without a message"


def _success(answer: Answer, *, creates: bool) -> Verdict:
    found = collection_id(answer.body)
    # created, but as what? Only the list can tell
    if creates and not found:
        return Ambiguous(
            f"HTTP {answer.status} without an id in the answer",
            answer.status,
            answer.trace_id,
        )
    if denies(answer.body) and not creates:
        reason = f"HTTP {answer.status} with the status false"
        return Ambiguous(reason, answer.status, answer.trace_id)
    # an update's answer may be `null` (#91, #93), so nothing is read from it
    shown = answer.body["data"] if creates else None
    return Done(found, answer.status, answer.trace_id, shown)


def _failure(answer: Answer) -> Verdict:
    # a 422 is here although one was seen for a collection that was created (#64): the
    # row is rejected, and the audit looks whether it is there
    if code := REJECTING.get(answer.status):
        return _rejected(code, answer)
    match answer.status:
        case 401:
            return _unauthorized(answer)
        case 403:
            return _forbidden(answer)
        case 429:
            # window and day alike: not processed, so it costs no attempt
            return NotProcessed("HTTP 429", limited=True, http_status=429)
        case status if status // 100 == REDIRECTION:
            return Barred(
                "The server sends the request elsewhere, and a token is never sent "
                "along.",
                "Check --base-url.",
                status,
            )
        # 5xx and all that is not known: it may have been carried out
        case status:
            return Ambiguous(f"HTTP {status}", status, answer.trace_id)


def _rejected(code: Code, answer: Answer) -> Verdict:
    """Read a refusal in the API's own JSON; any other page is another program's.

    A request that is too large is refused before it is read, by whatever server.
    """
    if answer.status != TOO_LARGE and not isinstance(answer.body, dict):
        return Ambiguous(
            f"HTTP {answer.status} that is not the API's own answer",
            answer.status,
            answer.trace_id,
        )
    return Rejected(code, message(answer), answer.status, answer.trace_id)


def _unauthorized(answer: Answer) -> Verdict:
    if answer.renewed:
        return NotProcessed(RENEWED, http_status=401, renewed=True)
    text = message(answer)
    # what to do is advice for people, and names scopes and versions as well
    lowered = refusal(answer.body).message.lower() or text.lower()
    if "version header" in lowered:
        return Barred(
            f"The API does not accept the Version header: {text}",
            "Check the settings api_version and base_url.",
            401,
        )
    if "iam service" in lowered:  # seen of single routes (#74, #165), for good tokens
        return Barred(
            f"HighLevel does not open this call to the token: {text}",
            ROUTE_REMEDY,
            401,
            TOKEN_PATIENCE,
        )
    # "This authClass type is not allowed to access this scope" speaks of the token's
    # kind, not of a scope that is missing
    if "scope" in lowered and "authclass" not in lowered:
        remedy = SCOPE_REMEDY
    elif "mismatch" in lowered or "authclass" in lowered:
        remedy = AGENCY_REMEDY
    else:
        remedy = RENEW_REMEDY
    return Barred(f"The API refuses the token: {text}", remedy, 401, TOKEN_PATIENCE)


def _forbidden(answer: Answer) -> Barred:
    # the API answers in JSON, the edge in front of it in HTML or plain text
    if isinstance(answer.body, dict):
        return Barred(
            f"The API refuses the location: {message(answer)}",
            LOCATION_REMEDY,
            403,
            TOKEN_PATIENCE,
        )
    return Barred(
        "The edge in front of the API blocks this program or this network "
        f"({message(answer)[:60]!r}).",
        "Try again later or from another network; a proxy or VPN is a usual cause.",
        403,
        EDGE_PATIENCE,
    )
