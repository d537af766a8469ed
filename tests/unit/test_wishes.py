"""What the settings make of exports: rules, products, descriptions and parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from exported import LOCATION, checked, nothing_is_set, read, valid

from importer.errors import InputError
from importer.models import Calling, Invalid

if TYPE_CHECKING:
    from pathlib import Path

_ = nothing_is_set
OURS = "655b33a82209e60b6adb87a5"


def messages(name: str, **options: Any) -> dict[int, str]:
    result = checked(name, **options)
    return {line.place.row: line.message for line in result.lines()}


def codes(name: str, **options: Any) -> dict[int, str]:
    return {line.place.row: line.code for line in checked(name, **options).lines()}


def file(folder: Path, *lines: str) -> str:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def test_rules_of_matrixify_become_json() -> None:
    """Two rows, two conditions, one collection; its products are not asked for."""
    one = valid("matrixify-smart.csv")["summer-shirts"].definition
    assert one.type == "smart"
    assert one.product_ids == ()
    assert one.rules == {
        "logic": "AND",
        "conditions": [
            {"field": "title", "operator": "contains", "value": "shirt"},
            {"field": "price", "operator": "less_than", "value": 50},
        ],
    }


def test_the_keys_and_words_of_rules_are_settings() -> None:
    """They are published nowhere, so they can be said."""
    named = valid("matrixify-smart.csv", rule_keys="a,b,c", rule_words="title=TITLE")
    rules = named["summer-shirts"].definition.rules
    assert rules is not None
    assert rules["conditions"][0] == {"a": "TITLE", "b": "contains", "c": "shirt"}


def test_rules_of_shopify_become_json() -> None:
    """Packed into a cell or as a ruleSet; any of them is OR."""
    packed = valid("shopify-rest.csv")["titles"].definition.rules
    assert packed is not None
    assert packed["logic"] == "OR"
    rule_set = valid("shopify-graphql.csv")["shirts"].definition.rules
    assert rule_set is not None
    assert rule_set["logic"] == "OR"
    assert rule_set["conditions"][1]["value"] == 10.5


def test_what_highlevel_cannot_express_is_named_with_the_way_out() -> None:
    """Every rule that is in the way, and a remedy that will work for the row."""
    told = messages("matrixify-smart.csv")
    assert '"tag equals sale", "vendor equals Acme"' in told[4]
    assert "use --smart-as-manual" in told[4]
    assert '"tag equals none"' in told[7]
    assert "lists none of its products" in told[7]


def test_a_smart_collection_becomes_manual_on_request() -> None:
    """Where the file lists its products; where it does not, the problem stays."""
    wishes = {"smart_as_manual": True, "require_product_ids": False}
    one = valid("matrixify-smart.csv", **wishes)["tagged-sale"]
    assert one.definition.type == "manual"
    told = [remark.code for remark in one.remarks]
    assert told == ["smart_as_manual", "products_truncated", "products_by_name"]
    assert codes("matrixify-smart.csv", **wishes) == {7: "rule_not_supported"}


def test_the_file_says_what_is_left_out() -> None:
    """DELETE and IGNORE are counted by their word, and nothing is made of them."""
    result = checked("matrixify.xlsx")
    skipped = [one.skipped for one in result.files]
    assert skipped == [(("DELETE", 1),), (("IGNORE", 1),)]
    sheets = [one.sheet for one in result.files]
    assert sheets == ["Smart Collections", "Custom Collections"]


def test_a_sheet_that_is_named_is_read_alone() -> None:
    """--sheet overrules what belongs together."""
    (one,) = checked("matrixify.xlsx", sheet="Custom Collections").files
    assert one.sheet == "Custom Collections"


def test_rows_that_stray_from_their_collection_are_put_together() -> None:
    """Two rows, then others, then a third: one collection with three products."""
    gift = valid("matrixify.xlsx", sheet="Custom Collections")["gift-ideas"]
    assert isinstance(gift, Calling)
    (handles,) = gift.called
    assert len(handles.texts) == 3
    assert (gift.row.place.row, gift.row.place.row_end) == (2, 6)
    assert gift.definition.name == "Gift Ideas"


def test_the_first_seo_column_that_is_filled_counts() -> None:
    """Metafields of two kinds stand in one sheet."""
    wishes = {"smart_as_manual": True, "require_product_ids": False}
    found = valid("matrixify-smart.csv", **wishes)
    assert found["summer-shirts"].definition.seo_title == "Summer shirts | Shop"
    assert found["tagged-sale"].definition.seo_title == "Sale"


@pytest.mark.parametrize(
    ("name", "slug", "words"),
    [
        ("matrixify-smart.csv", "summer-shirts", "Light shirts"),
        ("matrixify.xlsx", "gift-ideas", "For everyone"),
        ("woocommerce.csv", "men", "Clothes for men"),
        ("woocommerce.csv", "women", ""),
        ("magento-firebear.csv", "first", "All of it"),
        ("bigcommerce.csv", "shop-all", "Everything"),
    ],
)
def test_a_description_fills_in_a_blank_seo_description(
    name: str, slug: str, words: str
) -> None:
    """Without its HTML, and only where there is none; it is not left out then."""
    wishes = {"description_to_seo": True, "require_product_ids": False}
    assert valid(name, **wishes)[slug].definition.seo_description == words
    left_out = ",".join(checked(name, **wishes).files[0].columns_left_out)
    assert "description" not in left_out.lower()


@pytest.mark.parametrize(
    ("name", "where", "found"),
    [
        ("woocommerce.csv", "name", "Men / Shirts, Women / Shirts"),
        ("woocommerce.csv", "slug", "shirts, shirts-women"),
        ("woocommerce-simple.csv", "name", "Men / Shoes, Women / Shoes"),
        ("woocommerce-simple.csv", "slug", "men-shoes, women-shoes"),
        ("bigcommerce.csv", "name", "Bath / Towels"),
        ("bigcommerce.csv", "slug", "bath-towels, garden-towels"),
        ("magento.csv", "name", "Men / Tops, Women / Tops"),
        ("magento.csv", "slug", "tops-men, tops-women"),
        ("magento-firebear.csv", "name", "Second"),
        ("prestashop-cyrillic.csv", "name", "Обувь"),
    ],
)
def test_the_path_of_a_category_sets_it_apart(
    name: str, where: str, found: str
) -> None:
    """The names of those above go into the name or the slug where names repeat."""
    got = [one.definition for one in valid(name, category_path=where).values()]
    texts = [one.name if where == "name" else one.slug for one in got]
    assert [text for text in texts if text in found.split(", ")] == found.split(", ")


def test_names_that_repeat_are_set_apart_by_all_those_above(tmp_path: Path) -> None:
    """Also where the name of an export is the whole path, without its root."""
    name = file(
        tmp_path,
        "name,url_key,is_active",
        *(f"Default Category/{who}/Tops/Jackets,,1" for who in ("Men", "Women")),
        "Default Category/Men/Shoes,,1",
    )
    found = valid(name, category_path="slug")
    assert list(found) == ["men-tops-jackets", "women-tops-jackets", "shoes"]
    named = [one.definition.name for one in valid(name, category_path="name").values()]
    assert named == ["Men / Tops / Jackets", "Women / Tops / Jackets", "Shoes"]


def test_our_own_columns_know_the_wishes_too(tmp_path: Path) -> None:
    """A description and a parent beside our own columns."""
    name = file(
        tmp_path,
        "location_id,name,type,product_ids,description,parent",
        f"{LOCATION},Shirts,manual,{OURS},<b>Cool</b>,Men",
        f"{LOCATION},Shirts,,{OURS},,Women",
        f"{LOCATION},Loop,,{OURS},,Loop",
        f"{LOCATION},,,{OURS},,",
    )
    wishes = {"description_to_seo": True, "category_path": "slug"}
    found = valid(name, **wishes)
    assert list(found) == ["men-shirts", "women-shirts", "loop"]
    assert found["men-shirts"].definition.seo_description == "Cool"
    assert found["men-shirts"].definition.product_ids == (OURS,)
    assert checked(name, **wishes).files[0].preset == "own"
    assert checked(name, **wishes).files[0].columns_left_out == ()
    assert codes(name, **wishes) == {5: "name_missing"}
    assert checked(name).files[0].columns_left_out == ("description", "parent")


def test_a_tree_that_bites_its_tail_still_gives_an_answer(tmp_path: Path) -> None:
    """Two categories that are each other's parent, twice by one name."""
    name = file(
        tmp_path,
        "term_id,name,slug,parent",
        "1,A,a,2",
        "2,B,b,1",
        "3,A,aa,99",
    )
    found = valid(name, category_path="name")
    assert [one.definition.name for one in found.values()] == [
        "A / B / A",
        "B",
        "A",
    ]


