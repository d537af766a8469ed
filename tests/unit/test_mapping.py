"""Mapping: which column is what, and what a row says by field."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from importer import mapping
from importer.errors import InputError, UsageError
from importer.mapping import Column, Mapping, Spec
from importer.mapping.preset import key
from importer.models import Code, Place, Row, Table
from importer.transforms import REGISTRY


def table(*header: str, ragged: bool = True) -> Table:
    return Table("shop.csv", "", header, 1, (), ragged)


def row(*cells: str) -> Row:
    return Row.at(Place("shop.csv", "", 2, 2), cells)


def bound(*header: str) -> dict[str, str]:
    return dict(mapping.bind(table(*header), Spec()).columns)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Title", "name"),
        ("  NAME * ", "name"),
        ("\ufeffname", "name"),
        ("Handle", "slug"),
        ("permalink", "slug"),
        ("URL", "slug"),
        ("Image URL", "image"),
        ("Image Src", "image"),
        ("altId", "location_id"),
        ("location", "location_id"),
        ("Location ID", "location_id"),
        ("sub-account id", "location_id"),
        ("seo.title", "seo_title"),
        ("SEO Title", "seo_title"),
        ("meta title", "seo_title"),
        ("seo/description", "seo_description"),
        ("productIds", "product_ids"),
        ("Products", "product_ids"),
        ("collectionId", "collection_id"),
        ("ruleHash", "rule_hash"),
        ("ruleVersion", "rule_version"),
        ("Stats", "stats"),
        ("Type", "type"),
        ("Rules", "rules"),
        ("SKU", "product_skus"),
        ("SKUs", "product_skus"),
        ("sku_list", "product_skus"),
        ("Product SKUs", "product_skus"),
        ("Product Code", "product_skus"),
    ],
)
def test_headers_are_known_by_what_people_write(header: str, field: str) -> None:
    """Case, space, dashes and stars do not matter; aliases are known."""
    columns = bound(header, "x") if field == "name" else bound("name", header)
    assert columns[field] == header


def test_every_field_is_known_by_its_own_name() -> None:
    """The template's header binds all of it and leaves nothing out."""
    binding = mapping.bind(table(*mapping.FIELDS), Spec())
    assert dict(binding.columns) == {field: field for field in mapping.FIELDS}
    assert binding.left_out == ()
    assert binding.preset == "own"


def test_no_alias_belongs_to_two_fields() -> None:
    """An alias that two fields claim would be bound by accident."""
    text = (resources.files("importer") / "presets" / "own.toml").read_text("utf-8")
    aliases = tomllib.loads(text)["aliases"]
    keys = [key(alias) for names in aliases.values() for alias in names]
    assert len(keys) == len(set(keys))
    assert tuple(aliases) == mapping.FIELDS


def test_the_documentation_names_every_alias_and_transform() -> None:
    """What is known is written down, and the example in it is a mapping file."""
    text = (Path(__file__).parents[2] / "docs" / "input.md").read_text("utf-8")
    preset = (resources.files("importer") / "presets" / "own.toml").read_text("utf-8")
    for field, names in tomllib.loads(preset)["aliases"].items():
        (line,) = (
            line for line in text.splitlines() if line.startswith(f"| `{field}` |")
        )
        written = {key(name) for name in line.split("|")[2].split(",")} | {key(field)}
        assert written == {key(name) for name in names}
    assert all(f"`{name}`" in text for name in REGISTRY)
    example = text.split("```toml\n")[1].split("```")[0]
    assert set(tomllib.loads(example)) == {"columns", "constants", "ignore"}


def test_an_unknown_preset_is_wrong_usage() -> None:
    """The remedy lists those that exist."""
    with pytest.raises(UsageError, match="no such preset") as caught:
        mapping.bind(table("name"), Spec(preset="../errors"))
    assert "own" in caught.value.remedy


def test_columns_without_a_home_are_named() -> None:
    """Nothing vanishes silently, not even a column without a header."""
    binding = mapping.bind(table("name", "Body HTML", " ", "Sort Order"), Spec())
    assert binding.left_out == ("Body HTML", "column C (no header)", "Sort Order")
    many = mapping.bind(table("name", *[""] * 26, "x", "", "", ""), Spec())
    alone = [f"column A{letter} (no header)" for letter in "CDE"]
    assert [*many.left_out] == ["columns B to AA (no header)", "x", *alone]


def test_a_header_far_away_makes_no_list_of_thousands() -> None:
    """A header in XFD1 alone named 16,000 columns one by one: 400 KB of JSON."""
    binding = mapping.bind(table("name", *[""] * 16_382, "far"), Spec())
    assert binding.left_out == ("columns B to XFC (no header)", "far")


