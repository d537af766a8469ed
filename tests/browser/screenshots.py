"""Takes the pictures of the flight record that the documents show: `make screenshots`.

Runs the importer against a sandbox where this and that goes wrong, and looks at the
page in Chromium: light, dark, and on a telephone. It takes a minute and a half.
Invariant: nothing on a picture is of a real shop.
"""

from __future__ import annotations

import base64
import csv
import os
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chromium import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
IMPORTER = [sys.executable, "-m", "importer"]
PORT = 8797
#: Name, id, and how many rows each shop has.
SHOPS = (
    ("Berlin", "ve9EPM428h8vShlRW1KT", 520),
    ("Wien", "Z4Bxl8J4SaPEPLq9IQ8g", 240),
    ("Zürich", "6578278e879ad2646715", 90),
)
SANDBOX = f"""--port {PORT} --seed 7 --max-seconds 150s --latency 180ms --jitter 90ms
    --slow 0.01:2s --faults bad_gateway=0.008,reset_after=0.006,refused=0.008"""
#: Name, width, height, theme, and how many dots a pixel has.
SHAPES = (
    ("light", 1120, 1180, "light", 1.5),
    ("dark", 1120, 1180, "dark", 1.5),
    ("phone", 390, 1300, "light", 1.5),
)
WORDS = [
    "Linen",
    "Oak",
    "Harbour",
    "Winter",
    "Garden",
    "Studio",
    "Market",
    "Copper",
    "Meadow",
    "Cedar",
]
GOODS = [
    "Lamps",
    "Shirts",
    "Chairs",
    "Mugs",
    "Blankets",
    "Shelves",
    "Scarves",
    "Clocks",
    "Bowls",
    "Rugs",
]
PRODUCT = "655b33a82209e60b6adb87a5"


def rows() -> Iterator[tuple[str, ...]]:
    """The rows of a table as people have it: some of them are wrong."""
    chance = random.Random(11)  # noqa: S311 - the same table every time
    for shop, _, count in SHOPS:
        for nth in range(count):
            name = f"{chance.choice(WORDS)} {chance.choice(GOODS)} {nth + 1}"
            slug, products = name.lower().replace(" ", "-"), PRODUCT
            image = f"https://example.com/{nth}.png"
            match chance.randrange(60):
                case 0:
                    slug = name
                case 1:
                    image = f"images/{nth}.png"
                case 2:
                    products = ""
            yield shop, name, slug, "manual", products, image


def run(folder: Path) -> Path:
    """Import the table; the page of the run."""
    with (folder / "spring.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["location_id", "name", "slug", "type", "product_ids", "image"])
        writer.writerows(rows())
    (folder / "locations.toml").write_text(
        "".join(
            f'[[locations]]\nid = "{one}"\nname = "{name}"\ntoken_env = "SHOP"\n'
            for name, one, _ in SHOPS
        ),
        "utf-8",
    )
    environment = {
        **os.environ,  # noqa: TID251 - handed on
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "SHOP": "pit-of-no-shop-at-all-000000",
    }
    command = [
        "run",
        "spring.csv",
        "--run-id",
        "spring",
        "--yes",
        "--quiet",
        "--base-url",
    ]
    subprocess.run(  # noqa: S603 - our own command
        [*IMPORTER, *command, f"http://127.0.0.1:{PORT}"],
        cwd=folder,
        env=environment,
        check=False,
    )
    return folder / "runs" / "spring" / "report.html"


def picture(
    browser: Browser, page: Path, shape: tuple[str, int, int, str, float]
) -> None:
    """One picture of the top of the page."""
    name, width, height, theme, dots = shape
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    shown = context.new_page()
    shown.goto(page.as_uri())
    taken = context.new_cdp_session(shown).send(
        "Page.captureScreenshot",
        {
            "format": "webp",
            "quality": 80,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": dots},
        },
    )
    (PICTURES / f"report-{name}.webp").write_bytes(base64.b64decode(taken["data"]))
    context.close()


def main() -> None:
    """Run, look, and end what was started."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="importer-") as there:
        command = [*IMPORTER, "sandbox", *SANDBOX.split()]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        try:
            assert server.stdout is not None
            server.stdout.readline()
            page = run(Path(there))
        finally:
            server.terminate()
        with started() as browser:
            for shape in SHAPES:
                picture(browser, page, shape)


if __name__ == "__main__":
    main()
