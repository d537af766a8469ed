"""One call as it arrived: what it asks for, of which location, and under what number.

Pure values; nothing is judged here, except that a query's lists are read in every way
in which clients write them. Invariant: the same seed and the same number give the
same trace id.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """A query with one text for each key, lists with commas between their items.

    Clients write a list as `ids=a&ids=b` (httpx, requests), as `ids[]=a&ids[]=b`
    (axios) or as `ids=a,b`.
    """
    found: dict[str, str] = {}
    for key, text in pairs:
        name = key.partition("[")[0]
        found[name] = f"{found[name]},{text}" if name in found else text
    return found


def listed(query: Mapping[str, str], key: str) -> frozenset[str]:
    """The items of a list in a query, none where it is left out."""
    return frozenset(filter(None, map(str.strip, query.get(key, "").split(","))))
