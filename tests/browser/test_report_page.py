"""The flight record in Chromium: its figures, its tables, and what it must not do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from importer import report
from importer.models import Flight

sys.path.insert(0, str(Path(__file__).parent))  # the pages are no package

import chromium
import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_serious(
    look: Callable[..., Seen], scheme: str, width: int
) -> None:
    """In both themes, on a desk and on a telephone, with everything unfolded."""
    summary, rows = ordinary()
    seen = look(summary, rows, scheme=scheme, width=width)
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
        names += group.locator("td:nth-child(2) > bdi").all_text_contents()
        group.get_by_role("button", name=turn).click()

    assert names == [row.name for row in rows]
    assert seen.page.title() == title
    assert seen.page.locator("img").count() == 0
    assert seen.page.locator("script").count() == 2
    assert seen.errors == []


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
    assert "no rows" in seen.page.locator("h1").inner_text()
