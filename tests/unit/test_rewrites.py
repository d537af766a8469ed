"""What a server makes of names and slugs: recognized only as far as it was shown."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import rewrites
from importer.models import Existing
from importer.rewrites import Way, Ways

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = "Chairs, tables & shelves for the whole family and more"
CHANGES: dict[str, Callable[[str], str]] = {
    "html": html.escape,
    "nfc": lambda name: unicodedata.normalize("NFC", name),
    "spaces": lambda name: " ".join(name.split()),
    "case": str.lower,
    "cut": lambda name: name[:20],
    "cut and stripped": lambda name: name[:7].rstrip() + name[7:21].rstrip(),
    "escaped and cut": lambda name: html.escape(name)[:20],
    "cut and escaped": lambda name: html.escape(name[:20]),
}
NAMES = (
    LONG,
    "A  b &  c, " * 4,
    "Cafe\u0301 & \u2163 rooms, beside the old mill",
    "x" * 40,
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_change_that_was_shown_is_recognized_again(change: str, name: str) -> None:
    """A location that cut one name will cut the next."""
    made = CHANGES[change]
    ways = rewrites.ways_shown(name, made(name))
    assert ways is not None
    assert rewrites.same_name(name, made(name), ways)
    other = f"{LONG} {name}"
    shown = rewrites.ways_shown(other, made(other))
    assert shown is not None
    assert rewrites.same_name(other, made(other), ways | shown)


@pytest.mark.parametrize(
    ("shown", "ways"),
    [
        ("A  &amp; B", Ways(frozenset({Way.HTML}))),
        ("A & B", Ways(frozenset({Way.SPACES}))),
        ("a  & b", Ways(frozenset({Way.CASE}))),
        ("A &amp; B", Ways(frozenset({Way.HTML, Way.SPACES}))),
    ],
)
def test_no_more_is_learned_than_an_answer_shows(shown: str, ways: Ways) -> None:
    """A location that escapes names may well tell capitals apart."""
    assert rewrites.ways_shown("A  & B", shown) == ways


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_what_no_answer_has_shown_is_another_name(change: str, name: str) -> None:
    """Otherwise a collection of a person would be taken for the row's."""
    shown = CHANGES[change](name)
    assert rewrites.same_name(name, shown) is (name == shown)


#: A name that each way changes, and what each makes of it.
TOUCHED = "Cafe\u0301 &  Bar, beside the old mill"
ONE_WAY: dict[Way, str] = {
    Way.HTML: html.escape(TOUCHED),
    Way.UNICODE: unicodedata.normalize("NFC", TOUCHED),
    Way.SPACES: " ".join(TOUCHED.split()),
    Way.CASE: TOUCHED.lower(),
}


@pytest.mark.parametrize("cut", [None, 20])
@pytest.mark.parametrize("way", Way)
def test_an_answer_shows_no_more_ways_than_it_needs(way: Way, cut: int | None) -> None:
    """A way too many, and a person's collection with nearly the name is the row's."""
    shown = rewrites.ways_shown(TOUCHED, ONE_WAY[way][:cut])
    assert shown is not None
    assert shown.names == {way}
    assert (shown.cut_at is None) is (cut is None)
    for other in set(Way) - {way}:
        assert not rewrites.same_name(TOUCHED, ONE_WAY[other], Ways(shown.names))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Hats", "Caps"),
        ("Hats", "Hats for her"),
        ("Hats for her", "Hats"),
        ("Chairs and tables", "Chairs and shelves"),
        ("Chairs", ""),
    ],
)
def test_another_name_is_no_change_of_this_one(sent: str, shown: str) -> None:
    """An answer with such a name is about another collection."""
    assert rewrites.ways_shown(sent, shown) is None
    every = Ways(frozenset(Way), 20)
    assert not rewrites.same_name(sent, shown, every)


@given(st.text(), st.text())
def test_names_are_the_same_both_ways_or_cut(sent: str, shown: str) -> None:
    """Whatever is explained is recognized, and what is not explained is not."""
    ways = rewrites.ways_shown(sent, shown)
    if ways is not None:
        assert rewrites.same_name(sent, shown, ways)
    assert rewrites.same_name(sent, sent, Ways(frozenset(Way), 8))


@pytest.mark.parametrize(
    ("sent", "shown", "alike"),
    [
        ("a--b", "a-b", True),
        ("Hats", "hats", True),
        ("hats", "hats-1", True),
        ("hats", "shop-hats", True),
        ("hats-and-more", "hats-and", True),
        ("hats", "caps", False),
        ("hats", "", False),
        ("", "hats", False),
    ],
)
def test_a_slug_is_like_what_a_server_may_make_of_it(
    sent: str, shown: str, *, alike: bool
) -> None:
    """Squashed, in small letters, with something before or behind, or cut."""
    assert rewrites.alike(sent, shown) is alike


def test_only_what_is_shown_differs() -> None:
    """A missing field contradicts nothing, and an empty one is blank."""
    sent = {"name": "A", "slug": "a", "seo": {"title": "T"}, "image": "i"}
    assert rewrites.differing(sent, {}) == {}
    same = {"seo": {"title": "T", "description": ""}, "rules": {}, "productIds": []}
    assert rewrites.differing(sent, same) == {}
    shown = {"image": "", "slug": "a-1", "productIds": ["p"], "stats": {"n": 1}}
    differing = {"image": "", "slug": "a-1", "productIds": ["p"]}
    assert rewrites.differing(sent, shown) == differing


def test_an_item_of_a_list_is_shown_as_the_api_has_it() -> None:
    """What the list leaves out is not shown as blank."""
    item = Existing("loc", "c1", "a", "A", seo_title="T", product_ids=(), rules={})
    assert rewrites.as_shown(item) == {
        "slug": "a",
        "name": "A",
        "seo": {"title": "T"},
        "productIds": [],
        "rules": {},
    }
    assert rewrites.as_shown(Existing("loc", "c1", "a")) == {"slug": "a"}
