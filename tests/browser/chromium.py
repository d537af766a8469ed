"""A Chromium to look at pages with; without one, tests that want it are left out.

Invariant: the browser has no network: whatever a page asks for beside its own file is
noted and refused.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from importer.report.page import write_page
from importer.report.page.contents import NOTHING_MADE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from importer.models import ReportLine, Summary
    from importer.report.page.made import Made

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "there is no Chromium here (Debian: apt-get install chromium)"


@dataclass
class Seen:
    """A page in the browser, and what it did."""

    page: Page
    file: Path
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def fact(self, path: str) -> str:
        """The figure of that name, as it stands on the page."""
        found = self.page.locator(f'[data-fact="{path}"]')
        return found.first.inner_text().strip()


@contextmanager
def started() -> Iterator[Browser]:
    """A Chromium, which ends with the block."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@contextmanager
def looking(browser: Browser, folder: Path) -> Iterator[Callable[..., Seen]]:
    """What writes the page of a run, and opens it."""
    contexts = []

    def write(
        summary: Summary,
        rows: Sequence[ReportLine] = (),
        *,
        width: int = 1200,
        scheme: str = "light",
        scripts: bool = True,
        made: Made = NOTHING_MADE,
    ) -> Seen:
        file = folder / "report.html"
        write_page(file, summary, rows, made)
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        seen = Seen(context.new_page(), file)

        def noted(route: Route) -> None:
            seen.asked.append(route.request.url)
            if route.request.url == file.as_uri():
                route.continue_()
            else:
                route.abort()

        seen.page.route("**/*", noted)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("console", lambda message: seen.errors.append(message.text))
        seen.page.goto(file.as_uri())
        return seen

    yield write
    for context in contexts:
        context.close()
