"""Which export a header belongs to, and why; every preset is a good file."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from importer import mapping
from importer.mapping import FIELDS, preset
from importer.mapping.preset import WORKING, Preset, key
from importer.transforms import REGISTRY

KEYS = {*Preset.__dataclass_fields__, "ignore", "leave_out"}
KEYS |= {"aliases", "working", "transforms"}


@pytest.mark.parametrize("name", preset.names())
def test_a_preset_says_only_what_can_be_said(name: str) -> None:
    """A slip in a file of presets would go unnoticed otherwise."""
    path = resources.files("importer") / "presets" / f"{name}.toml"
    content = tomllib.loads(path.read_text("utf-8"))
    assert set(content) <= KEYS - {"name"}
    assert set(content["aliases"]) <= set(FIELDS)
    assert set(content.get("working", {})) <= set(WORKING)
    transforms = content.get("transforms", {})
    assert set(transforms) <= {*FIELDS, *WORKING, "*"}
    assert {one for names in transforms.values() for one in names} <= set(REGISTRY)
    sections = content["aliases"] | content.get("working", {})
    claimed = [key(header) for headers in sections.values() for header in headers]
    twice = {one for one in claimed if claimed.count(one) > 1}
    # a handle is the key of a group and the slug of its collection
    assert twice <= {"handle"}


def test_every_preset_is_in_the_documentation() -> None:
    """The table of docs/presets.md, its keys, and the example in it."""
    text = (Path(__file__).parents[2] / "docs" / "presets.md").read_text("utf-8")
    assert all(f"| `{name}` |" in text for name in preset.names())
    keys = (KEYS - {"name", "aliases", "working", "transforms"}) | {
        "[aliases]",
        "[working]",
        "[transforms]",
    }
    assert all(f"| `{one}` |" in text for one in keys)
    assert all(f"`{one}`" in text for one in WORKING)
    example = tomllib.loads(text.split("```toml\n")[1].split("```")[0])
    assert set(example) <= KEYS


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("location_id,name,slug,type,product_ids,rules,image", "own"),
        ("name,slug,description,parent,type", "own"),
        ("Name,Slug,Description,Parent", "woocommerce-simple"),
        ("\ufeffterm_id,name,slug,description,parent,count", "woocommerce"),
        ("ID,Handle,Title,Body HTML,Top Row", "matrixify"),
        ("Title,Handle,Row #", "matrixify"),
        ("Handle,Title,Variant SKU,Option1 Name,Command", "own"),
        ("entity_id,name,url_key,is_active", "magento-firebear"),
        ("name,url_key,path,active", "magento"),
        ("Category ID,Name *,Active (0/1)", "prestashop"),
        ("ID,Name *,Active (0/1),Parent category", "prestashop-template"),
        ("Nom *,Actif (0/1)", "prestashop-template"),
        ("ID,Name,Price,Active (0/1)", "own"),
        ("ID,Nazwa,Opis,Pozycja,Wyświetlane", "prestashop-list"),
        ("id,name,slug,parent,description,display", "woocommerce"),
        ("id,name,slug,parent,description", "woocommerce-simple"),
        ("store_view_code,path,name,url_key", "magento-m2if"),
        ("id,parent_id,name,slug", "own"),
        ("Name,Category ID,Parent ID,URL", "bigcommerce"),
        ("anything,else", "own"),
    ],
)
def test_a_header_is_told_by_what_it_cannot_do_without(header: str, name: str) -> None:
    """Case, order and a BOM do not matter; our own is what nothing else is."""
    assert mapping.choose(header.split(",")).preset.name == name


def test_a_choice_says_why() -> None:
    """What was found, what the next ones lack, and what speaks against them."""
    best, *others = mapping.weigh(["term_id", "name", "slug", "description", "parent"])
    assert best.preset.name == "woocommerce"
    assert best.found == ("term_id", "name", "slug", "parent", "description")
    by_name = {one.preset.name: one for one in others}
    assert by_name["woocommerce-simple"].against == ("term_id",)
    assert by_name["matrixify"].missing[0] == "Handle"
    assert not by_name["matrixify"].fits


@pytest.mark.parametrize(
    "name", [one for one in preset.names() if one not in ("own", preset.PRODUCTS)]
)
def test_an_export_with_a_location_beside_it_is_still_known(name: str) -> None:
    """People add the one column that no other program has."""
    chosen = preset.named(name)
    header = [one.split("|")[0] for one in chosen.requires]
    assert mapping.choose([*header, "location_id"]).preset is chosen


def test_the_columns_of_our_own_template_are_named_as_the_file_writes_them() -> None:
    """Under whatever name people give them; others are not."""
    header = ("Title", "Regal", " Handle ", "SKU")
    assert mapping.own_columns(header) == ("Title", "Handle", "SKU")
    assert mapping.own_columns(("Schublade", "Regal")) == ()
