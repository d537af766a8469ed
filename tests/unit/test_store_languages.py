"""Store views and languages: one collection, and translations that are counted."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from exported import nothing_is_set, read, valid

from importer import settings
from importer.errors import InputError
from importer.intake.check import check_inputs
from importer.mapping import languages
from importer.mapping.preset import Header, key
from importer.models import Invalid

_ = nothing_is_set


def table(folder: Path, *lines: str) -> str:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def names(path: str, **options: Any) -> list[str]:
    return [one.parts["name"] for one in valid(path, **options).values()]


def notes(path: str, **options: Any) -> str:
    (file,) = check_inputs((Path(path),), settings.load(options)).files
    return "\n".join(file.notes)


VIEWS = (
    "store_view_code,path,name,url_key",
    ",Default Category/Women,Women,women",
    "de_de,Default Category/Women,Frauen,frauen",
    "fr_fr,Default Category/Women,Femmes,femmes",
    "de_de,Default Category/Kids,Kinder,kinder",
)


def test_the_blank_store_view_is_read_and_the_others_are_counted(
    tmp_path: Path,
) -> None:
    """A category that is in another view only stays."""
    path = table(tmp_path, *VIEWS)
    assert names(path) == ["Women", "Kinder"]
    assert "2 rows of translations are left out" in notes(path)
    assert "(blank, de_de, fr_fr)" in notes(path)


@pytest.mark.parametrize("wanted", ["de_de", "DE-de"])
def test_a_store_view_is_chosen(tmp_path: Path, wanted: str) -> None:
    """However it is written; what it does not have is read from the blank one."""
    path = table(tmp_path, *VIEWS, ",Default Category/Men,Men,men")
    assert names(path, store_language=wanted) == ["Frauen", "Kinder", "Men"]


def test_the_language_with_most_rows_is_read_where_none_is_blank(
    tmp_path: Path,
) -> None:
    """Of several with as many, the first of the file."""
    header = "Code,Parent,Locale,Name,Slug,Description"
    even = ("hats,,en_US,Hats,hats,", "hats,,de_DE,Hüte,huete,")
    assert names(table(tmp_path, header, *even)) == ["Hats"]
    more = table(tmp_path, header, *even, "caps,,de_DE,Mützen,muetzen,")
    assert names(more) == ["Hüte", "Mützen"]
    assert "1 row of a translation is left out" in notes(more)
    assert names(more, store_language="en_us") == ["Hats", "Mützen"]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("category_id,language_id,name", "language_id"),
        ("id,name,locale", "locale"),
        ("name,slug,language", "language"),
        ("term id,Store View,title", "Store View"),
    ],
)
def test_a_column_of_languages_is_known_by_any_of_its_names(
    tmp_path: Path, header: str, column: str
) -> None:
    """Collections are known by an id, else by their slug; the column stays named."""
    here = header.split(",")
    rows = [
        ",".join(
            view if title == column else name if title in ("name", "title") else "7"
            for title in here
        )
        for view, name in (("1", "Hats"), ("2", "Hüte"), ("2", "Hüte"))
    ]
    path = table(tmp_path, header, *rows[:2])
    assert names(path) == ["Hats"]
    assert names(path, store_language="2") == ["Hüte"]
    (file,) = check_inputs((Path(path),), settings.load({})).files
    assert column in file.columns_left_out


@pytest.mark.parametrize(
    "lines",
    [
        ("name,language", "Hats,en", "Hüte,de"),
        ("id,name,language", "1,Hats,en", "2,Hüte,de"),
        ("location_id,slug,name,lang", "AA,a,Hats,en", "BB,a,Hüte,de"),
        ("name,url_key,path,language", "Hats,a,Root,en", "Hüte,b,Root,de"),
        ("id,name,language", ",Hats,en", ",Hüte,de"),
    ],
)
def test_what_is_not_the_same_collection_stays(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    """Without an id, a path of its own or a slug that agrees, nothing is left out."""
    path = table(tmp_path, *lines)
    found = [row for row in read(path) if not isinstance(row, Invalid)]
    assert len(found) == 2
    assert "translation" not in notes(path)


def test_rows_of_one_language_are_no_translations(tmp_path: Path) -> None:
    """Two of one id are two collections, and told where they have one slug."""
    path = table(tmp_path, "id,name,language", "1,Hats,en", "1,Caps,en")
    assert names(path) == ["Hats", "Caps"]
    assert "translation" not in notes(path)


def test_rows_out_of_shape_are_told_and_not_taken_for_translations(
    tmp_path: Path,
) -> None:
    """They are problems, as in any table."""
    path = table(tmp_path, *VIEWS[:3], "de_de,Default Category/Women,F,f,surplus")
    found = [getattr(row, "problems", ()) for row in read(path)]
    assert [problem.code for told in found for problem in told] == ["row_too_long"]


COLUMNS = [
    "name(en-gb),name(de-de)",
    "name.en-US,name.de-DE",
    "name_en,name_de",
    "name-en-GB,name-de-DE",
    "title [en],title [de]",
    "Name en_US,Name de_DE",
]


@pytest.mark.parametrize("header", COLUMNS)
def test_columns_of_one_language_are_read(tmp_path: Path, header: str) -> None:
    """That which most rows fill, and where they are even the first."""
    path = table(tmp_path, f"slug,{header}", "a,Hats,Hüte", "b,,Mützen", "c,,Schals")
    assert names(path) == ["Hüte", "Mützen", "Schals"]
    even = table(tmp_path, f"slug,{header}", "a,Hats,Hüte", "b,Caps,Mützen")
    assert names(even) == ["Hats", "Caps"]
    assert "1 column of a translation is not read" in notes(even)
    second = header.split(",")[1].strip()
    assert f"is used instead: {second}" in notes(even)
    language = languages.split(second)[1]
    assert names(even, store_language=language.upper()) == ["Hüte", "Mützen"]


def test_a_column_of_a_translation_is_no_misspelt_one(tmp_path: Path) -> None:
    """Nothing near it is offered: what it is, is known."""
    header = "category_id,parent_id,name(en-gb),name(de-de),description(de-de),layout"
    path = table(tmp_path, header, "1,0,Hats,Hüte,Viele,")
    (file,) = check_inputs((Path(path),), settings.load({})).files
    assert "description(de-de)" in file.columns_left_out
    assert "description(de-de)" not in [
        column.header for column in file.columns_unknown
    ]


def test_the_column_without_a_language_goes_before_translations(
    tmp_path: Path,
) -> None:
    """And is one of them where another language is asked for."""
    lines = ("name,name.de-DE,slug,image,image.de-DE", "Hats,Hüte,hats,,")
    path = table(tmp_path, *lines)
    assert names(path) == ["Hats"]
    assert names(path, store_language="de-DE") == ["Hüte"]
    told = notes(path, store_language="de-DE")
    assert "the column name.de-DE is used instead: name" in told


def test_a_column_that_a_language_does_not_have_is_read_without_one(
    tmp_path: Path,
) -> None:
    """A slug that is one for all languages is everybody's."""
    path = table(tmp_path, "slug,label-en_US,name.en-US,name.fr-FR", "a,x,Hats,Bobs")
    assert valid(path, store_language="fr-FR")["a"].parts["name"] == "Bobs"


