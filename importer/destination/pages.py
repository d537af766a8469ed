"""What a list and a deletion answer, read for what can be used of it.

Pure. Invariant: a body that is not what was asked for is None, never half a page.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from importer import patterns
from importer.client import Answer
from importer.destination import answers
from importer.destination.passage import Mark
from importer.errors import AccessError, TransientError
from importer.models import Barred, Existing, Rejected

if TYPE_CHECKING:
    from importer.client import Exchange
    from importer.models import Verdict

_OBJECT_ID = patterns.later("[0-9a-fA-F]{24}")

ADDRESS_REMEDY = (
    "Check --base-url: it is the address alone, such as https://host.example, and no "
    "page of it."
)


def rows(body: dict[str, Any]) -> list[Any] | None:
    """Return the items of a page; None where it has none."""
    found = body.get("data")
    return found if isinstance(found, list) else None


def total(body: dict[str, Any]) -> int | None:
    """Return the number of items that the list states; None where it states none."""
    found = body.get("total")
    # JSON's `true` is an int in Python, and no total
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def page_body(exchange: Exchange) -> dict[str, Any] | None:
    """Return a page of a list: an object whose `data` is a list."""
    if not (isinstance(exchange, Answer) and exchange.status // 100 == answers.SUCCESS):
        return None
    body = exchange.body
    if isinstance(body, dict) and isinstance(body.get("data"), list):
        return body
    return None


def is_gone(exchange: Exchange) -> bool | None:
    """Return whether a deletion succeeded or found nothing (`null` bodies too, #93)."""
    if not isinstance(exchange, Answer):
        return None
    # a 404 counts only in the API's own JSON: a proxy's page says nothing of it
    missing = exchange.status == answers.NOT_FOUND and isinstance(exchange.body, dict)
    done = exchange.status // 100 == answers.SUCCESS and not answers.denies(
        exchange.body
    )
    return True if missing or done else None


def single(
    location_id: str, collection_id: str, exchange: Exchange
) -> list[Existing] | None:
    """Return the one collection that was asked for; empty where there is none.

    None where the answer says neither, as when the address is unknown (404 too).
    """
    if not (isinstance(exchange, Answer) and isinstance(exchange.body, dict)):
        return None
    body = exchange.body
    if exchange.status == answers.NOT_FOUND:
        return None if _unknown_address("GET", answers.message(exchange)) else []
    item = body.get("data")
    if exchange.status // 100 != answers.SUCCESS or not isinstance(item, dict):
        return None
    # an answer about another collection, or another location's, is none
    if own_id(item) != collection_id or item.get("altId", location_id) != location_id:
        return None
    return [existing(location_id, item)]


def _unknown_address(method: str, message: str) -> bool:
    """Return whether the server's framework speaks, which knows no such address."""
    # the words of Express (Node.js) for a path without a route
    return message.startswith(f"Cannot {method} /")


def refusal(
    location_id: str, method: str, verdict: Verdict
) -> AccessError | TransientError:
    """Turn a request that was repeated in vain into an error, with the reason."""
    place = f"Location {location_id}"
    asked = "list" if method == "GET" else "deletion"
    match verdict:
        case Barred(message=message, remedy=remedy):
            return AccessError(f"{place}: {message}", remedy=remedy)
        case Rejected(message=message):
            unknown = _unknown_address(method, message)
            return AccessError(
                f"{place}: the API refuses the {asked}: {message}",
                remedy=ADDRESS_REMEDY if unknown else answers.LOCATION_REMEDY,
            )
        case _:
            reason = getattr(verdict, "reason", "no clear answer")
            return TransientError(f"{place}: the {asked} did not succeed: {reason}.")


def own_id(item: dict[str, Any]) -> str:
    """Return the id of an item, by either of its names; empty where it has none."""
    return answers.usable_id(item.get("_id")) or answers.usable_id(item.get("id"))


def mark(location_id: str, item: object) -> Mark:
    """Read an item as far as reading needs it.

    What has no id proves that its slug is there; what belongs to another location, or
    has neither, proves nothing, and only counts.
    """
    if not isinstance(item, dict):
        return Mark(_content(item), evidence=False)
    found = own_id(item)
    # without an `altId` it is taken for the location's own: no source says that it is
    # always shown
    ours = _text(item.get("altId")) in ("", location_id)
    named = bool(found or _text(item.get("slug")))
    return Mark(found or _content(item), ours and named, made_at(item))


def made_at(item: dict[str, Any]) -> float | None:
    """Return when an item was made, as it states or as its id begins."""
    stated = moment(item.get("createdAt"))
    if stated is None and _OBJECT_ID.fullmatch(found := own_id(item)):
        return float(int(found[:8], 16))
    return stated


def _content(item: object) -> str:
    return json.dumps(item, sort_keys=True)


def existing(location_id: str, item: dict[str, Any]) -> Existing:
    """Read one item of a list; whatever is missing or no text is blank."""
    seo = item.get("seo")
    seo = seo if isinstance(seo, dict) else {}
    return Existing(
        location_id,
        own_id(item),
        _text(item.get("slug")),
        _text(item.get("name")),
        _text(item.get("type")),
        _text(item.get("image")),
        _text(seo.get("title")),
        _text(seo.get("description")),
        moment(item.get("createdAt")),
        _texts(item.get("productIds")),
        rules if isinstance(rules := item.get("rules"), dict) else None,
        moment(item.get("updatedAt")),
    )


def moment(value: object) -> float | None:
    """Return the time that an item states, in seconds since the epoch; None for none.

    Args:
        value: ISO 8601, which the API page shows (UTC where it names no zone), or
            milliseconds since the epoch.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(product_id for product_id in value if isinstance(product_id, str))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
