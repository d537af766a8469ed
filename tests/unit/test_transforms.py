"""Transforms: one cell in, one cell out, nothing raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.transforms import REGISTRY

EXAMPLES = [
    ("trim", "  a b \n", "a b"),
    ("collapse_spaces", " a \n\t b  c ", "a b c"),
    ("lower", "ÄBc", "äbc"),
    ("upper", "äbc", "ÄBC"),
    ("slugify", "Men's Boots & Shoes", "mens-boots-shoes"),
    ("slugify", "Größen & Übersicht", "grossen-ubersicht"),
    ("slugify", "Московские конфеты", "moskovskie-konfety"),
    ("slugify", "北京烤鸭", "bei-jing-kao-ya"),
    ("slugify", "🎄🎁", ""),
    ("slugify", "half \ud83c a pair", "half-a-pair"),
    ("slug_of", "Men's Boots & Shoes", "mens-boots-shoes"),
    ("slug_of", "sofa/bed", "sofa-bed"),
    ("slug_of", "hats/", "hats"),
    ("slug_of", "/collections/hats/", "hats"),
    ("slug_of", "collections/hats", "hats"),
    ("slug_of", "categories/men/hats", "hats"),
    ("slug_of", "https://shop.de/collections/hats?page=2#top", "hats"),
    ("slug_of", "//shop.de/hats.html", "hats"),
    ("slug_of", "www.shop.de/c/hats", "hats"),
    ("slug_of", "shop.de/hats", "hats"),
    ("slug_of", "https://shop.de/", ""),
    ("slug_of", "/", ""),
    ("slug_of", "sofa.html", "sofa"),
    ("slug_of", "%D1%88%D0%B0%D0%BF%D0%BA%D0%B0", "shapka"),
    ("slug_of", "%d1%88%d0%b0%d0%bf%d0%ba%d0%b0", "shapka"),
    ("slug_of", "/collections/%D1%88%D0%B0%D0%BF%D0%BA%D0%B0/", "shapka"),
    ("slug_of", "%25D1%2588%25D0%25B0", "sha"),
    ("slug_of", "hats%20caps", "hats-caps"),
    ("slug_of", "m%C3%BCtzen", "mutzen"),
    ("slug_of", "m%FCtzen", ""),
    ("slug_of", "%D1%88%D0", ""),
    ("slug_of", "m\ufffdtzen", ""),
    ("slug_of", "mÃ¼tzen", "mutzen"),
    ("slug_of", "100%-cotton", "100-cotton"),
    ("strip_html", "<p>Boots &amp; <b>Shoes</b></p>\n<!-- x -->", "Boots & Shoes"),
    ("strip_html", "<style>p {}</style>Under 5 < 6 euro", "Under 5 < 6 euro"),
    ("https", "http://a.example/x.png", "https://a.example/x.png"),
    ("https", "HTTP://a.example", "https://a.example"),
    ("https", "//cdn.example/x.png", "https://cdn.example/x.png"),
    ("https", " cdn.example/x.png ", "https://cdn.example/x.png"),
    ("https", "https://a.example", "https://a.example"),
    ("https", "ftp://a.example", "ftp://a.example"),
    ("https", "no address", "no address"),
    ("none_to_blank", " NULL ", ""),
    ("none_to_blank", "Nonesuch", "Nonesuch"),
    ("unquote", "%c3%9cber%20uns", "Über uns"),
    ("unquote", "100 % wool", "100 % wool"),
    ("last_part", "/shop/shoes/Boots/", "Boots"),
    ("last_part", "Boots", "Boots"),
    ("page_name", "/stock/new.html", "new"),
    ("page_name", "https://shop.example/hats/?sort=new", "hats"),
    ("page_name", "https://shop.example", ""),
    ("page_name", "What?", "What?"),
    ("first_line", "\n  a \nb", "a"),
    ("first_line", " \n ", ""),
    ("drop_apostrophe", "'0042", "0042"),
    ("json_src", '{"id":7,"src":"https://a.example/x.png"}', "https://a.example/x.png"),
    ("json_src", '[{"src":"https://a.example/x.png"}]', "https://a.example/x.png"),
    ("json_src", "[]", ""),
    ("json_src", "{}", ""),
    ("json_src", '{"id":7}', '{"id":7}'),
    ("json_src", '{"src":7}', '{"src":7}'),
    ("json_src", '[{"src":"a"},{"src":"b"}]', '[{"src":"a"},{"src":"b"}]'),
    ("json_src", "[broken", "[broken"),
    ("json_src", "https://a.example/x.png", "https://a.example/x.png"),
]


@pytest.mark.parametrize(("name", "before", "after"), EXAMPLES)
def test_a_transform_does_what_its_name_says(
    name: str, before: str, after: str
) -> None:
    """The examples are what the documentation promises."""
    assert REGISTRY[name](before) == after


def test_every_transform_has_an_example() -> None:
    """A transform that nobody has shown is not offered."""
    assert {name for name, _, _ in EXAMPLES} == set(REGISTRY)


@given(st.text(st.characters()))
def test_no_text_makes_a_transform_fail(text: str) -> None:
    """Whatever comes in, text comes out; a slug is a slug or nothing."""
    results = {name: transform(text) for name, transform in REGISTRY.items()}
    assert all(isinstance(result, str) for result in results.values())
    assert set(results["slugify"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
