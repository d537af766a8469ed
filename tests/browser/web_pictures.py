"""Takes the pictures of the page that the documents show: `make pictures`.

Serves two folders, one to practise in and one of an agency, whose shops a sandbox
stands in for, and looks at them in Chromium, in each language. It takes half a minute.
Invariants: nothing on a picture is of a real shop; none has more bytes than a document
should carry.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chromium import started

from importer.web.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, MOST_BYTES = 800, 60 * 1024
#: So much of the page is shown below what a picture ends with.
SPACE = 12
#: A busy computer is waited for.
SECONDS = 120
#: The table of a shop in each language: its headers, and rows of which some are wrong.
TABLES = {
    "en": ("Title,Handle,Rules", "Summer Sale,Summer Sale", "Rain Jackets", "Tents"),
    "de": ("Titel,Handle,Rules", "Größen & Mehr,Größen", "Regenjacken", "Zelte"),
    "es": ("Título,Handle,Rules", "Rebajas,Rebajas 2026", "Chaquetas", "Tiendas"),
}
BRAND = """name = "Acme"
accent = "#7a1f5c"
help = "mailto:help@acme.example"
"""
SHOP = """[[locations]]
id = "{id}"
name = "{name}"
token_file = "{id}.token"
"""
SHOPS = {"Berlin": "ve9EPM428h8vShlRW1KT", "Wien": "Z4Bxl8J4SaPEPLq9IQ8g"}


@contextmanager
def served(folder: Path, browser: Browser, code: str) -> Iterator[Page]:
    """Serve a folder, and let a browser of a language in."""
    command = ["-m", "importer", "web", "--folder", str(folder), "--no-open"]
    server = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *command], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        note = json.loads((folder / "web" / "server.json").read_text("utf-8"))
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 1000}, locale=code
        )
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{note['url']}/enter?k={Keys(folder / 'web').make_link('Anna')}")
        yield page
        context.close()
    finally:
        server.terminate()
        server.communicate(timeout=SECONDS)


def table(folder: Path, code: str) -> Path:
    """Write the table of a shop."""
    header, wrong, *fine = TABLES[code]
    rows = [f"{name},,title contains {name}" for name in fine]
    lines = [header, f"{wrong},title contains sale", *rows, ""]
    path = folder / f"{code}.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def take(page: Page, name: str, until: str = "footer") -> None:
    """Take one picture of the top of a page, down to an element."""
    box = page.locator(until).first.bounding_box()
    assert box is not None
    path = PICTURES / f"web-{name}.png"
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": box["y"] + box["height"] + SPACE}
    page.screenshot(path=path, clip=clip)  # type: ignore[arg-type]
    assert path.stat().st_size <= MOST_BYTES, path.stat().st_size


def of_merchants(browser: Browser, there: Path) -> None:
    """Take those of the merchant's page: a row that is wrong, and the last look."""
    for code in TABLES:
        folder = there / code
        folder.mkdir()
        with served(folder, browser, code) as page:
            page.set_input_files("#file", table(there, code))
            page.click("#read")
            page.wait_for_selector("section.bad")
            take(page, f"correct-{code}", "section.bad")
            page.click("#apply")
            page.click("#next")
            page.wait_for_selector("#send")
            take(page, f"look-{code}", "main .actions")


def of_agencies(browser: Browser, there: Path) -> None:
    """Take those of the agency: how a shop is set up, and the first page with some."""
    folder = there / "agency"
    folder.mkdir()
    with served(folder, browser, "en") as page:
        page.goto(f"{page.url}shops")
        take(page, "set-up", "main ol li + li")
    (folder / "web.toml").write_text(BRAND, "utf-8")
    listed = [SHOP.format(id=one, name=name) for name, one in SHOPS.items()]
    (folder / "locations.toml").write_text("\n".join(listed), "utf-8")
    with served(folder, browser, "en") as page:
        take(page, "first", ".choose")


def main() -> None:
    """Look at both."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="importer-") as there, started() as browser:
        of_merchants(browser, Path(there))
        of_agencies(browser, Path(there))


if __name__ == "__main__":
    main()