def test_rules_in_words_are_read_in_our_own_template(tmp_path: Path) -> None:
    """What HighLevel can express is sent; what not is named, or manual on request."""
    name = file(
        tmp_path,
        "name,type,rules,product_ids",
        "Cheap,smart,title contains shirt AND price < 50,",
        f"Tagged,,tag = sale,{OURS}",
        "Empty,smart,vendor is Acme,",
        'Broken,smart,"{""logic"": }",',
        "No List,smart,tag = sale,[]",
        f"Called Smart,smart,tag = sale,{OURS}",
    )
    found = valid(name, rule_keys="f,o,v")["cheap"].definition.rules
    assert found is not None
    assert found["conditions"][1] == {"f": "price", "o": "less_than", "v": 50}
    assert codes(name) == {
        3: "rule_not_supported",
        4: "rule_not_supported",
        5: "rules_not_json",
        6: "rule_not_supported",
        7: "rule_not_supported",
    }
    assert codes(name, smart_as_manual=True)[6] == "rule_not_supported"
    assert valid(name, smart_as_manual=True)["called-smart"].definition.type == "manual"
    manual = valid(name, smart_as_manual=True)["tagged"]
    assert manual.definition.product_ids == (OURS,)
    assert manual.definition.type == "manual"
    (told,) = (one for one in manual.remarks if one.code == "smart_as_manual")
    assert "tag" in told.message, "which rule is in the way"
    assert told.message.endswith(" It becomes a manual collection.")


