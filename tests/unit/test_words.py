"""Headers and types in seven languages, and the words that may mean two things."""

from __future__ import annotations

import unicodedata
from itertools import chain

import pytest

from importer import mapping, words
from importer.errors import HeadlessError
from importer.mapping import Mapping, Spec, preset
from importer.mapping.spec import Column, Wishes
from importer.models import Place, Row, Table, Valid
from importer.validation import Options, check

LANGUAGES = {
    "German": "Standort-ID;Name;URL-Kürzel;Typ;Produkt-IDs;Regeln;Bild-URL;SEO-Titel;"
    "SEO-Beschreibung;Kollektions-ID",
    "Spanish": "Ubicación;Título;URL amigable;Tipo;Productos;Reglas;Imagen;Título SEO;"
    "Metadescripción;ID de la colección",
    "French": "Emplacement;Nom;URL simplifiée;Type de collection;ID des produits;"
    "Règles;URL de l'image;Méta-titre;Méta-description;ID de la collection",
    "Italian": "Sede;Nome;URL semplificato;Tipo;Prodotti;Regole;Immagine;Titolo SEO;"
    "Descrizione SEO;ID della collezione",
    "Dutch": "Locatie;Naam;URL-naam;Soort;Product-ID's;Regels;Afbeelding;SEO-titel;"
    "SEO-omschrijving;Collectie-ID",
    "Portuguese": "Localização;Nome;URL amigável;Tipo;IDs dos produtos;Regras;Imagem;"
    "Título SEO;Metadescrição;ID da coleção",
    "Polish": "Lokalizacja;Nazwa;Przyjazny adres URL;Rodzaj;ID produktów;Reguły;"
    "Zdjęcie;Tytuł SEO;Opis SEO;ID kolekcji",
}
FIELDS = preset.FIELDS[:10]
PRODUCTS = {
    "product_skus": ("Artikel-Nr.", "Código de artículo", "UGS", "Codice articolo"),
    "product_names": ("Produktnamen", "Nom du produit", "Nazwy produktów"),
    "product_handles": ("Produkt-Handles", "Slugs des produits", "Handle dei prodotti"),
}
MANUAL = (
    "Manuell",
    "manuelle",
    "MANUALE",
    "handmatig",
    "ręczna",
    "manual",
    "re\u0328czny",
)
SMART = (
    "intelligent",
    "automática",
    "Automatique",
    "inteligente",
    "slim",
    "automatyczna",
)


def table(*header: str) -> Table:
    return Table("shop.csv", "", header, 1, (), ragged=True)


def bound(*header: str, spec: Spec | None = None) -> mapping.Binding:
    return mapping.bind(table(*header), spec or Spec())


@pytest.mark.parametrize("header", LANGUAGES.values(), ids=LANGUAGES)
def test_the_ten_fields_are_known_in_seven_languages(header: str) -> None:
    """A column is its field whatever its case, accents and separators."""
    names = header.split(";")
    plain = [unicodedata.normalize("NFD", name) for name in names]
    bare = ["".join(filter(str.isascii, n.replace("ł", "l"))) for n in plain]

    for written in (
        names,
        plain,
        [name.upper() for name in names],
        [name.replace(" ", "_").replace("-", " ") for name in names],
        bare,
    ):
        found = bound(*written)
        assert dict(found.columns) == dict(zip(FIELDS, written, strict=True))
        assert not found.left_out
        assert not found.notes


def test_products_are_known_by_skus_names_and_handles() -> None:
    """What products are called by has words of its own, not those of their ids."""
    for field, headers in PRODUCTS.items():
        for header in headers:
            assert bound("Name", header).columns[field] == header


@pytest.mark.parametrize(
    ("header", "may"),
    [
        ("Art", "type or product_skus"),
        ("Artikel", "product_ids or product_names or product_skus"),
        ("REGEL", "rules"),
        ("Référence", "product_skus or slug"),
        ("referencia", "product_skus or slug"),
        ("Link", "slug or image"),
    ],
)
def test_a_word_of_two_meanings_is_told_and_not_taken(header: str, may: str) -> None:
    """What a word may be is said, with the way out, and the column is left out."""
    found = bound("Nom", header)

    assert dict(found.columns) == {"name": "Nom"}
    assert found.left_out == (header,)
    told = (
        f"not read, because the column {header} may be {may} or something else: "
        "say which with --mapping (importer map writes one to start from)"
    )
    assert found.notes == (told,)


