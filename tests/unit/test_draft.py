"""A mapping file to start from: what is known of each column, and what is guessed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from exported import checked, nothing_is_set, read
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from workbook_writers import ods

from importer import mapping, settings
from importer.errors import HeadlessError, InputError
from importer.intake import outline
from importer.mapping import draft, guess
from importer.models import Valid

if TYPE_CHECKING:
    from collections.abc import Sequence

_ = nothing_is_set

GERMAN = "Bezeichnung;URL-Kürzel;Typ;Artikelnummern;Bild;SEO-Titel;Regal\n"
GERMAN += "Hüte;huete;manuell;H-1, H-2;https://x.example/h.png;Hüte;3\n"
FRENCH = "Nom;URL simplifiée;Type de collection;UGS;URL de l'image;Méta-titre;Rayon\n"
FRENCH += "Hüte;huete;manuelle;H-1, H-2;https://x.example/h.png;Hüte;3\n"
POLISH = "Nazwa;Przyjazny adres;Rodzaj;Kody produktów;Zdjęcie;Tytuł SEO;Regał\n"
POLISH += "Hüte;huete;ręczna;H-1, H-2;https://x.example/h.png;Hüte;3\n"
FIELDS = ("name", "slug", "type", "product_skus", "image", "seo_title")


def drafted(name: str, **options: Any) -> outline.Outline:
    return outline.of_file(name, settings.load(options))


def written(name: str, **options: Any) -> str:
    """The path of the mapping file that is made of a file."""
    path = Path("made.toml").absolute()
    path.write_text(drafted(name, **options).text("importer check"), "utf-8")
    return str(path)


def columns(name: str, **options: Any) -> dict[str, tuple[str, bool]]:
    return {c.header: (c.field, c.active) for c in drafted(name, **options).columns}


def table(*lines: str, name: str = "shop.csv") -> str:
    path = Path(name).absolute()
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def workbook(rows: Sequence[Sequence[str]], sheet: str = "Shop") -> str:
    path = Path("shop.xlsx").absolute()
    book = openpyxl.Workbook()
    notes = book.create_sheet("Notes", 0)
    notes.append(["Hello"])
    notes.append(["Nothing here"])
    made = book.create_sheet(sheet)
    for row in rows:
        made.append(row)
    book.save(path)
    return str(path)


@pytest.mark.parametrize(
    "text", [GERMAN, FRENCH, POLISH], ids=["German", "French", "Polish"]
)
def test_a_mapping_of_known_words_works_unedited(text: str) -> None:
    """What is read with the file is what was read without it, and it names the rest."""
    Path("shop.csv").write_text(text, "utf-8")
    name = str(Path("shop.csv").absolute())

    made = written(name)

    (row,) = read(name, mapping=made)
    assert isinstance(row, Valid)
    assert (row.parts["name"], row.parts["slug"], row.parts["type"]) == (
        "Hüte",
        "huete",
        "manual",
    )
    assert row.parts["image"] == "https://x.example/h.png"
    header = text.splitlines()[0].split(";")
    loaded = mapping.load(Path(made))
    assert {c.header: c.field for c in loaded.columns} == dict(
        zip(header, FIELDS, strict=False)
    )
    (file,) = checked(name, mapping=made).files
    assert (file.preset, file.columns_left_out) == ("made.toml", (header[-1],))


def test_a_guess_is_a_comment_that_says_how_sure_it_is() -> None:
    """The line counts as soon as its first sign is taken away."""
    name = table("name,imgae,Kategorie-Foto,Xyzzy", "A,https://x.example/a.png,,7")
    text = drafted(name).text("importer check")

    assert "# Column 2, imgae: https://x.example/a.png" in text
    assert '# "imgae" = "image" # a guess: 80 % like image' in text
    assert "# Column 4, Xyzzy: 7\n# (nothing like it is known)" in text
    assert '# columns = ["imgae", "Kategorie-Foto", "Xyzzy"]' in text
    made = Path("made.toml")
    made.write_text(text.replace('# "imgae"', '"imgae"'), "utf-8")
    found = mapping.load(made)
    assert [(c.header, c.field) for c in found.columns] == [
        ("name", "name"),
        ("imgae", "image"),
    ]


def test_samples_are_three_different_texts_of_one_line() -> None:
    """Repeated and blank cells show nothing new."""
    rows = [["a", ""], ["a", "x\ny\x1b[1m"], ["b", "l" * 90], ["c", ""], ["d", "q"]]

    assert draft.samples(rows, 2) == [
        ("a", "b", "c"),
        ("x y", "l" * 39 + "…", "q"),
    ]


def test_what_is_in_the_way_of_a_column_is_said() -> None:
    """A second column, a word of two meanings, no header, the same header twice."""
    name = table("Name,Titel,Artikel,,Kürzel,problem,parent,Name", "A,B,C,D,E,F,G,H")
    notes = {c.number: c.note for c in drafted(name).columns}

    assert notes == {
        1: "",
        2: "not read: Name is the name",
        3: "not sure: or product_names, or product_skus, or something else",
        4: "it has no header, so that a mapping file cannot name it",
        5: "not sure: it may be something else",
        6: "known, and not needed",
        7: "known as the parent, which is no field",
        8: "another column has the same header: give it another one",
    }


def test_of_two_columns_that_may_be_one_field_none_is_chosen() -> None:
    """Two languages call the name differently; the person chooses."""
    name = table("slug,Nom,Nombre", "a,A,B")
    found = drafted(name).columns

    assert [c.active for c in found] == [True, False, False]
    assert {c.note for c in found[1:]} == {
        "more than one column is the name: choose one"
    }


def test_an_export_that_is_known_stays_known() -> None:
    """No line counts, so that the preset still says what the columns are."""
    name = table("term_id,name,slug,description,parent", "7,Men,men,,0")
    made = drafted(name)

    assert made.preset == "woocommerce"
    assert not any(c.active for c in made.columns)
    assert "--preset woocommerce" in made.text("importer check")
    (file,) = checked(name, mapping=written(name)).files
    assert "term_id" in file.known_by


def test_a_table_of_products_becomes_no_collections_by_it() -> None:
    """The columns that are known do not count, and the reason is said."""
    found = drafted(table("name,Variant SKU,Variant Price", "Shirt,S-1,9.99")).columns

    assert not any(c.active for c in found)
    assert found[0].note == "known, but this looks like a table of products"


def test_a_table_of_which_no_column_is_known_is_drafted_too() -> None:
    """Also below a title; without a header there is nothing to write."""
    assert columns(table("Stuff,Thing", "A,b")) == {
        "Stuff": ("", False),
        "Thing": ("", False),
    }
    below = drafted(table("Our shop", "Stuff,Thing", "A,b"))
    assert below.table.header == ("Stuff", "Thing")
    assert below.table.header_row == 2
    assert below.columns[0].samples == ("A",)
    with pytest.raises(HeadlessError, match="there is no header"):
        drafted(table("Our shop", "a list", "no table"))


def test_columns_are_drafted_of_every_kind_of_file() -> None:
    """Workbooks by their sheet, ods and JSON Lines have headers as CSV does."""
    wanted = {"Bezeichnung": ("name", True), "Thing": ("", False)}
    rows = [["Bezeichnung", "Thing"], ["Hüte", "7"]]
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p>'
    cell += "</table:table-cell>"
    as_ods = ods(
        Path("shop.ods").absolute(), ["".join(map(cell.format, row)) for row in rows]
    )
    lines = table(json.dumps(dict(zip(*rows, strict=True))), name="shop.jsonl")

    assert columns(workbook(rows), sheet="Shop") == wanted
    assert columns(str(as_ods)) == wanted
    assert columns(lines) == wanted
    assert columns(table("Bezeichnung\tThing", "Hüte\t7", name="shop.tsv")) == wanted


def test_the_sheet_that_holds_collections_is_drafted() -> None:
    """The first sheet holds none; the one that check reads counts."""
    made = drafted(workbook([["Bezeichnung", "Bild"], ["Hüte", ""]]))

    assert made.table.sheet == "Shop"
    assert "shop.xlsx, sheet Shop" in made.text("importer check")


def test_a_mapping_of_the_settings_is_for_other_files() -> None:
    """What is drafted does not depend on an earlier mapping file."""
    old = table("[columns]", '"Old" = "name"', name="old.toml")

    assert columns(table("Nom,Rayon", "A,1"), mapping=old)["Nom"] == ("name", True)


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("Stuff,Thing", True),
        ("Boots,boots,manual", False),
        ("Boots,boots", False),
        ("Z4Bxl8J4SaPEPLq9IQ8g,Shoes", False),
        ("Shoes,https://x.example/a.png", False),
        ("Shoes,12.50", False),
        ("Shoes,2026-01-02", False),
        ('Shoes,{"a": 1}', False),
        ("Shoes", False),
    ],
)
def test_no_header_is_said_only_where_there_is_none(line: str, *, header: bool) -> None:
    """A row of names of columns is one of which none is known, with the way on."""
    name = table(line.replace('"', '""').replace('{""a"": 1}', '"{""a"": 1}"'), "A,b")
    with pytest.raises(InputError) as refused:
        checked(name)

    assert ("no column is known" in str(refused.value)) is header
    assert ("there is no header" in str(refused.value)) is not header
    assert (f"importer map {name} writes" in refused.value.remedy) is header


def test_the_command_names_the_file_in_its_folder_and_the_sheet() -> None:
    """What is suggested can be typed as it stands."""
    Path("my shop").mkdir()
    table("Stuff,Thing", "A,b", name="my shop/a.csv")
    with pytest.raises(InputError) as refused:
        checked(str(Path("my shop").absolute()))
    assert "/my shop/a.csv' writes" in refused.value.remedy
    with pytest.raises(InputError) as refused:
        checked(workbook([["Stuff", "Thing"], ["A", "b"]]), sheet="Shop")
    assert "shop.xlsx --sheet Shop writes" in refused.value.remedy


@trying(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_any_header_makes_a_mapping_file(header: list[str]) -> None:
    """Quotes, line breaks and halves of letters are written so that they are read."""
    found = mapping.proposals(header, [()] * len(header), "own")
    text = draft.text(["made"], found)

    document = tomllib.loads(text)
    active = {c.header: c.field for c in found if c.active}
    assert document["columns"] == active
    for column in found:
        if column.field and not column.active and column.note:
            line = f"{draft.quoted(column.header)} = {draft.quoted(column.field)}"
            assert f"# {line} # " in text
            assert tomllib.loads(f"[columns]\n{line}")
    Path("any.toml").write_text(text, "utf-8")
    assert len(mapping.load(Path("any.toml")).columns) == len(active)


def test_an_english_name_goes_before_one_that_is_hardly_nearer() -> None:
    """A slip in an English word is answered in English, and in German in German."""
    near = {
        h: guess.field_of(h) for h in ("prodcuts", "Bezeichung", "meta tilte", "qqqq")
    }

    assert near["qqqq"] is None
    assert [(g.name, g.field) for g in near.values() if g] == [
        ("products", "product_ids"),
        ("Bezeichnung", "name"),
        ("meta title", "seo_title"),
    ]


def test_a_header_that_no_file_can_hold_is_left_as_a_comment() -> None:
    """Half a letter, as a table of a program may have it, cannot stand in TOML."""
    (column,) = mapping.proposals(["name\ud800"], [("A",)], "own")

    assert not column.field
    assert column.note == "its header holds what is no letter: give it another one"
    tomllib.loads(draft.text(["made"], [column]).encode().decode())


def test_what_tells_of_products_is_no_guess() -> None:
    """Where collections are made of what products name, other columns stay theirs."""
    name = table("ID,Type,SKU,Name,Regular price,Categories", "7,simple,A,Tee,9,Men")
    made = drafted(name, preset="woocommerce-products")

    assert not any(c.active for c in made.columns)
    (priced,) = [c for c in made.columns if c.header == "Regular price"]
    assert (priced.field, priced.note) in {
        ("", "not read: it tells of a product"),
        ("", "known, and not needed"),
    }


def test_a_preset_that_was_asked_for_is_the_one_that_counts() -> None:
    """A table of a known program is drafted as our own where that is said."""
    name = table("term_id,name,slug,description,parent", "7,Men,men,,0")
    made = drafted(name, preset="own")

    assert made.preset == "own"
    assert [c.header for c in made.columns if c.active] == ["name", "slug"]


ITALIAN = "Nome;Chiave URL;Tipo;Codici prodotto;Immagine;Titolo SEO;Scaffale\n"
ITALIAN += "Cappelli;cappelli;manuale;H-1, H-2;https://x.example/h.png;Cappelli;3\n"
SPANISH = "Nombre;URL amigable;Tipo;Códigos de producto;Imagen;Título SEO;Pasillo\n"
SPANISH += "Sombreros;sombreros;manual;H-1, H-2;https://x.example/h.png;Hüte;3\n"
DUTCH = "Naam;URL-sleutel;Soort;Artikelnummers;Afbeelding;SEO-titel;Schap\n"
DUTCH += "Hoeden;hoeden;handmatig;H-1, H-2;https://x.example/h.png;Hoeden;3\n"
PORTUGUESE = "Nome;Chave de URL;Tipo;Códigos dos produtos;Imagem;Título SEO;Corredor\n"
PORTUGUESE += "Chapéus;chapeus;manual;H-1, H-2;https://x.example/h.png;Chapéus;3\n"
ALL = {
    "german": (GERMAN, "cp1252"),
    "french": (FRENCH, "cp1252"),
    "polish": (POLISH, "cp1250"),
    "italian": (ITALIAN, "utf-8"),
    "spanish": (SPANISH, "cp1252"),
    "dutch": (DUTCH, "utf-8-sig"),
    "portuguese": (PORTUGUESE, "utf-16"),
}


@pytest.mark.parametrize("language", ALL)
def test_a_draft_in_any_language_works_unedited(language: str) -> None:
    """All fields of the row, as without the mapping, from what Excel saves as CSV."""
    content, encoding = ALL[language]
    path = Path("shop.csv").absolute()
    path.write_bytes(content.encode(encoding))
    found = columns(str(path))
    assert [field for field, active in found.values() if active] == [*FIELDS]
    rest = {"location_id": "Z4Bxl8J4SaPEPLq9IQ8g", "mapping": written(str(path))}
    result = checked(str(path), **rest)
    assert (result.exit_code, result.counts["valid"]) == (0, 1)
    assert result.remarks == {"products_by_name": 1}


def test_a_price_is_not_taken_for_anything_like_it() -> None:
    """`Cena` is 62 % like `Subcuenta`, and a price all the same."""
    name = table("Nazwa;Cena;Prezzo;Verkaufspreis", "Buty;1;2;3")
    assert [field for field, _ in columns(name).values()] == ["name", "", "", ""]


def test_what_says_whether_a_shop_shows_it_needs_no_line() -> None:
    """It is read with the mapping, too, and not listed as what is not needed."""
    name = table("Name;Aktiv;Regal", "Hüte;nein;1")
    draft = drafted(name).text("importer check")
    assert "# (known: whether the shop shows the collection; it needs no line)" in draft
    assert '# columns = ["Regal"]' in draft
    result = checked(name, mapping=written(name), location_id="Z4Bxl8J4SaPEPLq9IQ8g")
    assert result.remarks["inactive"] == 1
