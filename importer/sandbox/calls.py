"""One call as it arrived: what it asks for, where, and whether it is let in.

Pure. A query's lists are read in every way in which clients write them. HighLevel's
page, its published OpenAPI files and its own clients disagree in small points
(`LOCATION` and `location`, a limit of 0 or 20.0); unless a sandbox is strict, such a
call is brought into the form that the rules ask for. The checks come in the order of
the doors a call goes through: the edge, the version, the token, its scope, the
location. The messages are those that HighLevel's users report; how it tells a missing
token from a wrong one is unknown. Invariants: the same seed and the same number give
the same trace id; a call that keeps the rules comes back as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from importer.sandbox.answers import Answer, refusal
from importer.sandbox.faults import Stream, bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


Scope = Literal["write", "readonly", "none"]

#: What a token without the scope gets.
NO_SCOPE = (401, "The token is not authorized for this scope.")
#: The one that HighLevel's page names.
PAGE_VERSION = "2021-07-28"
#: The page's, one of older pages, and those that the vendor's own clients send to the
#: same addresses: 2023-02-21 the npm package, v3 the Python one.
VERSIONS = frozenset({"2021-04-15", PAGE_VERSION, "2023-02-21", "v3"})
#: Agents that a library sends when none was chosen. Which of them the real edge
#: blocks is not known in full, so all are.
DEFAULT_AGENTS = (
    "python-urllib",
    "python-requests",
    "python-httpx",
    "python/",
    "aiohttp",
)


@dataclass(frozen=True, slots=True)
class Doors:
    """Who is let in. No `tokens` means: any token, for any location.

    `strict` knows only the version of HighLevel's page.
    """

    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scope: Scope = "write"
    strict: bool = False
    edge_strict: bool = False


def edge_blocks(doors: Doors, user_agent: str) -> bool:
    """Return whether the edge turns the call away for its User-Agent."""
    if not doors.edge_strict:
        return False
    return not user_agent or user_agent.lower().startswith(DEFAULT_AGENTS)


def turned_away(
    doors: Doors, method: str, headers: Mapping[str, str], location: str
) -> tuple[int, str] | None:
    """Return status and message for a call that is not let in, else None.

    `location` may be empty; that is then a matter of the body, not of access.
    """
    version = headers.get("Version")
    if version is None:
        return 401, "version header was not found."
    if version != PAGE_VERSION and (doors.strict or version not in VERSIONS):
        return 401, "version header is invalid"
    return _token_refusal(doors, method, headers.get("Authorization", ""), location)


def _token_refusal(
    doors: Doors, method: str, authorization: str, location: str
) -> tuple[int, str] | None:
    token = _token(authorization)
    if not token:
        return 401, "Invalid JWT"
    if doors.tokens and token not in doors.tokens:
        return 401, "Invalid token: access token is invalid"
    # the scope before the location: a token without it is told nothing of places
    if not _in_scope(doors.scope, method):
        return NO_SCOPE
    if doors.tokens and location and location not in doors.tokens[token]:
        return 403, "The token does not have access to this location."
    return None


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _in_scope(scope: Scope, method: str) -> bool:
    return scope == "write" or (scope == "readonly" and method == "GET")


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
