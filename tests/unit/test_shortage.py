"""What the system has too little of is known by its failure, however deep it stands."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from importer import journal
from importer.cli import shortage
from importer.client import Options, descriptors, exchange
from importer.errors import StorageError
from importer.journal import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = ConnectionKey("host", 1, False, True, None, None, None)


class OperationalError(Exception):
    """As a driver of a database has one."""


def wrapped(failure: Exception) -> Exception:
    """The failure as the cause of another."""
    outer = ValueError("outer")
    outer.__cause__ = failure
    return outer


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (MemoryError(), "no more memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "no more memory"),
        (RuntimeError("can't start new thread"), "no more memory or threads"),
        (ImportError("x.so: failed to map segment from shared object"), "no more mem"),
        (OperationalError("out of memory"), "no more memory"),
        (OSError(errno.EMFILE, "Too many open files"), "no more files"),
        (OSError(errno.ENFILE, "Too many open files in system"), "no more files"),
        (OperationalError("unable to open database file"), "database of a run"),
    ],
)
def test_a_limit_of_the_system_is_told_as_that(failure: Exception, words: str) -> None:
    """It has a sentence and says what to allow, also where it is another's cause."""
    for one in (failure, wrapped(failure)):
        found = shortage.found(one)
        assert found is not None
        assert words in found[0]
        assert "ulimit" in found[1]


@pytest.mark.parametrize(
    "failure", [ValueError("out of memory"), RuntimeError("no"), OSError(2, "gone")]
)
def test_another_failure_is_no_shortage(failure: Exception) -> None:
    """Words alone do not make one, and a bug stays a bug."""
    assert shortage.found(failure) is None


def test_a_circle_of_causes_comes_to_an_end() -> None:
    """Two failures may be each other's context."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert shortage.found(first) is None


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_a_connection_too_many_is_told_as_that(number: int) -> None:
    """It is not the server that could not be reached."""
    failure = aiohttp.ClientConnectorError(KEY, OSError(number, os.strerror(number)))
    assert "ulimit -n" in exchange.reason(failure, Options())


def test_there_is_always_one_connection_and_never_more_than_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is open already, and what a run opens beside, is left to it."""
    for most, wanted, allowed in ((None, 9, 9), (10, 9, 1), (100_000, 9, 9)):
        monkeypatch.setattr(descriptors, "limit", lambda most=most: most)
        assert descriptors.connections(wanted) == allowed
    monkeypatch.setattr(descriptors, "limit", lambda: 4096)
    assert descriptors.connections(10_000) < 4096 - descriptors.SPARE


@contextmanager
def no_more_files(most: int = 3) -> Iterator[None]:
    """Let nothing be opened in the block; what is open stays open."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_an_event_loop_is_not_begun_without_files_for_it() -> None:
    """The sentence says what to raise; with files enough nothing is said."""
    shortage.refuse_few_files()
    with no_more_files(), pytest.raises(StorageError, match="too few open") as refused:
        shortage.refuse_few_files()
    assert "ulimit -n" in refused.value.remedy


def test_a_journal_that_lacks_files_asks_for_no_space_on_the_disk(
    tmp_path: Path,
) -> None:
    """Written or read, it is files that are too few, and the remedy says so."""
    path = tmp_path / "journal.db"
    with no_more_files(), pytest.raises(StorageError, match="too few open") as refused:
        journal.create(path)
    assert "ulimit -n" in refused.value.remedy
    journal.create(path, kept=1).close()
    book = journal.open(path, depth=journal.Depth.FACTS)
    book.close()
    with no_more_files(), pytest.raises(OSError, match="Too many open files"):
        book.noted()
    assert book.noted()["kept"] == 1
    book.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_claim_that_cannot_be_read_for_want_of_files_is_not_passed_over(
    tmp_path: Path,
) -> None:
    """What it claims may be what is wanted."""
    with locks.claim(tmp_path, "first", ["one"]):
        with no_more_files(), pytest.raises(OSError, match="Too many open files"):
            locks._note(tmp_path / locks.FOLDER, "first")
        assert locks._note(tmp_path / locks.FOLDER, "first")[1] == {"one"}
