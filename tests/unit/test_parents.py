"""Parents of categories: found by number, and told where no row has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from exported import nothing_is_set, read, valid

from importer import settings
from importer.intake.check import check_inputs

_ = nothing_is_set


def table(folder: Path, text: str) -> str:
    path = folder / "table.csv"
    path.write_text(text, "utf-8")
    return str(path)


def names(path: str, **options: Any) -> list[str]:
    found = valid(path, category_path="name", **options).values()
    return [one.parts["name"] for one in found]


def remarks(path: str) -> dict[str, list[tuple[str, str, str]]]:
    """The unknown parents of each slug: the column, the cell and the words."""
    return {
        slug: [
            (told.column, f"{told.cells[0].row}:{told.cells[0].number}", told.message)
            for told in one.remarks
            if told.code == "parent_unknown"
        ]
        for slug, one in valid(path, category_path="name").items()
    }


NUMBERED = "1,Men,0\n2,Women,0\n3,Tops,1\n4,Tops,2\n"


@pytest.mark.parametrize(
    "header",
    [
        "id,name,parent_id",
        "ID,Name,Parent",
        "category id,title,parent category",
        "id,Category name,parent_id",
    ],
)
def test_a_parent_is_found_by_its_number(tmp_path: Path, header: str) -> None:
    """In our own template, whatever its columns are called."""
    path = table(tmp_path, f"{header}\n{NUMBERED}")
    assert names(path) == ["Men", "Women", "Men / Tops", "Women / Tops"]


@pytest.mark.parametrize(("key", "parent"), [("1", "1.0"), ("1.0", "1"), ("1.0",) * 2])
def test_a_parent_is_found_by_a_number_with_a_point(
    tmp_path: Path, key: str, parent: str
) -> None:
    """Programs write whole numbers of a column with blanks so."""
    path = table(
        tmp_path,
        f"id,name,parent_id\n{key},Men,\n2,Tops,{parent}\n9.0,Women,0.0\n3,Tops,9\n",
    )
    assert names(path) == ["Men", "Men / Tops", "Women", "Women / Tops"]


def test_a_parent_of_the_simple_preset_is_found_by_its_number(tmp_path: Path) -> None:
    """Which had none but names."""
    rows = "1,Men,men,,0\n2,Women,women,,0\n3,Tops,tops,,1\n4,Tops,tops-w,,2\n"
    path = table(tmp_path, f"id,name,slug,description,parent\n{rows}")
    assert names(path) == ["Men", "Women", "Men / Tops", "Women / Tops"]
    (file,) = check_inputs((Path(path),), settings.load({})).files
    assert file.preset == "woocommerce-simple"


def test_an_id_of_our_own_template_puts_no_rows_together(tmp_path: Path) -> None:
    """Two rows of one id are two collections, with a path and without."""
    path = table(tmp_path, "id,name,parent_id\n1,Men,0\n1,Women,0\n")
    assert names(path) == ["Men", "Women"]
    assert set(valid(path)) == {"men", "women"}
    assert set(valid(path, description_to_seo=True)) == {"men", "women"}


def test_a_number_of_a_row_does_not_keep_memberships_apart(tmp_path: Path) -> None:
    """Rows of one collection may be numbered; a wish changes nothing of it."""
    text = "id,name,product_skus,description\n1,Hats,A,\n2,Hats,B,\n"
    for wish in (False, True):
        found = valid(table(tmp_path, text), description_to_seo=wish)
        assert len(found["hats"].called[0].texts) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("parent", "column"),
    [
        ("99", "parent"),
        ("0a1f0000000000000000000000000099", "parent_id"),
        ("7b0d1b1e-3d4c-4c49-9d70-1f1b2c3d4e5f", "parent category"),
    ],
)
def test_an_id_that_no_row_has_is_told_and_is_in_no_name(
    tmp_path: Path, parent: str, column: str
) -> None:
    """Nor in a slug; the names of those that are found stay in it."""
    rows = f"1,Men,{parent}\n2,Tops,1\n3,Tops,{parent}\n"
    path = table(tmp_path, f"id,name,{column}\n{rows}")
    assert names(path) == ["Men", "Men / Tops", "Tops"]
    assert set(valid(path, category_path="slug")) == {"men", "men-tops", "tops"}
    told = remarks(path)
    assert [told[slug][0][:2] for slug in told] == [
        (column, "2:3"),
        (column, "3:3"),
        (column, "4:3"),
    ]
    assert all(parent in words for ((_, _, words),) in told.values())


def test_a_code_that_no_row_has_is_an_id_where_the_others_are(tmp_path: Path) -> None:
    """Where parents are found by their ids, another one is no name."""
    path = table(tmp_path, "id,name,parent\nm,Men,\na,Tops,m\nb,Tops,gone\n")
    assert names(path) == ["Men", "Men / Tops", "Tops"]
    assert len(remarks(path)["tops"]) == 1


def test_parents_in_a_circle_are_told(tmp_path: Path) -> None:
    """Their names were no path, and nothing said so."""
    rows = "1,Men,2\n2,Women,1\n3,Root,3\n4,Tops,1\n5,Kids,\n"
    found = remarks(table(tmp_path, f"id,name,parent_id\n{rows}"))
    assert {slug: told[0][2][:17] for slug, told in found.items() if told} == {
        "men": "2 is above itself",
        "women": "1 is above itself",
        "root": "3 is above itself",
        "tops": "1 is above itself",
    }


def test_a_name_that_no_row_has_is_still_a_name(tmp_path: Path) -> None:
    """It says what stands above, and nothing is missing."""
    path = table(tmp_path, "name,parent\nTops,Men\nTops,Women\n")
    assert names(path) == ["Men / Tops", "Women / Tops"]
    assert not any(remarks(path).values())


def test_a_root_that_no_row_has_is_nothing_to_tell(tmp_path: Path) -> None:
    """The program's own root is in no table."""
    rows = "10;1;Tops;Home;a\n11;1;Tops;10;b\n"
    header = "Category ID;Active (0/1);Name;Parent category;URL rewritten"
    path = table(tmp_path, f"{header}\n{rows}")
    assert names(path) == ["Tops", "Tops / Tops"]
    assert not any(remarks(path).values())


