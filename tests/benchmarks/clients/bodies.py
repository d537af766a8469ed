"""What every contender sends: the rows of the measured CSV as the API wants them.

Invariant: the bodies are those that the importer makes of the same rows.
"""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = {
    "Authorization": "Bearer benchmark",
    "Version": "2021-07-28",
    "Content-Type": "application/json",
    "User-Agent": "collection-benchmark/1.0",
}
PATH = "/products/collections"


def read(path: str, rows: int) -> Iterator[dict[str, Any]]:
    """The first rows as bodies, read as they are asked for."""
    with Path(path).open(newline="", encoding="utf-8") as stream:
        lines = csv.reader(stream)
        next(lines)
        for line in islice(lines, rows):
            location, name, slug, kind, products, _, image, title, about = line[:9]
            yield {
                "altId": location,
                "altType": "location",
                "name": name,
                "slug": slug,
                "image": image,
                "type": kind,
                "productIds": products.split(", "),
                "seo": {"title": title, "description": about},
            }