@pytest.mark.parametrize(
    "header", ["name,weight (kg)", "name,size_id", "name,description (de)", "name,x.it"]
)
def test_a_header_that_ends_like_a_language_is_none(
    tmp_path: Path, header: str
) -> None:
    """Where no column that names a collection has it."""
    path = table(tmp_path, header, "Hats,5")
    assert names(path) == ["Hats"]
    assert "translation" not in notes(path)


@pytest.mark.parametrize(
    "lines", [VIEWS, ("slug,name_en,name_de", "a,Hats,Hüte"), COLUMNS[:0]]
)
def test_a_language_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    """A table without languages is read as ever."""
    path = table(tmp_path, *(lines or ("name,slug", "Hats,hats")))
    if not lines:
        assert names(path, store_language="it_IT") == ["Hats"]
        return
    with pytest.raises(InputError, match=r"no language or store view it_IT; .*de"):
        names(path, store_language="it_IT")


def test_a_mapping_file_reads_the_column_that_it_names(tmp_path: Path) -> None:
    """Whatever language is the usual one."""
    (tmp_path / "map.toml").write_text('[columns]\n"name(de-de)" = "name"\n')
    path = table(tmp_path, "slug,name(en-gb),name(de-de)", "a,Hats,Hüte")
    assert names(path, mapping=str(tmp_path / "map.toml")) == ["Hüte"]