def test_all_problems_are_told_beside_those_of_the_rules(tmp_path: Path) -> None:
    """The mapping's problem comes first and hides no other."""
    name = file(
        tmp_path,
        "handle,title,disjunctive,rules,image",
        "BAD SLUG,A,TRUE,tag|equals|x,no address",
    )
    (one,) = read(name)
    assert isinstance(one, Invalid)
    assert [problem.code for problem in one.problems] == [
        "rule_not_supported",
        "slug_invalid",
        "image_not_a_url",
    ]


def test_a_mapping_file_speaks_for_a_table_that_is_nobodys(tmp_path: Path) -> None:
    """With one, the header is not guessed at; --preset overrules even so."""
    mapped = tmp_path / "mapping.toml"
    mapped.write_text('[columns]\n"slug" = "name"\n', "utf-8")
    assert checked("woocommerce.csv", mapping=mapped).files[0].preset == "mapping.toml"
    woo = valid("woocommerce.csv", mapping=mapped, preset="woocommerce")
    assert next(iter(woo.values())).definition.name == "uncategorized"
    assert checked("magento.csv", preset="own").files[0].preset == "own"


def test_highlevels_own_ids_are_sent(tmp_path: Path) -> None:
    """Somebody has replaced the shop's ids in the export, some of them."""
    name = file(
        tmp_path,
        "Handle,Title,Top Row,Products Count,Product: ID",
        f"a,A,TRUE,1,{OURS}",
        f"b,B,TRUE,,{OURS}",
        "b,,,,12",
        f"c,C,TRUE,3,{OURS}",
    )
    found = valid(name)
    assert {one.definition.product_ids for one in found.values()} == {(OURS,)}
    told = [[str(remark.code) for remark in one.remarks] for one in found.values()]
    assert told == [[], ["product_ids_foreign"], ["products_truncated"]]


