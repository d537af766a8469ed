"""Figures, plurals, durations and shortened texts: worded in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import importer
from importer import wording

PACKAGE = Path(importer.__file__).parent
#: A plural, a cut text or a duration that a module words for itself.
HAND_MADE = re.compile(
    r"""["']1 \w+( \w+)?["']\s+if|- 1\] \+ ["]…["]"""
    r"""|\} (?:row|call|location|run)s?["']\s+if"""
    r"""|\bdef (?:duration|plural|_plural|shorten)\("""
)


def test_no_other_module_words_figures_for_itself() -> None:
    """One plural, one shortening, one duration."""
    found = {
        str(path.relative_to(PACKAGE)): hit[0]
        for path in PACKAGE.rglob("*.py")
        if path.name != "wording.py"
        if (hit := HAND_MADE.search(path.read_text("utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.0004, "0.4 ms"),
        (0.1834, "183 ms"),
        (2.5, "2.5 s"),
        (3.04, "3 s"),
        (59.7, "1 min"),
        (250, "4 min 10 s"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    """As much detail as anybody wants."""
    assert wording.duration(seconds) == words


def test_a_share_is_never_rounded_to_none_or_all() -> None:
    """One row of a million is not 0 %."""
    assert wording.share(0, 10) == "0 %"
    assert wording.share(1, 1_000_000) == "0.1 %"
    assert wording.share(999_999, 1_000_000) == "99.9 %"
    assert wording.share(5, 5) == "100 %"
    assert wording.share(1, 3) == "33.3 %"
    assert wording.counted(2, "row was", "rows were") == "2 rows were"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0 s"),
        (59.4, "59 s"),
        (60, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_a_steady_duration_keeps_its_units(seconds: float, said: str) -> None:
    """A figure that is followed on a screen does not jump from width to width."""
    assert wording.duration(seconds, steady=True) == said


def test_long_texts_are_cut_between_words() -> None:
    """No word is broken where it could be half of something."""
    assert wording.cut("abcdef", 4) == "abc…"
    assert wording.cut("abcd", 4) == "abcd"
    assert wording.begin("ab cd ef", 7) == "ab cd"
    assert wording.begin("abcdef", 4) == "abcd"
    assert wording.begin("ab", 4) == "ab"
    assert wording.ends("ab cd ef gh ij", 8) == "ab … ij"
    assert wording.ends("abcdefghij", 4) == "ab … ij"
    assert wording.ends("ab", 4) == "ab"


def test_a_value_of_many_lines_is_cut_to_one() -> None:
    """White space is squashed before it is measured."""
    assert wording.cut_line("a\n\n  b", 4) == "a b"
    assert wording.cut_line("ab\ncdef", 5) == "ab c…"
