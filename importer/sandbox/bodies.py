"""Bodies and queries of collections: what they must carry, and what is wrong.

Pure. Each function gives the list that goes into a 422, empty where all is well; a
`Check` says what is wrong with one field, in the API's words. The rules are those of
the API's page; where the page is silent (lengths, which characters a slug may have)
nothing is refused. Unknown keys are, one by one, as the platform's validators do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


_MONGO_ID = re.compile(r"[0-9a-fA-F]{24}")

Check: TypeAlias = "Callable[[str, object], list[str]]"


def unknown(body: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Name each key that does not exist, as the platform's validators do."""
    return [f"property {key} should not exist" for key in body if key not in known]


def shape_problems(
    body: Mapping[str, Any], checks: Mapping[str, Check], required: Collection[str]
) -> list[str]:
    """Say what is wrong with a body; `null` and the empty text count as left out."""
    found = unknown(body, checks)
    for key, check in checks.items():
        value = body.get(key)
        # what a client writes for nothing counts as nothing
        if value is not None and value != "":
            found += check(key, value)
        elif key in required:
            found.append(f"{key} should not be empty")
    return found


def string(key: str, value: object) -> list[str]:
    """Check that it is a text."""
    return [] if isinstance(value, str) else [f"{key} must be a string"]


def mapping(key: str, value: object) -> list[str]:
    """Check that it is a JSON object."""
    return [] if isinstance(value, dict) else [f"{key} must be an object"]


def boolean(key: str, value: object) -> list[str]:
    """Check that it is true or false."""
    return [] if isinstance(value, bool) else [f"{key} must be a boolean value"]


def number(key: str, value: object) -> list[str]:
    """Check that it is a number, whole or not."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return []
    return [f"{key} must be a number conforming to the specified constraints"]


def mongo_id(key: str, value: object) -> list[str]:
    """Check that it is an id: 24 hexadecimal digits."""
    if isinstance(value, str) and _MONGO_ID.fullmatch(value):
        return []
    return [f"{key} must be a mongodb id"]


def strings(key: str, value: object) -> list[str]:
    """Check that it is an array of texts."""
    return _array(key, value, str, "a string")


def mappings(key: str, value: object) -> list[str]:
    """Check that it is an array of JSON objects."""
    return _array(key, value, dict, "an object")


def one_of(*names: str) -> Check:
    """Check that a text is one of these."""

    def check(key: str, value: object) -> list[str]:
        if value in names:
            return []
        return [f"{key} must be one of the following values: {', '.join(names)}"]

    return check


def _array(key: str, value: object, kind: type, noun: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{key} must be an array"]
    if all(isinstance(item, kind) for item in value):
        return []
    return [f"each value in {key} must be {noun}"]


KnownKeys = Literal["page", "published"]

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")
# the vendor's OpenAPI file has only these; the page has more, which no SDK sends
_PUBLISHED = frozenset(
    {"altId", "altType", "name", "slug", "collectionId", "image", "seo"}
)
_PAGE = _PUBLISHED | {"type", "rules", "productIds", "ruleHash", "ruleVersion", "stats"}
_OF_UPDATES = frozenset({"altId", "altType", "name", "slug", "image", "seo"})
_OF_UPDATES_ON_THE_PAGE = _OF_UPDATES | {
    *("rules", "productIds", "ruleHash", "ruleVersion", "stats")
}
_OF_SEO = frozenset({"title", "description"})
_REQUIRED = ("altId", "altType", "name", "slug")


def create_problems(
    body: Mapping[str, Any], known: KnownKeys, *, products_required: bool
) -> list[str]:
    """Say what is wrong with the body of a create."""
    found = unknown(body, _PAGE if known == "page" else _PUBLISHED)
    for key in _REQUIRED:
        found += _required(key, body.get(key))
    found += _wrong_values(body)
    # the page: "required if type is manual"
    if (
        products_required
        and body.get("type") == "manual"
        and not body.get("productIds")
    ):
        found.append("productIds should not be empty")
    return found


def update_problems(body: Mapping[str, Any], known: KnownKeys) -> list[str]:
    """Say what is wrong with the body of an update; the type cannot change."""
    page = known == "page"
    found = unknown(body, _OF_UPDATES_ON_THE_PAGE if page else _OF_UPDATES)
    for key in ("altId", "altType"):
        found += _required(key, body.get(key))
    for key in ("name", "slug"):
        if key in body:
            found += _required(key, body[key])
    return found + _wrong_values(body)


def length_problems(body: Mapping[str, Any], max_name: int | None) -> list[str]:
    """Refuse a name that is longer than this server takes."""
    name = body.get("name")
    if max_name is None or not isinstance(name, str) or len(name) <= max_name:
        return []
    return [f"name must be shorter than or equal to {max_name} characters"]


def location_problems(query: Mapping[str, str]) -> list[str]:
    """Say what is wrong with the location that a query names."""
    return _required("altId", query.get("altId")) + _required(
        "altType", query.get("altType")
    )


def single_problems(query: Mapping[str, str]) -> list[str]:
    """Require only the location: no more is documented where one collection is read."""
    named = {"altType": "location", **query}
    return location_problems(named)


def page_problems(query: Mapping[str, str], max_page: int) -> list[str]:
    """Say what is wrong with `limit` and `offset`."""
    found: list[str] = []
    for key, least, most in (("limit", 1, max_page), ("offset", 0, None)):
        text = query.get(key)
        if text is None:
            continue
        if not _WHOLE_NUMBER.fullmatch(text):
            found.append(f"{key} must be a number string")
        elif int(text) < least:
            found.append(f"{key} must not be less than {least}")
        elif most is not None and int(text) > most:
            found.append(f"{key} must not be greater than {most}")
    return found


def _required(key: str, value: object) -> list[str]:
    if key == "altType":
        if value == "location":
            return []
        return ["altType must be one of the following values: location"]
    if isinstance(value, str):
        return [] if value else [f"{key} should not be empty"]
    if value is None:
        return [f"{key} should not be empty", f"{key} must be a string"]
    return [f"{key} must be a string"]


def _wrong_values(body: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the optional fields; `null` counts as left out."""
    found: list[str] = []
    for key, check in _CHECKS.items():
        value = body.get(key)
        if value is not None:
            found += check(key, value)
    return found


def _seo(key: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        return [f"{key} must be an object"]
    found = [
        f"{key}.property {inner} should not exist"
        for inner in value
        if inner not in _OF_SEO
    ]
    for inner in ("title", "description"):
        if value.get(inner) is not None:
            found += string(f"{key}.{inner}", value[inner])
    return found


_CHECKS: dict[str, Check] = {
    "collectionId": mongo_id,
    "image": string,
    "type": one_of("manual", "smart"),
    "productIds": strings,
    "rules": mapping,
    "seo": _seo,
    "ruleHash": string,
    "ruleVersion": number,
    "stats": mapping,
}
