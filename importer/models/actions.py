"""What shall be done: what exists, what the plan decides, what is to be sent."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.models.problems import Problem


@dataclass(frozen=True, slots=True)
class Existing:
    """A collection that a location holds, as its list shows it.

    `collection_id` is empty where an item has none: it proves that its slug exists, and
    nothing else. Texts that the list does not show are blank. `created_at` is in
    seconds since the epoch by the server's clock, None where the list does not say;
    `updated_at` is the same of the last change. `product_ids` and `rules` are None
    where the list does not show them.
    """

    location_id: str
    collection_id: str
    slug: str
    name: str = ""
    type: str = ""
    image: str = ""
    seo_title: str = ""
    seo_description: str = ""
    created_at: float | None = None
    product_ids: tuple[str, ...] | None = None
    rules: Mapping[str, Any] | None = field(default=None, hash=False)
    updated_at: float | None = None


class OnExisting(StrEnum):
    """What the plan does with a row whose slug the location holds already."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


class OnOverlap(StrEnum):
    """What a run does with locations that another run is working on."""

    FAIL = "fail"
    WAIT = "wait"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Create:
    """Send a POST."""


@dataclass(frozen=True, slots=True)
class Update:
    """Send a PUT, because these fields differ: name → (there, in the row).

    `slug` is filled where the collection has another one than the row.
    """

    collection_id: str
    changes: Mapping[str, tuple[str, str]]
    remarks: tuple[Problem, ...] = ()
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Send nothing: the collection is there, and as it shall be.

    `slug` is filled where the collection has another one than the row.
    """

    collection_id: str
    remarks: tuple[Problem, ...] = ()
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Send nothing: the plan forbids it."""

    problem: Problem
    collection_id: str = ""


Action = Create | Update | Leave | Refuse


@dataclass(frozen=True, slots=True)
class Job:
    """A row that is to be sent: what the journal hands to the execution.

    `type` is empty where the row has none; `body` is the JSON as it goes over the
    wire; `collection_id` is filled for an update and empty for a create; `attempts`
    counts requests that were made for it.
    """

    seq: int
    location_id: str
    name: str
    slug: str
    type: str
    body: bytes
    collection_id: str = ""
    attempts: int = 0
