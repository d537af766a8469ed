"""What the columns of the template are called, and what to write into each.

Pure data. Invariant: the headers are the fields of the mapping by their own names and
in their order, so that a table that has them is recognised whatever else is set.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Where the template is told no location: it passes for an id, and says what to do.
NO_LOCATION = "WriteYourLocationIdHere"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, what to write, an example, its width in characters."""

    header: str
    note: str
    example: str = ""
    width: int = 16


#: The columns that the template has, in order.
COLUMNS = (
    Column(
        "location_id",
        "Required. The id of the sub-account (location): copy it from its settings, "
        "20 to 24 letters and digits. A name does where a locations file lists it. "
        "Blank: the location that --location-id gives.",
        NO_LOCATION,
        27,
    ),
    Column(
        "name",
        "Required. What the collection is called, as customers read it.",
        "Example: write over this row",
        32,
    ),
    Column(
        "slug",
        "The end of the collection's web address: letters a to z, digits and dashes. "
        "No two rows of a location may have the same. Blank: made from the name.",
        "example-collection",
        28,
    ),
    Column(
        "type",
        "manual: the products that are listed. smart: the products that the rules "
        "find. It cannot be changed later. Blank: manual where products are listed, "
        "smart where rules are.",
        "manual",
        10,
    ),
    Column(
        "product_ids",
        "Required for manual. The ids of the products, 24 characters (0-9, a-f) each, "
        "with commas between them. The column is text already, so that no id becomes "
        "a number.",
        "655b33a82209e60b6adb87a5,655b33a82209e60b6adb87a6",
        52,
    ),
    Column(
        "rules",
        'Required for smart. A JSON object: {"logic": "AND", "conditions": [{…}]}. '
        "Blank for manual.",
        "",
        32,
    ),
    Column(
        "image",
        "The address of a picture on the web, in full: https://example.com/shoes.png. "
        "Blank: no picture.",
        "https://example.com/shoes.png",
        36,
    ),
    Column(
        "seo_title",
        "The title that search engines show. Blank: none.",
        "Example",
        28,
    ),
    Column(
        "seo_description",
        "The sentence or two that search engines show. Blank: none.",
        "What is in this collection, in a sentence",
        44,
    ),
    Column(
        "collection_id",
        "Leave it blank, unless HighLevel has given the collection an id that shall "
        "be written down: 24 characters (0-9, a-f).",
        "",
        27,
    ),
)

#: Columns of the same kind that are hardly ever needed, behind the others where used.
OPTIONAL = (
    Column("rule_hash", "Any text; sent only with --send-rule-metadata."),
    Column("rule_version", "A number; sent only with --send-rule-metadata."),
    Column("stats", "A JSON object; sent only with --send-rule-metadata."),
    Column(
        "product_skus",
        "SKUs of products with commas between them, instead of their ids.",
        width=32,
    ),
    Column(
        "product_names",
        "Names of products with commas between them, instead of their ids. A name "
        'that has a comma itself stands in quotation marks: "Shirt, blue".',
        width=32,
    ),
    Column(
        "product_handles",
        "Handles (slugs) of products with commas between them, instead of their ids.",
        width=32,
    ),
)


def example(location: str) -> list[str]:
    """Return the cells of the example row; with a location it can be sent."""
    cells = [column.example for column in COLUMNS]
    return [location, *cells[1:]] if location else cells
