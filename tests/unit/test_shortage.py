"""What the system has too little of is known by its failure, however deep it stands."""

from __future__ import annotations

import errno
import os

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from importer.cli import shortage
from importer.client import Options, descriptors, exchange

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
