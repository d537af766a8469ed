"""Somebody who has only the page, and a bad file, comes to the end.

Whoever it is reads what the page says and nothing else; the clicks are counted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the pages are no package

from test_web_page import browser, folder, look, looking

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

__all__ = ["browser", "folder"]

pytestmark = pytest.mark.slow

#: Twenty faults of six kinds, among rows that are fine.
FAULTS = [
    *[("Sale {n}", "Big Sale {n}", "smart", "title contains a") for _ in range(8)],
    *[("Boots {n}", "boots-{n}!", "smart", "title contains b") for _ in range(4)],
    *[("", "nameless-{n}", "smart", "title contains c") for _ in range(2)],
    *[("Tents {n}", "tents", "smart", "title contains d") for _ in range(2)],
    *[("Hats {n}", "hats-{n}", "clever", "title contains e") for _ in range(2)],
    *[("Lamps {n}", "lamps-{n}", "smart", "title about f") for _ in range(2)],
]
FINE = [("Fine {n}", "fine-{n}", "smart", "title contains g") for _ in range(20)]


def table(path: Path) -> Path:
    """Write the file as a shop might: its own words above the columns."""
    rows = [("Tents", "tents", "smart", "title contains d"), *FAULTS, *FINE]
    lines = [",".join(row).format(n=n) for n, row in enumerate(rows, 1)]
    path.write_text("\n".join(["Title,Handle,Type,Rules", *lines, ""]), "utf-8")
    return path


class Person:
    """Presses and types what the page says, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.typed = page, 0, 0

    @property
    def head(self) -> str:
        """What the page says above all."""
        return self.page.inner_text("h1")

    def press(self, what: str) -> None:
        """Press a button or a link."""
        self.page.click(what)
        self.page.wait_for_load_state()
        self.clicks += 1

    def type(self, row: str, header: str, text: str) -> None:
        """Type into a cell of the row with that heading, and keep it with Enter."""
        section = self.page.locator(f"section.bad:has(h3:has-text('{row}'))").first
        section.get_by_label(header, exact=True).fill(text)
        section.get_by_label(header, exact=True).press("Enter")
        self.page.wait_for_load_state()
        self.typed += 1


def test_twenty_faults_are_corrected_and_imported(
    browser: Browser,
    folder: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """By what is offered, by typing, by leaving out."""
    with looking(browser, folder) as page:
        page.set_input_files("#file", table(tmp_path / "shop.csv"))
        person = Person(page)
        person.press("#read")
        assert person.head == "20 rows need a correction"
        assert len(page.content()) < 200_000
        # what is clear at once, and what makes a second collection not with it
        person.press("#apply")
        assert person.head == "8 rows need a correction"
        for row, header, text in (
            ("Row 15", "Title", "Scarves"),
            ("Row 16", "Title", "Gloves"),
            ("Row 19", "Type", "smart"),
            ("Row 20", "Type", "smart"),
            ("Row 21", "Rules", "title contains f"),
        ):
            person.type(row, header, text)
        person.press("text=Two collections: write")
        assert "Row 17" not in page.inner_text("main")
        person.press("text=The same twice: leave this row out")
        look(page)
        assert person.head == "1 row needs a correction"
        person.press("#next")
        page.wait_for_selector("#send")
        person.press("#send")
        page.wait_for_selector("h1:has-text('Done')")
        assert person.head.startswith("Done: 39 collections were created")
    record_property("clicks", person.clicks)
    record_property("cells typed", person.typed)
    assert (person.clicks, person.typed) == (6, 5)


def test_columns_are_said_by_somebody_who_has_only_the_page(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """By keyboard alone: nothing is chosen before, and a choice is kept."""
    file = tmp_path / "odd.csv"
    file.write_text("Spalte A,Spalte B\nSommer,sommer\nWinter,winter\n", "utf-8")
    with looking(browser, folder) as page:
        page.set_input_files("#file", file)
        page.click("#read")
        page.wait_for_selector("h1:has-text('Which column is what?')")
        look(page)
        assert page.input_value("#column-1") == page.input_value("#column-2") == ""
        page.focus("#column-1")
        page.keyboard.type("Name of")
        page.keyboard.press("Tab")
        page.keyboard.type("Its address")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('All 2 rows are fine')")
