"""Looks at the page of `importer web` for all who cannot see, point or wait well.

One server and one Chromium do for all tests. Invariant: whatever a page asks for
elsewhere, or complains of, is told when it is closed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

from importer.web.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ALL = {"type": "tag", "values": _TAGS}
_COLOURS = {"type": "rule", "values": ["color-contrast"]}
#: In which light, how wide, and what of it by which rules: all of it on a desk in the
#: light and on a telephone in the dark. The other way round only the colours of what
#: is not the same on both are left to look at.
_WAYS = (
    ("light", 1280, "html", _ALL),
    ("dark", 1280, "header, nav", _COLOURS),
    ("dark", 375, "html", _ALL),
    ("light", 375, "header, nav", _COLOURS),
)
_AXE = Axe().axe_script
_FOUND = """async ([part, rules]) => (await axe.run(
    part, {runOnly: rules, resultTypes: ['violations']})).violations
    .map(one => [one.id, one.nodes.map(node => node.html)])"""
#: What people press or type into is at least so large; in lines of text links may be
#: smaller, and there are none.
LEAST = 44
_SMALL = f"""() => [...document.querySelectorAll(
    'a, button, select, summary, textarea, input:not([type=hidden])')].filter(one => {{
        const size = one.getBoundingClientRect();
        return size.width && !one.classList.contains('skip')
            && (size.height < {LEAST - 0.1} || size.width < {LEAST - 0.1});
    }}).map(one => one.outerHTML.slice(0, 100))"""
_WIDTH = "document.documentElement.scrollWidth"
#: An address that has no page; a browser complains of it, and rightly.
NOWHERE = "/d/none"
#: And of a file that is refused.
_REFUSED = (NOWHERE, "/upload")


@contextmanager
def served(folder: Path) -> Iterator[Path]:
    """Serve a folder, as the command does it."""
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
        server.communicate(timeout=30)


def _link(folder: Path) -> str:
    """Give one more link to what is served."""
    note = json.loads((folder / "web" / "server.json").read_text("utf-8"))
    return f"{note['url']}/enter?k={Keys(folder / 'web').make_link('Anna')}"


@contextmanager
def looking(browser: Browser, folder: Path, **options: bool) -> Iterator[Page]:
    """Open the page; it asks for nothing elsewhere, and complains of nothing."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.extend(_complaint(told)))
    page.goto(_link(folder))
    assert len(asked) <= 5, asked
    yield page
    context.close()
    own = asked[0].partition("/enter")[0]
    assert not [url for url in asked if not url.startswith((own, "data:"))]
    assert not errors


def _complaint(told: ConsoleMessage) -> list[str]:
    return [] if told.location["url"].endswith(_REFUSED) else [told.text]


def look(page: Page) -> None:
    """See that everybody can read and press what there is."""
    page.evaluate(_AXE)
    for scheme, width, part, rules in _WAYS:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(_FOUND, [part, rules]) == [], (page.url, scheme, width)
        if rules is _ALL:
            assert page.evaluate(_WIDTH) <= width
            assert page.evaluate(_SMALL) == []
    page.set_viewport_size({"width": 320, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(_WIDTH) <= 320
    page.evaluate("document.documentElement.style.fontSize = ''")


def reach(page: Page, wanted: str) -> None:
    """Go to something by the key Tab alone, and see that it is seen there."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches('{wanted}')"):
            break
    else:
        message = f"{wanted} is not reached"
        raise AssertionError(message)
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert page.evaluate(outline) == "3px"
