"""Tables of products are refused by what their columns are, in any shop's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer import mapping, settings
from importer.api import language
from importer.errors import InputError
from importer.intake.check import CheckResult, check_inputs
from importer.mapping import product_tables

TESTS = Path(__file__).parents[1]
EXPORTS = TESTS.parent / "sample_data" / "exports"
LOCATION = "LOC00000aaaaaaaaaaaa"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(path: Path, **options: Any) -> CheckResult:
    wanted = {"location_id": LOCATION, "require_product_ids": False, **options}
    return check_inputs((path,), settings.load(wanted))


def table(header: str, separator: str = ",") -> Path:
    path = Path("table.csv")
    line = separator.join("x" for _ in header.split(separator))
    path.write_text(f"{header}\n{line}\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("merchant_feed", "availability, price"),
        ("wix_v3", "price, sku, inventory"),
        ("woo_de", "Artikelnummer, Regulärer Preis"),
        ("bigcommerce_v3", "SKU, Current Stock, Price"),
    ],
)
def test_an_export_of_products_is_refused(name: str, says: str) -> None:
    """Exit 5, with the columns that say so, and both ways on."""
    with pytest.raises(InputError) as refused:
        checked(TESTS / "cases" / f"products_{name}.csv")
    assert f"products and not collections, as its columns say: {says}." in str(
        refused.value
    )
    assert refused.value.exit_code == 5
    assert "--collections-from" in refused.value.remedy
    assert "--preset own" in refused.value.remedy


HEADERS = [
    # feeds
    "g:id,title,g:price,g:link",
    "ID,Title,Link,Price,GTIN,Google product category",
    "id,title,price,sale price,item_group_id,condition",
    # Etsy, Odoo, Magento, PrestaShop, Shopware, Ecwid, OpenCart, Squarespace's old one
    "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,IMAGE1,SKU",
    "External ID,Name,Internal Reference,Sales Price,Quantity On Hand,Product Category",
    "default_code,name,list_price,categ_id",
    "sku,name,url_key,price,qty,description",
    "Product ID,Active (0/1),Name *,Price tax excluded,Reference #,Quantity",
    "product_number,name,stock,price_gross,categories",
    "product_internal_id,product_sku,product_name,product_price,product_quantity",
    "name,slug,variants.sku,variants.price",
    "name,slug,regularPrice,stockQuantity",
    "name,slug,description,parent,sku,regular price",
    "Handle,Title,Command,Variant Price,Variant Inventory Qty",
    # WooCommerce in other languages, and tables of people
    "ID,Type,UGS,Nom,Tarif régulier,Catégories",
    "ID,Tipo,SKU,Nombre,Precio normal,Categorías",
    "ID,Tipo,Nome,Magazzino,Prezzo di listino,Categorie",
    "ID,Type,Artikelcode,Naam,Reguliere prijs,Categorieën",
    "ID,Tipo,Nome,Estoque,Preço normal,Categorias",
    "ID,Typ,Nazwa,Stan magazynowy,Cena regularna,Kategorie",
    "Artikelnr,Namn,Ordinarie pris,Lagersaldo,Kategorier",
    "Název,Cena,Skladem,Kategorie",
    "Артикул,Название,Цена,Категории",
    "商品コード,商品名,通常価格,カテゴリー",
    "Artikelnr;Name;Verkaufspreis;Menge",
]


@pytest.mark.parametrize("header", HEADERS)
def test_any_table_of_products_is_refused(header: str) -> None:
    """Programs that no preset is for, in the languages of their shops."""
    separator = ";" if ";" in header else ","
    path = table(header, separator)
    with pytest.raises(InputError, match="products and not collections"):
        checked(path)
    # who wants each row as a collection says so, and is not refused for this
    try:
        checked(path, preset="own")
    except InputError as other:
        assert "products and not" not in str(other)  # noqa: PT017 - or none at all


COLLECTIONS = [
    "name,slug,type,rules,image,price",
    "name,type,price,rules,stock",
    "name,slug,min price,max price,sku",
    "name,slug,price rule,stock rule",
    "name,slug,description,price",
    "name,slug,description,availability,sku",
    "collection_handle,collection_title,product_handle,price,sku",
    "category slug,category name,sku,price",
    "name,product_skus,price,stock",
    "name,Tax rules,Price range,Stock",
    "Handle,Title,Command,Rule: Product Column,Rule: Relation,Must Match",
    "Slug de la catégorie,name,sku,prix",
]


@pytest.mark.parametrize("header", COLLECTIONS)
def test_a_table_of_collections_is_not_refused(header: str) -> None:
    """A price alone, a column of rules, or a collection's own handle."""
    assert checked(table(header)).collections == 1


@pytest.mark.parametrize("path", sorted(EXPORTS.iterdir()), ids=lambda path: path.name)
def test_no_export_that_is_known_is_refused(path: Path) -> None:
    """They are read as they were."""
    assert checked(path).collections


def test_a_price_in_rules_is_no_column() -> None:
    """What cells hold says nothing of what a table is."""
    path = Path("own.csv")
    path.write_text("name,type,rules\nCheap,smart,price < 50 AND inventory > 1\n")
    assert checked(path).collections == 1


def test_a_mapping_file_says_what_the_rows_are() -> None:
    """Whoever writes one knows them."""
    Path("m.toml").write_text('[constants]\ntype = "manual"\n')
    path = table("name,price,sku")
    assert checked(path, mapping=Path("m.toml")).collections == 1
    Path("m.toml").write_text('[columns]\nname = "name"\n')
    assert checked(path, mapping=Path("m.toml")).collections == 1


def test_the_column_that_names_collections_is_offered() -> None:
    """As the file writes it, so that the flag works as it is copied."""
    header = ("SKU", "Price", "Product Categories")
    assert product_tables.collections_column(header) == "Product Categories"
    with pytest.raises(InputError) as refused:
        checked(table(",".join(header)))
    assert "--collections-from='Product Categories' makes" in refused.value.remedy
    said = language.in_arguments(refused.value.remedy)
    assert 'collections_from="Product Categories" makes' in said
    with pytest.raises(InputError) as refused:
        checked(table("SKU,Price,Kategorie"))
    assert "--collections-from=Kategorie makes" in refused.value.remedy
    said = language.in_arguments(refused.value.remedy)
    assert 'collections_from="Kategorie" makes' in said
    assert product_tables.collections_column(("SKU", "Price")) == ""
    for named in ("Warengruppe", "Rayon", "Gruppo merceologico", "Grupa produktów"):
        assert product_tables.collections_column(("SKU", named)) == named
    for named in ("Catégories (x,y,z...)", "Kategorie Ebene 1", "category1"):
        assert product_tables.collections_column((named, "Category")) == "Category"
        assert product_tables.collections_column(("Category ID", named)) == named


def test_a_table_with_one_column_that_says_both_is_none() -> None:
    """A price and another column are two."""
    assert product_tables.of_products(("name", "Variant Price")) == ()
    assert product_tables.of_products(("name", "", "g:price")) == ()


def test_the_next_presets_sheet_is_still_looked_at() -> None:
    """A preset that tells products from collections by their rows is asked first."""
    header = ("id", "title", "handle", "ruleSet", "__parentId", "price", "sku")
    assert mapping.choose(header).preset.name == "shopify-graphql"
    assert checked(table(",".join(header))).files[0].preset == "shopify-graphql"
