"""The page for people without a terminal, in Chromium: every screen, every way through.

Whoever tries it reads what the page says and nothing else; the clicks are counted. Each
screen is looked at where somebody comes by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import chromium
import pytest
from web_looks import NOWHERE, look, looking, reach, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

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
#: Headings that nobody knows, and two rows with a fault.
ODD = "Spalte A,Spalte B\nSommer,sommer\nWinter,Winter 1\nHerbst,Herbst 1\n"
#: So many rows that they are not done before eight tabs are opened: the practice server
#: takes a hundred of them in ten seconds.
LONG = 240
#: What the page is told in the middle of an import.
HALF = {
    "going": True,
    "max": 120,
    "value": 60,
    "trouble": "It is tried again.",
    "head": "Creating your collections",
    "count": "60 of 120",
    "left": "9 s left",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that is served, as the command does it."""
    with served(tmp_path_factory.mktemp("served")) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium.started() as one:
        yield one


def bad_table(path: Path) -> Path:
    """Write the file as a shop might: its own words above the columns."""
    rows = [("Tents", "tents", "smart", "title contains d"), *FAULTS, *FINE]
    lines = [",".join(row).format(n=n) for n, row in enumerate(rows, 1)]
    path.write_text("\n".join(["Title,Handle,Type,Rules", *lines, ""]), "utf-8")
    return path


def odd_table(path: Path) -> Path:
    """Write the file whose columns are asked."""
    path.write_text(ODD, "utf-8")
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

    def type(self, row: str, header: str, text: str, *, kept: bool = True) -> None:
        """Type into a cell of the row with that heading, and keep it with Enter."""
        section = self.page.locator(f"section.bad:has(h3:has-text('{row}'))").first
        section.get_by_label(header, exact=True).fill(text)
        if kept:
            section.get_by_label(header, exact=True).press("Enter")
            self.page.wait_for_load_state()
        self.typed += 1


