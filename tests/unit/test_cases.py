"""Small inputs that were read wrongly once, each of a kind: what is made of them now.

They lie in `tests/cases`; workbooks that a library writes are written here. The kinds
have tests of their own beside these, with further members.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import settings
from importer.api import checks
from importer.errors import InputError
from importer.intake import judged, tables
from importer.intake.check import check_inputs
from importer.intake.claims import Seen
from importer.models import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[1] / "cases"
LOCATION = "LOC00000aaaaaaaaaaaa"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@dataclass(frozen=True)
class Case:
    """A file: names by slug, codes of problems and remarks by row, words of notes."""

    file: str
    names: dict[str, str] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)
    notes: str = ""
    options: dict[str, Any] = field(default_factory=dict)


#: Remarks that nearly every small file has.
USUAL = {"slug_made", "type_inferred", "products_by_name"}
DATE = "looks_like_date"
PICTURES = {slug: slug.upper() for slug in "abcdeijknoq"}
BAD_PICTURE = "image_not_a_url"
QUOTED = "quotes_wrong"
UNREADABLE = "value_unreadable"
UNSUPPORTED = "rule_not_supported"
RULES = {
    **dict.fromkeys((2, 3, 6), "rules_invalid"),
    12: QUOTED,
    **dict.fromkeys((13, 16), "rules_not_json"),
    **dict.fromkeys((7, 14, 15, 19, 20, 22), UNSUPPORTED),
}
GOOD = (2, 3, 4, 5, 11, 12, 15, 17)
CASES = [
    Case("shopify_rest_rules.jsonl", {"pods": "Pods"}),
    Case("membership.csv", {"hats": "Hats"}, notes="are put together into one"),
    Case(
        "firebear_slash.csv",
        {"bags-cases": "Bags/Cases", "men-tops": "Men / Tops"},
        {},
        {3: "inactive"},
    ),
    Case("roots_prestashop.csv", {"boots": "Boots"}, {}, {4: "inactive"}),
    Case("roots_prestashop.csv", options={"skip_inactive": True}),
    Case(
        "magento_quoted_path.csv",
        {"hats-caps": "Hats/Caps", "new": "New"},
        {4: "duplicate_in_input"},
    ),
    Case("own_fields_in_export.csv", {"boots": "Boots"}),
    Case("magento_meta.csv", {"boots": "Boots"}, {}, {2: "inactive"}),
    Case(
        "rules_words_numbers.csv",
        {name: name for name in ("dec", "exp", *(f"w{number}" for number in GOOD))},
        RULES,
    ),
    Case(
        "wp_wc_list.csv",
        {
            "albums": "Music / Albums",
            "music": "Music",
            "albums-2": "Vinyl / Albums",
            "vinyl": "Vinyl",
        },
        {},
        {2: "value_changed", 4: "value_changed"},
        options={"category_path": "name"},
    ),
    Case(
        "parent_id.csv",
        {
            "men": "Men",
            "women": "Women",
            "men-tops": "Men / Tops",
            "women-tops": "Women / Tops",
        },
        {},
        {4: "value_changed", 5: "value_changed"},
        options={"category_path": "name"},
    ),
    Case(
        "localized_headers.csv",
        {"hats": "Hats"},
        notes="1 column of a translation is not read",
    ),
    Case(
        "magento_storeviews.csv",
        {"women": "Women"},
        notes="1 row of a translation is left out",
    ),
    Case(
        "sylius_locales.csv",
        {"hats": "Hats"},
        notes="1 row of a translation is left out",
    ),
    Case("woo_rest.jsonl", {"albums": "Albums"}),
    Case(
        "presta_list_fr.csv",
        {"vetements": "Vêtements", "soldes": "Soldes"},
        {},
        {3: "inactive"},
    ),
    Case("bigcommerce_v3.jsonl", {"bath": "Bath & Body"}, {}, {1: "value_changed"}),
    Case(
        "silent_slugs.csv",
        {"sofa-bed": "Sofas", "lamp-x": "Lamps"},
        {},
        {2: "value_changed", 3: "value_changed"},
    ),
    Case("url_html.csv", {"new": "New"}, {}, {2: "value_changed"}),
    Case(
        "silent_parents.csv",
        {"women": "Women", "tops-women": "Tops", "tops-men": "Tops"},
        options={"category_path": "slug"},
    ),
    Case(
        "entities.csv",
        {"blue-mugs-cups": "&quot;Blue&quot; mugs &amp; cups"},
        {},
        {2: "html_in_text"},
    ),
    Case(
        "concatenated.csv", {"hats": "Hats", "socks": "Socks"}, {3: "header_repeated"}
    ),
    Case("csv_repeated_header.csv", {"a": "A", "b": "B"}, {3: "header_repeated"}),
    Case("csv_bom_midfile.csv", {"a": "A", "b": "B"}),
    Case("csv_dos_eof.csv", {"a": "A"}),
    Case("csv_text_after_quote.csv", {}, {2: QUOTED}),
    Case(
        "csv_backslash_quotes.csv",
        {"the-best": 'The "Best" of', "plain": "Plain"},
        notes="are written with backslashes",
    ),
    Case("csv_space_before_quote.csv", {"a": "A", "b": "B"}),
    Case("csv_header_more_commas.csv", {"a": "A"}),
    Case("csv_title_commas.csv", {"a": "A"}, notes="the header is row 3"),
    Case("csv_one_column_comma.csv", {"a": "A", "b-the-second": "B, the second"}),
    Case("csv_line_quoted.csv", {"a": "A"}, notes="each line is in quotation marks"),
    Case(
        "csv_two_images_in_one_cell.csv",
        PICTURES,
        {
            **dict.fromkeys((7, 8, 9, 13, 18, 19, 20), BAD_PICTURE),
            14: "row_too_long",
        },
        dict.fromkeys((2, 3, 4, 5), "image_first"),
    ),
    Case("image_two_faults.csv", {}, {2: BAD_PICTURE}),
    Case(
        "nfd_location.csv",
        {"a": "A"},
        {3: "location_invalid"},
        options={"locations_file": FOLDER / "nfd_locations.toml"},
    ),
    Case(
        "nfd_mapped_header.csv",
        {"a": "A"},
        options={"mapping": FOLDER / "nfd_mapping.toml"},
    ),
    Case(
        "nfd_products.csv",
        {"one": "One", "two": "Two", "three": "Three", "four": "Four"},
    ),
    Case("xlsx_backslash_paths.xlsx", {"a": "A"}),
    Case("xlsx_date_slug.xlsx", {"2026-04-03": "Three four"}, {}, {2: DATE}),
    Case(
        "xlsx_dates_durations.xlsx",
        {
            "a": "2025-12-09",
            "b": "2026-11-27T00:00:00Z",
            "c": "1 day, 12:00:00",
            "d": "0.5",
            "e": "0.30000000000000004",
            "f": "00:00:00",
            "g": "00:00:00",
            "h": "2025-12-09T12:00:00",
        },
        {},
        dict.fromkeys((2, 3, 4, 7, 8, 9), DATE),
    ),
    Case(
        "xlsx_hidden_row.xlsx",
        {"old-stock": "Old stock", "b": "B"},
        notes="hidden or filtered out, and read like the others: 1 row (2)",
    ),
    Case(
        "xlsx_x_escape.xlsx",
        {"a": "日本", "b": "BigSale", "c": "line\r\nnext _x0041_ A"},
        {},
        {4: "unseen_characters"},
    ),
    Case(
        "xlsx_x_escape_surrogate.xlsx",
        {"y": "a\ab", "w": "😀"},
        {2: UNREADABLE, 4: UNREADABLE},
        {3: "unseen_characters"},
    ),
    Case(
        "jsonl_dup_key_nul.jsonl",
        {
            "sci": "1e5",
            "dec": "1.10",
            "tru": "true",
            "big": "12345678901234567890",
            "lst": '["x"]',
            "nan-1": "nan",
            "12": "0.1",
        },
        {
            **dict.fromkeys((1, 2, 7, 12), UNREADABLE),
            **dict.fromkeys((8, 10), "name_missing"),
            14: "slug_invalid",
        },
        {9: "json_in_text"},
    ),
    Case(
        "presta_list_fr.csv",
        {"vetements": "Vêtements", "soldes": "Soldes"},
        {},
        {3: "inactive"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.file for case in CASES])
def test_a_case_is_read_right_or_told(case: Case) -> None:
    """Names, problems and remarks are those that the file's writer would expect."""
    assert found_in(FOLDER / case.file, **case.options) == (
        case.names,
        case.problems,
        case.remarks,
    )
    assert case.notes in notes(FOLDER / case.file, **case.options)


