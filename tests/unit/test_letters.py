"""HTML, unseen characters and several addresses in a cell are told."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import markup, settings, texts
from importer.intake.check import CheckResult, check_inputs
from importer.intake.fix import fix
from importer.repair.cells import repair
from importer.validation import Options, contract, plainly
from importer.validation.letters import first_address

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
GOOD = {
    "location_id": LOCATION,
    "name": "Best Sellers",
    "slug": "best-sellers",
    "type": "manual",
    "product_ids": "655b33a82209e60b6adb87a5",
    "image": "https://cdn.example.com/w_1,h_2/a.png?x=1;y=2",
    "seo_title": "Best | Shop",
    "seo_description": "Salt & pepper < 5 €\nand more",
}
UNSEEN = {
    "zero width space": "\u200b",
    "joiner": "\u200d",
    "non-joiner": "\u200c",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "byte order mark": "\ufeff",
    "left to right mark": "\u200e",
    "override": "\u202e",
    "isolate": "\u2066",
    "no-break space": "\u00a0",
    "narrow no-break space": "\u202f",
    "filler": "\u3164",
    "tag": "\U000e0041",
    "delete": "\x7f",
}


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**row: str) -> None:
    with Path("shop.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, GOOD)
        writer.writeheader()
        writer.writerow(GOOD | row)


def check(**row: str) -> CheckResult:
    write(**row)
    return check_inputs(("shop.csv",), settings.load({}))


def problems(**row: str) -> list[tuple[str, str]]:
    return [(one["code"], one["variant"]) for one in check(**row).problems()]


def sent(**row: str) -> dict[str, Any]:
    """What the plain check makes of a row; nothing where more is to be looked at."""
    return plainly(Options(), GOOD | row)(GOOD | row) or {}


def test_a_plain_row_is_checked_without_a_second_look() -> None:
    """Signs that could begin HTML or a list of addresses do not make a row slower."""
    assert sent()
    assert sent(name="Hats & Caps", seo_title="R&")
    assert sent(name="Größen für Männer, 日本語")


ALIKE = ["a" * 23 + end for end in "0123"]
OF_ONE_END = [beginning + "a" * 23 for beginning in "0123"]


@pytest.mark.parametrize("between", [", ", ",", " ", "; ", "|"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("ids", [ALIKE, OF_ONE_END])
def test_a_product_that_is_listed_twice_is_seen_wherever_it_stands(
    ids: list[str], count: int, between: str
) -> None:
    """Ids that differ in their first or their last letter alone are several."""
    assert sent(product_ids=between.join(ids[:count]))
    for first, second in combinations(range(count), 2):
        listed = [*ids[:count]]
        listed[second] = listed[first]
        assert not sent(product_ids=between.join(listed))


@pytest.mark.parametrize(
    ("slug", "plain"),
    [
        *(("jan-24", False), ("sept-01", False), ("mar-99", False)),
        *(("box3", True), ("a", True), ("a1", True), ("box-3", True), ("a-123", True)),
        *(("march-24", True), ("january-24", True), ("x24", True), ("a-b", True)),
        *(("3-4", False), ("2024-01-02", False)),
    ],
)
def test_a_short_slug_that_may_be_a_date_is_looked_at(slug: str, plain: bool) -> None:
    """A month and a year are its five to seven letters, and end in two digits."""
    assert bool(sent(slug=slug)) is plain


@pytest.mark.parametrize("field", ["stats", "rule_hash", "rule_version"])
def test_what_is_not_sent_unasked_is_looked_at(field: str) -> None:
    """A remark says that it is not sent; where it is asked for there is none."""
    text = {"stats": "{}", "rule_hash": "a", "rule_version": "1"}[field]
    assert not sent(**{field: text})
    row, asked = GOOD | {field: text}, Options(send_rule_metadata=True)
    assert field in (plainly(asked, row)(row) or {})


@pytest.mark.parametrize("field", ["name", "seo_title", "seo_description"])
@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("&quot;Blue&quot; mugs &amp; cups", '"Blue" mugs & cups'),
        ("Caf&#233; &#xE9;", "Café é"),
        ("Salt &amp;amp; pepper", "Salt & pepper"),
        ("Hats&nbsp;&amp;&nbsp;caps", "Hats & caps"),
        ("&lt;b&gt;New&lt;/b&gt;", "New"),
        ("<b>Ne</b>w <br/>hats", "New hats"),
        ("<p class='x'>One</p><p>Two</p>", "One Two"),
        ("a <!-- hidden --> b", "a b"),
    ],
)
def test_html_in_a_text_is_told_and_fixed(field: str, text: str, plain: str) -> None:
    """It is sent letter by letter, and `--fix` writes what it means."""
    result = check(**{field: text})

    assert result.remarks == {"html_in_text": 1}
    (remarked,) = result.remarked_rows()
    assert (remarked["column"], remarked["value"]) == (field, text)
    assert plain in remarked["message"] + remarked["remedy"]
    assert repair(field, text) == ("plain_text", plain)
    assert repair(field, plain) is None
    done, copied = fixed()
    assert [change.after for change in done.changes] == [plain]
    assert copied.remarks == {}


@pytest.mark.parametrize(
    "text",
    ["AT&T", "H&M;", "R&D; more", "Size <XL>", "a < b > c", "<3", "&unknown;", "&#;"],
)
def test_signs_that_are_no_html_are_not_told(text: str) -> None:
    """A size in brackets and a firm's name are texts."""
    assert check(name=text).remarks == {}
    assert repair("name", text) is None