def test_a_manual_collection_without_products_is_told_with_the_way_out(
    tmp_path: Path,
) -> None:
    """An export often lacks them, and its own ids would not help."""
    name = file(tmp_path, "Handle,Title,Top Row,Product: ID", "a,A,TRUE,")
    assert codes(name) == {2: "product_ids_missing"}
    (message,) = messages(name).values()
    assert "the file lists no products of it" in message
    assert "--no-require-product-ids" in message


def test_a_condition_without_a_word_is_none(tmp_path: Path) -> None:
    """Rows for products beside rows for rules: only the filled ones are conditions."""
    name = file(
        tmp_path,
        "Handle,Title,Rule: Product Column,Rule: Relation,Rule: Condition",
        "a,A,Title,Equals,x",
        "a,A,,,",
    )
    rules = valid(name)["a"].definition.rules
    assert rules is not None
    assert len(rules["conditions"]) == 1


def test_rows_without_any_key_go_on_with_the_one_above(tmp_path: Path) -> None:
    """Titles alone: blank or repeated goes on, another one or Top Row begins anew."""
    name = file(
        tmp_path,
        "Handle,Title,Top Row,Product: Handle",
        ",A,TRUE,p1",
        ",,,p2",
        ",A,,p3",
        ",B,,p4",
        ",B,TRUE,p5",
        "z,,,p6",
    )
    found = read(name, require_product_ids=False)
    places = [(one.row.place.row, one.row.place.row_end) for one in found]
    assert places == [(2, 4), (5, 5), (6, 6), (7, 7)]


def test_what_is_wrong_with_the_shape_of_a_row_is_told_for_its_collection(
    tmp_path: Path,
) -> None:
    """A row with too many cells: the collection has that one problem."""
    name = file(tmp_path, "Handle,Title,Top Row", "a,A,TRUE", "a,,,more", "b")
    assert codes(name) == {2: "row_too_long", 4: "row_too_short"}


def test_all_cells_that_rows_of_a_collection_have_too_many_are_named(
    tmp_path: Path,
) -> None:
    """Its cells stand one row after another, and leave no place for them."""
    name = file(
        tmp_path,
        "Handle,Title,Top Row",
        "a,A,TRUE,first",
        "a,,,,second,third",
        "b,B,TRUE,alone",
    )
    several, alone = (line.message for line in checked(name).lines())
    assert '"first"' in several
    assert '"second", "third"' in several
    assert "alone" not in alone


def test_a_rule_set_that_makes_no_sense_is_told(tmp_path: Path) -> None:
    """The collection is not taken for a manual one."""
    name = file(tmp_path, "id,title,handle,ruleSet", "1,A,a,{")
    assert codes(name) == {2: "rules_invalid"}


def test_a_location_beside_an_export_is_used(tmp_path: Path) -> None:
    """Collections of products have that of the first product."""
    name = file(
        tmp_path,
        "handleId,fieldType,name,collection,location_id",
        "p,Product,Cap,Hats,abc",
        "q,Product,Mug,;/;,abc",
    )
    (one,) = read(name)
    assert not isinstance(one, Invalid)
    assert one.definition.location_id == "abc"


def test_a_workbook_without_rows_on_its_first_sheet_is_read(tmp_path: Path) -> None:
    """An export's first sheet can be empty, or the summary; the others count."""
    for first in ("Export Summary", "Smart Collections"):
        path = tmp_path / f"{first}.xlsx"
        book = xlsxwriter.Workbook(str(path))
        sheets = [book.add_worksheet(first), book.add_worksheet("Custom Collections")]
        sheets[0].write_row(0, 0, ["Handle", "Title"])
        if first == "Export Summary":
            sheets[0].write_row(1, 0, ["Custom", "1"])
        sheets[1].write_row(0, 0, ["Handle", "Title", "Top Row"])
        sheets[1].write_row(1, 0, ["a", "A", "TRUE"])
        book.close()
        (one,) = checked(str(path)).files
        assert (one.sheet, one.rows) == ("Custom Collections", 1)


