"""A fixed run, file by file: what merchants and programs read stays as it was agreed.

What differs from run to run (ids, moments, durations) is put out of sight; all else
is compared with tests/golden/run. Invariant: a change of these files is meant.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

GOLDEN = Path(__file__).parents[1] / "golden" / "run"
FILES = ("report.csv", "failed.csv", "summary.json", "stdout.txt")
PASSING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "MOMENT"),
    (re.compile(r"(?<=MOMENT,)\d+\b"), "MILLISECONDS"),
    (re.compile(r'(?<="duration_seconds": )[\d.]+'), "0"),
    (re.compile(r'(?<="between_seconds": )[\d.]+'), "0"),
    (re.compile(r'(?<="work_seconds": )[\d.]+'), "0"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "TRACE"),
    (re.compile(r"(?<=calls, )\d+ s"), "0 s"),
    (re.compile(r'("p\d\d"|"max"): [\d.]+'), r"\1: 0"),
    (re.compile(r'("(?:quota_)?left": )\d+'), r"\1N"),
    (re.compile(r'("busiest_window": )(?:\d+|\{[^}]*\})'), r"\1null"),
)
HEADER = "location_id,name,slug,type,product_ids,rules,image,seo_title,shelf"
RULES = '"{""logic"":""AND"",""conditions"":[{""field"":""Title""}]}"'


def rows(location: str, product: str) -> list[str]:
    """Rows of every kind: good, remarked, wrong in three ways, and repeated."""
    return [
        f"{location},Best Sellers,best-sellers,manual,{product},,,Best,A1",
        f"{location},Größen & Maße,,manual,{product},,,,A2",
        f"{location},On Sale,on-sale,,,{RULES},https://example.com/sale.png,,A3",
        f'{location},"=cmd|/c calc",formula,manual,{product},,,,A4',
        f"{location},No Products,no-products,manual,,,,,A5",
        f"{location},,Wrong Slug!,manual,{product},,not an image,,A6",
        f"{location},Again,best-sellers,manual,{product},,,,A7",
        f"{location},Refused,refused-row,manual,{product},,,,A8",
        f"{location},Too Short,too-short",
    ]


def settled(text: str, server: Sandbox) -> str:
    """The text without what differs from run to run."""
    for ids in server.held().values():
        for collection_id in ids:
            text = text.replace(collection_id, "ID")
    for pattern, word in PASSING:
        text = pattern.sub(word, text)
    return text


@pytest.mark.parametrize("name", FILES)
def test_a_fixed_run_writes_what_was_agreed(
    name: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Report, rows to fix, summary and last words, to the letter."""
    server = sandbox("--fault-for", "refused-row=refused_but_created")
    content = rows(importer.location, importer.product)
    file = importer.write("shop.csv", content, HEADER)

    ended = importer(
        "run", file, "--base-url", server.url, "--run-id", "golden", "--no-audit"
    )

    assert ended.code == 3
    text = ended.out
    if name != "stdout.txt":
        text = (importer.run_folder() / name).read_text("utf-8")
    assert settled(text, server) == (GOLDEN / name).read_text("utf-8")