def found_in(
    path: Path, **options: Any
) -> tuple[dict[str, str], dict[int, str], dict[int, str]]:
    """Names by slug; the first code of each bad row, and of rows remarked on."""
    chosen = settings.load({"location_id": LOCATION, **options})
    seen, names = Seen(), {}
    problems, remarks = {}, {}
    for opened in tables.open_inputs((path,), chosen):
        for _, row in judged.rows(opened, seen, chosen.checking, chosen.locations):
            if isinstance(row, Invalid):
                problems[row.row.first] = row.problems[0].code.value
                continue
            parts = row[2] if isinstance(row, tuple) else row.parts  # type: ignore[union-attr]
            names[parts["slug"]] = parts["name"]
            for told in getattr(row, "remarks", ()):
                if told.code not in USUAL:
                    remarks[row.row.first] = told.code.value  # type: ignore[union-attr]
    return names, problems, remarks


def notes(path: Path, **options: Any) -> str:
    """What a check of the library notes of the tables of a file."""
    chosen = settings.load({"location_id": LOCATION, **options})
    result = check_inputs((path,), chosen)
    return "\n".join(note for file in result.files for note in file.notes)


def test_an_image_with_two_faults_says_both() -> None:
    """The space, and the missing scheme."""
    chosen = settings.load({"location_id": LOCATION})
    (problem,) = check_inputs((FOLDER / "image_two_faults.csv",), chosen).problems()
    assert "without spaces" in problem["remedy"]
    assert "https://example.com" in problem["remedy"]


