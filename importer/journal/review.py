"""The journal as an audit and an undo use it: rows that were sent, and corrections.

Reads are by location; a correction keeps what the sending wrote (attempts, times,
the API's answer) and replaces only what has turned out otherwise. Invariant: a row
that an undo deletes is `deleting` on the disk before the request leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import case, delete, func, insert, or_, select, true, update

from importer import sentences
from importer.journal import located
from importer.journal.commits import storage
from importer.journal.schema import records, rows, states, undone
from importer.models import BETWEEN, Code, Sent, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Engine
    from sqlalchemy.sql import ColumnElement

    from importer.journal.ports import CommitGuard
    from importer.models import Finding

#: States of rows whose request may have reached the server.
TOUCHED = (
    Status.CREATED,
    Status.EXISTING,
    Status.REJECTED,
    Status.FAILED,
    Status.UNKNOWN,
)
#: Those of them whose answer was not a clear yes.
DOUBTFUL = TOUCHED[1:]
#: The state of an undone row that is gone.
DELETED = "deleted"
BATCH = 1000
#: Why a row that was refused is unknown all the same.
UNSEEN = sentences.text("outcome_unknown/unseen")

#: States of rows that created or changed what they name, or may have.
CLAIMING = (Status.CREATED, Status.UPDATED, Status.UNKNOWN, Status.SENDING)
_CLAIMED = (
    select(states.c.collection_id, states.c.status, states.c.http_status)
    .where(states.c.attempts > 0)
    .where(states.c.status.in_([status.value for status in CLAIMING]))
)
_GONE = select(undone.c.seq).where(undone.c.state == DELETED)
#: What was created, and was not deleted again.
_STANDING = (states.c.status == Status.CREATED.value, states.c.seq.not_in(_GONE))


class Claim(NamedTuple):
    """What a run did to a collection.

    `made` says that it created it, or else updated it; `given` that the API itself
    named the id.
    """

    made: bool
    given: bool


def _added(finding: Finding) -> dict[str, Any]:
    """Return the columns of a row to which a notice is added."""
    blank = states.c.message == ""
    return {
        "code": case((states.c.code == "", finding.code.value), else_=states.c.code),
        "message": case(
            (blank, finding.message),
            else_=states.c.message + (BETWEEN + finding.message),
        ),
    }


class Review:
    """Looking back at what was sent."""

    def __init__(self, engine: Engine, mark: CommitGuard) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self._mark = mark

    def suspects(self) -> list[str]:
        """Return the locations where an answer was ambiguous, or refused a row.

        More than one attempt means that one was lost on the way.
        """
        doubtful = or_(
            rows.c.status.in_(DOUBTFUL),
            # settled by a list, which may have shown another's collection
            rows.c.code == Code.SETTLED_BY_LISTING.value,
            rows.c.attempts > 1,
        )
        return self._locations(doubtful)

    def touched(self) -> list[str]:
        """Return every location that something was sent to."""
        return self._locations(rows.c.attempts > 0)

    def _locations(self, condition: ColumnElement[bool]) -> list[str]:
        with self._engine.connect() as connection:
            found = connection.execute(
                select(rows.c.location_id)
                .where(condition)
                .where(rows.c.attempts > 0)
                .group_by(rows.c.location_id)
                .order_by(func.min(rows.c.seq))
            )
            return [one for (one,) in found]

    def sent(
        self, location_id: str, *statuses: Status, history: bool = False
    ) -> Iterator[Sent]:
        """Yield the rows of a location that were, or may have been, sent.

        Those that an undo has deleted are left out, unless `history` asks for them.
        """
        return self._sent(rows.c.location_id == location_id, statuses, history=history)

    def sent_to(self, locations: Collection[str], *statuses: Status) -> Iterator[Sent]:
        """Answer that for several locations; thousands take a few statements."""
        for place in located.at(rows.c.location_id, locations):
            yield from self._sent(place, statuses, history=False)

    def _sent(
        self,
        place: ColumnElement[bool],
        statuses: Collection[Status],
        *,
        history: bool,
    ) -> Iterator[Sent]:
        wanted = [status.value for status in statuses or TOUCHED]
        standing = true() if history else rows.c.seq.not_in(_GONE)
        with self._engine.connect() as connection:
            found = connection.execution_options(yield_per=BATCH).execute(
                select(
                    rows.c.seq,
                    rows.c.location_id,
                    rows.c.name,
                    rows.c.slug,
                    rows.c.type,
                    rows.c.status,
                    rows.c.collection_id,
                    rows.c.code,
                    rows.c.attempts,
                    rows.c.body,
                    rows.c.http_status,
                    rows.c.started_at,
                    rows.c.finished_at,
                    rows.c.shown,
                )
                .where(place)
                .where(rows.c.status.in_(wanted))
                .where(rows.c.attempts > 0)
                .where(standing)
                .order_by(rows.c.seq)
            )
            for record in found:
                parts = record._asdict()
                parts["status"] = Status(record.status)
                yield Sent(**parts)

    def refused_since(self, location_id: str, since: float) -> set[int]:
        """Return the rows that the API refused after a time, in seconds since 1970."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(rows.c.seq)
                .where(rows.c.location_id == location_id)
                .where(rows.c.status == Status.REJECTED.value)
                .where(rows.c.finished_at > since)
            )
            return {one for (one,) in found}

    def made(self, collection_ids: Collection[str]) -> set[str]:
        """Return those of some ids that this run created."""
        wanted = list(collection_ids)
        made: set[str] = set()
        with self._engine.connect() as connection:
            # a statement takes only so many values
            for start in range(0, len(wanted), BATCH):
                found = connection.execute(
                    select(rows.c.collection_id)
                    .where(rows.c.collection_id.in_(wanted[start : start + BATCH]))
                    .where(rows.c.status == Status.CREATED.value)
                )
                made.update(one for (one,) in found)
        return made

    def last_sign(self) -> float:
        """Return when the run last sent or settled a row, seconds since the epoch."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(func.max(states.c.started_at), func.max(states.c.finished_at))
            ).one()
        return max((item for item in found if item is not None), default=0.0)

    def created(self, among: Collection[str] | None = None) -> dict[str, bool]:
        """Return the ids of created rows, each with whether the API itself named it.

        Those that an undo has deleted are left out, and those of other locations where
        some are given.
        """
        wanted = select(states.c.collection_id, states.c.http_status).where(*_STANDING)
        found: dict[str, bool] = {}
        with self._engine.connect() as connection:
            for theirs in located.of(states.c.seq, among):
                # without a status the id comes from a list, which is weaker evidence
                for record in connection.execute(wanted.where(theirs)):
                    found[record.collection_id] = record.http_status is not None
        return found

    def stands(self, locations: Collection[str]) -> bool:
        """Return whether anything is left in some locations of what was created."""
        wanted = select(states.c.seq).where(*_STANDING).limit(1)
        with self._engine.connect() as connection:
            return any(
                connection.execute(wanted.where(theirs)).first()
                for theirs in located.of(states.c.seq, locations)
            )

    def claimed(self, collection_ids: Collection[str]) -> dict[str, Claim]:
        """Return what this run did to some collections: created or updated them, by id.

        An update without a clear answer may have been carried out.
        """
        wanted = _CLAIMED
        if len(collection_ids) <= BATCH:  # else one pass is quicker than many
            wanted = wanted.where(states.c.collection_id.in_(list(collection_ids)))
        claims = {}
        with self._engine.connect() as connection:
            found = connection.execution_options(yield_per=BATCH).execute(wanted)
            for collection_id, status, http_status in found:
                if collection_id in collection_ids:
                    made = status == Status.CREATED.value
                    given = made and http_status is not None
                    claims[collection_id] = Claim(made, given)
        return claims

    def show(self, shown: Mapping[int, str]) -> None:
        """Keep what the server shows of rows otherwise than it was sent, as JSON.

        Raises:
            StorageError: the disk is full or gone.
        """
        with storage(), self._engine.begin() as connection:
            for seq, fields in shown.items():
                connection.execute(
                    update(states).where(states.c.seq == seq).values(shown=fields)
                )

    def correct(self, findings: Iterable[Finding]) -> None:
        """Write what an audit found into the rows; a notice only adds to them.

        Raises:
            StorageError: the disk is full or gone.
        """
        with storage(), self._engine.begin() as connection:
            for finding in findings:
                values: dict[str, Any] = {
                    "status": finding.status.value,
                    "collection_id": finding.collection_id,
                    "code": finding.code.value,
                    "message": finding.message,
                }
                if finding.notice:
                    values = _added(finding)
                connection.execute(
                    update(states).where(states.c.seq == finding.seq).values(values)
                )

    def doubt_refused(self, location_id: str) -> None:
        """Make rows unknown that were refused where no list can be read completely.

        A refusal has been seen for a collection that was created all the same
        (vendor's tracker, #64), and nothing shows whether these were.

        Raises:
            StorageError: the disk is full or gone.
        """
        theirs = select(records.c.seq).where(records.c.location_id == location_id)
        # only where the row has no id: one that has an id was found already
        refused = (
            states.c.seq.in_(theirs),
            states.c.status == Status.REJECTED.value,
            states.c.collection_id == "",
            states.c.attempts > 0,
        )
        doubt = {
            "status": Status.UNKNOWN.value,
            "code": Code.OUTCOME_UNKNOWN.value,
            "message": states.c.message + BETWEEN + UNSEEN,
        }
        with storage(), self._engine.begin() as connection:
            connection.execute(update(states).where(*refused).values(doubt))

    def clear(self, location_id: str, codes: Iterable[Code], notice: str = "") -> None:
        """Forget what an earlier audit found, before a new one is written.

        Args:
            location_id: whose rows.
            codes: what only an audit gives.
            notice: how the sentences begin that an audit added to a row's message.

        Raises:
            StorageError: the disk is full or gone.
        """
        theirs = select(records.c.seq).where(records.c.location_id == location_id)
        with storage(), self._engine.begin() as connection:
            of_location = update(states).where(states.c.seq.in_(theirs))
            connection.execute(
                of_location.where(
                    states.c.code.in_([code.value for code in codes])
                ).values(code="", message="")
            )
            if not notice:
                return
            added = select(states.c.seq, states.c.message).where(
                states.c.seq.in_(theirs), states.c.message.contains(notice)
            )
            for seq, message in connection.execute(added).all():
                own = message.partition(notice)[0].removesuffix(BETWEEN)
                connection.execute(
                    update(states).where(states.c.seq == seq).values(message=own)
                )

    def settle(
        self,
        seq: int,
        status: Status,
        said: tuple[str, str, str],
        finished_at: float | None,
    ) -> None:
        """Write what a person says of a row; its attempts stay as they are.

        Args:
            seq: the row.
            status: what it is from now on.
            said: its id, code and message.
            finished_at: when that was clear, seconds since the epoch.

        Raises:
            StorageError: the disk is full or gone.
        """
        collection_id, code, message = said
        with storage(), self._engine.begin() as connection:
            connection.execute(
                update(states)
                .where(states.c.seq == seq)
                .values(
                    status=status.value,
                    collection_id=collection_id,
                    code=code,
                    message=message,
                    finished_at=finished_at,
                )
            )

    # undo

    def undo_states(
        self, among: Collection[str] | None = None
    ) -> dict[int, tuple[str, str]]:
        """Return the rows that an undo has dealt with: state and words, by row.

        Only those of some locations, where they are given.
        """
        found: dict[int, tuple[str, str]] = {}
        with self._engine.connect() as connection:
            for theirs in located.of(undone.c.seq, among):
                for record in connection.execute(select(undone).where(theirs)):
                    found[record.seq] = record.state, record.words
        return found

    def note_undo(self, seq: int, state: str, text: str = "") -> None:
        """Keep how far the undo of a row is; on the disk when this returns.

        Raises:
            StorageError: the disk is full or gone, or the run's lock was removed.
        """
        # counted by the mark: a deletion that the journal has lost would be taken for
        # another's
        with storage(), self._mark.transaction(self._engine) as connection:
            connection.execute(delete(undone).where(undone.c.seq == seq))
            connection.execute(
                insert(undone), {"seq": seq, "state": state, "words": text}
            )
