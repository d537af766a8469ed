"""What an answer of the API means for the request that was made.

The six kinds are all there are; code that matches them is told by the type checker
when one is missing.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.models.codes import Code, Status


@dataclass(frozen=True, slots=True)
class Done:
    """The API did it. `collection_id` is empty where the answer named none.

    `shown` is the collection as the answer of a create shows it, None where it shows
    none: evidence to compare with what was sent.
    """

    collection_id: str
    http_status: int
    trace_id: str = ""
    shown: Mapping[str, Any] | None = field(default=None, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The API refused this row; sending it again changes nothing."""

    code: Code
    message: str
    http_status: int
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class NotProcessed:
    """The API certainly did nothing.

    `limited` marks a 429, which costs a wait and never an attempt. `looked` marks a
    row whose collection could not be read before it would have been changed: the
    server is there, so it costs an attempt. `renewed` marks a refusal of a token that
    has been replaced since: the next request is signed with another one.
    """

    reason: str
    limited: bool = False
    http_status: int | None = None
    looked: bool = False
    renewed: bool = False

    @property
    def free(self) -> bool:
        """Whether it costs the row none of its attempts."""
        return self.limited or self.renewed


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing was sent: a look before the request showed what becomes of the row.

    `code` is None where there is nothing to tell. `http_status` is that of the look.
    """

    status: Status
    code: Code | None = None
    message: str = ""
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The API may or may not have done it."""

    reason: str
    http_status: int | None = None
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Barred:
    """The API refuses the caller, not the row: nothing more goes to this location.

    `patience` is how often in a row a call may be answered so before it counts.
    `http_status` is 0 where there is no connection, and so no answer at all.
    """

    message: str
    remedy: str
    http_status: int
    patience: int = 1


Verdict = Done | Rejected | NotProcessed | Withheld | Ambiguous | Barred
