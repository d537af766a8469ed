"""The failures and how they leave a group of tasks."""

from __future__ import annotations

import pytest

from importer.errors import FatalError, StorageError, TransientError, alone


def fail(*failures: Exception) -> None:
    msg = "tasks"
    raise ExceptionGroup(msg, failures)


def test_a_failure_of_a_group_is_raised_as_itself() -> None:
    """Who catches a failure need not know that tasks were at work."""
    with pytest.raises(TransientError, match="the list"), alone():
        fail(TransientError("the list"))


def test_a_fatal_failure_goes_before_the_others_however_deep_it_lies() -> None:
    """It says what to do, and carries the exit code."""
    inner = ExceptionGroup("more tasks", [StorageError("the disk")])
    with pytest.raises(FatalError, match="the disk"), alone():
        fail(ValueError("other"), inner)


def test_without_a_failure_nothing_is_raised() -> None:
    """The block is left as it was entered."""
    with alone():
        pass
