"""Old and new beside each other: what is marked, what is kept, and what looks alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.report.page import difference
from importer.report.page.difference import ABOUT, GONE, LONGEST, NEW, SAME, Part


def marked(parts: list[Part]) -> str:
    """Write parts as a person would: what went and what came in brackets."""
    signs = {SAME: "{}", GONE: "[-{}]", NEW: "[+{}]", ABOUT: "({})"}
    return "".join(signs[kind].format(text) for kind, text in parts)


@pytest.mark.parametrize(
    ("old", "new", "before", "now"),
    [
        ("Summer lamps", "Winter lamps", "[-Summer] lamps", "[+Winter] lamps"),
        ("Lamp", "Lamps", "[-Lamp]", "[+Lamps]"),
        ("Lamps", "Lamps and rugs", "Lamps", "Lamps[+ and rugs]"),
        ("Oak lamps", "Oak, lamps", "Oak lamps", "Oak[+,] lamps"),
        ("ab", "axb", "[-ab]", "[+axb]"),
        ("a a", "a", "a[- a]", "a"),
        ("x/1.png", "x/2.png", "x/[-1].png", "x/[+2].png"),
        ("", "New", "", "[+New]"),
        ("Old", "", "[-Old]", ""),
    ],
)
def test_whole_words_are_marked_and_nothing_else(
    old: str, new: str, before: str, now: str
) -> None:
    """What both have is not marked."""
    gone, came = difference.of_texts(old, new)
    assert (marked(gone), marked(came)) == (before, now)


@pytest.mark.parametrize(
    ("old", "new", "before", "now"),
    [
        ("Lamps", "Lamps ", "Lamps", "Lamps[+␣]"),
        ("a b", "a\u00a0b", "a[-␣]b", "a[+\\u00a0]b"),
        ("Café", "Cafe\u0301", "[-Caf\\u00e9]", "[+Cafe\\u0301]"),
        ("Lamps", "La\u200bmps", "[-Lamps]", "[+La\\u200bmps]"),
        ("a\nb", "a b", "a[-\\n]b", "a[+␣]b"),
        ("ﬁne", "fine", "[-\\ufb01ne]", "[+fine]"),
        ("x\u202ey", "x-y", "x[-\\u202e]y", "x[+-]y"),
    ],
)
def test_texts_that_look_alike_are_spelled(
    old: str, new: str, before: str, now: str
) -> None:
    """Blanks, accents and what cannot be seen are told apart by their numbers."""
    gone, came = difference.of_texts(old, new)
    assert (marked(gone), marked(came)) == (before, now)


def test_an_accent_stays_with_its_letter() -> None:
    """No mark begins or ends between a letter and what is written over it."""
    gone, came = difference.of_texts("-e\u0301-", "-e\u0300-")
    assert (marked(gone), marked(came)) == ("-[-e\u0301]-", "-[+e\u0300]-")
    gone, came = difference.of_texts("- e\u0301", "-= \u0301")
    assert (marked(gone), marked(came)) == ("-[- e\u0301]", "-[+= \u0301]")


def test_a_word_without_end_is_marked_where_it_differs() -> None:
    """A script without blanks is no single word."""
    gone, came = difference.of_texts(
        "季" * 80 + "夏" + "節" * 80, "季" * 80 + "節" * 80
    )
    assert marked(gone) == "季" * 80 + "[-夏]" + "節" * 80
    assert marked(came) == "季" * 80 + "節" * 80


def test_a_long_text_keeps_its_difference_in_sight() -> None:
    """What both have is cut around it, and it is shown by both of its ends."""
    same = "word " * 500
    gone, came = difference.of_texts(f"{same}old {same}", f"{same}new {same}")

    assert marked(gone).startswith("…")
    assert marked(gone).endswith("…")
    assert "[-old]" in marked(gone)
    assert "[+new]" in marked(came)
    assert len(marked(gone)) < LONGEST

    gone, _ = difference.of_texts("a " + "x" * 5_000 + "y b", "a b")
    assert len(marked(gone)) < LONGEST + 50
    assert "xy" in marked(gone)
    assert " … " in marked(gone)


def test_products_are_told_one_by_one_and_too_many_are_counted() -> None:
    """Another order is no difference; those that stay are counted."""
    gone, came = difference.of_ids("a b c d", "d c e b")
    assert marked(gone) == "[-a](3 in both)"
    assert marked(came) == "[+e](3 in both)"

    gone, came = difference.of_ids("", " ".join(map(str, range(40))))
    assert gone == []
    assert marked(came).endswith("\n[+11](and 28 more)")


TEXTS = st.text(alphabet="ab -é\u0301\u200d\u00a0\u200bß夏", max_size=12)


@given(TEXTS, TEXTS)
def test_what_is_marked_of_two_texts_is_never_alike(old: str, new: str) -> None:
    """Whatever they are, a reader of the marks alone sees that they differ."""
    gone, came = difference.of_texts(old, new)
    marks = [[text for kind, text in parts if kind] for parts in (gone, came)]
    assert (marks[0] != marks[1]) == (old != new)


@given(TEXTS, TEXTS)
def test_no_letter_is_lost_of_a_short_text(old: str, new: str) -> None:
    """The parts are the text, but for what is spelled."""
    tame = [text.replace("\u200b", "").replace("\u00a0", "") for text in (old, new)]
    parts = difference.of_texts(*tame)
    for text, found in zip(tame, parts, strict=True):
        whole = "".join(part for _, part in found)
        if "\\u" not in whole and "␣" not in whole:
            assert whole == text
