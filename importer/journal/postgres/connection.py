"""How a database is connected to: for the journal of one run, or for all of them.

Each connection is set up in one statement: the schema that names are looked up in, and
that a commit is on the disk when it returns. Invariants: what a connection was set up
with holds for all of its transactions, so a pool that hands every transaction to
another server process (PgBouncer's transaction mode) is refused; no message holds a
password or a value of a row.
"""

from __future__ import annotations

import select
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from importer.errors import DatabaseError, FatalError, UsageError
from importer.journal.commits import kind, passing, reason, remedy
from importer.journal.outage import Patience

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from sqlalchemy import Engine

    from importer.journal.postgres.address import Address

#: A writer, a comparison and some readers; a process has no use for more.
POOL = 5
#: How long a connection may take to come about, and sent bytes unanswered, seconds.
CONNECT_SECONDS = 10
UNANSWERED_SECONDS = 30
#: What is taken for granted unless the address says otherwise.
_USUAL = {
    "application_name": "importer",
    "connect_timeout": str(CONNECT_SECONDS),
    # a server whose machine is gone answers nothing, and a write would wait for ever
    "tcp_user_timeout": str(UNANSWERED_SECONDS * 1000),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
}
#: The classes of states whose words hold no value of a row: those about connections,
#: rights and resources, unlike those about data.
_TOLD = frozenset(
    ("08", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58")
)

#: States that pass by themselves: serialization, deadlock, no connection left, the
#: server stops, crashed, starts, or ended what waited too long.
_PASSING = frozenset(
    ("40001", "40P01", "53300", "57P01", "57P02", "57P03", "57P05", "25P03")
)
#: What helps where a database does not do what it is asked for.
LOOK = (
    "Check the address, the password, that the server runs, and the rights of its user."
)

_SET_UP = (
    "SELECT pg_backend_pid(), current_setting('server_encoding'), "
    "set_config('search_path', %s, false), "
    "set_config('default_transaction_read_only', %s, false), "
    # another level that is durable, such as remote_apply, is left as it is
    "CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') "
    "THEN set_config('synchronous_commit', 'on', false) END, "
    "CASE WHEN %s > 0 "
    "THEN set_config('idle_in_transaction_session_timeout', %s::text, false) END"
)


def engine(
    address: Address,
    schema: str,
    *,
    write: bool = True,
    patient: bool = False,
    still_seconds: float = 0.0,
) -> Engine:
    """Return an engine whose connections look names up in one schema.

    Nothing is connected to yet.

    Args:
        address: of the database.
        schema: the schema, which need not exist yet.
        write: whether anything may be written by it.
        patient: whether a database that was there is waited for when it is away.
        still_seconds: the server ends a transaction that has stood still for so long,
            so that a process that froze in it keeps nobody waiting; 0: it does not.

    Raises:
        UsageError: psycopg is not installed.
    """
    milliseconds = round(still_seconds * 1000)
    set_up = (f'"{schema}"', "off" if write else "on", milliseconds, milliseconds)
    attempt = _attempt(address, set_up)
    patience = Patience() if patient else Patience(0.0)

    def connect() -> Any:  # noqa: ANN401 - the driver's
        return patience.connect(attempt)

    made = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        paramstyle="format",
        pool_size=POOL,
        max_overflow=POOL,
        # a connection that was lost while nothing was asked of it is replaced: to ask
        # the server each time would be a third of all questions
        pool_pre_ping=not hasattr(select, "poll"),
    )
    event.listen(made, "checkout", _replace_lost)
    event.listen(made, "connect", _adapt, insert=True)
    return made


def _attempt(address: Address, set_up: tuple[object, ...]) -> Callable[[], Any]:
    """Return what connects once, with everything that a connection needs set.

    Raises:
        UsageError: psycopg is not installed.
    """
    psycopg = driver()
    parameters = {**_USUAL, **address.parameters(), "client_encoding": "utf8"}

    def attempt() -> Any:  # noqa: ANN401 - the driver's
        connection = psycopg.connect(**parameters)
        try:
            _prepare(connection, parameters, set_up)
        except BaseException:
            connection.close()
            raise
        return connection

    return attempt