def test_twenty_faults_are_corrected_imported_and_taken_back(
    browser: Browser,
    folder: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """By what is offered, by typing, by leaving out; every screen is for everybody."""
    with looking(browser, folder) as page:
        _look_around(page)
        page.set_input_files("#file", bad_table(tmp_path / "shop.csv"))
        person = Person(page)
        person.press("#read")
        assert person.head == "20 rows need a correction"
        assert len(page.content()) < 200_000
        _correct(person)
        assert person.head == "1 row needs a correction"
        look(page)
        person.press("#next")
        page.wait_for_selector("#send")
        look(page)
        person.press("#send")
        page.wait_for_selector("h1:has-text('Done')")
        assert person.head.startswith("Done: 39 collections were created")
        record_property("clicks", person.clicks)
        record_property("cells typed", person.typed)
        assert (person.clicks, person.typed) == (6, 5)
        look(page)
        for end in ("Take back 39 collections?", "Taken back"):
            page.click("#undo")
            page.wait_for_selector(f"h1:has-text('{end}')")
            look(page)
        page.click(".brand")
        look(page)


def _look_around(page: Page) -> None:
    """Look at the first screen, and at those beside the way."""
    page.click("summary")
    look(page)
    home = page.url
    for path in ("shops", "guide", NOWHERE.removeprefix("/")):
        page.goto(home + path)
        look(page)
    page.click("text=To the first page")
    # without a cookie the page is locked; it answers as the one that is not there does
    context, kept = page.context, page.context.cookies()
    context.clear_cookies()
    page.goto(home + NOWHERE.removeprefix("/"))
    assert page.inner_text("h1") == "This page is locked"
    look(page)
    context.add_cookies(kept)  # type: ignore[arg-type]
    page.goto(home)


def _correct(person: Person) -> None:
    """Correct all but one of the rows."""
    # what is clear at once, and what makes a second collection not with it
    person.press("#apply")
    assert person.head == "8 rows need a correction"
    look(person.page)
    # what is typed and not kept is kept with the next
    person.type("Row 15", "Title", "Scarves", kept=False)
    for row, header, text in (
        ("Row 16", "Title", "Gloves"),
        ("Row 19", "Type", "smart"),
        ("Row 20", "Type", "smart"),
        ("Row 21", "Rules", "title contains f"),
    ):
        person.type(row, header, text)
    person.press("text=Two collections: write")
    assert "Row 17" not in person.page.inner_text("main")
    person.press("text=The same twice: leave this row out")


def test_progress_is_for_everybody_and_survives_what_people_do(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """A reload, eight tabs, a closed one, the button for going back, stop, continue."""
    table = tmp_path / "long.csv"
    rows = "".join(f"T {n},t-{n},smart,title contains x\n" for n in range(LONG))
    table.write_text(f"name,slug,type,rules\n{rows}")
    with looking(browser, folder) as page:
        page.set_input_files("#file", table)
        page.click("#read")
        page.click("#next")
        page.wait_for_selector("#send")
        # here it stays as it is in the middle, however long it is looked at
        page.route("**/state", lambda route: route.fulfill(json=HALF))
        page.dblclick("#send")
        page.wait_for_selector("h1:has-text('Creating your collections')")
        others = [page.context.new_page() for _ in range(8)]
        for other in others:
            other.goto(page.url)
            assert other.locator("#bar").count() == 1
        others[0].reload()
        others[0].click("#stop")
        others[0].wait_for_selector("h1:has-text('Stopped')")
        # a tab that was left open has noticed by itself
        others[1].wait_for_selector("#continue")
        for other in others:
            other.close()
        assert page.inner_text("#count") == HALF["count"]
        look(page)
        page.unroute("**/state")
        page.go_back()
        page.go_forward()
        page.wait_for_selector("h1:has-text('Stopped')")
        look(page)
        page.click("#continue")
        page.wait_for_selector(
            f"h1:has-text('Done: {LONG} collections were created')", timeout=90_000
        )
        page.wait_for_selector("a[href$='report.html']")


def test_the_keyboard_alone_does(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """From the columns to the end: Tab and Enter, with focus to be seen."""
    with looking(browser, folder) as page:
        _choose(page, tmp_path)
        look(page)
        # nothing is chosen for anybody, and a choice is kept
        assert page.input_value("#column-1") == page.input_value("#column-2") == ""
        for column, word in (("#column-1", "Name of"), ("#column-2", "Its address")):
            reach(page, column)
            page.keyboard.type(word)
        reach(page, "#right")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('2 rows need a correction')")
        _type_again(page, "winter", "1 row needs a correction")
        # the page comes back at the next row, and the focus is there
        assert page.evaluate("document.activeElement.textContent") == "Row 4 · Herbst"
        _type_again(page, "herbst", "All 3 rows are fine")
        look(page)
        for button, end in (
            ("#next", "will be created"),
            ("#send", "Done: 3 collections were created"),
            ("#undo", "Take back 3 collections?"),
            ("#undo", "Taken back"),
        ):
            reach(page, button)
            page.keyboard.press("Enter")
            page.wait_for_selector(f"h1:has-text('{end}')")
        page.reload()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        reach(page, "summary")
        page.keyboard.press("Enter")
        reach(page, "button[lang=es]")
        page.keyboard.press("Enter")
        page.wait_for_selector("html[lang=es]")


def _choose(page: Page, folder: Path) -> None:
    """Choose a file that is refused, and then one that is not."""
    (folder / "empty.csv").touch()
    page.set_input_files("#file", folder / "empty.csv")
    page.click("#read")
    page.wait_for_selector(".alert")
    page.set_input_files("#file", odd_table(folder / "odd.csv"))
    reach(page, "#read")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Which column is what?')")
    # behind it is no form that would be sent again
    page.go_back()
    assert page.url.endswith("/")
    page.go_forward()


def _type_again(page: Page, text: str, end: str) -> None:
    """Type another text into the first cell of what is shown."""
    reach(page, ".cells input")
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('{end}')")


def test_without_scripts_all_works(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """Forms and links alone; who waits looks again."""
    with looking(browser, folder, java_script_enabled=False) as page:
        page.set_input_files("#file", odd_table(tmp_path / "odd.csv"))
        page.click("#read")
        page.select_option("#column-1", "name")
        page.select_option("#column-2", "slug")
        page.click("#right")
        page.locator(".cells input[type=text]").first.fill("winter")
        page.locator(".cells button").first.click()
        assert page.url.endswith("#r4")
        page.click("#next")
        _look_again(page, "will be created")
        page.click("#send")
        _look_again(page, "Done: 2 collections were created")
        page.click("#undo")
        page.click("#undo")
        _look_again(page, "Taken back")
        page.click("summary")
        page.click("button[lang=de]")
        assert page.get_attribute("html", "lang") == "de"


def _look_again(page: Page, end: str) -> None:
    for _ in range(100):
        if end in (page.text_content("h1") or ""):
            return
        page.click("noscript a")
    pytest.fail(page.content())
