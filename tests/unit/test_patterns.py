"""A pattern that is compiled later is the pattern that it was given."""

from __future__ import annotations

import re

import pytest

from importer import patterns


@pytest.mark.parametrize(
    ("text", "flags"), [(r"(?P<word>[a-z]+)\d", 0), (r"^Straße$", re.IGNORECASE)]
)
def test_it_finds_what_the_compiled_one_finds(text: str, flags: int) -> None:
    later, now = patterns.later(text, flags), re.compile(text, flags)
    for given in ("ab1 cd2", "STRAßE", ""):
        assert [f.span() for f in later.finditer(given)] == [
            f.span() for f in now.finditer(given)
        ]
        assert later.sub("<>", given) == now.sub("<>", given)
        assert bool(later.fullmatch(given)) is bool(now.fullmatch(given))
    assert (later.pattern, later.flags, later.groupindex) == (
        now.pattern,
        now.flags,
        now.groupindex,
    )


def test_bytes_are_searched_by_a_pattern_of_bytes() -> None:
    assert patterns.later(rb"\d+").findall(b"a1b22") == [b"1", b"22"]


def test_nothing_is_compiled_before_it_is_used() -> None:
    """A pattern that cannot be compiled is no fault until then."""
    wrong = patterns.later("(")
    with pytest.raises(re.error):
        wrong.search("")
