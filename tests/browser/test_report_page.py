"""The flight record in Chromium: its figures, its tables, and what it must not do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chromium
import pages
import pytest
from axe_playwright_python.sync_playwright import Axe

from importer import report
from importer.models import Flight
from importer.report.page import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chromium import Seen
    from playwright.sync_api import Browser

    from importer.models import ReportLine, Summary

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium.started() as one:
        yield one


@pytest.fixture
def look(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Seen]]:
    """Write the page of a run, and open it."""
    with chromium.looking(browser, tmp_path) as one:
        yield one


def ordinary() -> tuple[Summary, list[ReportLine]]:
    """A run with problems and many locations."""
    rows = list(pages.lines(60, 30))
    return pages.summary(rows, 30, pages.flown(30)), rows


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure of a document, with its path."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, document


def test_the_figures_of_the_page_are_those_of_the_summary(
    look: Callable[..., Seen],
) -> None:
    """Every figure that has a name stands in summary.json under that name."""
    summary, rows = ordinary()
    known = dict(leaves(report.summary_document(summary)))

    seen = look(summary, rows)

    named = seen.page.eval_on_selector_all(
        "[data-fact]",
        "all => all.map(one => [one.dataset.fact, one.dataset.value, one.innerText])",
    )
    assert len(named) > 12
    for path, exact, text in named:
        if exact is not None:
            assert float(exact) == known[path], path
        else:
            assert int(text.replace(",", "")) == known[path], path
    for name in ("calls.made", "calls.refused", "calls.retried", "rows", "exit_code"):
        assert name in [one[0] for one in named]


@pytest.mark.parametrize("rows", [(), "some"], ids=["empty", "some"])
def test_the_page_asks_for_nothing_but_itself(
    look: Callable[..., Seen], rows: object
) -> None:
    """No request leaves the file, and nothing is complained about."""
    summary, troubles = ordinary() if rows else (pages.summary((), 0), [])

    seen = look(summary, troubles)
    seen.page.emulate_media(media="print")
    seen.page.wait_for_load_state("networkidle")

    assert seen.asked == [seen.file.as_uri()]
    assert seen.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 768, 375])
def test_axe_finds_nothing_serious(
    look: Callable[..., Seen], scheme: str, width: int
) -> None:
    """In both themes, on a desk and on a telephone, with everything unfolded."""
    summary, rows = ordinary()
    made = kept(pages.created(60, 30), pages.updated(60))
    seen = look(summary, rows, scheme=scheme, width=width, made=made)
    seen.page.eval_on_selector_all("details", "all => all.forEach(a => a.open = true)")

    found = Axe().run(seen.page).response["violations"]

    serious = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_cells_are_nothing_but_text(look: Callable[..., Seen]) -> None:
    """On the first turn of a table and on the next, no cell does anything."""
    rows = pages.hostile()
    seen = look(pages.summary(rows, 1, pages.flown(1)), rows)
    title = seen.page.title()
    group = seen.page.locator("[data-group]")

    names = []
    for turn in ("Next", "Back"):
        names += group.locator("tbody tr > :nth-child(2) > bdi").all_text_contents()
        group.get_by_role("button", name=turn).click()

    assert names == [row.name for row in rows]
    assert seen.page.title() == title
    assert seen.page.locator("img").count() == 0
    assert seen.page.locator("script").count() == 2
    assert seen.errors == []


def test_hostile_collections_are_nothing_but_text(look: Callable[..., Seen]) -> None:
    """Neither created nor changed ones do anything, on any turn of their tables."""
    made = kept(pages.hurt(), pages.hurt())
    seen = look(pages.summary((), 1, pages.flown(1)), made=made, width=375)
    title = seen.page.title()

    for table, noun in (("created", "tr"), ("updated", "tbody")):
        section = seen.page.locator(f"section[aria-labelledby={table}]")
        names = []
        for turn in ("Next", "Back"):
            path = f"{noun} th[role=rowheader] > bdi"
            names += section.locator(path).all_text_contents()
            section.get_by_role("button", name=turn).click()
        assert names == [one.name for one in pages.hurt()]
    assert seen.page.title() == title
    assert seen.page.locator("img").count() == 0
    assert seen.page.locator("script").count() == 2
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 375
    assert seen.errors == []


def test_a_turned_page_looks_as_the_first_one(look: Callable[..., Seen]) -> None:
    """What the script puts there is what the file had, letter by letter."""
    rows = list(pages.lines(60, 30))
    changes = {
        "name": ("Summer lamps", "Winter lamps"),
        "product_ids": ("a b", "b c"),
        "seo_title": ("", "New"),
    }
    made = kept(pages.created(60, 30), pages.updated(60, changes))
    tables = ".scroll table tbody"
    summary = pages.summary(rows, 30, pages.flown(30))
    read = "all => all.map(one => one.innerHTML.replace(/>\\s+</g, '><').trim())"

    still = look(summary, rows, made=made, scripts=False)
    first = still.page.eval_on_selector_all(tables, read)
    seen = look(summary, rows, made=made)

    assert len(first) > 8
    assert seen.page.eval_on_selector_all(tables, read) == first


def test_collections_are_found_by_name_slug_and_id(look: Callable[..., Seen]) -> None:
    """Among all that are on the page, shown or not."""
    made = kept(pages.created(600, 2), pages.updated(600))
    seen = look(pages.summary((), 2, pages.flown(2)), made=made)

    for table in ("created", "updated"):
        section = seen.page.locator(f"section[aria-labelledby={table}]")
        find, names = section.get_by_label("Find"), section.locator("tbody th > bdi")
        for words in ("LAMPS 417", "lamps-417", f"6578278e{417:016}", "row 419"):
            find.fill(words)
            assert names.all_inner_texts() == ["Lamps 417"], words
        find.fill("rugs")
        assert "no collection like that" in section.inner_text()
        find.fill("")
        assert section.get_by_role("status").inner_text() == "1\u20138 of 600"


def test_sixty_locations_can_be_read_on_a_telephone(look: Callable[..., Seen]) -> None:
    """At 375 pixels nothing has to be pushed sideways, and fingers find each button."""
    rows = list(pages.lines(60, 60))
    made = kept(pages.created(60, 60), pages.updated(60))
    seen = look(pages.summary(rows, 60, pages.flown(60)), rows, made=made, width=375)

    wide = seen.page.eval_on_selector_all(
        "html, .scroll", "all => all.filter(a => a.scrollWidth > a.clientWidth).length"
    )
    assert wide == 0
    card = seen.page.locator("#places-table tbody tr").first
    labels = [text for text in card.inner_text().split("\n") if text]
    assert labels[0] == "location-00000"
    shown = card.locator("td").evaluate_all(
        "all => all.map(a => getComputedStyle(a, '::before').content)"
    )
    assert "Rows" in shown[0]
    assert "Left today" in shown[-1]
    low = seen.page.eval_on_selector_all(
        "button, input, select, summary",
        "all => all.map(a => a.getBoundingClientRect()).filter(a => a.width > 1)"
        ".map(a => a.height).filter(height => height && height < 44)",
    )
    assert low == []
    seen.page.get_by_label("Sort").select_option("Left today")
    first = seen.page.locator("#places-table tbody th > bdi").first
    assert first.inner_text() == "location-00000"
    seen.page.get_by_label("Sort").select_option("")
    assert seen.page.locator("th[aria-sort]").count() == 0


def test_a_text_from_right_to_left_turns_only_itself(look: Callable[..., Seen]) -> None:
    """A mark of direction in a name does not reverse what stands beside it."""
    rows = pages.hostile()
    seen = look(pages.summary(rows), rows)

    styles = seen.page.eval_on_selector_all(
        "td bdi", "all => all.map(one => getComputedStyle(one).unicodeBidi)"
    )

    assert set(styles) == {"isolate"}


def test_fifty_thousand_rows_are_few_elements(look: Callable[..., Seen]) -> None:
    """The page stays small and counts all of them; the files have the rest."""
    rows = list(pages.lines(50_000, 5_000))
    summary = pages.summary(rows, 5_000, pages.flown(5_000, 4))

    seen = look(summary, rows)

    assert seen.fact("counts.invalid") == "50,000"
    assert seen.page.evaluate("document.querySelectorAll('*').length") < 2_000
    assert seen.file.stat().st_size < 2_000_000
    assert "1\u201320 of 5,000" in seen.page.content()


def test_a_group_is_turned_over_to_its_end(look: Callable[..., Seen]) -> None:
    """Next and Back show every row of a kind once."""
    rows = list(pages.lines(60))
    seen = look(pages.summary(rows), rows)
    group = seen.page.locator("[data-group]").first
    on = group.get_by_role("button", name="Next")

    found = group.locator("td:first-child > bdi").all_text_contents()
    while on.is_enabled():
        on.click()
        found += group.locator("td:first-child > bdi").all_text_contents()

    assert found == [str(row.place) for row in rows[::3]]
    assert group.get_by_role("status").inner_text() == "17\u201320 of 20"


def test_locations_are_found_sorted_and_chosen(look: Callable[..., Seen]) -> None:
    """By name or id, by any column both ways, and those that want something."""
    summary, rows = ordinary()
    seen = look(summary, rows)
    table = seen.page.locator("#places-table")
    ids = table.locator("tbody th > bdi")

    table.get_by_role("button", name="Left today").click()
    assert ids.first.inner_text() == "location-00000"
    table.get_by_role("button", name="Left today").click()
    assert ids.first.inner_text() == "location-00029"
    assert table.locator("th[aria-sort=ascending]").inner_text() == "Left today"
    seen.page.get_by_label("Show").select_option("refused")
    assert sorted(ids.all_inner_texts()) == [
        f"location-{nth:05}" for nth in range(0, 30, 7)
    ]
    seen.page.get_by_label("Show").select_option("all")
    seen.page.get_by_label("Find").fill("BERLIN")
    assert ids.all_inner_texts() == ["Berlin"]
    seen.page.get_by_label("Find").fill("Paris")
    assert "no location like that" in seen.page.content()


def test_the_page_can_be_read_without_scripts(look: Callable[..., Seen]) -> None:
    """The first rows of each table, every figure and every chart are there."""
    summary, rows = ordinary()
    seen = look(summary, rows, scripts=False)

    assert seen.page.locator("[data-group] tbody tr").count() == 24
    assert seen.page.locator("#places-table tbody tr").count() == 20
    assert seen.page.get_by_label("Find").is_hidden()
    assert seen.page.locator("svg.timeline:visible").count() == 1


def test_what_is_folded_away_is_printed(look: Callable[..., Seen]) -> None:
    """On paper nobody can unfold a group; afterwards the screen is as it was."""
    summary, rows = ordinary()
    seen = look(summary, rows)

    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen.page.locator("details:not([open])").count() == 0
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert seen.page.locator("details:not([open])").count() == 2


def test_a_chart_says_in_words_what_it_shows(look: Callable[..., Seen]) -> None:
    """Whoever cannot see it is told the same."""
    summary, rows = ordinary()
    seen = look(summary, rows)

    words = seen.page.get_by_role("img").evaluate_all(
        "all => all.map(one => one.ariaLabel)"
    )
    assert words[0].startswith("Calls in 4 windows: ")
    assert "3,000 were allowed" in words[0]
    assert words[1].startswith("Half of the answers came within ")
    assert words[2].startswith("At the end 97.5 % of the quota ")


def test_a_run_without_calls_has_no_charts(look: Callable[..., Seen]) -> None:
    """An empty input gives a page that says so."""
    seen = look(pages.summary((), 0, Flight()))

    assert seen.page.locator("svg").count() == 0
    assert seen.page.locator("#created, #updated").count() == 0
    assert "no rows" in seen.page.locator("h1").inner_text()
