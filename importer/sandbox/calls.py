"""One call as it arrived: what it asks for, of which location, and under what number.

Pure values; nothing is judged here, except that a query's lists are read in every way
in which clients write them. HighLevel's page, its published OpenAPI files and its own
clients disagree in small points (`LOCATION` and `location`, a limit of 0 or 20.0);
unless a sandbox is strict, such a call is brought into the form that the rules ask for.
Invariants: the same seed and the same number give the same trace id; a call that keeps
the rules comes back as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from importer.sandbox.answers import Answer, refusal
from importer.sandbox.chance import Stream, bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class NotJson:
    """Stands for a body that could not be read as JSON."""


NOT_JSON: Final = NotJson()


@dataclass(frozen=True, slots=True)
class Call:
    """One call, read but not yet judged. `path` has no slash at its end."""

    ordinal: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: object
    seed: int = 0

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body, or nothing where it is no JSON object."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def location(self) -> str:
        """The location that the call names, empty if none."""
        found = (
            self.fields.get("altId")
            or self.query.get("altId")
            or self.query.get("locationId")
            or self.fields.get("locationId")
        )
        return found if isinstance(found, str) else ""

    @property
    def trace_id(self) -> str:
        """What the API's support would ask for; the same for the same call."""
        digits = f"{bits(self.seed, self.ordinal, Stream.TRACE):016x}"
        return f"{digits[:8]}-{digits[8:12]}-4000-8000-{digits[12:]}{self.ordinal:08x}"


def refuse(call: Call, status: int, message: str | Sequence[str]) -> Answer:
    """Answer a call with the reason why it is refused."""
    return refusal(status, message, call.trace_id)


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a query with one text for each key, and commas between items of lists.

    Clients write a list as `ids=a&ids=b` (httpx, requests), as `ids[]=a&ids[]=b`
    (axios) or as `ids=a,b`.
    """
    found: dict[str, str] = {}
    for key, text in pairs:
        name = key.partition("[")[0]
        found[name] = f"{found[name]},{text}" if name in found else text
    return found


def listed(query: Mapping[str, str], key: str) -> frozenset[str]:
    """Return the items of a list in a query, none where it is left out."""
    return frozenset(filter(None, map(str.strip, query.get(key, "").split(","))))


#: A whole number that a client writes as a float: `20.0`.
_WHOLE_FLOAT = re.compile(r"(-?[0-9]{1,15})\.0+")
_OF_PAGES = ("limit", "offset")


def eased(call: Call) -> Call:
    """Return the call in the form that the rules ask for; meaning is kept."""
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
    """Return a page's number without its fraction; None for the usual one."""
    found = _WHOLE_FLOAT.fullmatch(text)
    number = found[1] if found else text
    # the vendor's schema gives products a default limit of 0, and its clients send it
    return None if not number or (key, number) == ("limit", "0") else number


def _is_location(kind: object) -> bool:
    """Return whether it is `location` in other letters, as in the page's example."""
    return isinstance(kind, str) and kind != "location" and kind.lower() == "location"
