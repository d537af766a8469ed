"""What a sandbox overlooks unless it is strict.

HighLevel's page, its published OpenAPI files and its own clients disagree in small
points: the page's example has `LOCATION` where its enum has `location`, the schema's
default for `limit` is 0, the Python client types `limit` as a float. Such a call is
brought into the form that the rules ask for. Invariant: a call that keeps the rules
comes back as it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sandbox.calls import Call

#: A whole number that a client writes as a float: `20.0`.
_WHOLE_FLOAT = re.compile(r"(-?[0-9]{1,15})\.0+")
_OF_PAGES = ("limit", "offset")


def eased(call: Call) -> Call:
    """The call, in the form that the rules ask for where it only looks different."""
    if _is_location(call.fields.get("altType")):
        call = replace(call, body={**call.fields, "altType": "location"})
    query = _eased_query(call.query)
    return call if query is call.query else replace(call, query=query)


def _eased_query(query: Mapping[str, str]) -> Mapping[str, str]:
    changed: dict[str, str | None] = {}
    if _is_location(query.get("altType")):
        changed["altType"] = "location"
    for key in _OF_PAGES:
        text = query.get(key)
        if text is not None and (number := _eased_number(key, text)) != text:
            changed[key] = number
    if not changed:
        return query
    kept = {**query, **changed}
    return {key: text for key, text in kept.items() if text is not None}


def _eased_number(key: str, text: str) -> str | None:
    """A page's number without its fraction; None stands for the usual one."""
    found = _WHOLE_FLOAT.fullmatch(text)
    number = found[1] if found else text
    return None if not number or (key, number) == ("limit", "0") else number


def _is_location(kind: object) -> bool:
    """Whether it is `location` in other letters, as in the page's example."""
    return isinstance(kind, str) and kind != "location" and kind.lower() == "location"