def test_a_mapping_decides_what_a_word_of_two_meanings_is() -> None:
    """A column that a mapping file names, or ignores, is clear."""
    columns = (Column("Artikel", "product_names"),)
    spec = Spec(Mapping("m.toml", columns, ignored=("Art",)))

    found = bound("Nom", "Artikel", "Art", spec=spec)

    assert dict(found.columns) == {"product_names": "Artikel", "name": "Nom"}
    assert not found.notes
    assert not found.left_out


def test_a_word_below_two_fields_is_ambiguous() -> None:
    """A word that two languages use for two fields is none of both."""
    found = words.gathered(
        {
            "columns": {"name": {"xx": ["Dings", "Wort"]}, "slug": {"yy": ["dìngs"]}},
            "types": {},
            "ambiguous": {},
        }
    )

    assert found.columns == {"wort": ("name", 1)}
    assert found.ambiguous == {"dings": ("name", "slug")}


def test_english_words_and_those_of_a_preset_go_first() -> None:
    """A second word for a field is told beside the one that is read."""
    found = bound("Titel", "Name", "Bild", "Image URL")

    assert dict(found.columns) == {"name": "Name", "image": "Image URL"}
    assert found.second == (("Titel", "Name"), ("Bild", "Image URL"))


def test_a_description_and_a_parent_are_known_where_they_are_asked_for() -> None:
    """What has no home at HighLevel has words in other languages, too."""
    wishes = Wishes(description_to_seo=True, category_path="name")

    found = bound("Name", "Beschreibung", "Oberkategorie", spec=Spec(wishes=wishes))

    assert found.shape is not None
    assert found.shape.headers["description"] == "Beschreibung"
    assert found.shape.headers["parent"] == "Oberkategorie"


@pytest.mark.parametrize(
    ("text", "kind"), [*((t, "manual") for t in MANUAL), *((t, "smart") for t in SMART)]
)
def test_manual_and_smart_are_known_in_seven_languages(text: str, kind: str) -> None:
    """A type is what its language calls it, in the check and for --fix."""
    header = ["location_id", "name", "slug", "type", "product_ids", "rules"]
    rules = '{"logic": "AND", "conditions": [{"a": "b"}]}' if kind == "smart" else ""
    products = "" if kind == "smart" else "655b33a82209e60b6adb87a5"
    cells = ("Z4Bxl8J4SaPEPLq9IQ8g", "Hüte", "huete", text, products, rules)
    row = Row.at(Place("shop.csv", "", 2, 2), cells)

    found = check(mapping.apply(bound(*header), row), Options())

    assert isinstance(found, Valid)
    assert found.parts["type"] == kind


def test_other_words_are_no_type() -> None:
    """A word that is in no list stays what it is."""
    assert words.kind("Einfach") == "einfach"
    assert words.kind("") == ""


def test_headers_that_only_contain_a_known_word_are_not_known() -> None:
    """A table in which no word is known is refused as before."""
    with pytest.raises(HeadlessError):
        bound("key", "parentId", "name.of.shelf", "slug.part", "metaTitle.old")


def test_the_words_contradict_nothing() -> None:
    """No word means another field in English, and each field is one."""
    known = words.known()
    fields = {field for field, _ in known.columns.values()}
    english = {
        words.bare(word): field
        for word, (field, _) in {
            **preset.aliases("own"),
            **preset.working("own"),
        }.items()
    }

    assert fields | {*chain(*known.ambiguous.values())} <= {
        *preset.FIELDS,
        "active",
        "description",
        "parent",
    }
    assert {*FIELDS, *PRODUCTS} <= fields
    assert set(known.types.values()) == {"manual", "smart"}
    for word, (field, _) in known.columns.items():
        assert english.get(word, field) == field, word
    assert not known.columns.keys() & known.ambiguous.keys()


def test_english_headers_load_no_words() -> None:
    """A table in English pays nothing for the other languages."""
    words.known.cache_clear()

    bound("location_id", "name", "slug", "type", "product_ids", "image")

    assert words.known.cache_info().currsize == 0
