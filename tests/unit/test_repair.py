"""Repairs, with literals: which cells are fixed, what a row becomes, whose slug."""

from __future__ import annotations

import pytest

from importer import mapping, repair
from importer.models import Fields, Place, Row, Table, Unreadable
from importer.repair import Change, Kind, Slugs, cells

ID, OTHER_ID = "655b33a82209e60b6adb87a5", "655b33a82209e60b6adb87a6"
BOTH = f"{ID},{OTHER_ID}"
NOTHING_KNOWN = "This row fills none of the columns that are known."
PLACE = Place("shop.csv", "", 7, 7)


def bound(
    header: str, spec: mapping.Spec | None = None, *, ragged: bool = True
) -> mapping.Binding:
    table = Table("shop.csv", "", tuple(header.split(",")), 1, (), ragged)
    return mapping.bind(table, spec or mapping.Spec())


def row(binding: mapping.Binding, *texts: str) -> Fields:
    return mapping.apply(binding, Row.at(PLACE, texts))


# cells


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("slug", "Summer Sale", "summer-sale"),
        ("slug", "Größen & Mehr", "grossen-mehr"),
        ("slug", "summer--sale-", None),  # odd, and right
        ("slug", "🎄", None),  # nothing would be left
        ("type", "Manual", "manual"),
        ("type", "SMART", "smart"),
        ("type", "Automatic", None),
        ("type", "smart", None),
        ("image", "example.com/a.png", "https://example.com/a.png"),
        ("image", "//example.com/a.png", "https://example.com/a.png"),
        ("image", "http://example.com/a.png", None),  # may be all that there is
        ("image", "HTTPS://example.com", None),
        ("image", "shoes.png", None),  # the name of a file
        ("image", "img/shoes.png", None),
        ("image", r"C:\shoes.png", None),
        ("image", "ftp://example.com/a.png", None),
        ("product_ids", f"{ID};{OTHER_ID}", BOTH),
        ("product_ids", f"{ID} | {OTHER_ID}", BOTH),
        ("product_ids", f"{ID}\n{OTHER_ID}\n", BOTH),
        ("product_ids", f'["{ID}", "{OTHER_ID}"]', BOTH),
        ("product_ids", f"['{ID}', '{OTHER_ID}']", BOTH),
        ("product_ids", f'"{ID}","{OTHER_ID}"', BOTH),
        ("product_ids", f"{ID},,{OTHER_ID},", BOTH),
        ("product_ids", f"{ID}, {OTHER_ID}", None),  # as people write lists
        ("product_ids", BOTH, None),
        ("product_ids", f"{ID};SKU-1", None),  # would get no better
        ("product_ids", "[]", None),
        ("product_ids", "'';", None),
        ("name", " Manual", None),
        ("rules", "{}", None),
    ],
)
def test_a_cell_is_fixed_or_stays(field: str, before: str, after: str | None) -> None:
    """What is only written oddly is fixed, and what would be a guess is not."""
    found = cells.repair(field, before)
    assert (found and found[1]) == after
    assert after is None or cells.repair(field, after) is None


@pytest.mark.parametrize(
    ("field", "text", "lost"),
    [
        ("product_ids", "6.40398E+11", True),
        ("product_ids", "6,40398E+11", True),
        ("product_ids", f"{ID},6.40398E+11", True),
        ("collection_id", "6.40398E+11", True),
        ("location_id", "6.40398E+11", True),
        ("product_ids", ID, False),
        ("name", "6.40398E+11", False),
        ("collection_id", "655e33", False),
    ],
)
def test_a_destroyed_id_is_known_by_its_exponent(
    field: str, text: str, lost: bool
) -> None:
    """In the columns of ids; a name may look like that."""
    assert cells.destroyed(field, text) is lost


# rows


def test_a_row_is_fixed_cell_by_cell_and_each_change_is_told() -> None:
    """The column is the header of the file; what cannot be fixed stays and is told."""
    fields = row(
        bound("Title,Handle,Kind,Products"), "A", "A B", "Smart", "6.40398E+11"
    )

    after, changes = repair.fixed(fields)

    assert after.values == {
        "name": "A",
        "slug": "a-b",
        "type": "smart",
        "product_ids": "6.40398E+11",
    }
    assert changes == (
        Change(PLACE, "slug", "Handle", Kind.SLUG, "A B", "a-b"),
        Change(PLACE, "type", "Kind", Kind.TYPE, "Smart", "smart"),
        Change(PLACE, "product_ids", "Products", Kind.DESTROYED, "6.40398E+11"),
    )


def test_a_good_row_is_given_back_as_it_is() -> None:
    """The very same object, and no change."""
    fields = row(bound("name,slug"), "A", "a")
    assert repair.fixed(fields) == (fields, ())


