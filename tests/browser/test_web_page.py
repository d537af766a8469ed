"""The page for people without a terminal, in Chromium: every screen, every way through.

Each screen is looked at in the light on a desk and in the dark on a telephone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

sys.path.insert(0, str(Path(__file__).parent))  # the pages are no package

import chromium

from importer.web.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

WIDE, NARROW = ("light", 1280), ("dark", 375)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe().axe_script
FOUND = """async rules => (await axe.run(
    document, {runOnly: rules, resultTypes: ['violations']})).violations
    .map(one => [one.id, one.nodes.map(node => node.html)])"""
#: What people press or type into is at least so large; in lines of text links may be
#: smaller, and there are none.
LEAST = 44
SMALL = f"""() => [...document.querySelectorAll(
    'a, button, select, input:not([type=hidden])')].filter(one => {{
        const size = one.getBoundingClientRect();
        return size.width && !one.classList.contains('skip')
            && (size.height < {LEAST - 0.1} || size.width < {LEAST - 0.1});
    }}).map(one => one.outerHTML.slice(0, 100))"""
TABLE = "name,slug,type,rules\nTents,tents,smart,title contains tent\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that is served, as the command does it."""
    folder = tmp_path_factory.mktemp("served")
    words = ["web", "--folder", str(folder), "--no-open"]
    server = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "importer", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert "http://" in server.stdout.readline()
        yield folder
    finally:
        server.terminate()
        server.communicate(timeout=10)


def link(folder: Path) -> str:
    """Give one more link to what is served."""
    note = json.loads((folder / "web" / "server.json").read_text("utf-8"))
    return f"{note['url']}/enter?k={Keys(folder / 'web').make_link('Anna')}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium.started() as one:
        yield one


@contextmanager
def looking(browser: Browser, folder: Path, **options: bool) -> Iterator[Page]:
    """Open the page; it asks for nothing elsewhere, and complains of nothing."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(20_000)
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(link(folder))
    assert len(asked) <= 5, asked
    yield page
    context.close()
    own = asked[0].partition("/enter")[0]
    assert not [url for url in asked if not url.startswith((own, "data:"))]
    assert not errors


def look(page: Page, *, moving: bool = False) -> None:
    """See that everybody can read and press what there is."""
    page.evaluate(AXE)
    for scheme, width in (WIDE, NARROW):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(FOUND, RULES) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL) == []
    if not moving:
        page.set_viewport_size({"width": 320, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.evaluate("document.documentElement.style.fontSize = ''")


def test_every_screen_is_for_everybody(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """From the door to what was taken back, and what is refused on the way."""
    table = tmp_path / "spring.csv"
    table.write_text(TABLE)
    with looking(browser, folder) as page:
        look(page)
        page.click("text=Set up a sub-account")
        look(page)
        page.click("text=To the first page")
        page.set_input_files("#file", table)
        page.click("#read")
        look(page)
        page.click("#next")
        page.wait_for_selector("#send")
        look(page)
        page.click("#send")
        page.wait_for_selector("h1:has-text('Done')")
        look(page)
        page.click("#undo")
        page.wait_for_selector("h1:has-text('Take back')")
        look(page)
        page.click("#undo")
        page.wait_for_selector("h1:has-text('Taken back')")
        look(page)
        page.click(".brand")
        look(page)
        page.click("#example")
        page.wait_for_selector("h1:has-text('need a correction')")
        look(page)


def test_progress_is_for_everybody_and_survives_what_people_do(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """A reload, eight tabs, a closed one, the button for going back, stop, continue."""
    table = tmp_path / "long.csv"
    rows = "".join(f"T {n},t-{n},smart,title contains x\n" for n in range(120))
    table.write_text(f"name,slug,type,rules\n{rows}")
    with looking(browser, folder) as page:
        page.set_input_files("#file", table)
        page.click("#read")
        page.click("#next")
        page.wait_for_selector("#send")
        page.dblclick("#send")
        page.wait_for_selector("h1:has-text('Creating your collections')")
        look(page, moving=True)
        others = [page.context.new_page() for _ in range(8)]
        for other in others:
            other.goto(page.url)
            assert other.text_content("h1") == "Creating your collections"
        page.reload()
        page.go_back()
        page.goto(others[0].url)
        page.click("#stop")
        page.wait_for_selector("h1:has-text('Stopped')")
        look(page)
        # a tab that was left open has noticed by itself
        others[1].wait_for_selector("#continue")
        for other in others:
            other.close()
        page.click("#continue")
        page.wait_for_selector("h1:has-text('Done: 120 collections were created')")
        record = page.get_attribute("a[href$='report.html']", "href")
        assert record is not None


def test_the_keyboard_alone_does(browser: Browser, folder: Path) -> None:
    """From the first screen to the end: Tab and Enter, with focus to be seen."""
    with looking(browser, folder) as page:
        for button, end in (
            ("#example", "need a correction"),
            ("#next", "will be created"),
            ("#send", "Done: 7 collections were created"),
            ("#undo", "Take back 7 collections?"),
            ("#undo", "Taken back"),
        ):
            for _ in range(25):
                page.keyboard.press("Tab")
                if page.evaluate(f"document.activeElement.matches('{button}')"):
                    break
            else:
                pytest.fail(f"{button} is not reached")
            outline = "getComputedStyle(document.activeElement).outlineWidth"
            assert page.evaluate(outline) == "3px"
            page.keyboard.press("Enter")
            page.wait_for_selector(f"h1:has-text('{end}')")
        skip = page.locator(".skip")
        page.reload()
        page.keyboard.press("Tab")
        assert skip.evaluate("one => one === document.activeElement")


def test_without_scripts_all_works(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    """Forms and links alone; who waits looks again."""
    table = tmp_path / "spring.csv"
    table.write_text(TABLE)
    with looking(browser, folder, java_script_enabled=False) as page:
        page.set_input_files("#file", table)
        page.click("#read")
        page.click("#next")
        _look_again(page, "will be created")
        page.click("#send")
        _look_again(page, "Done: 1 collection was created")
        page.click("#undo")
        page.click("#undo")
        _look_again(page, "Taken back")


def _look_again(page: Page, end: str) -> None:
    for _ in range(100):
        if end in (page.text_content("h1") or ""):
            return
        page.click("noscript a")
    pytest.fail(page.content())
