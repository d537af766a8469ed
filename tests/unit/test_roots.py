"""Roots of a shop's tree by structure, and collections that the shop does not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer import settings
from importer.intake import judged, tables
from importer.intake.claims import Seen
from importer.models import Code

LOCATION = "LOC00000aaaaaaaaaaaa"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(*lines: str, **options: Any) -> tuple[dict[str, int], dict[str, list[str]]]:
    """What is left out, and the remarks of what is not by its name."""
    path = Path("table.csv")
    path.write_text("\n".join((*lines, "")), "utf-8")
    wanted = {"location_id": LOCATION, "require_product_ids": False, **options}
    chosen = settings.load(wanted)
    (opened,) = tables.open_inputs((path,), chosen)
    found = {}
    for _, row in judged.rows(opened, Seen(), chosen.checking, chosen.locations):
        parts = row[2] if isinstance(row, tuple) else row.parts  # type: ignore[union-attr]
        remarks = getattr(row, "remarks", ())
        told = [one.code for one in remarks if one.code is not Code.SLUG_MADE]
        found[parts["name"]] = told
    return dict(opened.file.skipped), found


PRESTA = "Category ID;Active (0/1);Name *;Parent category;Root category (0/1)"
TEMPLATE = "ID;Aktiv (0/1);Name *;Übergeordnete Kategorie;Hauptkategorie (0/1)"


@pytest.mark.parametrize("header", [PRESTA, TEMPLATE])
def test_a_flag_tells_a_root_and_what_stands_above_it(header: str) -> None:
    """Whatever they are called, and whether parents are names or ids."""
    rows = ("1;1;Wurzel;;0", "2;1;Startseite;1;1", "3;1;Boots;Startseite;0")
    skipped, found = read(header, *rows)
    assert (skipped, list(found)) == ({"roots": 2}, ["Boots"])
    more = ("1;1;Wurzel;;0", "2;1;Laden;Wurzel;1", "3;1;Home;2;0", "4;1;Root;3;0")
    skipped, found = read(header, *more)
    assert (skipped, list(found)) == ({"roots": 2}, ["Home", "Root"])


def test_a_category_called_as_a_root_is_none() -> None:
    """Its name stays in paths as well, where the file says which rows are roots."""
    rows = (
        "1;1;Root;;0;r",
        "2;1;Accueil;1;1;a",
        "3;1;Home;2;0;h",
        "4;1;Lamps;3;0;l",
        "5;1;Garden;2;0;g",
        "6;1;Lamps;5;0;m",
    )
    header = f"{PRESTA};URL rewritten"
    skipped, found = read(header, *rows, category_path="name")
    assert skipped == {"roots": 2}
    assert list(found) == ["Home", "Home / Lamps", "Garden", "Garden / Lamps"]


def test_a_level_tells_a_root() -> None:
    """PrestaShop and Magento both count from a root of all, 0."""
    header = "Category ID;Active;Name;Parent category;level_depth"
    rows = ("1;1;A;0;0", "2;1;B;1;1", "3;1;C;2;2", "4;1;D;3;3")
    assert read(header, *rows) == ({"roots": 2}, {"C": [], "D": []})
    header = "entity_id,name,url_key,is_active,level"
    rows = ("1,Root Catalog,r,1,0", "2,Sklep,s,1,1", "3,Buty,b,1,2", "4,Inne,i,1,2.0")
    assert read(header, *rows) == ({"roots": 2}, {"Buty": [], "Inne": []})


@pytest.mark.parametrize("root", ["Default Category", "Sklep", "Home"])
def test_what_all_paths_of_magento_begin_with_is_a_root(root: str) -> None:
    """Whatever it is called: its row is left out, and no name or slug has it."""
    rows = (f",{root},{root},root", f",{root}/Men,Men,men", f",{root}/Men/Tops,Tops,a")
    header = "store_view_code,path,name,url_key"
    skipped, found = read(
        header, *rows, f",{root}/New/Tops,Tops,b", category_path="name"
    )
    assert skipped == {"roots": 1}
    assert list(found) == ["Men", "Men / Tops", "New / Tops"]
    rows = (f"5,{root},r,1", f"6,{root}/Men,m,1", f"7,{root}/Bags,b,1")
    skipped, found = read("entity_id,name,url_key,is_active", *rows)
    assert (skipped, list(found)) == ({"roots": 1}, ["Men", "Bags"])


def test_what_stands_above_some_only_is_no_root() -> None:
    """A table without its root begins with categories."""
    rows = (",Men,Men,men", ",Men/Tops,Tops,a", ",Women/Tops,Tops,b")
    header = "store_view_code,path,name,url_key"
    skipped, found = read(header, *rows, category_path="name")
    assert skipped == {}
    assert list(found) == ["Men", "Men / Tops", "Women / Tops"]


def test_parents_in_a_circle_above_a_flag_end() -> None:
    """What is above a root is one, and is come to once."""
    rows = ("1;1;A;2;1", "2;1;B;1;0", "3;1;C;1;0")
    assert read(PRESTA, *rows) == ({"roots": 2}, {"C": []})


@pytest.mark.parametrize(
    ("header", "line", "shown"),
    [
        (PRESTA, "3;{};Boots;;0", "1"),
        ("ID;Nom;Affiché", "3;Boots;{}", "1"),
        ("entity_id,name,url_key,is_active", "3,Boots,b,{}", "1"),
        ("name,url_key,path,active", "Boots,b,Shop,{}", "1"),
        ("Handle,Title,Command,Published", "b,Boots,MERGE,{}", "TRUE"),
        ("id,name,parent_id,custom_url.url,is_visible", "1,Boots,0,/b/,{}", "true"),
        ("name,slug,visible", "Boots,b,{}", "yes"),
        ("name,slug,Published", "Boots,b,{}", "2026-01-05"),
    ],
)
def test_what_the_shop_does_not_show_is_imported_with_a_remark(
    header: str, line: str, shown: str
) -> None:
    """And left out, counted, where that is asked for."""
    for no in ("0", "FALSE", "no", "nein"):
        skipped, found = read(header, line.format(no))
        assert (skipped, Code.INACTIVE in found["Boots"]) == ({}, True)
        skipped, found = read(header, line.format(no), skip_inactive=True)
        assert found == {}
        ((word, number),) = skipped.items()
        assert (word.endswith(f" = {no}"), number) == (True, 1)
    for yes in (shown, ""):
        skipped, found = read(header, line.format(yes), skip_inactive=True)
        assert (skipped, Code.INACTIVE in found["Boots"]) == ({}, False)


def test_each_column_that_hides_a_collection_counts() -> None:
    """Shopware has two."""
    header = "id,name,parent_id,cms_page_id,active,visible"
    _, found = read(header, "1,A,,c,1,0", "2,B,,c,1,1", "3,C,,c,0,1")
    assert [Code.INACTIVE in told for told in found.values()] == [True, False, True]
