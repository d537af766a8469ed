"""Rules as Shopify's REST API gives them: read, refused as that, and copied."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Importer

POD = {"column": "title", "relation": "contains", "condition": "pod"}
CHEAP = {"column": "variant_price", "relation": "less_than", "condition": "50"}


def export(importer: Importer, *all_rules: object, disjunctive: bool = False) -> str:
    """A file of collections that have these rules."""
    lines = [
        json.dumps(
            {
                "id": number,
                "handle": f"c-{number}",
                "title": f"C {number}",
                "body_html": "",
                "disjunctive": disjunctive,
                "rules": found,
            }
        )
        for number, found in enumerate(all_rules)
    ]
    path = importer.folder / "shop.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path.name


def copied(importer: Importer, name: str) -> tuple[Any, list[dict[str, str]]]:
    """The document of a copy, and its rows."""
    place = ("--location-id", importer.location)
    ended = importer("check", name, "--fix", "fixed.csv", "--json", *place)
    path = importer.folder / "fixed.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return ended.document, list(csv.DictReader(stream))


def test_rules_of_the_rest_api_are_smart_collections(importer: Importer) -> None:
    """One condition, and several of which any is enough."""
    name = export(importer, [POD], [POD, CHEAP], disjunctive=True)
    document, rows = copied(importer, name)

    assert document["counts"] == {"valid": 2, "invalid": 0, "duplicate": 0}
    assert [row["type"] for row in rows] == ["smart", "smart"]
    first, second = (json.loads(row["rules"]) for row in rows)
    (pod,) = first["conditions"]
    assert pod == {"field": "title", "operator": "contains", "value": "pod"}
    assert second["logic"] == "OR"
    assert second["conditions"][1]["value"] == 50


def test_rules_that_make_no_sense_are_told_as_that_and_copied_as_they_are(
    importer: Importer,
) -> None:
    """Not as rules that HighLevel lacks; and the copy sends none without them."""
    broken = ('[{"column": "title",', "nonsense", '[{"column": "title"}]')
    name = export(importer, *broken)
    place = ("--location-id", importer.location)
    codes = {
        problem["code"]
        for problem in importer("check", name, *place, "--json").document["problems"]
    }
    document, rows = copied(importer, name)

    assert codes == {"rules_invalid"}
    assert [row["rules"] for row in rows] == [*broken]
    assert document["counts"]["valid"] == 0
