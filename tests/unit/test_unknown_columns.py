"""Headers that nothing knows: what each may have been meant to be, and who is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from exported import checked, nothing_is_set

from importer import mapping, settings
from importer.cli import unfamiliar
from importer.errors import UsageError
from importer.models import InputFile, UnknownColumn

_ = nothing_is_set


def told(header: str, **options: Any) -> dict[str, tuple[str, bool]]:
    """The nearest name of each unknown column, and whether it is asked about."""
    path = Path("shop.csv").absolute()
    path.write_text(f"name,{header}\n" + "A," + "," * header.count(",") + "\n", "utf-8")
    (file,) = checked(str(path), **options).files
    return {c.header: (c.nearest, c.matters) for c in file.columns_unknown}


@pytest.mark.parametrize(
    ("header", "nearest", "fields", "matters"),
    [
        ("imgae", "image", ("image",), True),
        ("Bidl-URL", "Bild-URL", ("image",), True),
        ("Zdjecia", "Zdjęcie", ("image",), True),
        ("prodcut_ids", "product_ids", ("product_ids",), True),
        ("Producktnamen", "Produktnamen", ("product_names",), True),
        ("rulez", "rule", ("rules",), True),
        ("Regelnn", "Regeln", ("rules",), True),
        ("collection tpye", "collection type", ("type",), True),
        ("slugg", "slug", ("slug",), False),
        ("nmae", "name", ("name",), False),
        ("Beschreibnug", "Beschreibung", ("description",), False),
        ("Artikel", "", ("product_ids", "product_names", "product_skus"), True),
        ("Adresse", "", ("slug", "image"), True),
        ("Kürzel", "", ("slug",), False),
        ("Shelf", "", (), False),
        ("Status", "", (), False),
        ("Product count", "", (), False),
        ("Image alt text", "", (), False),
        ("ruelhash", "", (), False),
    ],
)
def test_an_unknown_header_is_told_with_its_nearest_name(
    header: str, nearest: str, fields: tuple[str, ...], *, matters: bool
) -> None:
    """What is like an image, products, a type or rules matters; others are told."""
    found = mapping.unknown([header])

    assert found == (UnknownColumn(header, nearest, fields, matters),)


def test_known_columns_are_no_unknown_ones() -> None:
    """What is read, known beside, second or ignored is not asked about."""
    assert told("imgae,slug,parent,description,Titel,problem,") == {
        "imgae": ("image", True)
    }
    assert told("imgae,Shelf", ignore_columns="IMGAE, Shelf") == {}
    assert told("imgae,Shelf", ignore_columns=["imgae"]) == {"Shelf": ("", False)}


def test_columns_that_a_preset_knows_and_leaves_out_are_exempt() -> None:
    """Its own headers are no slips of ours, whether it reads them or not."""
    header = "Handle,Title,Command,Rule: Product Column,Rule: Relation,Rule: Condition"
    path = Path("matrixify.csv").absolute()
    path.write_text(f"{header},Top Row,imgae\nx,X,,Title,Contains,x,TRUE,\n", "utf-8")

    (file,) = checked(str(path)).files

    assert file.preset == "matrixify"
    assert [c.header for c in file.columns_unknown if c.nearest] == ["imgae"]


def test_a_column_that_is_ignored_is_not_read_though_it_is_known() -> None:
    """--ignore-columns leaves a column out as [ignore] of a mapping file does."""
    path = Path("shop.csv").absolute()
    path.write_text("name,slug,Bild\nA,a,nonsense\n", "utf-8")

    options = {"ignore_columns": "bild", "require_product_ids": False}
    result = checked(str(path), **options)

    assert result.counts["valid"] == 1
    assert result.files[0].columns_left_out == ()


def test_an_ignored_column_of_an_export_is_no_second_choice() -> None:
    """What is left out on purpose is not read where the better column is blank."""
    header = "term_id,name,slug,description,parent,count,image,thumbnail"
    path = Path("woo.csv").absolute()
    path.write_text(f"{header}\n7,Men,men,,0,1,nonsense,\n", "utf-8")

    kept = checked(str(path))
    left = checked(str(path), ignore_columns="image")

    assert kept.files[0].preset == left.files[0].preset == "woocommerce"
    assert "image_not_a_url" in kept.codes()
    assert "image_not_a_url" not in left.codes()


@pytest.mark.parametrize(
    ("given", "taken", "text"),
    [
        ("Shelf,Sort order", ("Shelf", "Sort order"), "Shelf,Sort order"),
        (' Shelf , "Size, in cm" ', ("Shelf", "Size, in cm"), 'Shelf,"Size, in cm"'),
        (["Size, in cm", 'a "b"'], ("Size, in cm", 'a "b"'), '"Size, in cm","a ""b"""'),
        ("Size\nin cm", ("Size in cm",), "Size in cm"),
        ("", (), ""),
        ('"a"b,"",,c', ('"a"b', "c"), '"""a""b",c'),
    ],
)
def test_ignored_columns_are_a_list_of_headers(
    given: object, taken: tuple[str, ...], text: str
) -> None:
    """Headers that hold a comma stand in quotation marks, and come back so."""
    found = settings.load({"ignore_columns": given})

    assert found.values.ignore_columns == taken
    assert found.shown()["ignore_columns"][0] == text
    again = settings.load({"ignore_columns": text})
    assert again.values.ignore_columns == taken


def test_what_is_no_list_of_headers_is_refused() -> None:
    """The message says how it is written."""
    with pytest.raises(UsageError) as refused:
        settings.load({"ignore_columns": 7})

    assert "Shelf,Sort order" in f"{refused.value} {refused.value.remedy}"


def test_many_columns_are_told_shortly(capsys: pytest.CaptureFixture[str]) -> None:
    """Ten are named with what they look like, and the flag names all."""
    columns = tuple(
        UnknownColumn(f"image, {number}", "image", ("image",), matters=True)
        for number in range(12)
    )
    file = InputFile("a.xlsx", "Shop", "own", 1, (), columns_unknown=columns)

    assert unfamiliar.warned([file]) == 12
    said = capsys.readouterr().err
    assert "a.xlsx, sheet Shop: image, 0 looks like image, and is not read." in said
    assert "… and 2 more." in said
    assert """--ignore-columns '"image, 0","image, 1",""" in said
    assert "next one" not in said
    assert unfamiliar.warned([]) == 0


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (UnknownColumn("shelf"), "shelf"),
        (UnknownColumn(" Titel ", "titel", ("name",)), " Titel "),
        (UnknownColumn("imgae", "image", ("image",)), "imgae (did you mean image?)"),
        (
            UnknownColumn("Bilder", "Bild", ("image",)),
            "Bilder (did you mean Bild, the image?)",
        ),
    ],
)
def test_a_column_says_what_it_may_have_meant(column: UnknownColumn, said: str) -> None:
    """Nothing where nothing is near, or another preset knows that very name."""
    assert column.hinted == said
    file = InputFile("a.csv", "", "own", 1, (column.header, "B (no header)", "type"))
    file = replace(file, columns_unknown=(column,))
    assert file.columns_ignored == (said, "B (no header)")
    assert file.columns_not_sent == ("type",)
