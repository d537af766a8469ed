"""The spreadsheets that are measured: realistic rows, the same ones from the same seed.

The columns are those of the project's own template. A row is a manual collection
with a name, a slug of its own, three products, an image and what search engines
show; short rows have five columns and nothing else. Locations take turns, as rows
of many shops in one file do. Invariant: a file depends on the arguments alone.
"""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = (
    *("location_id", "name", "slug", "type", "product_ids", "rules", "image"),
    *("seo_title", "seo_description", "collection_id", "rule_version", "stats"),
)
SHORT_COLUMNS = COLUMNS[:5]
SEED = 20_240_222
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_MANNERS = ("Classic", "Summer", "Organic", "Vintage", "Handmade", "Kids'", "Größe")
_THINGS = ("Boots", "Jackets", "Lamps", "Mugs", "Candles", "Scarves", "Tents")
_PLACES = ("Trails", "Gardens", "Kitchens", "Offices", "Weekends", "Gifts", "Students")


def write(path: Path, count: int, locations: int = 1, *, short: bool = False) -> Path:
    """A CSV of `count` manual collections, the locations taking turns."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(SHORT_COLUMNS if short else COLUMNS)
        writer.writerows(_short(count) if short else _realistic(count, locations))
    return path


def location_ids(count: int) -> list[str]:
    """Ids that look like HighLevel's: twenty letters and digits."""
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    return ["".join(chance.choices(_LETTERS, k=20)) for _ in range(count)]


def _realistic(count: int, locations: int) -> Iterator[list[str]]:
    chance = random.Random(SEED + 1)  # noqa: S311 - not a secret
    ids = location_ids(locations)
    for number in range(count):
        manner, thing = chance.choice(_MANNERS), chance.choice(_THINGS)
        name = f"{manner} {thing} for {chance.choice(_PLACES)} {number}"
        slug = f"{thing}-{manner.strip(chr(39)).lower()}-{number}".lower()
        slug = slug.replace("ö", "o").replace("ß", "ss")
        products = ", ".join(f"{chance.getrandbits(96):024x}" for _ in range(3))
        image = f"https://cdn.shop.example/collections/{slug}.jpg"
        title = f"{manner} {thing} | Northline"
        about = f"{thing} that our customers take home most often, picked every Monday"
        yield [
            ids[number % locations],
            *(name, slug, "manual", products, "", image, title, about),
            *("", "", ""),
        ]


def _short(count: int) -> Iterator[list[str]]:
    (location,) = location_ids(1)
    for number in range(count):
        product = f"{number:024x}"
        yield [location, f"Sale {number}", f"sale-{number}", "manual", product]
