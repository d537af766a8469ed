"""What values say of themselves, and what stands in front of other checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer import sentences, sync
from importer.mapping import draft
from importer.models import Canary, Code
from importer.sentences import language, reading

if TYPE_CHECKING:
    from pathlib import Path

PLACES = """[[locations]]
id = "ve9EPM428h8vShlRW1KT"
name = "Berlin"
token_env = "A"
"""


def test_a_canary_says_how_it_stands() -> None:
    """What waits for it, and which setting it is of."""
    canary = Canary(("a", "b"), wanted=("2",))
    assert str(canary) == (
        "The canary of 2 locations has not passed yet; the others wait for it."
    )
    assert str(canary.fine()) == "The canary of 2 locations went well."
    assert canary.fine().chosen_by(["2"])
    assert not canary.chosen_by(["3"])


def test_a_text_is_quoted_as_toml_has_it() -> None:
    """A quotation mark and a backslash are escaped."""
    assert draft.quoted('24" \\') == '"24\\" \\\\"'


def test_english_says_what_to_do() -> None:
    """The remedy is the second part of a sentence."""
    assert sentences.remedy("name_missing", {}) == language.remedy("name_missing", {})


def test_a_text_that_is_no_sentence_is_told_as_it_is() -> None:
    """With more colons than a sentence has, and quotes that are none."""
    german = language.named("de")
    for text in ("a: b: c: d: e: f: g", "x: 'y", "a: 'b' c: \"d"):
        assert reading.retold(text, german) == text
    assert len([*reading._prefixes(text := "a: b: c: d: e")]) == len(text.split()) - 2
    with pytest.raises(reading._UnreadError):
        reading._shown("'y")


def test_ids_in_a_row_for_many_locations_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, and beside what else is wrong."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "locations.toml").write_text(PLACES, "utf-8")
    row = {"name": "Hats", "slug": "hats", "type": "manual"}
    row["product_ids"] = "655b33a82209e60b6adb87a5"
    checked = sync.check([row, {**row, "slug": "Hats!"}], into=["Berlin"], env=False)
    codes = {(line["row"], line["code"]) for line in checked.problems()}
    wanted = {(2, Code.PRODUCT_ID_INVALID), (3, Code.PRODUCT_ID_INVALID)}
    assert codes == wanted | {(3, Code.SLUG_INVALID)}