def test_a_workbook_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    """As any other that has no sheets of exports."""
    path = tmp_path / "empty.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Smart Collections")
    book.close()
    with pytest.raises(InputError, match="nothing in it"):
        checked(str(path))


def test_words_that_are_no_rules_are_told_as_words(tmp_path: Path) -> None:
    """Nobody who writes words wants to hear where they stop to be JSON."""
    name = file(
        tmp_path,
        "name,rules,image",
        "A,title contains shirt and price < 50,",
        "B,title contains a AND price < 5 OR price > 9,shoes.png",
        "C,whatever,",
        "D,[,",
    )
    told = messages(name)
    assert "looks like two conditions" in told[2]
    assert "AND and OR are mixed" in told[3]
    assert "shoes.png is not the address of an image" in told[3]
    assert '"whatever" is no condition' in told[4]
    assert "Write conditions such as title contains shirt AND price < 50" in told[4]
    assert "This is not JSON" in told[5]
    assert set(codes(name).values()) == {"rules_not_json"}


def test_the_handles_of_an_export_are_kept_for_looking_up(tmp_path: Path) -> None:
    """Where the id is another shop's; HighLevel's own id goes before a handle."""
    name = file(
        tmp_path,
        "Handle,Title,Top Row,Products Count,Product: ID,Product: Handle",
        "a,A,TRUE,3,12,blue-shirt",
        "a,,,,13,tea",
        f"a,,,,{OURS},mug",
        "b,B,TRUE,4,14,tea",
        "c,C,TRUE,,15,",
    )
    found = valid(name, require_product_ids=False)
    a, b = found["a"], found["b"]
    assert isinstance(a, Calling)
    assert isinstance(b, Calling)
    assert a.definition.product_ids == (OURS,)
    (handles,) = a.called
    assert (handles.column, handles.texts) == (
        "Product: Handle",
        ("blue-shirt", "tea"),
    )
    assert not handles.needed
    assert [remark.code for remark in b.remarks] == [
        "products_truncated",
        "products_by_name",
    ]
    assert [remark.code for remark in found["c"].remarks] == ["product_ids_foreign"]


def test_products_of_a_bulk_export_have_their_own_handles(tmp_path: Path) -> None:
    """The collection's handle is its slug and names no product."""
    name = file(
        tmp_path,
        "id,title,handle,ruleSet,__parentId",
        "gid://shopify/Collection/1,Hats,hats,,",
        "gid://shopify/Product/1,Cap,cap,,gid://shopify/Collection/1",
    )
    hats = valid(name)["hats"]
    assert isinstance(hats, Calling)
    assert [one.texts for one in hats.called] == [("cap",)]


def test_products_that_a_bulk_export_leaves_out_are_told_without_its_handles(
    tmp_path: Path,
) -> None:
    """A line for each product is a list of them, whatever else the query asked for."""
    name = file(
        tmp_path,
        "id,title,ruleSet,productsCount,__parentId",
        "gid://shopify/Collection/1,Hats,,3,",
        "gid://shopify/Product/1,Cap,,,gid://shopify/Collection/1",
    )
    wishes = {"preset": "shopify-graphql", "require_product_ids": False}
    told = [str(remark.code) for remark in valid(name, **wishes)["hats"].remarks]
    assert "products_truncated" in told


@pytest.mark.parametrize("wishes", [{}, {"description_to_seo": True}])
def test_a_product_named_in_our_own_columns_is_always_looked_for_in_earnest(
    tmp_path: Path, wishes: dict[str, Any]
) -> None:
    """Only products of another shop's export may be left out with a word."""
    name = file(tmp_path, "name,type,product_skus,description", "Hats,manual,S-1,Cool")
    hats = valid(name, require_product_ids=False, **wishes)["hats"]
    assert isinstance(hats, Calling)
    assert [one.needed for one in hats.called] == [True]