@pytest.mark.parametrize("header", [("Title", "name"), ("name", "Title")])
def test_the_better_alias_wins_and_the_other_is_named(header: tuple[str, str]) -> None:
    """Of two columns for one field, the alias that stands first is taken."""
    binding = mapping.bind(table(*header), Spec())
    assert binding.columns == {"name": "name"}
    assert binding.left_out == ()
    assert binding.second == (("Title", "name"),)
    assert binding.notes == (
        "not read, because the column name is used instead: Title",
    )


def test_a_doubled_alias_is_harmless_where_a_better_one_is_there() -> None:
    """Only the columns that would count are compared."""
    binding = mapping.bind(table("Title", "title", "name"), Spec())
    assert binding.columns == {"name": "name"}
    assert binding.second == (("Title", "name"), ("title", "name"))
    assert binding.notes == (
        "not read, because the column name is used instead: Title, title",
    )


def test_the_same_column_twice_is_refused() -> None:
    """Which of two equal headers counts cannot be guessed."""
    with pytest.raises(InputError, match=r'A \("Name"\) and C \("name \*"\)') as caught:
        bound("Name", "slug", "name *")
    assert caught.value.remedy


def test_a_file_without_a_header_is_refused() -> None:
    """A first row that looks like a collection is shown for what it is."""
    with pytest.raises(InputError, match=r'there is no header.*"Boots", "boots"'):
        bound("Boots", "boots", "manual")


@pytest.mark.parametrize(("header", "near"), [("Nmae", '"Nmae"'), ("Tilte", '"Tilte"')])
def test_a_missing_name_column_names_the_nearest(header: str, near: str) -> None:
    """A slip of the pen is offered back."""
    with pytest.raises(InputError, match=near) as caught:
        bound("slug", header)
    assert near in caught.value.remedy


def test_a_missing_name_column_without_a_neighbour_says_what_to_do() -> None:
    """Nothing similar: the remedy still says what to call the column."""
    with pytest.raises(InputError, match="no column for the name") as caught:
        mapping.bind(Table("a.xlsx", "S", ("slug", "zzz"), 1, ()), Spec())
    assert "a.xlsx, sheet S" in str(caught.value)
    assert "Call the column name" in caught.value.remedy


def test_a_row_becomes_fields_without_blanks() -> None:
    """Cells are trimmed, blank ones are absent, the header is kept for problems."""
    binding = mapping.bind(table("Title", "Handle", "x"), Spec())
    fields = mapping.apply(binding, row("  Boots ", " \n", "y"))
    assert fields.values == {"name": "Boots"}
    assert fields.columns == {"name": "Title", "slug": "Handle"}
    assert fields.problems == ()


def test_too_few_cells_are_that_rows_problem() -> None:
    """A short row of a text file is told, with what it holds kept."""
    binding = mapping.bind(table("name", "slug", "type"), Spec())
    fields = mapping.apply(binding, row("Boots"))
    assert [p.code for p in fields.problems] == [Code.ROW_TOO_SHORT]
    assert fields.values == {"name": "Boots"}


def test_a_workbooks_row_cannot_be_too_short() -> None:
    """The grid pads it."""
    binding = mapping.bind(table("name", "slug", ragged=False), Spec())
    assert mapping.apply(binding, row("Boots")).problems == ()


@pytest.mark.parametrize(("ragged", "words"), [(True, "quotation"), (False, "header")])
def test_too_many_cells_are_that_rows_problem(ragged: bool, words: str) -> None:
    """The first cell too many is shown; blank ones at the end are tolerated."""
    binding = mapping.bind(table("name", "slug", ragged=ragged), Spec())
    (problem,) = mapping.apply(binding, row("a", "b", " ", "surplus")).problems
    assert (problem.code, problem.value) == (Code.ROW_TOO_LONG, "surplus")
    assert words in problem.remedy
    assert mapping.apply(binding, row("a", "b", "", " ")).problems == ()


FOREIGN = Mapping(
    name="foreign.toml",
    columns=(
        Column("Bezeichnung", "name", ("trim",)),
        Column("Bild", "image", ("https",)),
    ),
    constants=(("type", "manual"), ("location_id", "ABC")),
    ignored=("Sortierung",),
)


def test_a_mapping_file_goes_before_the_aliases() -> None:
    """Its columns win; aliases fill what it does not mention; ignored is unnamed."""
    header = ("bezeichnung *", "Title", "Bild", "Handle", "Sortierung", "Type")
    binding = mapping.bind(table(*header), Spec(FOREIGN))
    assert binding.preset == "foreign.toml"
    assert binding.left_out == ()
    assert binding.second == (("Title", "bezeichnung *"),)
    fields = mapping.apply(binding, row("Schuhe", "t", "//x.example/a", "h", "1", ""))
    assert fields.values == {
        "name": "Schuhe",
        "image": "https://x.example/a",
        "slug": "h",
        "type": "manual",
        "location_id": "ABC",
    }


