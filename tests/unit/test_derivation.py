"""Collections that are made of what products name: hierarchies, members, counts."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from importer import settings
from importer.errors import InputError
from importer.intake import judged, tables
from importer.intake.claims import Seen
from importer.models import Code, Invalid

LOCATION = "LOC00000aaaaaaaaaaaa"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str, **options: Any) -> tuple[tables.Opened, list[Any]]:
    path = Path(options.pop("name", "table.csv"))
    path.write_text(text, "utf-8")
    wanted = {"location_id": LOCATION, **options}
    chosen = settings.load(wanted)
    (opened,) = tables.open_inputs((path,), chosen)
    rows = judged.rows(opened, Seen(), chosen.checking, chosen.locations)
    return opened, [row for _, row in rows]


def members(text: str, **options: Any) -> dict[str, list[str]]:
    """What each collection lists, in the order of the file."""
    _, rows = read(text, **options)
    return {
        row.parts["name"]: [
            t for called in getattr(row, "called", ()) for t in called.texts
        ]
        for row in rows
    }


WOO = "ID,Type,SKU,Name,Regular price,Categories\n"
SHOPIFY = "Handle,Title,Vendor,Type,Tags,Variant SKU,Variant Price,Collection\n"
FROM = {"collections_from": "Where"}


def named(text: str, **options: Any) -> list[str]:
    return list(members(text, **options))


def test_woocommerces_export_is_derived_unasked() -> None:
    """A category is the last of its path, a product is in several, by its SKU."""
    found = members(
        WOO
        + '1,simple,A,Red,10,"Clothing > Hoodies, Sale"\n'
        + "2,simple,B,Blue,10,Clothing > Hoodies\n"
        + '3,simple,C,Tea,10,"Cups\\, pots, Sale"\n'
    )
    assert found == {"Hoodies": ["A", "B"], "Sale": ["A", "C"], "Cups, pots": ["C"]}


def test_shopifys_export_is_derived_unasked() -> None:
    """Rows of one handle are one product, and a name with a slash is whole."""
    text = (
        SHOPIFY
        + 'red,Red,V,Mugs,"gift, sale",R-S,10,Mugs/Cups\nred,,,,,R-M,10,\n'
        + "tee,Tee,V,Tops,gift,T,10,Tops\nblue,Blue,V,Mugs,,B,10,Mugs/Cups\n"
    )
    assert members(text) == {"Mugs/Cups": ["red", "blue"], "Tops": ["tee"]}
    by_tag = members(text, collections_from="Tags")
    assert by_tag == {"gift": ["red", "tee"], "sale": ["red"]}
    by_type = members(text, collections_from="type")
    assert by_type == {"Mugs": ["red", "blue"], "Tops": ["tee"]}


def test_shopifys_export_without_collections_is_refused_with_its_other_columns() -> (
    None
):
    """The setting makes collections of types, too."""
    text = "Handle,Title,Type,Variant SKU,Variant Price\nred,Red,Mugs,R,10\n"
    with pytest.raises(InputError, match="products and not collections"):
        read(text)
    assert members(text, collections_from="Type") == {"Mugs": ["red"]}


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["Men > Tops, Sale"], ["Tops", "Sale"]),
        (["Men>Tops;Sale"], ["Tops", "Sale"]),
        (["Men &gt; Tops"], ["Tops"]),
        (["Men/Tops, Sale"], ["Tops", "Sale"]),
        (["Men/Tops|Men/Shoes"], ["Tops", "Shoes"]),
        (["Men|Tops, Sale"], ["Tops", "Sale"]),
        (["Men > Tops|Sale"], ["Tops", "Sale"]),
        (["Men > Hats/Caps"], ["Hats/Caps"]),
        (["Mugs;Tea, hot"], ["Mugs", "Tea, hot"]),
        (["Mugs\nTea"], ["Mugs", "Tea"]),
        ([r"Mugs\, cups, Tea"], ["Mugs, cups", "Tea"]),
        ([r"Hats\/Caps", "Men/Tops"], ["Hats/Caps", "Tops"]),
        (['["Men > Tops", "Sale, now"]'], ["Tops", "Sale, now"]),
        (['[{"id": 3, "name": "Tops"}]'], ["Tops"]),
        (["[Tops"], ["[Tops"]),
        (["[1]"], ["[1]"]),
        (["Hats &amp; Caps"], ["Hats & Caps"]),
        ([" , Tops,, "], ["Tops"]),
        (["Men > Tops", "Men"], ["Tops", "Men"]),
    ],
)
def test_what_stands_between_names_is_seen_from_the_column(
    cells: list[str], names: list[str]
) -> None:
    """Levels first, then what parts several; a backslash keeps a sign in a name."""
    quoted = ("A," + '"' + cell.replace('"', '""') + '"\n' for cell in cells)
    assert named("SKU,Where\n" + "".join(quoted), **FROM) == names


def test_any_table_of_products_is_derived_where_it_is_asked_for() -> None:
    """In any language, by whatever the products are known by."""
    german = "Artikelnummer;Name;Preis;Kategorien\nR1;Tasse;10;Küche > Tassen\n"
    wanted = {"collections_from": "Kategorien"}
    assert members(german, **wanted) == {"Tassen": ["R1"]}
    wix = (
        "handle,fieldType,name,price,sku,Where\n"
        "red,PRODUCT,Red,1,R,Mugs\nred,VARIANT,,1,R-S,\nblue,PRODUCT,B,1,B,Mugs\n"
    )
    opened, _ = read(wix, **FROM)
    assert members(wix, **FROM) == {"Mugs": ["red", "blue"]}
    assert not any("in no collection" in note for note in opened.file.notes)


def test_paths_set_apart_what_has_one_name() -> None:
    """As for categories: only where names repeat, and where it is asked for."""
    text = "SKU,Where\nA,Men > Tops\nB,Women > Tops\nC,Men > Hats\n"
    _, rows = read(text, **FROM)
    assert [type(row) is Invalid for row in rows] == [False, True, False]
    by_name = members(text, category_path="name", **FROM)
    assert by_name == {"Men / Tops": ["A"], "Women / Tops": ["B"], "Hats": ["C"]}
    _, rows = read(text, category_path="slug", **FROM)
    assert [row.parts["slug"] for row in rows] == ["men-tops", "women-tops", "hats"]


def test_what_a_path_loses_is_told() -> None:
    """The names of the parents are in no collection."""
    _, (row,) = read(WOO + "1,simple,A,Red,10,Clothing > Hoodies\n")
    told = [one for one in row.remarks if one.code is Code.VALUE_CHANGED]
    assert told[0].parameters == {"value": "Clothing > Hoodies", "after": "Hoodies"}


def test_products_in_no_collection_are_counted() -> None:
    """Each product once; a variation and a further row of a handle are none."""
    text = WOO + (
        "1,simple,A,Red,10,Sale\n2,simple,B,Blue,10,\n3,variation,B-S,Blue,10,\n"
        '4,"variation, virtual",B-M,Blue,10,\n5,simple,C,Tea,10,\n'
    )
    opened, _ = read(text)
    assert "2 products are in no collection: Categories is blank" in opened.file.notes
    text = (
        SHOPIFY + "red,R,V,,,R,1,\nred,,,,,R-M,1,\nblue,B,V,,,B,1,Mugs\nblue,,,,,,,\n"
    )
    opened, _ = read(text)
    assert "1 product is in no collection: Collection is blank" in opened.file.notes


def test_products_that_nothing_is_known_by_are_counted() -> None:
    """They are in their collection's place, and not on its list."""
    text = "SKU,Price,Where\n,1,Mugs\nA,1,Mugs\n,1,\n"
    opened, _ = read(text, **FROM)
    unknown = "1 product has neither a SKU, a handle nor an id, and cannot be listed in"
    assert any(note.startswith(unknown) for note in opened.file.notes)
    assert "1 product is in no collection: Where is blank" in opened.file.notes
    assert members(text, **FROM) == {"Mugs": ["A"]}
    opened, _ = read("SKU,Where\n,Mugs\n,Tea\n", **FROM)
    assert opened.file.notes[-1].startswith("2 products have neither")