@pytest.mark.parametrize("field", ["name", "seo_title", "seo_description"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [('["Hats"]', "list"), ("[1.10]", "list"), ('{"en": "Hats"}', "object")],
)
def test_a_text_that_is_json_is_told(field: str, text: str, kind: str) -> None:
    """It is sent letter by letter."""
    result = check(**{field: text})

    assert sent(**{field: text}) == {}
    (remarked,) = result.remarked_rows()
    assert (remarked["code"], remarked["variant"]) == ("json_in_text", kind)


@pytest.mark.parametrize(
    ("slug", "variant", "proposal"),
    [
        ("/collections/hats/", "address", "hats"),
        ("https://shop.de/collections/hats", "address", "hats"),
        ("%D1%88%D0%B0%D0%BF%D0%BA%D0%B0", "", "shapka"),
        ("HATS", "", "hats"),
        ("%D1%88%D0", "wordless", ""),
        ("------", "wordless", ""),  # a line that a program draws below a header
        ("https://shop.de", "wordless", ""),
        ("caf\ufffd", "wordless", ""),
    ],
)
def test_what_is_to_be_written_for_a_slug_is_told_and_fixed(
    slug: str, variant: str, proposal: str
) -> None:
    """Neither the path nor the codes of letters become a part of it."""
    assert problems(slug=slug) == [("slug_invalid", variant)]
    assert repair("slug", slug) == (("slug", proposal) if proposal else None)
    (told,) = check(slug=slug).problems()
    assert (f"Write {proposal}." in told["remedy"]) is bool(proposal)


@pytest.mark.parametrize("name", ["{}", "[]", "[ {} ]"])
def test_an_empty_list_is_no_name(name: str) -> None:
    """A collection that is called {} would be of no use to any shop."""
    assert problems(name=name) == [("name_missing", "")]


@pytest.mark.parametrize("name", ["[Sale] Hats", "{new}", "[Sale]", "Hats []"])
def test_brackets_in_a_name_are_a_text(name: str) -> None:
    """Only what JSON would read is told."""
    assert check(name=name).remarks == {}


@pytest.mark.parametrize("character", UNSEEN.values(), ids=UNSEEN)
def test_an_unseen_character_in_a_name_is_told(character: str) -> None:
    """The name is sent as it is; its code says which character it is."""
    result = check(name=f"Best{character}Sellers")

    assert result.remarks == {"unseen_characters": 1}
    (remarked,) = result.remarked_rows()
    assert remarked["parameters"]["characters"] == [f"U+{ord(character):04X}"]


@pytest.mark.parametrize("character", UNSEEN.values(), ids=UNSEEN)
def test_an_unseen_character_in_an_address_or_a_slug_is_a_problem(
    character: str,
) -> None:
    """A link with it leads elsewhere, and nobody would see why."""
    image = problems(image=f"https://x.example/a{character}.png")
    slug = problems(slug=f"hats{character}caps")

    assert {code for code, _ in image} == {"image_not_a_url"}
    assert slug == [("slug_invalid", "unseen")]


@pytest.mark.parametrize(
    "name",
    ["👨‍👩‍👧 Family", "می‌خواهم", "क्‍ष", "日本語　の", "Été"],
    ids=["picture", "persian", "hindi", "wide space", "accents"],
)
def test_what_a_script_needs_is_not_told(name: str) -> None:
    """Joiners are part of the spelling there."""
    assert check(name=name).remarks == {}


@pytest.mark.parametrize(
    "between", [",", ", ", " ", "\n", "|", " | ", ";", ";\n", "\t"]
)
@pytest.mark.parametrize("second", ["https://x.example/2.png", "HTTP://x.example/2"])
def test_the_first_of_several_addresses_is_used_and_told(
    between: str, second: str
) -> None:
    """Whatever stands between them; `--fix` writes the first one."""
    first = GOOD["image"]
    result = check(image=f"{first}{between}{second}")

    assert result.remarks == {"image_first": 1}
    (remarked,) = result.remarked_rows()
    assert remarked["parameters"] == {"value": first, "count": 2}
    done, copied = fixed()
    assert [change.after for change in done.changes] == [first]
    assert copied.remarks == {}


def fixed() -> tuple[Any, CheckResult]:
    done, afterwards = fix(["shop.csv"], settings.load({}), Path("c.csv"), force=True)
    return done, check_inputs(("c.csv",), afterwards)


@pytest.mark.parametrize(
    "image",
    [
        "https://img.example/fetch/w_1,h_2/https://x.example/1.png",
        "https://x.example/?from=https://y.example/",
        "https://x.example/web/2020im_/http://y.example/1.png",
        "https://x.example/?https://y.example/1.png",
        "https://x.example/?a=b&https://y.example/1.png",
        "https://x.example/https:/y.example/https/http.png",
        "https://x.example/a,b;c|d.png",
    ],
)
def test_an_address_within_an_address_is_one(image: str) -> None:
    """Only a comma or the like in front of https:// begins another one."""
    assert check(image=image).remarks == {}
    assert first_address(image) == image


@pytest.mark.parametrize("file", ["1.png", "1.jpg?v=2", "1.webp/", "a%20b", "1.png+"])
@pytest.mark.parametrize("scheme", ["https", "http", "HTTPS"])
@pytest.mark.parametrize("more", [1, 3])
def test_addresses_with_nothing_in_between_are_told(
    file: str, scheme: str, more: int
) -> None:
    """They are sent as one, as they stand, and `--fix` leaves them."""
    first = f"https://x.example/{file}"
    image = first + f"{scheme}://y.example/2.png" * more
    result = check(image=image)

    assert sent(image=image) == {}
    assert result.remarks == {"image_joined": 1}
    (remarked,) = result.remarked_rows()
    assert remarked["parameters"]["count"] == more
    assert remarked["parameters"]["first"] == first
    assert repair("image", image) is None


@pytest.mark.parametrize("behind", ["", ", https://z.example/3.png"])
def test_all_is_told_of_addresses_with_something_in_between_or_nothing(
    behind: str,
) -> None:
    """The first one is used, and what it holds is told."""
    result = check(image=f"https://x.example/1.pnghttp://y.example/2.png{behind}")

    told = {"image_joined": 1} | ({"image_first": 1} if behind else {})
    assert result.remarks == told


FULL, SPACES, HIDDEN = "Write it in full", "without spaces", "cannot be seen (U+200B)"


@pytest.mark.parametrize(
    ("image", "ways"),
    [
        ("/pics/red cup.jpg", [FULL, SPACES]),
        ("https://x.example/red cup.jpg", [SPACES]),
        ("/pics/red\u200bcup.jpg", [FULL, HIDDEN]),
        ("pics/a b\u200b.jpg", [FULL, SPACES, HIDDEN]),
        ("https://x.example/a b\u200b.jpg", [SPACES, HIDDEN]),
        ("/1.png", [FULL]),
    ],
)
def test_all_faults_of_an_address_are_told_at_once(image: str, ways: list[str]) -> None:
    """Else each is found only when the one before is fixed."""
    (problem,) = check(image=image).problems()

    told = [way for way in (FULL, SPACES, HIDDEN) if way in problem["remedy"]]
    assert told == ways


def test_all_faults_of_a_slug_are_told_at_once() -> None:
    """A capital can be seen, what stands beside it cannot."""
    (problem,) = check(slug="Hats\u200b-caps").problems()

    assert "lower-case letters" in problem["message"]
    assert "cannot be seen (U+200B)" in problem["message"]
    assert problem["remedy"] == "Write hats-caps."


def test_a_value_shows_its_unseen_characters_by_their_codes() -> None:
    """An id that looks right would not be understood to be wrong."""
    (found,) = check(product_ids=GOOD["product_ids"] + "\u200b").problems()

    assert found["value"].endswith("a5\\u200b")


@given(st.text(st.sampled_from("ab<>&;#/!- \u200b\u00a0brpx3lt")) | st.text())
def test_a_text_made_plain_stays_so(text: str) -> None:
    """Nothing of HTML is left, and a second time nothing changes."""
    plain = markup.plain(text)

    assert markup.found(plain) is None
    assert markup.plain(plain) == plain


@given(st.text() | st.text(st.sampled_from("a&<;,bp>\u200b\u00a0\n#")))
def test_a_row_passes_at_a_glance_only_if_nothing_is_to_be_told(text: str) -> None:
    """The pattern that spares the second look lets nothing through."""
    for field in ("name", "seo_title", "seo_description"):
        trimmed = text.strip()
        if sent(**{field: trimmed}):
            assert markup.found(trimmed) is None
            assert not texts.hidden(trimmed)
    assert contract.validator(strict_ids=True) is contract.validator(strict_ids=True)
