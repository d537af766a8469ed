"""The failures and how they leave a group of tasks."""

from __future__ import annotations

import pytest

from importer import logs
from importer.errors import (
    AccessError,
    FatalError,
    InputError,
    StorageError,
    TransientError,
    UsageError,
    alone,
)


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


@pytest.mark.parametrize("kind", [UsageError, InputError, AccessError, StorageError])
@pytest.mark.parametrize("value", ["A" * 100_000, "a b " * 25_000])
def test_a_message_shows_a_value_only_so_far_as_it_can_be_read(
    kind: type[FatalError], value: str
) -> None:
    """Both ends of it, with an ellipsis; what is said around it stays."""
    failure = kind(f"The file {value} is gone.", remedy=f"Look for {value}.")

    assert str(failure).startswith("The file ")
    assert str(failure).endswith(" is gone.")
    assert "\u2026" in str(failure)
    assert len(str(failure)) <= 1000
    assert len(failure.remedy) <= 2000
    assert max(map(len, str(failure).split())) <= 200
    again = kind(str(failure), remedy=failure.remedy)
    assert (str(again), again.remedy) == (str(failure), failure.remedy)


def test_a_message_holds_nothing_that_a_terminal_obeys() -> None:
    """The library's messages are on one line, as those of the command line are."""
    failure = UsageError("The file \x1b[2Ja\nb\u202e is gone.", remedy="Write \x07.")

    assert str(failure) == "The file \\u001b[2Ja\\nb\\u202e is gone."
    assert failure.remedy == "Write \\u0007."


def test_a_path_in_what_can_be_done_stays_whole() -> None:
    """It is copied into a command."""
    path = "/" + "folder/" * 100

    assert UsageError("No.", remedy=f"Do: cd {path}").remedy == f"Do: cd {path}"


def test_a_token_is_masked_before_a_message_is_cut() -> None:
    """Half of one would not be known as a token any more."""
    token = "pit-4f7c0c1e-cut-in-the-midst"  # noqa: S105 - made up
    logs.hide(token)
    for before in range(120, 200):
        value = "x" * before + token + "y" * 300
        shown = str(UsageError(f"No {value}."))
        assert token[:12] not in shown
        assert token[-12:] not in shown
