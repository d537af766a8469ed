"""Why locations were left out, told as one failure."""

from __future__ import annotations

import itertools

import pytest

from importer.errors import AccessError, FatalError, LeftToOthers
from importer.exit_codes import Exit
from importer.runs.refusals import together

LEFT = LeftToOthers("Run other works on B.", remedy="Wait.")
REFUSED = AccessError("A is refused.", remedy="Check the token.")


def test_none_is_none_and_one_speaks_for_itself() -> None:
    """With its own words and its own exit code."""
    assert together({}) is None
    assert together({"a": REFUSED}) is REFUSED


@pytest.mark.parametrize("order", [*itertools.permutations([LEFT, REFUSED, LEFT])])
def test_what_needs_a_person_goes_before_what_another_run_does(
    order: tuple[FatalError, ...],
) -> None:
    """Whichever location comes first: the exit code must not hide a refusal."""
    told = together(dict(zip("abc", order, strict=True)))
    assert isinstance(told, AccessError)
    assert told.exit_code == Exit.ACCESS
    assert str(told) == "A is refused. 2 more locations were left out."
    assert told.remedy == "Check the token."


def test_two_that_others_work_on_are_left_to_them() -> None:
    """Nothing is wrong then, and the exit code says so."""
    told = together({"a": LEFT, "b": LeftToOthers("Run C works on D.")})
    assert isinstance(told, LeftToOthers)
    assert str(told) == "Run other works on B. Run C works on D."


def test_two_refusals_have_a_sentence_and_a_way_out_each() -> None:
    """Whoever repairs only the first would be told of the second a run later."""
    other = AccessError("B is refused (its token: TOKEN_B)", remedy="Check TOKEN_B.")
    told = together({"a": REFUSED, "b": other})
    assert str(told) == "A is refused. B is refused (its token: TOKEN_B)."
    assert told is not None
    assert told.remedy == "Check the token. Check TOKEN_B."


def test_of_many_refusals_the_first_are_told_and_the_others_counted() -> None:
    """A thousand sentences are read by no one."""
    refused = {f"{n}": AccessError(f"{n} is refused.") for n in range(5)}
    told = str(together(refused))
    assert told == (
        "0 is refused. 1 is refused. 2 is refused. 2 more locations were left out."
    )