def test_no_parent_is_told_without_a_path(tmp_path: Path) -> None:
    """The column is named as not read then."""
    path = table(tmp_path, "id,name,parent_id\n1,Men,99\n")
    (one,) = valid(path).values()
    assert [told.code for told in one.remarks if told.code == "parent_unknown"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"id,name,parent_id\n{NUMBERED}", True),
        ("name,slug,description,parent\nA,a,,Men\na,a,,Women\n", True),
        ("name,slug,description,parent\nA,a,,Men\nB,a,,Women\n", False),
        ("name,url_key,path\nTops,tops,D/Men\nTops,tops,D/Women\n", True),
        ("id,name,parent_id\n1,Tops,0\n2,Tops,null\n", False),
        ("id,name,parent_id\n1,Tops,7\n2,Tops,7\n", False),
        ("name,type\nTops,manual\nTops,manual\n", False),
    ],
)
def test_duplicates_below_different_parents_mention_the_path(
    tmp_path: Path, text: str, told: bool
) -> None:
    """Those below one parent do not: a path would not set them apart."""
    path = table(tmp_path, text)
    found = read(path, require_product_ids=False)
    (problem,) = [
        problem
        for row in found
        for problem in getattr(row, "problems", ())
        if problem.code == "duplicate_in_input"
    ]
    assert ("--category-path slug" in str(problem)) is told
    assert "The two stand below different parents" in str(problem) or not told


def test_ids_that_repeat_do_not_mention_the_path(tmp_path: Path) -> None:
    """Another name or slug would not help there."""
    ours = "655b33a82209e60b6adb87a5"
    rows = f"A,a,{ours},x\nB,b,{ours},y\n"
    path = table(tmp_path, f"name,slug,collection_id,parent\n{rows}")
    messages = [str(p) for row in read(path) for p in getattr(row, "problems", ())]
    assert any("stands in row 2 already" in message for message in messages)
    assert not any("--category-path" in message for message in messages)
