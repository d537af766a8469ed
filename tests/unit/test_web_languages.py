"""The page in other languages: complete, with every placeholder, as the code is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from importer.web.language import SPOKEN, spoken

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")


def made(name: str) -> Any:
    """A program that makes documents."""
    path = ROOT / "tests" / "documents" / f"{name}.py"
    found = importlib.util.spec_from_file_location(f"{name}_made", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


MADE = made("web_languages")
GUIDE = made("web_guide")


def forms(text: Any) -> list[str]:
    """A sentence, or those of one thing and of several."""
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("code", SPOKEN[1:])
def test_every_sentence_of_the_page_is_translated(code: str) -> None:
    """And no other stands in the file: `make languages` keeps both in step."""
    there = {forms(one.id)[0] for one in MADE.read(code) if one.id}
    assert there == set(MADE.texts())
    assert MADE.missing(MADE.read(code)) == []


@pytest.mark.parametrize("code", SPOKEN[1:])
def test_placeholders_are_kept(code: str) -> None:
    """Each form has what the English one has."""
    for one in MADE.read(code):
        for said in forms(one.string) if one.id else []:
            expected = sorted(PLACEHOLDER.findall(forms(one.id)[-1]))
            assert sorted(PLACEHOLDER.findall(said)) == expected, one.id


@pytest.mark.parametrize("code", SPOKEN[1:])
def test_what_is_served_is_what_is_written(code: str) -> None:
    """The compiled file is made of the other."""
    for one in MADE.read(code):
        if one.id:
            said = spoken(code).catalogue
            pair = forms(one.id)
            heard = (
                said.gettext(pair[0])
                if len(pair) == 1
                else said.ngettext(pair[0], pair[1], 1)
            )
            assert heard == forms(one.string)[0]


@pytest.mark.parametrize("code", SPOKEN)
def test_the_page_to_print_says_what_the_page_says(code: str) -> None:
    """It is made by `make docs`, and has its pictures."""
    page = ROOT / "docs" / GUIDE.name_of(code)
    text = page.read_text("utf-8")
    assert text == GUIDE.text(code)
    pictures = re.findall(r"\]\((pictures/[^)]+)\)", text)
    assert len(pictures) == 2
    sizes = [(page.parent / one).stat().st_size for one in pictures]
    assert max(sizes) <= 60 * 1024


@pytest.mark.parametrize("code", SPOKEN)
def test_the_page_to_print_calls_a_button_as_its_screen_does(code: str) -> None:
    """What stands in quotation marks is a text of the page, in each language."""
    speech = spoken(code)
    marks = speech.quoted("(.+?)")
    said = {speech.gettext(one).rstrip(" …") for one in MADE.texts()}
    told = re.findall(marks, GUIDE.text(code).replace("\n", " "))
    assert len(told) == 6
    assert set(told) <= said


def test_plurals_and_figures_are_those_of_the_language() -> None:
    """One thing, several, thousands apart."""
    pair = ("Create %(count)s collection", "Create %(count)s collections")
    assert spoken("de").ngettext(*pair, 1) == "1 Kollektion anlegen"
    assert spoken("de").ngettext(*pair, 1200) == "1.200 Kollektionen anlegen"
    assert spoken("es").ngettext(*pair, 1) == "Crear 1 colección"
    assert spoken("es").ngettext(*pair, 0) == "Crear 0 colecciones"
