"""What a run created and what it changed, as the page shows it.

Pure: collections of the journal become rows of texts, the first of them. Invariants: a
changed collection is told field by field, what was there and what is there now; nothing
is said of a value that was not seen, but that it was not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import wording
from importer.codebook import phrase as code_phrase
from importer.models import WRONG_AT_SERVER
from importer.report.page import difference
from importer.report.page.room import LONGEST, Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.models import MadeCollection
    from importer.report.page.difference import Part

    #: A field, what was there, and what is there now.
    Change = tuple[str, list[Part], list[Part]]
    #: Place, name, slug, location, id, and what is to be said of it.
    Created = tuple[str, str, str, str, str, str]
    #: The same of a changed one, and its changes.
    Updated = tuple[str, str, str, str, str, str, list[Change]]

#: The fields that an update may change, as people call them, in their order.
FIELDS = {
    "name": "Name",
    "image": "Image",
    "seo_title": "SEO title",
    "seo_description": "SEO description",
    "product_ids": "Products",
    "rules": "Rules",
}
#: What became of a created collection in an undo.
UNDO = {
    "deleting": "its deletion by undo got no answer",
    "deleted": "deleted again by undo",
    "gone": "gone before undo",
    "changed": "changed since, so undo left it",
    "made_by_others": "another run made it, so undo left it",
    "failed": "undo could not delete it",
}
#: What is said of an update that an older program has journaled.
UNTOLD = "The journal does not say what was changed."


@dataclass(frozen=True, slots=True)
class Made:
    """The first collections of a run that it created, and that it updated."""

    created: Sequence[Created] = field(default_factory=tuple)
    updated: Sequence[Updated] = field(default_factory=tuple)

    @property
    def unshown(self) -> bool:
        """Whether a field was changed of which nothing had been shown."""
        return any(not old for *_, changes in self.updated for _, old, _ in changes)


def kept(created: Iterable[MadeCollection], updated: Iterable[MadeCollection]) -> Made:
    """Keep as many collections as the page has room for."""
    return Made(list(_created(created)), list(_updated(updated)))


def _created(collections: Iterable[MadeCollection]) -> Iterator[Created]:
    room = Room()
    for count, made in enumerate(collections):
        row = _row(made)
        if not room.takes(row, count):
            return
        yield row


def _updated(collections: Iterable[MadeCollection]) -> Iterator[Updated]:
    room = Room()
    for count, made in enumerate(collections):
        row = (*_row(made), list(_changes(made)))
        if not room.takes(row, count):
            return
        yield row


def _row(made: MadeCollection) -> Created:
    return (
        str(made.place),
        wording.cut(made.name, LONGEST),
        wording.cut(made.slug, LONGEST),
        made.location_id,
        made.collection_id,
        _told(made),
    )


def _told(made: MadeCollection) -> str:
    """Return what is to be known of a collection besides that it was made."""
    if made.undo:
        return UNDO.get(made.undo, made.undo)
    return code_phrase(made.code) if made.code in WRONG_AT_SERVER else ""


def _changes(made: MadeCollection) -> Iterator[Change]:
    order = {name: nth for nth, name in enumerate(FIELDS)}
    for name in sorted(made.changes, key=lambda name: order.get(name, len(order))):
        differing = difference.of_ids if name == "product_ids" else difference.of_texts
        yield FIELDS.get(name, name), *differing(*made.changes[name])
