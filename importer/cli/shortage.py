"""What the system has too little of for this program: memory, threads, open files.

Knows a shortage by the failure that it shows as, and says what to allow; so few open
files that no event loop can begin are refused before it. It loads nothing that needs
memory. Invariant: a limit of the system is never told as a bug.
"""

from __future__ import annotations

import errno
import sys
from contextlib import suppress

from importer.errors import StorageError

if sys.platform != "win32":
    import resource

#: So many files may be open, where the system leaves it to the process: connections,
#: journals of other runs, reports.
WANTED_FILES = 4096
#: Free descriptors without which no run begins: of the event loop, a journal that is
#: written, another one that is read, locks, the log, a connection.
LEAST_FILES = 24

_GO_ON = "What was sent is in the run's journal; importer resume goes on from there."
_MEMORY = (
    "The system gives the program no more memory or threads.",
    "Allow it more: ulimit -v, the container's memory, ulimit -u. " + _GO_ON,
)
_DATABASE = (
    "A database of a run cannot be opened.",
    "Check the permissions of the folder for runs, the disk, and ulimit -n. " + _GO_ON,
)
#: How libraries say it that raise no MemoryError.
_MEMORY_WORDS = (
    "can't start new thread",
    "cannot allocate memory",
    "failed to map segment",
    "out of memory",
    "cannot allocate",
)
#: How SQLite says that it cannot open one, for whatever reason.
_NO_DATABASE = "unable to open database file"
#: The errors of a driver of a database, which is not loaded to be asked for them.
_DRIVERS = frozenset({"OperationalError", "DatabaseError"})


def allow_files() -> None:
    """Let the process open as many files as it needs, where the system allows it."""
    if sys.platform == "win32":  # pragma: no cover - not there
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def memory_is_limited() -> bool:
    """Return whether the system limits the memory that the process can address."""
    if sys.platform == "win32":  # pragma: no cover - not there
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def refuse_few_files() -> None:
    """Refuse to begin where an event loop and a journal could not be opened.

    Raises:
        StorageError: the system allows too few open files.
    """
    from importer.client import descriptors  # noqa: PLC0415 - not loaded by `--help`

    free = descriptors.left()
    if free is not None and free < LEAST_FILES:
        msg = (
            f"The system allows the program too few open files: {max(free, 0)} beside "
            f"those that are open, and it needs {LEAST_FILES}. Nothing was begun."
        )
        raise StorageError(msg, remedy="Allow more: ulimit -n 1024.")


def found(failure: BaseException) -> tuple[str, str] | None:
    """Say what is short, and what to allow; None if the failure is something else."""
    chain: BaseException | None = failure
    for _ in range(8):  # causes may form a circle
        if chain is None:
            break
        if isinstance(chain, MemoryError) or _no_memory(chain):
            return _MEMORY
        if _NO_DATABASE in str(chain):
            return _DATABASE
        if isinstance(chain, OSError) and chain.errno in {errno.EMFILE, errno.ENFILE}:
            return too_many_files(chain)
        chain = chain.__cause__ or chain.__context__
    return None


def too_many_files(failure: OSError) -> tuple[str, str]:
    """Say that a file, or a connection, was too many."""
    place = f" ({failure.filename})" if failure.filename else ""
    return (
        f"The system lets the program open no more files and connections{place}.",
        f"Allow more: ulimit -n 1024. {_GO_ON}",
    )


def _no_memory(failure: BaseException) -> bool:
    if isinstance(failure, OSError) and failure.errno == errno.ENOMEM:
        return True
    # what C says that got no memory and forgets to raise anything
    if isinstance(failure, SystemError) and memory_is_limited():
        return True
    known = isinstance(failure, RuntimeError | ImportError | OSError | SystemError)
    if not (known or type(failure).__name__ in _DRIVERS):
        return False
    text = str(failure).lower()
    return any(word in text for word in _MEMORY_WORDS)
