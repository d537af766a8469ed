"""A cluster is joined: begun on this machine, or connected to by its address.

Says what is missing before anything is sent: the packages, a database for the journal,
certificates, a worker, equal versions. Loads Dask only where a cluster is asked for.
Invariant: a scheduler on another machine is spoken to by TLS alone.
"""

from __future__ import annotations

import importlib.util
import json
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from importer import background
from importer.errors import StorageError, UsageError
from importer.journal import FolderHome
from importer.settings import clusters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from distributed import Security

    from importer.distributed.engine import Engine
    from importer.distributed.local import Processes
    from importer.settings import Settings

#: The log of the processes of this machine, in the run folder.
LOG = "workers.log"
_NEEDED = ("distributed", "psycopg", "cryptography")


class Cluster:
    """A cluster that is joined; `close` leaves it."""

    def __init__(
        self,
        place: clusters.Place,
        folder: Path,
        processes: Processes | None = None,
    ) -> None:
        """Connect.

        Args:
            place: where it is.
            folder: that relative paths begin at.
            processes: those of this machine, where it is made of them.

        Raises:
            StorageError: nobody answers there.
            UsageError: its address may not be trusted, or certificates are missing.
        """
        self._place, self._folder, self._processes = place, folder, processes
        self.engine: Engine = self._connect()

    @property
    def size(self) -> int:
        """How many processes there are now."""
        return max(1, len(self.engine.workers()))

    @property
    def broken(self) -> bool:
        """Whether the processes of this machine end as soon as they are begun."""
        return self._processes is not None and self._processes.gone

    def reconnect(self) -> None:
        """Look once for a scheduler that is gone.

        Raises:
            StorageError: it has not come back.
            UsageError: its address, or a certificate, is not what it was.
        """
        self.engine.close()
        self.engine = self._connect(again=True)

    def close(self) -> None:
        """Leave it; processes of this machine end."""
        self.engine.close()
        if self._processes is not None:
            self._processes.close()

    def _connect(self, *, again: bool = False) -> Engine:
        from importer.distributed import engine  # noqa: PLC0415 - loads Dask

        seconds = engine.RECONNECT_SECONDS if again else engine.CONNECT_SECONDS
        own = self._processes
        if own is not None:
            return engine.Engine(own.address, own.security, seconds)
        address = self._place.address
        if self._place.file is not None:
            address = _address_in(self._folder / self._place.file)
        security = _configured(address)
        try:
            return engine.Engine(address, security, seconds)
        except (OSError, TimeoutError) as failure:
            msg = f"The scheduler {address} does not answer: {_first_line(failure)}"
            remedy = (
                "See that it runs, can be reached, and has a certificate of the same "
                "authority."
            )
            raise StorageError(msg, remedy=remedy) from None


@asynccontextmanager
async def joined(settings: Settings, log: Path) -> AsyncIterator[Cluster]:
    """Join the cluster that the settings name, for as long as the block lasts.

    Args:
        settings: of the run.
        log: the folder of the run, for the log of processes on this machine.

    Raises:
        UsageError: it cannot be used as it is: versions differ, certificates are
            missing, or the address may not be trusted.
        StorageError: nobody answers there, or there is no worker.
    """
    refuse(settings)
    cluster = await background.to_its_end(partial(_join, settings, log / LOG))
    try:
        await background.to_its_end(cluster.engine.check)
        yield cluster
    finally:
        await background.to_its_end(cluster.close)


async def workers_of(settings: Settings) -> int:
    """Return how many processes the cluster of some settings has.

    Those of this machine are not begun for it.

    Raises:
        UsageError: it cannot be used as it is.
        StorageError: nobody answers there, or there is no worker.
    """
    refuse(settings)
    place = clusters.place(settings.values.cluster)
    if place.processes:
        return place.processes
    async with joined(settings, settings.folder) as cluster:
        await background.to_its_end(cluster.engine.seen)
        return cluster.size


def refuse(settings: Settings) -> None:
    """Refuse a cluster that cannot be used with these settings; nothing is begun.

    Raises:
        UsageError: packages are missing, or no database keeps the journal.
    """
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        msg = f"A cluster needs packages that are not here: {', '.join(missing)}."
        command = "pip install 'highlevel-collection-importer[fleet]'"
        raise UsageError(msg, remedy=f"Install them with: {command}")
    if isinstance(settings.home, FolderHome):
        msg = "A cluster needs a journal that all its processes can use: a database."
        raise UsageError(
            msg,
            remedy="Set IMPORTER_JOURNAL, or the setting journal, to "
            "postgresql://USER:PASSWORD@HOST/DATABASE; or leave --cluster out.",
        )


def _join(settings: Settings, log: Path) -> Cluster:
    place = clusters.place(settings.values.cluster)
    if not place.processes:
        return Cluster(place, settings.folder)
    from importer.distributed.local import Processes  # noqa: PLC0415 - loads Dask

    processes = Processes(place.processes, _handed(settings), log)
    try:
        return Cluster(place, settings.folder, processes)
    except BaseException:
        processes.close()
        raise


def _handed(settings: Settings) -> dict[str, Any]:
    """Return what the processes of this machine cannot find by themselves.

    That is what a program has given as an argument, or a settings file that is named by
    a flag holds; it goes to them by a pipe, and never by the scheduler.
    """
    from importer.journal.postgres import address  # noqa: PLC0415 - not for a preload

    handed: dict[str, Any] = {"journal": address.whole(str(settings.journal_address))}
    token = settings.values.token.get_secret_value()
    if token and settings.origins["token"] != "environment":  # noqa: S105 - an origin
        handed["token"] = token
    return handed


def _address_in(path: Path) -> str:
    """Return the address that a scheduler has written into a file.

    Raises:
        UsageError: there is none, or it may not be trusted.
    """
    remedy = "Name the file that the scheduler was told to write its address into."
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["address"]
        return clusters.checked(str(found))
    except (OSError, KeyError, TypeError) as failure:
        reason = getattr(failure, "strerror", None) or "it holds no address"
        msg = f"The scheduler file {path} cannot be used: {reason}."
        raise UsageError(msg, remedy=remedy) from None
    except ValueError as failure:
        reason = "it is no JSON" if isinstance(failure, json.JSONDecodeError) else ""
        msg = f"The scheduler file {path} cannot be used: {reason or failure}."
        raise UsageError(msg, remedy=remedy) from None


def _configured(address: str) -> Security | None:
    """Return the certificates that Dask's settings name, for an address with TLS.

    Raises:
        UsageError: they name none, or files that cannot be read.
    """
    from distributed import Security  # noqa: PLC0415 - loads Dask

    if not address.startswith("tls"):
        return None
    security = Security()
    remedy = (
        "Set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__TLS__CLIENT__CERT and "
        "…__TLS__CLIENT__KEY to the files of your certificate, or "
        "distributed.comm.tls in ~/.config/dask/."
    )
    named = security.get_tls_config_for_role("client")
    if not (named["ca_file"] and named["cert"]):
        msg = f"For {address} this command needs a certificate, and none is named."
        raise UsageError(msg, remedy=remedy)
    try:
        security.get_connection_args("client")
    except (OSError, ValueError) as failure:
        msg = f"The certificate for {address} cannot be used: {_first_line(failure)}"
        raise UsageError(msg, remedy=remedy) from None
    return security


def _first_line(failure: Exception) -> str:
    text = str(failure).strip().partition("\n")[0] or type(failure).__name__
    return f"{text[:200].rstrip('.')}."
