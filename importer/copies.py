"""The collections that are like a row's: which of them its own requests made.

A copy has the row's slug, name and type, or what its server makes of them. It was not
there before the run and is no other row's. Who made it is for its time to prove
(`ownership`); what is said of it is for `findings`. Pure. Invariant: no copy is handed
out for two rows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from importer import baseline, ownership, rewrites, sentences
from importer.models import Code, Status
from importer.models.frozen import dataclass
from importer.ownership import SUCCESS, Proof, Times

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from importer.models import Existing, Sent
    from importer.rewrites import Ways

#: Codes of created rows whose id the API gave; all others have it from a list.
CLEAR = ("", Code.MISSING_AT_SERVER)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of a location beside its list.

    `kin` are ids that other runs made meanwhile, `times` what proves who made
    something, `ways` how the location changes names, `owned` the ids of created rows;
    `rewrites_slugs` says whether an answer has shown another slug than was sent.
    """

    kin: Collection[str] = ()
    times: Times = Times()
    ways: Ways = rewrites.NONE
    rewrites_slugs: bool = False
    owned: Collection[str] = ()


#: Of a location of which nothing is known but its list.
NOTHING = Grounds()


class Copies(NamedTuple):
    """Collections like a row's, by what their times prove."""

    proved: Sequence[Existing]
    possible: Sequence[Existing]
    others: Sequence[Existing]

    @property
    def all(self) -> Sequence[Existing]:
        """Every one of them."""
        return [*self.proved, *self.possible, *self.others]

    def without(self, collection_id: str) -> Copies:
        """Return the others of them."""
        return Copies(
            *(
                [
                    collection
                    for collection in some
                    if collection.collection_id != collection_id
                ]
                for some in self
            )
        )


def same(row: Sent, existing: Existing, ways: Ways = rewrites.NONE) -> bool:
    """Return whether a collection carries what the row asked for, as a list shows."""
    same_type = not (row.type and existing.type) or row.type == existing.type
    return same_type and rewrites.same_name(row.name, existing.name, ways)


def grounds(
    rows: Iterable[Sent],
    listed: Sequence[Existing],
    before: Collection[str],
    times: Times,
) -> Grounds:
    """Gather what the rows of a location show of its server.

    Args:
        rows: every row of the location that was, or may have been, sent.
        listed: the location's list.
        before: ids that the location held before the run.
        times: what the answers' clocks showed, and when the list was read.
    """
    shown = {existing.collection_id: existing for existing in listed}
    owned, ways, rewriting, certain = set(), rewrites.NONE, False, []
    for row in rows:
        if row.shown:
            made = baseline.of(row)
            ways |= rewrites.ways_shown(row.name, str(made["name"])) or rewrites.NONE
            rewriting = rewriting or made["slug"] != row.slug
        if row.status is not Status.CREATED:
            continue
        owned.add(row.collection_id)
        existing = shown.get(row.collection_id)
        if (
            existing
            and row.attempts == 1
            and given(row)
            and (row.collection_id not in before)
        ):
            certain.append((row, existing))
    calibrated = ownership.calibrated(times, certain)
    return Grounds((), calibrated, ways, rewriting, owned)


def given(row: Sent) -> bool:
    """Return whether the API itself gave the id of a created row."""
    if row.http_status is None:
        return row.code in CLEAR
    return row.http_status in SUCCESS


class Listing:
    """A location's list, as rows are compared with it."""

    def __init__(
        self, listed: Sequence[Existing], before: Collection[str], known: Grounds
    ) -> None:
        """Sort what was not there before and what no other run has made."""
        self.shown: dict[str, Existing] = {
            collection.collection_id: collection
            for collection in listed
            if collection.collection_id
        }
        self.before = before
        self.known = known
        #: ids that rows compared so far have got
        self.taken: set[str] = set()
        self._by_key: dict[str, list[Existing]] = defaultdict(list)
        for collection_id, existing in self.shown.items():
            if collection_id not in before and collection_id not in known.kin:
                self._by_key[self._key(existing.slug, existing.name)].append(existing)

    def copies(self, row: Sent) -> Copies:
        """Return what carries what a row asked for, sorted by what the times prove.

        The row's own is among them; those of other rows, of other runs, and what was
        there before are not.
        """
        found: dict[Proof, list[Existing]] = {proof: [] for proof in Proof}
        for existing in self._by_key.get(self._key(row.slug, row.name), ()):
            if self._may_be(row, existing):
                found[self.known.times.proof(row, existing)].append(existing)
        return Copies(*found.values())

    def foreign(self, row: Sent) -> str:
        """Say why a created row's collection is not the run's; empty where it is."""
        own = row.collection_id
        if own in self.before:
            return sentences.text("part/there_before")
        if row.code == Code.SETTLED_BY_LISTING and own in self.known.kin:
            return sentences.text("part/of_another_run")
        # what a person has said of a row is not for times to overrule
        certain = given(row) or row.code == Code.SETTLED_BY_HAND
        existing = None if certain else self.shown.get(own)
        if existing and self.known.times.proof(row, existing) is Proof.EXCLUDED:
            return sentences.text("part/of_another_time")
        return ""

    def _may_be(self, row: Sent, existing: Existing) -> bool:
        known, own = self.known, existing.collection_id
        if own != row.collection_id and (own in known.owned or own in self.taken):
            return False
        alike = existing.slug == row.slug or (
            known.rewrites_slugs and rewrites.alike(row.slug, existing.slug)
        )
        return alike and same(row, existing, known.ways)

    def _key(self, slug: str, name: str) -> str:
        """Return what a copy shares with the row, however the server rewrites."""
        if not self.known.rewrites_slugs:
            return slug
        return rewrites.fold(name, self.known.ways)[: rewrites.SHORTEST_CUT]
