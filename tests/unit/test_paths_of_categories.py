"""Names and paths of categories: what is a path, and what is a name with a slash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.intake import judged, tables
from importer.intake.check import check_inputs
from importer.intake.claims import Seen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def names(
    path: Path, header: str, *rows: str, field: str = "name", **options: Any
) -> list[str]:
    path.write_text("\n".join((header, *rows, "")))
    wanted = {"location_id": "AAAA", "require_product_ids": False, **options}
    chosen = settings.load(wanted)
    (opened,) = tables.open_inputs((path,), chosen)
    rows_read = judged.rows(opened, Seen(), chosen.checking)
    return [row.parts[field] for _, row in rows_read]  # type: ignore[union-attr]


FIREBEAR = "entity_id,name,url_key"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Bags/Cases", "Bags/Cases"),
        ("Men / Tops", "Men / Tops"),
        ("24/7", "24/7"),
        ("/Sale/", "/Sale/"),
        ("Default Category/Shoes", "Shoes"),
        ("default category/Shoes/Boots", "Boots"),
        ('"Default Category/""Hats/Caps"""', "Hats/Caps"),
        ('"Default Category/""Hats/Caps""/New"', "New"),
    ],
)
def test_a_name_is_a_path_only_below_a_root(
    tmp_path: Path, said: str, name: str
) -> None:
    """A slash alone is part of a name, and quoted parts are whole."""
    assert names(tmp_path / "t.csv", FIREBEAR, f"5,{said},x") == [name]


def test_a_name_is_a_path_where_its_parent_is_a_row(tmp_path: Path) -> None:
    """Wherever the parent stands, and in whatever case."""
    rows = ("5,Men/Tops,a", "6,men,b", "7,Men/Tops/New,c", "8,Bags/Cases,d")
    found = names(tmp_path / "t.csv", FIREBEAR, *rows)
    assert found == ["Tops", "men", "New", "Bags/Cases"]


def test_names_that_repeat_are_told_apart_by_the_whole_parts_above(
    tmp_path: Path,
) -> None:
    """With `category_path`; the parts are those that the file means."""
    found = names(
        tmp_path / "t.csv",
        FIREBEAR,
        '5,"Default Category/""Hats/Caps""/New",a',
        "6,Default Category/Shoes/New,b",
        category_path="name",
    )
    assert found == ["Hats/Caps / New", "Shoes / New"]


def test_a_path_column_ends_with_the_name_whatever_it_holds(tmp_path: Path) -> None:
    """A name with a slash is not its own parent, in quotation marks or without."""
    found = names(
        tmp_path / "t.csv",
        "path,name,url_key",
        "Default Category/Men/Hats/Caps,Hats/Caps,a",
        '"Default Category/Women/""Hats/Caps""",Hats/Caps,b',
        category_path="name",
    )
    assert found == ["Men / Hats/Caps", "Women / Hats/Caps"]


def test_a_slug_of_its_own_is_not_replaced_by_the_path(tmp_path: Path) -> None:
    """With `category_path = "slug"` only what repeats or is missing is made anew."""
    found = names(
        tmp_path / "t.csv",
        "name,url_key,path",
        "Tops,tops-women,Default Category/Women/Tops",
        "Tops,tops,Default Category/Men/Tops",
        "Tops,tops,Default Category/Girls/Tops",
        "Tops,,Default Category/Boys/Tops",
        field="slug",
        category_path="slug",
    )
    assert found == ["tops-women", "men-tops", "girls-tops", "boys-tops"]


M2IF = "store_view_code,path,name,url_key"


def test_a_blank_name_is_the_end_of_the_whole_path_and_told(tmp_path: Path) -> None:
    """M2IF's files need no name beside it."""
    rows = (
        "default,Default Category,,",
        "default,Default Category/Hats,Hats,hats",
        "default,Default Category/Caps,,caps",
        'default,"Default Category/Men/""Caps/Red""",,red-caps',
    )
    path = tmp_path / "m2if.csv"
    assert names(path, M2IF, *rows) == ["Hats", "Caps", "Caps/Red"]
    chosen = settings.load({"location_id": "AAAA", "require_product_ids": False})
    found = check_inputs((str(path),), chosen)
    assert found.remarks["value_changed"] == 2


def test_a_path_of_one_part_is_the_name_and_needs_no_remark(tmp_path: Path) -> None:
    """Nothing of it is left out, so there is nothing to tell."""
    path = tmp_path / "m2if.csv"
    path.write_text(f"{M2IF}\ndefault,Hats,,hats\n")
    chosen = settings.load({"location_id": "AAAA", "require_product_ids": False})
    assert "value_changed" not in check_inputs((str(path),), chosen).remarks


def test_a_blank_name_is_set_apart_by_its_parents(tmp_path: Path) -> None:
    """As one that is written out; without a path either it is missing."""
    rows = ("default,A/Men/Caps,,caps-1", "default,A/Women/Caps,,caps-2")
    found = names(tmp_path / "m2if.csv", M2IF, *rows, category_path="name")
    assert found == ["Men / Caps", "Women / Caps"]
    path = tmp_path / "blank.csv"
    path.write_text(f"{M2IF}\ndefault,,,blank\n")
    chosen = settings.load({"location_id": "AAAA", "require_product_ids": False})
    assert check_inputs((str(path),), chosen).codes() == {"name_missing": 1}