def test_a_product_with_no_sku_is_known_by_its_shops_id() -> None:
    """Which HighLevel does not know: it is left out, and told."""
    _, (row,) = read(WOO + "1,simple,A,Red,10,Sale\n2,simple,,Card,10,Sale\n")
    (told,) = [one for one in row.remarks if one.code is Code.PRODUCT_IDS_FOREIGN]
    assert told.parameters["number"] == 1
    assert [(cell.row, cell.column) for cell in told.cells] == [(3, "ID")]


def test_the_order_of_products_is_that_of_the_file() -> None:
    """Also where one collection is named in cells that differ."""
    text = 'SKU,Where\nA,"X, Y"\nB,Y\nC,"Y, X"\nD,X\nA,X\n'
    assert members(text, **FROM) == {"X": ["A", "C", "D"], "Y": ["A", "B", "C"]}


def test_collections_of_two_locations_stay_two() -> None:
    """A table may have a column for the location."""
    other = LOCATION[::-1]
    text = f"location_id,SKU,Where\n{LOCATION},A,X\n{other},B,X\n"
    _, rows = read(text, **FROM)
    found = [(row.parts["location_id"], row.parts["name"]) for row in rows]
    assert found == [(LOCATION, "X"), (other, "X")]


def test_a_column_that_is_not_there_is_named_with_the_nearest() -> None:
    """Exit 5, since the file is not what the setting says."""
    with pytest.raises(InputError, match='nearest is "Categories"') as refused:
        read("SKU,Categories\nA,X\n", collections_from="Categoris")
    assert refused.value.exit_code == 5
    with pytest.raises(InputError, match=r"--collections-from names\."):
        read("SKU,Sale\nA,X\n", collections_from="zzzzzz")