def test_a_cell_far_away_is_refused_with_its_place() -> None:
    """A sheet of 16 billion cells is not read into memory."""
    with pytest.raises(InputError, match="the sheet reaches to XFD1048576"):
        found_in(FOLDER / "ods_repeated_space_over_grid.ods")


ENCODED = {
    "cp1253": {"andres": "Άνδρες", "paidika": "Παιδικά ρούχα"},
    "cp1255": {"shoes": "נעלי נשים", "bags": "תיקים"},
    "koi8_r": {"korm": "Сухой корм", "igrushki": "Игрушки"},
    "cp1257": {"berniem": "Bērniem"},
    "cp1256": {"shoes": "أحذية نسائية", "bags": "حقائب يد"},
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_letters_of_other_alphabets_are_right(tmp_path: Path, encoding: str) -> None:
    """Nothing is sent in letters of another alphabet."""
    names = ENCODED[encoding]
    found, problems, _ = found_in(encoded(tmp_path, encoding, names))
    assert (found, problems) == (names, {})


def test_letters_that_could_be_of_two_alphabets_are_shown_in_both(
    tmp_path: Path,
) -> None:
    """Four Turkish letters are too few to tell; one note would not do."""
    names = {"kadin": "Kadın", "erkek": "Erkek"}  # noqa: RUF001 - Turkish
    path = encoded(tmp_path, "cp1254", names)
    shown = '"Kadın" in cp1254 .*, "Kadýn" in cp1252'  # noqa: RUF001 - Turkish
    with pytest.raises(InputError, match=shown):
        found_in(path)


def encoded(folder: Path, encoding: str, names: dict[str, str]) -> Path:
    path = folder / "table.csv"
    lines = ["name,slug", *(f"{name},{slug}" for slug, name in names.items())]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def two_sheets(path: Path) -> None:
    book = openpyxl.Workbook()
    for title, row in {"Men": ("Hats", "hats"), "Women": ("Belts", "belts")}.items():
        sheet = book.create_sheet(title)
        sheet.append(("name", "slug"))
        sheet.append(row)
    del book["Sheet"]
    book.save(path)


def fix_notes(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows = [("Hats", "hats", "#REF!"), ("Caps", "caps", '=A1&"x"'), ("Socks", "socks")]
    for row in (("name", "slug", "image"), *rows):
        sheet.append(row)
    sheet.merge_cells("A4:A5")
    hidden = book.create_sheet("Old")
    hidden.sheet_state = "hidden"
    for row in (("name", "slug"), ("Boots", "boots")):
        hidden.append(row)
    book.save(path)


TOLD = ("C2 (#REF!)", "never computed", "A4:A5", "hidden, and not read: Old")


@pytest.mark.parametrize(
    ("write", "words"),
    [(two_sheets, ("it holds collections: Women",)), (fix_notes, TOLD)],
)
def test_what_of_a_workbook_is_not_read_is_noted(
    tmp_path: Path, write: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    """Sheets, errors, formulas and merged cells."""
    path = tmp_path / "book.xlsx"
    write(path)
    told = notes(path)
    assert [word for word in words if word not in told] == []


def test_a_corrected_copy_tells_what_a_check_does(tmp_path: Path) -> None:
    """What `--fix` could hide is told of the input beside the copy."""
    path = tmp_path / "book.xlsx"
    fix_notes(path)
    chosen = settings.load({"location_id": LOCATION})
    done = checks.fix_inputs([str(path)], chosen, tmp_path / "fixed.xlsx", "own")
    told = "\n".join(note for file in done.files for note in file.notes)
    assert [word for word in TOLD if word not in told] == []


#: Further members of the kinds above: a text, what is made of it, codes of remarks.
MEMBERS: dict[str, tuple[str, dict[str, str], dict[int, str], dict[str, Any]]] = {
    "members_in_german.csv": (
        "Kategorie;Artikelnummer\nHüte;H-1\nSchuhe;S-1\nHüte;H-2\n",
        {"hute": "Hüte", "schuhe": "Schuhe"},
        {},
        {},
    ),
    "members_with_blank_rows.csv": (
        "Collection Title,Product SKU\nHats,H-1\n,\nHats,H-2\nShoes,S-1\n",
        {"hats": "Hats", "shoes": "Shoes"},
        {},
        {},
    ),
    "members_of_a_plugin.csv": (
        "category_name,category_slug,sku\nHats,hats,H-1\nHats,hats,H-2\n",
        {"hats": "Hats"},
        {},
        {},
    ),
    "parents_in_german.csv": (
        "ID;Name;Oberkategorie\n1;Herren;\n2;Shirts;1\n3;Damen;\n4;Shirts;3\n",
        {
            "herren": "Herren",
            "herren-shirts": "Herren / Shirts",
            "damen": "Damen",
            "damen-shirts": "Damen / Shirts",
        },
        {3: "value_changed", 5: "value_changed"},
        {"category_path": "name"},
    ),
    "parent_that_is_missing.csv": (
        "category_id,title,parent_id\n1,Men,\n2,Tops,7\n",
        {"men": "Men", "tops": "Tops"},
        {3: "parent_unknown"},
        {"category_path": "name"},
    ),
    "languages_as_labels.csv": (
        "code,label-en_US,label-de_DE,parent\nhats,Hats,Hüte,\n",
        {"hats": "Hats"},
        {},
        {"store_language": "en_US"},
    ),
    "languages_by_number.csv": (
        "id,language_id,name,slug\n1,1,Hats,hats\n1,2,Hüte,huete\n2,1,Caps,caps\n",
        {"hats": "Hats", "caps": "Caps"},
        {},
        {},
    ),
    "languages_behind_a_line.csv": (
        "name_de,name_en,slug_de,slug_en\nHüte,Hats,huete,hats\n",
        {"hats": "Hats"},
        {},
        {"store_language": "en"},
    ),
    "entities_by_number.csv": (
        "name,slug\nMen&#39;s hats,m\nR &amp;amp; D,r\nQ&A,q\n",
        {"m": "Men&#39;s hats", "r": "R &amp;amp; D", "q": "Q&A"},
        {2: "html_in_text", 3: "html_in_text"},
        {},
    ),
    "inactive_in_polish.csv": (
        "Nazwa;Aktywna\nButy;tak\nKapelusze;nie\n",
        {"buty": "Buty", "kapelusze": "Kapelusze"},
        {3: "inactive"},
        {},
    ),
    "inactive_left_out.csv": (
        "Nom;Publié\nSoldes;FAUX\nChapeaux;VRAI\n",
        {"chapeaux": "Chapeaux"},
        {},
        {"skip_inactive": True},
    ),
    "date_in_german.csv": (
        "Name;Kollektionstyp\n03. Apr;\nHüte;\n",
        {"03-apr": "03. Apr", "hute": "Hüte"},
        {2: DATE},
        {},
    ),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_further_member_of_a_kind_is_read_right_or_told(
    tmp_path: Path, name: str
) -> None:
    """What is tried afterwards is not what is listed."""
    text, names, remarks, options = MEMBERS[name]
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert found_in(path, **options) == (names, {}, remarks)


#: Exports of products, as other shops and programs write them.
FEEDS = {
    "etsy": "TITLE,DESCRIPTION,PRICE,QUANTITY,TAGS,IMAGE1,SKU",
    "odoo": "Name,Sales Price,Internal Reference,Quantity On Hand,Product Category",
    "square": "Token,Item Name,Variation Name,SKU,Category,Price",
    "amazon": "item_sku\titem_name\tstandard_price\tquantity",
    "ebay": "*Action,*Category,*Title,*StartPrice,*Quantity,CustomLabel,PicURL",
    "facebook": "id,title,description,availability,condition,price,link,image_link",
    "jtl": "Artikelnummer;Artikelname;VK brutto;Lagerbestand;Kategorie Ebene 1",
    "prestashop": "ID;Nom;Catégories (x,y,z...);Prix TTC;Référence;Quantité",
    "lightspeed": "handle,sku,name,supply_price,retail_price,inventory_Main",
    "polish": "Nazwa;Kod produktu;Cena brutto;Stan magazynowy;Kategoria",
    "spanish": "Nombre;Referencia;Precio;Existencias;Categoría",
    "italian": "Nome;Codice articolo;Prezzo;Giacenza;Categoria",
    "dutch": "Naam;Artikelnummer;Prijs;Voorraad;Categorie",
    "portuguese": "Nome;Código do produto;Preço;Estoque;Categoria",
}


@pytest.mark.parametrize("shop", FEEDS)
def test_a_table_of_products_is_refused_with_both_ways_on(
    tmp_path: Path, shop: str
) -> None:
    """Nothing is made of a row for each product."""
    header = FEEDS[shop]
    separator = next(sign for sign in "\t;," if sign in header)
    path = tmp_path / "feed.csv"
    row = separator.join("x" for _ in header.split(separator))
    path.write_text(f"{header}\n{row}\n", "utf-8")
    with pytest.raises(InputError, match="these are products") as refused:
        found_in(path)
    assert "--collections-from=" in refused.value.remedy
    assert "--preset own" in refused.value.remedy