def test_a_row_out_of_shape_is_never_fixed() -> None:
    """Nobody knows which cell is what."""
    fields = row(bound("name,slug"), "A", "A B", "C")
    after, (change,) = repair.fixed(fields)
    assert after is fields
    assert (change.kind, change.column) == (Kind.ROW_SHAPE, "")
    assert change.before.startswith("The row has 3 cells")


def test_a_row_with_a_cell_that_is_no_text_is_told_as_that() -> None:
    """Its cells do line up with the header: it is the text that is wrong."""
    odd = Unreadable.of("'\\ud800'", "half", half="D800")
    fields = row(bound("name,slug"), odd, "A B")
    after, (change,) = repair.fixed(fields)
    assert after is fields
    assert (change.kind, change.column) == (Kind.UNREADABLE, "name")
    assert change.before.startswith("The text holds half of a character (U+D800)")


def test_another_slug_is_a_change_of_the_slug() -> None:
    """Also in a row whose slug was made from its name."""
    fields = row(bound("name"), "A")
    after, change = repair.with_slug(fields, "a", "a-2")
    assert after.values["slug"] == "a-2"
    assert change == Change(PLACE, "slug", "slug", Kind.REPEATED_SLUG, "a", "a-2")


SPEC = mapping.Spec(
    mapping.Mapping(
        name="shop.toml",
        columns=(mapping.Column("Bild", "image", ("none_to_blank", "https")),),
        constants=(("type", "manual"), ("seo_title", ""), ("name", "None")),
    )
)


def test_what_reading_changed_is_told_where_the_copy_holds_it() -> None:
    """Trimmed cells always; a mapping file's doing only where it will not be used."""
    binding = bound("name,Bild", SPEC)
    fields = row(binding, " A", "example.com/a")
    trimmed = Change(PLACE, "name", "name", Kind.TRIMMED, " A", "A")
    mapped = "https://example.com/a"

    assert repair.raw_changes(binding, fields, written=False) == (trimmed,)
    assert repair.raw_changes(binding, fields, written=True) == (
        trimmed,
        Change(PLACE, "image", "Bild", Kind.MAPPED, "example.com/a", mapped),
        Change(PLACE, "type", "type", Kind.FILLED_IN, "", "manual"),
    )


def test_a_short_row_has_no_cells_that_reading_could_have_changed() -> None:
    """What is not there is blank, and stays so."""
    binding = bound("name,slug,Bild", SPEC)
    changes = repair.raw_changes(binding, row(binding, "A"), written=True)
    assert [change.kind for change in changes] == [Kind.FILLED_IN]


@pytest.mark.parametrize(
    ("texts", "cells"),
    [
        (("A", "a", "x"), ["", "A", "a"]),
        (("", "", "x"), ["", "", "", NOTHING_KNOWN]),
        (("A", "a", "x", "y", "z"), ["", "A", "a", "y", "z"]),
        (("A",), ["", "A", "", "The row has 1 cells, the header has 3."]),
    ],
)  # fmt: skip
def test_below_the_templates_header_a_refused_row_stays_refused(
    texts: tuple[str, ...], cells: list[str]
) -> None:
    """A cell too many does it, which a workbook keeps as well as a text file."""
    binding = bound("name,slug,shelf")
    headers = ("location_id", "name", "slug")
    assert repair.laid_out(binding, row(binding, *texts), headers) == cells


def test_in_its_own_table_only_fixed_cells_of_a_row_are_replaced() -> None:
    """Columns without a field are not even trimmed, and blanks stay blank."""
    binding = bound("name,Slug,shelf,type", SPEC2)
    fields = row(binding, " A ", "A B", " x ", "")

    cells, done = repair.placed(binding, fields, repair.fixed(fields)[0], grid=False)

    assert cells == ["A", "a-b", " x ", ""]
    assert done == {"slug"}


SPEC2 = mapping.Spec(mapping.Mapping(name="t.toml", constants=(("type", "Manual"),)))


def test_a_cell_that_the_mapping_file_would_change_again_stays() -> None:
    """`upper` would undo it, so the fixed slug is not written; `lower` would not."""
    for name, wanted in (("upper", "a b"), ("lower", "a-b")):
        column = mapping.Column("Handle", "slug", (name,))
        spec = mapping.Spec(mapping.Mapping(name="t.toml", columns=(column,)))
        binding = bound("name,Handle", spec)
        fields = row(binding, "A", "a b")
        after = repair.fixed(fields)[0]
        cells, done = repair.placed(binding, fields, after, grid=False)
        assert cells == ["A", wanted]
        assert ("slug" in done) is (name == "lower")


