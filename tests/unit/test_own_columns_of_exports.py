"""Our own columns beside those of another program's export: each is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer import mapping, settings
from importer.intake import judged, tables
from importer.intake.claims import Seen
from importer.mapping import preset

ID = "655b33a82209e60b6adb87a5"
RULES = "title contains boot"
#: Exports of one collection, by their preset: header and row.
EXPORTS = {
    "prestashop": ("Category ID;Active (0/1);Name *;URL rewritten", "10;1;Boots;boots"),
    "magento": ("name;url_key;path", "Boots;boots;Default Category/Boots"),
    "magento-firebear": ("entity_id;name;url_key", "5;Boots;boots"),
    "bigcommerce": ("Category ID;Parent ID;Name;URL", "10;0;Boots;/boots/"),
    "woocommerce": ("term_id;name;slug;parent", "1;Boots;boots;0"),
    "woocommerce-store-exporter": (
        "Category Name;Term ID;Category Slug",
        "Boots;3;boots",
    ),
    "shopify-rest": ("handle;title;disjunctive;body_html", "boots;Boots;;"),
    "matrixify": ("Handle;Title;Top Row", "boots;Boots;TRUE"),
    "bigcommerce-api": ("id;name;parent_id;custom_url.url", "5;Boots;0;/boots/"),
    "prestashop-list": ("ID;Nom;Affiché", "10;Boots;1"),
    "prestashop-template": ("ID;Aktiv (0/1);Name *;Bild-URL", "10;1;Boots;"),
    "magento-m2if": (
        "store_view_code;path;url_key;name",
        ";Default Category/Boots;boots;Boots",
    ),
    "opencart": ("category_id;parent_id;name(en-gb);store_ids", "7;0;Boots;0"),
    "akeneo": ("code;parent;label-en_US", "boots;;Boots"),
    "sylius": ("Code;Locale;Name;Slug", "boots;en_US;Boots;boots"),
    "shopware": ("id;name;parent_id;cms_page_id", "0a1f;Boots;;66bb"),
    "ecwid": ("id;name;orderBy;url", "7;Boots;1;https://shop.example/Boots-c7"),
}
#: Columns of our own, with what a cell of theirs comes to.
OURS = {
    "product_skus": ("SH-1", None),
    "product_ids": (ID, None),
    "seo_title": ("Buy", "Buy"),
    "seo_description": ("All", "All"),
    "image": ("https://a.example/b.jpg", "https://a.example/b.jpg"),
    "collection_id": (ID, ID),
    "rules": (RULES, None),
    "type": ("manual", "manual"),
}


#: Columns of ours that a preset does not take for ours, by preset.
OTHERWISE = {
    "ecwid": {"product_ids"},
    "shopify-rest": {"product_ids", "rules"},
    "shopware": {"type"},
}
KNOWN_BY = {"product_skus", "product_handles"}
DERIVED = {*preset.FIELDS} - {"location_id"}
DOCS = Path(__file__).parents[2] / "docs" / "presets.md"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(path: Path, header: str, line: str) -> tuple[tables.Opened, Any]:
    path.write_text(f"{header}\n{line}\n")
    chosen = settings.load({"location_id": "AAAA", "require_product_ids": False})
    (opened,) = tables.open_inputs((path,), chosen)
    ((_, row),) = judged.rows(opened, Seen(), chosen.checking)
    return opened, row


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("column", OURS)
def test_an_own_column_beside_those_of_an_export_is_used(
    tmp_path: Path, name: str, column: str
) -> None:
    """It is neither left out nor without effect; the export stays what it is."""
    header, line = EXPORTS[name]
    text, wanted = OURS[column]
    if name == "shopify-rest" and column == "rules":
        text = "vendor|equals|X"  # its own column of that name comes first
    opened, row = read(tmp_path / "t.csv", f"{header};{column}", f"{line};{text}")
    assert opened.binding.preset == name
    if (name, column) == ("shopware", "type"):
        assert "type" in opened.binding.left_out
        return
    assert column not in opened.binding.left_out
    if wanted is not None:
        assert row.parts[column] == wanted
    elif column == "product_skus":
        assert row.called[0].texts == ("SH-1",)
    elif column == "product_ids":
        assert row.filled["product_ids"] == (ID,)
    elif name != "shopify-rest":
        assert (row.parts["type"], row.parts["rules"]["logic"]) == ("smart", "AND")


def test_a_column_of_the_program_goes_before_ours(tmp_path: Path) -> None:
    """And ours fills in where that is blank."""
    header = "Category ID;Parent ID;Name;Page Title;seo_title"
    _, row = read(tmp_path / "t.csv", header, "10;0;Boots;Theirs;Ours")
    assert row.parts["seo_title"] == "Theirs"
    _, row = read(tmp_path / "t.csv", header, "10;0;Boots;;Ours")
    assert row.parts["seo_title"] == "Ours"


def test_what_a_preset_uses_otherwise_is_no_column_of_ours() -> None:
    """A handle of a product is not the collection's; ignored columns stay ignored."""
    for name in preset.names():
        if name != "own":
            known = preset.aliases(name)
            ranks = {key: rank for key, (_, rank) in known.items()}
            ours = {key for key, rank in ranks.items() if rank >= preset.BEHIND}
            assert not ours & {*preset.ignored(name), *preset.working(name)}


def test_every_preset_of_collections_knows_our_own_columns() -> None:
    """Those that make collections of products would take the products' columns."""
    for name in preset.names():
        known = {field for field, _ in preset.aliases(name).values()}
        derived = name in mapping.derived_presets()
        # these hold one product's own, and not those of a collection
        assert derived or "product_skus" in known
        assert not (derived and "product_names" in known)


def test_the_documentation_says_which_of_our_columns_each_preset_uses() -> None:
    """A row for each preset, with all that it does not take for ours."""
    table = DOCS.read_text("utf-8").split("Which of our own columns")[1]
    rows = [line.split("|") for line in table.split("\n\n")[1].splitlines()[2:]]
    told = {
        name.strip(" `"): (used.strip(), otherwise)
        for _, names, used, otherwise, _ in rows
        for name in names.split(",")
    }
    assert set(told) == set(preset.names())
    for name, (used, otherwise) in told.items():
        known = preset.aliases(name)
        ours = {
            field
            for field in preset.FIELDS
            if known.get(preset.key(field), ("", 0))[0] == field
        }
        derived = name in mapping.derived_presets()
        # a product's own SKU or handle, not those of a collection
        ours -= KNOWN_BY if derived else set()
        not_ours = DERIVED if derived else OTHERWISE.get(name, set())
        assert set(preset.FIELDS) - ours == not_ours
        assert used == ("all others" if not_ours else "all") or derived
        assert derived or all(f"`{field}`" in otherwise for field in not_ours)


def test_every_preset_is_tried_with_our_columns() -> None:
    """But those of products, and the simple one, which ends where ours are."""
    tried = {*EXPORTS, "own", "woocommerce-simple", "shopify-graphql"}
    assert tried | set(mapping.derived_presets()) == set(preset.names())