def test_many_rows_in_many_languages_are_counted(tmp_path: Path) -> None:
    """More than fit into memory together, and more languages than are named."""
    views = ["en", "de", "fr", "it", "es", "nl", "pl"]
    rows = [f"{n},{view},N{n} {view}" for n in range(400) for view in views]
    path = table(tmp_path, "id,language,name", *rows)
    assert len(names(path)) == 400
    assert "2,400 rows of translations are left out" in notes(path)
    assert "(en, de, fr, it, es, nl …)" in notes(path)


def test_a_header_with_a_language_is_a_text_like_others() -> None:
    """It is written, packed and compared as it stands in the file."""
    header = Header("name(en)", "name")
    assert (header, key(header)) == ("name(en)", "name")
    assert json.dumps([header]) == '["name(en)"]'
    assert copy.deepcopy(header) == "name(en)"
    assert pickle.loads(pickle.dumps(header)) == "name(en)"  # noqa: S301 - our own


SHOPIFYS = (
    "Locale,handle,title,image",
    "en,women,Women,https://x.example/w.png",
    "de,women,Frauen,",
    "en,kids,Kids,https://x.example/k.png",
    "de,kids,,",
    "en,men,Men,",
)
OPENCARTS = (
    (
        "category_id,parent_id,name(en-gb),name(de-de),seo_keyword(en-gb),"
        "seo_keyword(de-de),image_name,store_ids"
    ),
    "1,0,Women,Frauen,women,,,0",
    "2,0,Kids,,kids,kinder,,0",
)


@pytest.mark.parametrize(
    ("lines", "wanted", "found"),
    [
        (
            (
                "store_view_code,path,name,url_key,image",
                ",Default Category/Women,Women,women,https://x.example/w.png",
                "de_de,Default Category/Women,Frauen, ,",
                "de_de,Default Category/Kids,,kinder,",
                ",Default Category/Kids,Kids,kids,https://x.example/k.png",
            ),
            "de_de",
            [("Frauen", "women", True), ("Kids", "kinder", True)],
        ),
        (
            SHOPIFYS,
            "de",
            [("Frauen", "women", True), ("Kids", "kids", True), ("Men", "men", False)],
        ),
        (
            (
                "store_view,category_id,name,url_key,image",
                "admin,3,Women,women,https://x.example/w.png",
                "fr,3,Femmes,,",
                "de,3,Frauen,frauen,https://x.example/f.png",
            ),
            "fr",
            [("Femmes", "women", True)],
        ),
        (OPENCARTS, "de-de", [("Frauen", "women", False), ("Kids", "kinder", False)]),
        (
            (
                "name,name.de-DE,slug,slug.de-DE,image",
                "Women,,women,frauen,https://x.example/w.png",
                "Kids,Kinder,kids,,",
            ),
            "de_DE",
            [("Women", "frauen", True), ("Kinder", "kids", False)],
        ),
    ],
    ids=["magento", "locale", "admin", "opencart", "unmarked"],
)
def test_blank_cells_of_a_chosen_language_say_what_the_usual_one_says(
    lines: tuple[str, ...],
    wanted: str,
    found: list[tuple[str, str, bool]],
    tmp_path: Path,
) -> None:
    """A blank translation means that there is none: name, slug and image stay."""
    path = table(tmp_path, *lines)
    rows = valid(path, store_language=wanted).values()
    assert [
        (row.parts["name"], row.parts["slug"], bool(row.parts.get("image")))
        for row in rows
    ] == found


def test_what_is_filled_from_the_usual_language_is_told(tmp_path: Path) -> None:
    """Counted where rows are translations, said where columns are; else not a word."""
    shopifys, opencarts = table(tmp_path, *SHOPIFYS), tmp_path / "columns.csv"
    opencarts.write_text("\n".join(OPENCARTS), "utf-8")
    told = notes(shopifys, store_language="de")
    assert "; 3 blank cells are filled from the usual view (en)" in told
    assert "filled" not in notes(shopifys)
    told = notes(str(opencarts), store_language="de-de")
    assert "only where its cells are blank, en-gb is read" in told
    assert "only where" not in notes(str(opencarts))


def test_a_language_that_is_read_unasked_is_not_filled_from_another(
    tmp_path: Path,
) -> None:
    """The one with most rows is the usual one then."""
    path = table(tmp_path, "Locale,handle,title", *("en,a,A", "en,b,", "de,b,B"))
    assert "filled" not in notes(path)
