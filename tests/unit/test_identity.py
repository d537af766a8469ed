"""Which two definitions are the same."""

from __future__ import annotations

from importer import identity


def test_the_same_pair_has_the_same_key() -> None:
    """Equal location and slug are one collection, in any run on any machine."""
    assert identity.key("loc1", "best") == identity.key("loc1", "best")
    assert identity.key("loc1", "best") == bytes.fromhex("45e19f4374c1a1b0b78395ed")


def test_another_location_or_slug_is_another_collection() -> None:
    """Both parts count, and a part cannot flow over into the other."""
    keys = {
        identity.key("loc1", "best"),
        identity.key("loc2", "best"),
        identity.key("loc1", "Best"),
        identity.key("loc1b", "est"),
        identity.key("", "loc1best"),
        identity.key("loc1best", ""),
    }
    assert len(keys) == 6


def test_a_key_fits_into_96_bits() -> None:
    """A million of them must stay small in memory."""
    assert {len(identity.key("loc", str(n))) for n in range(100)} == {12}


def test_ids_of_24_hex_digits_are_one_in_any_case_and_others_as_they_are_written() -> (
    None
):
    """Nothing that is no such id is taken for one of the same length."""
    hexadecimal = "6B0a6ef603fc489d820001d5"
    assert identity.id_key(hexadecimal) == identity.id_key(hexadecimal.lower())
    others = ["x" * 24, "X" * 24, "6b0a", "6B0A", ""]
    assert len({identity.id_key(one) for one in [hexadecimal, *others]}) == 6
