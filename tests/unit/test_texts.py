"""Texts of others: what is unseen is left out or escaped, and what is long is cut."""

from __future__ import annotations

import json
import time

import pytest

from importer import texts

UNSEEN = [
    "\x00",
    "\x07",
    "\x1b",
    "\x7f",
    "\x85",
    "\x9b",
    "\xad",
    "\u061c",
    "\u200b",
    "\u200d",
    "\u200e",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2060",
    "\u2066",
    "\ufeff",
    "\ud83d",
    "\U000e0041",
]


@pytest.mark.parametrize("letter", UNSEEN, ids=ascii)
def test_what_is_unseen_is_left_out_or_escaped(letter: str) -> None:
    """Of whatever kind it is; JSON means the same with it."""
    text = f"a{letter}b"
    for made in (texts.escaped(text), texts.on_a_line(text), texts.plain(text)):
        assert made.isprintable()
        assert made[0] == "a"
    document = texts.to_json({"name": text})
    assert document.isprintable()
    whole = "?" if letter == "\ud83d" else letter
    assert json.loads(document)["name"] == f"a{whole}b"


ORDINARY = [
    "Café \u2013 \u201cfein\u201d 49 €",
    "שלום",
    "👩\u200d👧",
    "\u0645\u06cc\u200c\u062e",
    "",
    "\ttab\nline",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_comes_out_as_it_went_in(text: str) -> None:
    """Letters of any script, and joiners where the spelling needs them."""
    assert texts.escaped(text) == text
    assert texts.plain(text) == " ".join(text.split())


def test_of_a_sequence_that_a_terminal_obeys_nothing_is_left() -> None:
    """A title, a colour, a link: neither the command nor its letters."""
    assert (
        texts.plain("a\x1b]0;title\x07b\x1b[31;1mc\x9b2Jd\x1b]8;;u\x1b\\e") == "abcde"
    )


def test_a_value_of_a_log_line_begins_no_line_of_its_own() -> None:
    """Line feeds are escaped where a text stands on a line."""
    assert texts.on_a_line("a\nb\tc") == "a\\nb\\tc"
    assert texts.on_a_line("plain") == "plain"


def test_cleaning_takes_time_by_the_length_alone() -> None:
    """Ten times the text takes about ten times as long, never a hundred times."""

    def took(size: int) -> float:
        text = "\x1b]" * size
        began = time.process_time()
        texts.plain(text)
        return time.process_time() - began

    small = max(min(took(20_000) for _ in range(3)), 0.001)
    assert took(200_000) < 40 * small
