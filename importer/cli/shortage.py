"""What the system has too little of for this program: memory, threads, open files.

Knows a shortage by the failure that it shows as, and says what to allow. It loads
nothing that needs memory. Invariant: a limit of the system is never told as a bug.
"""

from __future__ import annotations

import errno
from contextlib import suppress

#: So many files may be open, where the system leaves it to the process: connections,
#: journals of other runs, reports.
WANTED_FILES = 4096

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
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:  # pragma: no cover - Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def found(failure: BaseException) -> tuple[str, str] | None:
    """What is short, and what to allow; None where the failure is something else."""
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
    """The sentence for a file, or a connection, too many."""
    place = f" ({failure.filename})" if failure.filename else ""
    return (
        f"The system lets the program open no more files and connections{place}.",
        f"Allow more: ulimit -n 1024. {_GO_ON}",
    )


def _no_memory(failure: BaseException) -> bool:
    if isinstance(failure, OSError) and failure.errno == errno.ENOMEM:
        return True
    known = isinstance(failure, RuntimeError | ImportError | OSError | SystemError)
    if not (known or type(failure).__name__ in _DRIVERS):
        return False
    words = str(failure).lower()
    return any(one in words for one in _MEMORY_WORDS)
