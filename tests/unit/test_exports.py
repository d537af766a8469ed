"""The exports of other programs: a sample of each kind, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from exported import FOLDER, checked, nothing_is_set, read, valid

from importer.mapping import preset
from importer.models import Code, Invalid

_ = nothing_is_set


@dataclass(frozen=True)
class Sample:
    """A file, the preset it is, its good slugs, its problems by place."""

    file: str
    preset: str
    good: str
    problems: dict[str, str] = field(default_factory=dict)
    left_out: str = ""
    remarks: dict[str, int] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


SAMPLES = [
    Sample(
        "matrixify-smart.csv",
        "matrixify",
        "summer-shirts",
        {"4-5": "rule_not_supported", "7-7": "rule_not_supported"},
        "Body HTML, Sort Order, Published Scope",
    ),
    Sample(
        "matrixify.xlsx",
        "matrixify",
        "summer-shirts gift-ideas home garden",
        {"4-5": "rule_not_supported", "7-7": "rule_not_supported"},
        "Body HTML, Sort Order, Published Scope",
        {"products_by_name": 3, "products_truncated": 1},
        {"require_product_ids": False},
    ),
    Sample(
        "shopify-rest.csv",
        "shopify-rest",
        "cheap-shirts titles",
        {
            "3-3": "rule_not_supported",
            "5-5": "product_ids_missing",
            "6-6": "rule_not_supported",
        },
        "body_html, published_at, sort_order",
    ),
    Sample(
        "shopify-graphql.csv",
        "shopify-graphql",
        "shirts",
        {"2-5": "product_ids_foreign", "6-6": "rule_not_supported"},
        "descriptionHtml",
    ),
    Sample(
        "shopify-graphql.jsonl",
        "shopify-graphql",
        "summer-shirts huete-muetzen cheap-or-in-stock",
        {"8-9": "rule_not_supported", "12-12": "name_missing"},
        "descriptionHtml",
        {"product_ids_foreign": 1, "products_truncated": 1},
        {"require_product_ids": False},
    ),
    Sample(
        "woocommerce.csv",
        "woocommerce",
        "uncategorized men women shirts shirts-women ubergroessen",
        {},
        "description, parent",
        {"value_changed": 1},
    ),
    Sample(
        "woocommerce-store-exporter.csv",
        "woocommerce-store-exporter",
        "men shirts",
        {"4-4": "image_not_a_url"},
        "Parent Term ID, Category Description",
    ),
    Sample(
        "woocommerce-simple.csv",
        "woocommerce-simple",
        "men women shoes boots",
        {"5-5": "duplicate_in_input"},
        "description, parent",
        {"slug_made": 1},
    ),
    Sample(
        "bigcommerce.csv",
        "bigcommerce",
        "shop-all bath towels garden",
        {"6-6": "duplicate_in_input"},
        "Parent ID, Description, Sort Order",
        {"value_changed": 4},
    ),
    Sample(
        "bigcommerce-api.jsonl",
        "bigcommerce-api",
        "bath towels",
        {},
        "parent_id, custom_url.is_customized",
        {"value_changed": 2},
    ),
    Sample(
        "prestashop.csv",
        "prestashop",
        "ete robes chaussures",
        {},
        "Parent category, Description, Meta keywords",
        {"slug_made": 1, "inactive": 1},
        {"encoding": "iso-8859-1"},
    ),
    Sample(
        "prestashop-cyrillic.csv",
        "prestashop",
        "odezhda obuv",
        {},
        "Parent category, Description",
        {"slug_made": 1},
    ),
    Sample(
        "magento.csv",
        "magento",
        "men women tops-men tops-women jackets-men",
        {},
        "path, is_anchor, position",
    ),
    Sample(
        "magento-firebear.csv",
        "magento-firebear",
        "first second third",
        {},
        "description, group",
        {"value_changed": 3, "inactive": 1},
    ),
    Sample(
        "wix.csv",
        "wix",
        "hats summer-sale kitchen",
        {},
        "",
        {"product_ids_foreign": 3, "slug_made": 3},
    ),
    Sample(
        "woocommerce-products.csv",
        "woocommerce-products",
        "mugs sale tops cups-pots-pans hats",
        {},
        "",
        {
            "products_by_name": 5,
            "product_ids_foreign": 1,
            "slug_made": 5,
            "type_inferred": 5,
            "value_changed": 4,
        },
    ),
    Sample(
        "shopify-products.csv",
        "shopify-products",
        "mugs-cups tops",
        {},
        "",
        {"products_by_name": 2, "slug_made": 2, "type_inferred": 2},
    ),
    Sample(
        "squarespace.csv",
        "squarespace",
        "home decor textiles-more",
        {},
        "",
        {"product_ids_foreign": 3, "slug_made": 3},
    ),
    Sample(
        "woocommerce-wp-wc.csv",
        "woocommerce",
        "instruments strings strings-used second-hand",
        {"4-4": "image_not_a_url"},
        "parent, description, display, menu_order",
        {"value_changed": 1},
    ),
    Sample(
        "woocommerce-rest.jsonl",
        "woocommerce",
        "instruments strings",
        {},
        "parent, description, display, image.id, image.alt, menu_order, _links, "
        "_links.self",
    ),
    Sample(
        "prestashop-list.csv",
        "prestashop-list",
        "vetements-de-pluie bottes",
        {"4-4": "duplicate_in_input"},
        "Description, Position",
        {"slug_made": 2},
    ),
    Sample(
        "prestashop-list-pl.csv",
        "prestashop-list",
        "odziez obuwie",
        {},
        "Opis, Pozycja",
        {"slug_made": 2},
    ),
    Sample(
        "prestashop-list-es.csv",
        "prestashop-list",
        "ropa calzado",
        {},
        "Descripción, Posición",
        {"slug_made": 2},
    ),
    Sample(
        "prestashop-list-de.csv",
        "prestashop-list",
        "kleidung schuhe",
        {},
        "Beschreibung, Position",
        {"slug_made": 2},
    ),
    Sample(
        "prestashop-template.csv",
        "prestashop-template",
        "jardin outils graines",
        {"5-5": "duplicate_in_input"},
        "Catégorie parente, Description, Mots-clés",
        {"slug_made": 1},
    ),
    Sample(
        "prestashop-template-pl.csv",
        "prestashop-template",
        "ogrod narzedzia",
        {},
        "Kategoria nadrzędna, Opis",
    ),
    Sample(
        "prestashop-template-es.csv",
        "prestashop-template",
        "jardin herramientas",
        {},
        "Categoría padre, Descripción",
    ),
    Sample(
        "prestashop-template-de.csv",
        "prestashop-template",
        "garten geraete",
        {},
        "Übergeordnete Kategorie, Beschreibung",
    ),
    Sample(
        "magento-m2if.csv",
        "magento-m2if",
        "lamps desk-lamps chairs",
        {"4-4": "image_not_a_url"},
        "store_view_code, attribute_set_code, path, description",
        {"slug_made": 1},
    ),
    Sample(
        "opencart.csv",
        "opencart",
        "desktops small parts",
        {"4-4": "duplicate_in_input"},
        "parent_id, top, columns, sort_order, image_name, date_added, date_modified, "
        "description(en-gb), description(de-de), store_ids, layout",
        {"slug_made": 3},
    ),
    Sample(
        "akeneo.csv",
        "akeneo",
        "main-catalogue lamps desk chairs",
        {"6-6": "duplicate_in_input"},
        "parent",
        {"slug_made": 4},
    ),
    Sample(
        "sylius.csv",
        "sylius",
        "caps caps-wool",
        {},
        "Parent, Locale, Description",
        {"value_changed": 1},
    ),
    Sample(
        "shopware.csv",
        "shopware",
        "spielzeug puzzles",
        {"4-4": "duplicate_in_input"},
        "parent_id, type, external_link, description, media_id, "
        "media_folder_id, media_type, media_title, media_alt, cms_page_id",
        {"slug_made": 2},
    ),
    Sample(
        "ecwid.jsonl",
        "ecwid",
        "garden-c7001 seeds-c7002 seeds-c7003",
        {},
        "orderBy, nameTranslated.en, nameTranslated.fr, description, "
        "thumbnailUrl, parentId",
        {
            "value_changed": 3,
            "product_ids_foreign": 1,
            "products_truncated": 2,
            "inactive": 1,
        },
    ),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: str(one.file))
def test_an_export_is_recognised_and_its_collections_are_found(sample: Sample) -> None:
    """Its preset, its collections, its problems by row, and what was left out."""
    result = checked(sample.file, **sample.options)
    problems = {
        f"{line.place.row}-{line.place.row_end}": line.code for line in result.lines()
    }
    assert {file.preset for file in result.files} == {sample.preset}
    assert all(file.known_by for file in result.files)
    assert problems == sample.problems
    assert list(valid(sample.file, **sample.options)) == sample.good.split()
    assert ", ".join(result.files[0].columns_left_out) == sample.left_out
    assert dict(result.remarks) == sample.remarks


@pytest.mark.parametrize(
    ("file", "slug", "field", "text"),
    [
        ("woocommerce-wp-wc.csv", "instruments", "image", "instruments.jpg"),
        ("woocommerce-rest.jsonl", "instruments", "image", "instruments.jpg"),
        ("prestashop-list-pl.csv", "obuwie", "name", "Obuwie"),
        ("prestashop-list-es.csv", "calzado", "name", "Calzado"),
        ("prestashop-template.csv", "jardin", "seo_title", "Jardin"),
        ("prestashop-template.csv", "jardin", "seo_description", "le jardin"),
        ("prestashop-template.csv", "jardin", "image", "jardin.jpg"),
        ("prestashop-template-pl.csv", "ogrod", "seo_title", "Ogród"),
        ("prestashop-template-pl.csv", "ogrod", "seo_description", "do ogrodu"),
        ("prestashop-template-pl.csv", "ogrod", "image", "ogrod.jpg"),
        ("prestashop-template-es.csv", "jardin", "seo_title", "Jardín"),
        ("prestashop-template-es.csv", "jardin", "seo_description", "el jardín"),
        ("prestashop-template-es.csv", "jardin", "image", "jardin.jpg"),
        ("prestashop-template-de.csv", "garten", "seo_title", "Garten"),
        ("prestashop-template-de.csv", "garten", "seo_description", "den Garten"),
        ("prestashop-template-de.csv", "garten", "image", "garten.jpg"),
        ("magento-m2if.csv", "lamps", "seo_title", "Lamps | Shop"),
        ("magento-m2if.csv", "lamps", "image", "lamps.jpg"),
        ("opencart.csv", "desktops", "seo_title", "Desktops"),
        ("opencart.csv", "desktops", "seo_description", "All desktops"),
        ("akeneo.csv", "main-catalogue", "name", "Main catalogue"),
        ("sylius.csv", "caps-wool", "name", "Wool"),
        ("shopware.csv", "spielzeug", "seo_title", "Spielzeug"),
        ("shopware.csv", "spielzeug", "seo_description", "Alles zum Spielen"),
        ("shopware.csv", "spielzeug", "image", "toys.jpg"),
        ("ecwid.jsonl", "garden-c7001", "seo_description", "All for the garden"),
        ("ecwid.jsonl", "garden-c7001", "image", "garden.jpg"),
    ],
)
def test_the_fields_of_an_export_are_those_of_its_collections(
    file: str, slug: str, field: str, text: str
) -> None:
    """Each from the column that the program calls so, in its language."""
    assert valid(file)[slug].parts[field].endswith(text)


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("woocommerce-wp-wc.csv", {"Instruments / Strings", "Second hand / Strings"}),
        ("opencart.csv", {"Desktops / Small", "Parts / Small"}),
        (
            "akeneo.csv",
            {"Main catalogue / Lamps / Desk", "Main catalogue / Chairs / Desk"},
        ),
        ("shopware.csv", {"Spielzeug / Puzzles"}),
        ("magento-m2if.csv", {"Lamps / Desk"}),
        ("ecwid.jsonl", {"Garden / Seeds"}),
        ("prestashop-template.csv", {"Jardin / Outils"}),
    ],
)
def test_parents_of_an_export_are_found(file: str, named: set[str]) -> None:
    """By id, by name, or by a path; a root of the program is no part of it."""
    found = {one.parts["name"] for one in valid(file, category_path="name").values()}
    assert named <= found


def test_every_preset_has_a_sample() -> None:
    """A new preset without one would be a claim that nothing tests."""
    unasked = set(preset.names()) - {"own", preset.PRODUCTS}
    assert {one.preset for one in SAMPLES} == unasked
    there = {file.name for file in FOLDER.iterdir()}
    assert there == {one.file for one in SAMPLES}


def test_only_products_of_a_collection_are_its_products() -> None:
    """Metafields and variants of the bulk export are counted as nothing."""
    sent = valid("shopify-graphql.jsonl", require_product_ids=False)
    (foreign,) = [
        remark.message
        for remark in sent["huete-muetzen"].remarks
        if remark.code is Code.PRODUCT_IDS_FOREIGN
    ]
    assert foreign.startswith("The file lists 2 products ")
    assert sent["summer-shirts"].definition.rules == {
        "logic": "AND",
        "conditions": [
            {"field": "title", "operator": "contains", "value": "shirt"},
            {"field": "price", "operator": "less_than", "value": 50},
        ],
    }
    assert sent["summer-shirts"].definition.image.endswith("shirts.jpg?v=1700000000")


def test_products_of_a_collection_that_is_not_there_are_told() -> None:
    """By the collection that they name, and with the way out."""
    (bad,) = [
        one
        for one in read("shopify-graphql.jsonl")
        if isinstance(one, Invalid) and one.row.place.row == 12
    ]
    (problem,) = bad.problems
    assert "Collection/471163080099, which is not in the file" in problem.message


@pytest.mark.parametrize(
    ("name", "code", "column"),
    [
        ("matrixify-smart.csv", Code.RULE_NOT_SUPPORTED, "Rule: Product Column"),
        ("shopify-graphql.csv", Code.RULE_NOT_SUPPORTED, "ruleSet"),
        ("shopify-graphql.csv", Code.PRODUCT_IDS_FOREIGN, "handle"),
        ("shopify-rest.csv", Code.RULE_NOT_SUPPORTED, "rules"),
        ("squarespace.csv", Code.PRODUCT_IDS_FOREIGN, "Product ID [Non Editable]"),
        ("wix.csv", Code.PRODUCT_IDS_FOREIGN, "handleId"),
    ],
)
def test_what_is_wrong_names_the_column_of_the_export(
    name: str, code: Code, column: str
) -> None:
    """Rules and products have columns of their own, and a person looks there first."""
    problems = [
        problem
        for found in read(name)
        for problem in (found.problems if isinstance(found, Invalid) else found.remarks)
        if problem.code is code
    ]
    assert {problem.column for problem in problems} == {column}