def test_the_column_wins_over_another_preset() -> None:
    """What a flag asks for is done, whatever the header looks like."""
    text = "name,slug,description,parent,SKU,Where\nRed,red,x,,A,Mugs\n"
    assert members(text, **FROM) == {"Mugs": ["red"]}
    assert members(text, preset="own", **FROM) == {"Mugs": ["red"]}
    assert members(text, preset="products", **FROM) == {"Mugs": ["red"]}


def test_a_mapping_file_says_what_products_are_known_by() -> None:
    """A column that nothing knows, beside the one of the setting."""
    Path("m.toml").write_text('[columns]\n"Regal" = "product_skus"\n')
    text = "Regal,Preis,Where\nA,10,Mugs\nB,10,Mugs\n"
    wanted = {"mapping": Path("m.toml"), **FROM}
    assert members(text, **wanted) == {"Mugs": ["A", "B"]}


def test_a_collection_knows_the_rows_of_its_products() -> None:
    """For the file to fix: each product once, by the row that names the collection."""
    _, rows = read("SKU,Where\nA,Mugs\nB,Cups\nC,Mugs;Cups\nC,Mugs\n", **FROM)
    assert [row.row.made_of for row in rows] == [(2, 4), (3, 4)]


def test_a_preset_by_its_name_takes_its_own_column() -> None:
    """Without the flag, what collections are mostly called."""
    text = "SKU,Price,Category\nA,10,Men > Tops\n"
    assert members(text, preset="products") == {"Tops": ["A"]}


def test_lists_of_json_name_collections() -> None:
    """As an API gives them."""
    product = {"sku": "A", "price": 1, "where": [{"name": "Tops"}, {"name": "Sale"}]}
    text = json.dumps(product) + "\n"
    found = members(text, name="table.jsonl", collections_from="where")
    assert found == {"Tops": ["A"], "Sale": ["A"]}


def test_names_that_differ_in_capitals_are_one_collection() -> None:
    """They would have one slug, and the products of the later ones would be lost."""
    text = "SKU,Price,Where\nA,1,Hats\nB,1,hats\nC,1,HATS \n"
    opened, rows = read(text, **FROM)
    assert members(text, **FROM) == {"Hats": ["A", "B", "C"]}
    assert len(rows) == 1
    told = "names that differ in capitals or accents' form alone are one: "
    assert f"{told}hats is Hats, HATS is Hats" in opened.file.notes


def test_names_in_two_normal_forms_are_one_collection() -> None:
    """A Mac takes letters and their accents apart."""
    decomposed = unicodedata.normalize("NFD", "Größe > Röcke")
    text = f"SKU,Price,Where\nA,1,Größe > Röcke\nB,1,{decomposed}\n"
    assert members(text, **FROM) == {"Röcke": ["A", "B"]}
