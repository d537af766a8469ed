"""Many runs, one truth: what other runs under the same folder made, or may have made.

A list can lag behind a create, so right after one run the list alone does not show
what that run did; its journal does. Older runs are not asked: the list has caught up
with them, and what it does not show was removed by a person. Slugs that a server has
changed are remembered without an age. Reads journals only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from importer import logs
from importer.errors import FatalError, InputError, JournalDamaged
from importer.journal import Depth
from importer.journal.ports import Rewritten
from importer.models import Existing, Status
from importer.runs import folders
from importer.runs.folders import RunFolder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from importer.journal import Home, Journal
    from importer.journal.row_states import Delivery
    from importer.settings import Settings

#: Location and slug, which identify a collection.
Key = tuple[str, str]

#: States of a row that may have created something although it is not `created`; one
#: that waits for its turn again was sent before. A refusal has been seen for a
#: collection that was created all the same (vendor's tracker, #64).
DOUBTFUL = (
    Status.PLANNED,
    Status.SENDING,
    Status.UNKNOWN,
    Status.REJECTED,
    Status.FAILED,
)

log: logs.Log = logs.get("run")

#: How long after its last write a journal knows more than a list, seconds. Far more
#: than any lag that was seen, and than the time a lost request can take to arrive.
HORIZON_SECONDS = 600.0


#: Why nothing is deleted beside a run of which it is not known what it did.
UNREAD = (
    "The journal of another run cannot be read, so it is not known whether that run "
    "made or updated the same collections."
)
RETIRE = "importer runs names it. Restore its folder, or: importer runs retire RUN"


@dataclass(frozen=True, slots=True)
class Made:
    """A collection that another run made a short time ago, and when.

    `at` is in seconds since the epoch, by this machine's clock.
    """

    existing: Existing
    run_id: str
    at: float


@dataclass(slots=True)
class Kin:
    """What recent runs made, and what they left without a clear answer.

    `rewritten` are collections of any age whose slug the server has changed.
    """

    made: dict[Key, Made] = field(default_factory=dict)
    doubtful: set[Key] = field(default_factory=set)
    rewritten: dict[Key, Rewritten] = field(default_factory=dict)

    @property
    def locations(self) -> set[str]:
        """The locations that something is known of beside their lists."""
        return {location for location, _ in (*self.made, *self.doubtful)}

    def sent_as(self, location_id: str) -> dict[str, str]:
        """Return the slugs that a location's rewritten collections were sent with.

        By the collections' ids.
        """
        return {
            rewrite.collection_id: rewrite.sent
            for rewrite in self.rewritten.values()
            if rewrite.location_id == location_id
        }


def recent(
    folder: RunFolder,
    settings: Settings,
    instance: str,
    locations: Collection[str],
    own: Delivery | None = None,
) -> Kin:
    """Return what other runs did to these locations a short time ago.

    Args:
        folder: the run that asks.
        settings: name the server it speaks to, since a rehearsal in a sandbox made
            nothing elsewhere, and where the runs are kept.
        instance: which server answers at that address, see `Client.instance`.
        locations: the locations it is about to send to.
        own: its rows there, where it need not be opened for what it has made of slugs.
    """
    values, home = settings.values, settings.home
    relatives = Kin()
    for other in _others(home, folder, locations, HORIZON_SECONDS):
        if other is None:  # a new run was refused because of it; a resume goes on
            continue
        facts = other.noted()
        # a rehearsal in a sandbox, or another server, has made nothing here
        if not same_server(facts, values.base_url, instance):
            continue
        with other.readable():
            shared = set(other.review.touched()).intersection(locations)
            if shared:
                _gather(relatives, other, shared, facts["run_id"])
    if values.fresh:  # the list is believed, but for what is without an answer
        relatives.made.clear()
    known = remembered(home, values.base_url, instance, locations)
    if own is not None:
        passed = folder.run_id
        known = chain(
            remembered(home, values.base_url, instance, locations, passed),
            rewritten(own),
        )
    for rewrite in known:
        relatives.rewritten[rewrite.location_id, rewrite.sent] = rewrite
    return relatives


def server(base_url: str, instance: str) -> str:
    """Return the name under which a server is remembered."""
    return f"{base_url.rstrip('/')} {instance}".strip()


def remembered(
    home: Home,
    base_url: str,
    instance: str,
    locations: Collection[str],
    passed: str = "",
) -> Iterator[Rewritten]:
    """Return what a server made of slugs, in runs of any age.

    Runs that were killed before they could write it down are asked by their journals,
    but for one that is `passed` over.
    """
    if home.beside is not None:
        yield from remembered(home.beside, base_url, instance, locations)
    yield from home.slugs.recall(server(base_url, instance), locations)
    begun = {*home.slugs.begun()} - {passed}
    # mostly there is none, and to open one takes longer than all the rest
    if begun:
        begun.intersection_update(home.began(locations))
    for run_id in sorted(begun):
        run = RunFolder(home.folder, run_id, home)
        if not run.store.exists():
            continue
        for other in _opened(run):
            if other and same_server(other.noted(), base_url, instance):
                yield from rewritten(other.delivery)


def remember_killed(folder: RunFolder) -> None:
    """Write down what runs knew of slugs that were killed before they could.

    Args:
        folder: the run that asks.

    Raises:
        StorageError: the disk is full or gone.
    """
    home = folder.home
    for run_id in home.slugs.begun():
        # one at work will remember by itself
        if run_id == folder.run_id or folder.claims.holder(run_id) is not None:
            continue
        run = RunFolder(home.folder, run_id, home)
        for other in _opened(run) if run.store.exists() else ():
            if other is not None:
                remember(run, other)


def remember(folder: RunFolder, book: Journal) -> None:
    """Write down what the server has made of the slugs of a run.

    Raises:
        StorageError: the disk is full or gone.
    """
    facts = book.noted()
    base_url = facts.get("settings", {}).get("base_url", "")
    name = server(base_url, facts.get("server", ""))
    folder.home.slugs.remember(name, rewritten(book.delivery))
    folder.home.slugs.end(folder.run_id)


def rewritten(delivery: Delivery) -> Iterator[Rewritten]:
    """Return the collections of a run whose slugs the server has changed."""
    for location_id, _, slug, collection_id, shown in delivery.shown():
        there = orjson.loads(shown).get("slug")
        if collection_id and isinstance(there, str) and there != slug:
            yield Rewritten(location_id, slug, collection_id, there)


def same_server(facts: dict[str, Any], base_url: str, instance: str) -> bool:
    """Return whether a run speaks to the same server, not only at the same address.

    Runs of earlier versions, and those that got no answer, have noted none.
    """
    theirs = facts.get("settings", {}).get("base_url", "")
    if theirs.rstrip("/") != base_url.rstrip("/"):
        return False
    return bool(facts.get("server", instance) == instance)


def _gather(
    relatives: Kin, other: Journal, locations: Collection[str], run_id: str
) -> None:
    undone = other.review.undo_states()
    for row in other.review.sent_to(locations, Status.CREATED, *DOUBTFUL):
        key = (row.location_id, row.slug)
        if row.status is not Status.CREATED:
            # without an id it may have created something; with one it was an update
            if not row.collection_id:  # an update creates nothing
                relatives.doubtful.add(key)
        elif row.seq not in undone:
            existing = Existing(
                row.location_id, row.collection_id, row.slug, row.name, row.type
            )
            relatives.made[key] = Made(existing, run_id, row.finished_at or 0.0)


def made_by_others(
    folder: RunFolder,
    collection_ids: Collection[str],
    locations: Collection[str] | None = None,
) -> set[str]:
    """Return those of some ids that another run, of any age, created.

    All of them where a run cannot be read: it may have created them.

    Args:
        folder: the run that asks.
        collection_ids: the ids.
        locations: where they are; None where that is not known.
    """
    made: set[str] = set()
    if collection_ids:
        for other in _others(folder.home, folder, locations):
            if other is None:
                # all of them where one cannot be read: not knowing must not make a copy
                # the run's to remove
                return set(collection_ids)
            try:
                with other.readable():
                    made |= other.review.made(collection_ids)
            except InputError:
                return set(collection_ids)
    return made


class Owner(NamedTuple):
    """Another run that a collection belongs to: it `made` it, or has updated it."""

    run_id: str
    made: bool


def other_owners(
    folder: RunFolder,
    facts: Mapping[str, Any],
    created: Mapping[str, bool],
    locations: Collection[str] | None = None,
) -> dict[str, Owner]:
    """Return the collections of a run that are not its own any more, by id.

    A later run updated it, or another run has the better claim to have created it: the
    API named the id to that one.

    Args:
        folder: the run that asks.
        facts: what its journal says of it, with the server that it speaks to.
        created: the ids of its rows, each with whether the API named it to this run.
        locations: where they are; None where that is not known.

    Raises:
        JournalDamaged: a run cannot be read, so it is not known.
    """
    base_url = facts.get("settings", {}).get("base_url", "")
    owners: dict[str, Owner] = {}
    for other in _others(folder.home, folder, locations) if created else ():
        if other is None:
            raise JournalDamaged(UNREAD, remedy=RETIRE)
        noted = other.noted()
        instance = facts.get("server") or noted.get("server", "")
        if not same_server(noted, base_url, instance):
            continue
        run_id = str(noted.get("run_id", ""))
        with other.readable():
            claims = other.review.claimed(created)
        for collection_id, claim in claims.items():
            # of two runs that both call it created the one with the API's own answer
            # made it
            if not claim.made or claim.given or not created[collection_id]:
                owners[collection_id] = Owner(run_id, claim.made)
    return owners


def _others(
    home: Home,
    folder: RunFolder,
    locations: Collection[str] | None,
    within_seconds: float | None = None,
) -> Iterator[Journal | None]:
    """Yield the journals of other runs that were written to a short time ago.

    Of those only that may have sent something to these locations, if some are named.
    None stands for one that cannot be read, of which it is said why.
    """
    # a recent run's journal is believed, so every page of it is verified; for an old
    # one it has to be cheap, as there may be hundreds
    depth = Depth.PAGES if within_seconds else Depth.FACTS
    for run in folders.related(home, locations, within_seconds):
        if run != folder:
            yield from _opened(run, depth)


def _opened(run: RunFolder, depth: Depth = Depth.FACTS) -> Iterator[Journal | None]:
    """Yield the journal of a run, for as long as the iteration lasts.

    None stands for one that cannot be read, and that was not retired.
    """
    try:
        opened = folders.opened(run, depth)
    except FatalError as unread:
        # one that was given up meanwhile has sent nothing
        if not run.retired and run.present:
            log.warning("run.unread", other=run.run_id, message=str(unread))
            yield None
        return
    try:
        yield opened
    finally:
        opened.close()
