"""Slugs that a server has changed, remembered for every later run of a folder.

A collection whose slug was rewritten is not found by the slug of its row, so the next
run would create it again. One small database for the whole folder of runs; it has no
age limit, and removing a run leaves it. Beside it lies a mark for each run that is
sending: one that was killed is asked by its journal. Invariant: an entry is replaced,
never doubled.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, Table, Text, select

from importer.journal.commits import storage
from importer.journal.ports import Rewritten
from importer.journal.sqlite import shared
from importer.journal.statements import Upsert, put

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

#: The folder inside the folder of runs; its name keeps it out of `runs`.
FOLDER = ".slugs"
DATABASE = "slugs.db"
#: Behind the name of a run, so that no run's name is that of the database.
_BEGUN = ".begun"
#: A statement takes only so many values.
BATCH = 500

metadata: MetaData = MetaData()
#: `key` is server, location and the slug that was sent, which no text of them ends.
_slugs = Table(
    "slugs",
    metadata,
    Column("key", Text, primary_key=True),
    Column("server", Text, nullable=False),
    Column("location_id", Text, nullable=False),
    Column("sent", Text, nullable=False),
    Column("collection_id", Text, nullable=False),
    Column("slug", Text, nullable=False),
)
_PUT = Upsert(_slugs, [column.name for column in _slugs.columns])


@dataclass(frozen=True, slots=True)
class FolderSlugs:
    """The memory of one folder of runs, as `journal.ports` describes one."""

    runs: Path

    def remember(self, server: str, rewritten: Iterable[Rewritten]) -> None:
        """Keep what a server has made of slugs, see `remember`."""
        remember(self.runs, server, rewritten)

    def recall(self, server: str, locations: Collection[str]) -> Iterator[Rewritten]:
        """Return what a server has made of slugs, see `recall`."""
        return recall(self.runs, server, locations)

    def begin(self, run_id: str) -> None:
        """Leave a mark that a run is sending."""
        begin(self.runs, run_id)

    def end(self, run_id: str) -> None:
        """Remove the mark of a run."""
        end(self.runs, run_id)

    def begun(self) -> list[str]:
        """Return the runs that have a mark."""
        return begun(self.runs)


def remember(runs: Path, server: str, rewritten: Iterable[Rewritten]) -> None:
    """Keep what a server has made of slugs.

    Args:
        runs: the folder of runs.
        server: which server, as `other_runs.server` names it.
        rewritten: collections; nothing is written where there are none.

    Raises:
        StorageError: the disk is full or gone.
    """
    rows = [
        ("\n".join((server, rewrite[0], rewrite[1])), server, *rewrite)
        for rewrite in rewritten
    ]
    if not rows:
        return
    path = _folder(runs) / DATABASE
    path.touch(mode=0o600)
    with storage(), _connection(path) as connection:
        put(connection.exec_driver_sql, connection.dialect, _PUT, rows)
        connection.commit()


def recall(runs: Path, server: str, locations: Collection[str]) -> Iterator[Rewritten]:
    """Return what a server has made of the slugs of some locations.

    Raises:
        StorageError: the database cannot be read.
    """
    path = runs / FOLDER / DATABASE
    if not path.is_file():
        return
    wanted = sorted(locations)
    with storage(), _connection(path) as connection:
        for start in range(0, len(wanted), BATCH):
            yield from _of(connection, server, wanted[start : start + BATCH])


def _of(
    connection: Connection, server: str, locations: Sequence[str]
) -> list[Rewritten]:
    columns = (_slugs.c[name] for name in Rewritten._fields)
    found = connection.execute(
        select(*columns)
        .where(_slugs.c.server == server)
        .where(_slugs.c.location_id.in_(locations))
    )
    return [Rewritten(*row) for row in found]


def begin(runs: Path, run_id: str) -> None:
    """Leave a mark that a run is sending."""
    (_folder(runs) / f"{run_id}{_BEGUN}").touch(mode=0o600)


def end(runs: Path, run_id: str) -> None:
    """Remove the mark of a run: what it knows has been remembered."""
    (runs / FOLDER / f"{run_id}{_BEGUN}").unlink(missing_ok=True)


def begun(runs: Path) -> list[str]:
    """Return the runs that have begun to send and have not remembered the rest."""
    folder = runs / FOLDER
    if not folder.is_dir():
        return []
    names = (path.name for path in folder.iterdir())
    return sorted(name.removesuffix(_BEGUN) for name in names if name.endswith(_BEGUN))


def _folder(runs: Path) -> Path:
    folder = runs / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def _connection(path: Path) -> Iterator[Connection]:
    with shared(path) as opened:
        metadata.create_all(opened)
        yield opened