@cache
def driver() -> ModuleType:
    """Return psycopg.

    Raises:
        UsageError: it is not installed, or cannot be used.
    """
    try:
        import psycopg  # noqa: PLC0415 - runs in a folder need none
    except ImportError as failure:
        msg = f"A journal on PostgreSQL needs psycopg, which is not there: {failure}."
        command = "pip install 'highlevel-collection-importer[postgres]'"
        raise UsageError(msg, remedy=f"Install it with: {command}") from None
    reason.register(psycopg.Error, words)
    remedy.register(psycopg.Error, _remedy)
    passing.register(psycopg.Error, _passing)
    kind.register(psycopg.Error, lambda _: DatabaseError)
    return psycopg


def words(failure: Any) -> str:  # noqa: ANN401 - a psycopg.Error, which need not exist
    """Return the words of an error that hold no value of a row, and no password."""
    state = getattr(failure, "sqlstate", None)
    if state is None:
        # the driver's own, about the connection: server, user and database are named
        said = str(failure).strip().partition("\n")[0] or type(failure).__name__
        return said.rstrip(".")
    primary = failure.diag.message_primary
    if primary and state[:2] in _TOLD:
        return f"{primary} ({state})"
    return f"PostgreSQL says {type(failure).__name__} ({state})"


def _remedy(failure: Any) -> str:  # noqa: ANN401 - the same
    del failure
    return (
        "See that the database can be reached and has room, then give the command "
        "again. A run that had begun is finished with: importer resume"
    )


def _passing(failure: Any) -> bool:  # noqa: ANN401 - the same
    """Return whether the server may do tomorrow what it did not do today."""
    state = getattr(failure, "sqlstate", None)
    if state is None:
        # the connection was lost, or did not come about
        return isinstance(failure, (driver().OperationalError, driver().InterfaceError))
    return state in _PASSING or state.startswith("08")


def unreachable(address: Address, failure: Exception) -> FatalError:
    """Return the refusal of a database that cannot be connected to or worked with."""
    if isinstance(failure, FatalError):
        return failure
    cause = getattr(failure, "orig", None) or failure
    return DatabaseError(
        f"The database {address.server} cannot be used: {reason(cause)}.",
        remedy=LOOK,
    )


def _adapt(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's
    """Send every number as one type: each other one would be a plan of its own."""
    del record
    from psycopg.types.numeric import Int8Dumper  # noqa: PLC0415 - see `driver`

    connection.adapters.register_dumper(int, Int8Dumper)


def _replace_lost(connection: Any, record: object, proxy: object) -> None:  # noqa: ANN401 - the driver's
    """Replace a connection that has ended, before anything is asked of it.

    A server that ends one, or dies, closes its socket: there is something to be read,
    where else nothing comes unasked.

    Raises:
        InvalidatePoolError: it has ended; the pool makes another one.
    """
    del record, proxy
    if not (connection.closed or _has_something(connection.fileno())):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except driver().Error:
        raise InvalidatePoolError from None


def _has_something(socket: int) -> bool:
    if not hasattr(select, "poll"):  # asked before, see `engine`
        return False
    looking = select.poll()
    looking.register(socket, select.POLLIN)
    return bool(looking.poll(0))


def _prepare(
    connection: Any,  # noqa: ANN401 - the driver's
    parameters: dict[str, str],
    set_up: tuple[object, ...],
) -> None:
    process, encoding, *_ = connection.execute(_SET_UP, set_up).fetchone()
    connection.commit()
    if encoding != "UTF8":
        msg = f"The journal's database keeps texts as {encoding}, not as UTF8."
        remedy = "Create one with: createdb --encoding UTF8 --template template0 NAME"
        raise UsageError(msg, remedy=remedy)
    # a pool between tells the client a number of its own making
    if process != connection.info.backend_pid:
        _refuse_shared(connection, parameters, process)


def _refuse_shared(
    connection: Any,  # noqa: ANN401 - the driver's
    parameters: dict[str, str],
    process: int,
) -> None:
    """Refuse a pool that gives a connection another server process each time.

    Raises:
        UsageError: it does.
    """
    with driver().connect(**parameters) as other:
        # held open, so that this process of the server is not free
        (theirs,) = other.execute("SELECT pg_backend_pid()").fetchone()
        if theirs != process:
            (again,) = connection.execute("SELECT pg_backend_pid()").fetchone()
            connection.commit()
            if again == process:
                return
    msg = (
        "Between the importer and the journal's database stands a pool that hands each "
        "transaction to another server process (PgBouncer's pool_mode = transaction)."
    )
    remedy = "Connect to the server itself, or to a pool with pool_mode = session."
    raise UsageError(msg, remedy=remedy)
