"""Who may do what: the edge, the version header, tokens, scopes and locations.

Pure. The order of the checks is that of the doors a call goes through: the edge
first, then the version, the token, its scope, and the location last. The messages are
those that HighLevel's users report. How HighLevel tells a missing token from a wrong
one is unknown; here both are `Invalid JWT` or `Invalid token`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def refusal(
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
