"""Numbers in cells: whole ones stay whole, as long as they can be held."""

from __future__ import annotations

import pytest

from importer.validation import cells


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100", 100),
        ("007", 7),
        (f"{'0' * 30}7", 7),
        (f"1{'0' * 17}", 10**17),
        (f"1{'0' * 30}", 1e30),
        (f"-{2**53 + 1}", -(2**53 + 1)),
        (f"+{2**53 + 1}", 2**53 + 1),
        ("1.5", 1.5),
        ("2.0", 2),
    ],
)
def test_a_number_is_whole_where_it_can_be_held(text: str, number: float) -> None:
    """Neither zeros in front nor a sign costs a digit; zeros at the end count."""
    found = cells.a_number(text)
    assert found == number
    assert type(found) is type(number)