def test_a_constant_fills_only_what_is_blank() -> None:
    """A cell that says something else is heard."""
    binding = mapping.bind(table("Bezeichnung", "Bild", "type"), Spec(FOREIGN))
    fields = mapping.apply(binding, row("Schuhe", "", "smart"))
    assert fields.values == {"name": "Schuhe", "type": "smart", "location_id": "ABC"}


def test_a_constant_name_needs_no_column() -> None:
    """What a constant gives is not missing."""
    spec = Spec(Mapping(name="m.toml", constants=(("name", "Sale"),)))
    assert mapping.bind(table("slug"), spec).constants == {"name": "Sale"}


def test_a_constant_is_trimmed_as_a_cell_is_and_a_blank_one_is_none(
    tmp_path: Path,
) -> None:
    """Else an id with a space would be refused, and a blank hide a missing column."""
    constants = """[constants]\ntype = " manual\\n"\nname = " "\nimage = ""\n"""
    assert mapping.load(saved(tmp_path, constants)).constants == (("type", "manual"),)


def test_a_mapped_column_that_is_not_there_names_the_nearest() -> None:
    """The file and the mapping file disagree: say where and how."""
    with pytest.raises(InputError, match=r'"Bezeichnung".*nearest is "Bezeichnug"'):
        mapping.bind(table("Bezeichnug", "Bild"), Spec(FOREIGN))
    with pytest.raises(InputError, match=r"which foreign\.toml names\."):
        mapping.bind(table("zzz", "Bild"), Spec(FOREIGN))


def saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_mapping_file_is_read(tmp_path: Path) -> None:
    """Short and long form, constants of any plain kind, ignored columns."""
    path = saved(
        tmp_path,
        '[columns]\n"Bezeichnung" = "name"\n'
        '"Bild" = { field = "image", transforms = ["trim", "https"] }\n'
        '[constants]\ntype = "manual"\nrule_version = 1\n[ignore]\ncolumns = ["x"]\n',
    )
    assert mapping.load(path) == Mapping(
        name="shop.toml",
        columns=(
            Column("Bezeichnung", "name"),
            Column("Bild", "image", ("trim", "https")),
        ),
        constants=(("type", "manual"), ("rule_version", "1")),
        ignored=("x",),
    )


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("[columns]\nx = \ny", "shop.toml.*not valid TOML.*line 2", "name"),
        ('[columns]\nx = "nmae"', 'line 2: there is no field "nmae"', '"name"'),
        ('[columns]\nx = "qqqq"', 'no field "qqqq"', "location_id, name"),
        (
            '[columns]\nx = { field = "image", transforms = ["htps"] }',
            'line 2: there is no transform "htps"',
            '"https"',
        ),
        ("[columns]\nx = {}", 'no field ""', "location_id"),
        ("[columns]\nx = 1", 'line 2: the column "x" needs', "name"),
        ('[columns]\nsex = "name"\nx = 1', 'line 3: the column "x" needs', "name"),
        ('[columns]\nx = { feld = "name" }', 'no key "feld"', '"field"'),
        ('[columns]\nx = { field = ["name"] }', "no field", '"name"'),
        ('[columns]\nx = { field = "name", transforms = "trim" }', "a list", "trim"),
        ('[columns]\na = "name"\nb = "name"', "line 3.*both go", "Keep one"),
        ('[colums]\na = "name"', 'line 1: there is no section "colums"', '"columns"'),
        ('[constants]\ntyp = "x"', 'no field "typ"', '"type"'),
        ("[constants]\ntype = []", "neither text nor a number", "quotation"),
        ("columns = 1", "line 1: columns is not a section", "[columns]"),
        ("[ignore]\ncolumn = []", 'no key "column"', '"columns"'),
        ("[ignore]\ncolumns = [1]", "line 2.*list of names", "trim"),
    ],
)
def test_mistakes_in_a_mapping_file_are_told_with_their_line(
    tmp_path: Path, text: str, message: str, remedy: str
) -> None:
    """File, line, what is wrong, and the nearest that would be right."""
    with pytest.raises(UsageError, match=message) as caught:
        mapping.load(saved(tmp_path, text))
    assert remedy in caught.value.remedy
    assert "shop.toml" in str(caught.value)


def test_a_mapping_file_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    """Missing, or no text: the flag is wrong, not the input."""
    with pytest.raises(UsageError, match="cannot be read"):
        mapping.load(tmp_path / "none.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes(b'[columns]\n"Gr\xf6\xdfe" = "name"\n')
    with pytest.raises(UsageError, match="not UTF-8"):
        mapping.load(path)
