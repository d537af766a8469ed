"""Why locations were left out, told as one failure."""

from __future__ import annotations

import itertools

import pytest

from importer.errors import AccessError, Exit, FatalError, LeftToOthers
from importer.pipeline.comparing import several

LEFT = LeftToOthers("Run other works on B.", remedy="Wait.")
REFUSED = AccessError("A is refused.", remedy="Check the token.")


def test_none_is_none_and_one_speaks_for_itself() -> None:
    """With its own words and its own exit code."""
    assert several({}) is None
    assert several({"a": REFUSED}) is REFUSED


@pytest.mark.parametrize("order", [*itertools.permutations([LEFT, REFUSED, LEFT])])
def test_what_needs_a_person_goes_before_what_another_run_does(
    order: tuple[FatalError, ...],
) -> None:
    """Whichever location comes first: the exit code must not hide a refusal."""
    told = several(dict(zip("abc", order, strict=True)))
    assert isinstance(told, AccessError)
    assert told.exit_code == Exit.ACCESS
    assert str(told) == "A is refused. 2 more locations were left out."
    assert told.remedy == "Check the token."


def test_two_that_others_work_on_are_left_to_them() -> None:
    """Nothing is wrong then, and the exit code says so."""
    told = several({"a": LEFT, "b": LEFT})
    assert isinstance(told, LeftToOthers)
    assert str(told) == "Run other works on B. 1 more location was left out."