def test_a_cell_that_the_mapping_file_mends_itself_stays() -> None:
    """The copy is read with the same mapping file, spaces and capitals and all."""
    column = mapping.Column("Handle", "slug", ("lower",))
    spec = mapping.Spec(mapping.Mapping(name="t.toml", columns=(column,)))
    binding = bound("name,Handle", spec)
    fields = row(binding, "A", " A-B ")
    after = repair.fixed(fields)[0]
    assert repair.placed(binding, fields, after, grid=False) == (
        ["A", " A-B "],
        frozenset(),
    )


@pytest.mark.parametrize(
    ("texts", "grid", "cells"),
    [
        (("A",), False, ["A"]),
        (("A",), True, ["A", "", "The row has 1 cells, the header has 2."]),
        (("A", " B ", "C"), False, ["A", " B ", "C"]),
        (("A", "a", "", "C"), True, ["A", "a", "", "C"]),
        (("A", "a", " "), True, ["A", "a"]),
    ],
)
def test_in_its_own_table_a_refused_row_is_not_touched(
    texts: tuple[str, ...], grid: bool, cells: list[str]
) -> None:
    """A text file shows that it is short; a workbook needs a cell too many for it."""
    binding = bound("name,slug")
    fields = row(binding, *texts)
    assert repair.placed(binding, fields, fields, grid=grid) == (cells, frozenset())


def test_a_row_that_a_grid_may_leave_short_is_filled_up() -> None:
    """A workbook has no short rows, so there is nothing wrong with it."""
    binding = bound("name,slug", ragged=False)
    fields = row(binding, "A")
    assert repair.placed(binding, fields, fields, grid=True)[0] == ["A", ""]


# slugs


def settled(*rows: tuple[str, int, bool]) -> list[str | None]:
    """Settle rows of one location, each with its slug, its content, and if it is good.

    A row says what it says with its slug, as definitions do.
    """
    slugs = Slugs(numbered=True)
    said = [repair.content({"slug": slug, "n": number}) for slug, number, _ in rows]
    for (slug, _, good), one in zip(rows, said, strict=True):
        if good:
            slugs.claim("L", slug, one)
        else:
            slugs.reserve("L", slug)
    return [
        slugs.settle("L", slug, one, good=good)
        for (slug, _, good), one in zip(rows, said, strict=True)
    ]


def test_repeated_slugs_get_numbers_in_their_order() -> None:
    """The first keeps its own."""
    rows = [("s", number, True) for number in range(4)]
    assert settled(*rows) == ["s", "s-2", "s-3", "s-4"]


def test_a_repeated_slug_gets_no_number_unasked() -> None:
    """Two rows of one slug may be one collection; only their author knows."""
    slugs = Slugs()
    assert slugs.claim("L", "s", 1)
    assert not slugs.claim("L", "s", 2)
    assert slugs.settle("L", "s", 1, good=True) == "s"
    assert slugs.settle("L", "s", 2, good=True) is None


def test_rows_that_are_alike_stay_the_duplicates_that_they_are() -> None:
    """A second slug would create one collection twice; they keep the one they share."""
    rows = [("s", 1, True), ("s", 1, True), ("s", 2, True), ("s", 2, True)]
    assert settled(*rows) == ["s", "s", "s-2", "s-2"]


def test_a_number_is_free_in_the_whole_input() -> None:
    """Also where the row that has it comes later, or is not good."""
    rows = [("s", 1, True), ("s", 2, True), ("s-2", 3, True), ("s-3", 4, False)]
    assert settled(*rows) == ["s", "s-4", "s-2", "s-3"]


def test_a_good_row_keeps_its_slug_before_one_that_was_fixed() -> None:
    """Wherever it stands."""
    assert settled(("s", 1, False), ("s", 2, True)) == ["s-2", "s"]
    assert settled(("s", 1, False), ("s", 2, False)) == ["s", "s-2"]


def test_a_row_that_would_repeat_a_good_one_further_down_stays_as_it_is() -> None:
    """Fixed it would make a duplicate of a row that is fine."""
    assert settled(("s", 1, False), ("s", 1, True)) == [None, "s"]
    assert settled(("s", 1, True), ("s", 1, False)) == ["s", "s"]


def test_each_location_has_slugs_of_its_own() -> None:
    """The same slug elsewhere is no repetition."""
    slugs = Slugs(numbered=True)
    assert [slugs.claim(place, "s", 1) for place in ("L", "M", "L")] == [
        True,
        True,
        False,
    ]
    assert slugs.settle("L", "s", 1, good=True) == "s"
    assert slugs.settle("M", "s", 1, good=True) == "s"


def test_the_content_is_what_a_row_says_in_whatever_order() -> None:
    """Equal definitions have it in common, others do not."""
    one = repair.content({"a": 1, "b": ("x",)})
    assert one == repair.content({"b": ("x",), "a": 1})
    assert one != repair.content({"b": ("y",), "a": 1})
    assert one != repair.content({"b": ("x",)})
