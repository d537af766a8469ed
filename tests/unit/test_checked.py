"""What a check of our own tables finds, beyond what one row says by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.intake import fix
from importer.intake.check import check_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from importer.intake.check import CheckResult

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
PRODUCT = "655b33a82209e60b6adb87a5"
HEADER = "name,slug,type,product_ids"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n", "utf-8")
    return path


def check(*paths: Path, **options: Any) -> CheckResult:
    return check_inputs(paths, settings.load({"location_id": LOCATION, **options}))


def messages(result: CheckResult) -> dict[str, str]:
    return {str(line.place): line.message for line in result.lines()}


def row(slug: str, name: str = "Shoes") -> str:
    return f"{name},{slug},manual,{PRODUCT}"


# repeated slugs


def test_a_repeated_slug_names_the_row_alone_within_a_table(here: Path) -> None:
    """Whoever looks at the row has the table open."""
    found = messages(check(write(here / "a.csv", row("shoes"), row("shoes"))))
    assert "The slug shoes stands in row 2 already" in found["a.csv, row 3"]


def test_a_file_that_is_named_twice_is_named_in_the_message(here: Path) -> None:
    """Else row 2 would be said to repeat row 2, that is itself."""
    path = write(here / "a.csv", row("shoes"))
    found = messages(check(path, path))
    assert "The slug shoes stands in a.csv, row 2 already" in found["a.csv, row 2"]


def test_files_of_one_name_in_two_folders_are_two(here: Path) -> None:
    """The row of the other one is not said to be a row of this one."""
    one = write(here / "one" / "a.csv", row("hats"), row("shoes"))
    other = write(here / "other" / "a.csv", row("shoes"))
    found = messages(check(one, other))
    assert "stands in a.csv, row 3 already" in found["a.csv, row 2"]


# rows that would be repeats once they are fixed

BAD_IMAGE = f"{HEADER},image"


@pytest.mark.parametrize("bad_first", [True, False])
def test_a_bad_row_that_shares_its_slug_with_a_good_one_says_so(
    bad_first: bool, here: Path
) -> None:
    """Wherever the good one stands: after fixing, both would be one collection."""
    rows = [f"{row('shoes', 'Boots')},shoes.png", f"{row('shoes')},"]
    path = write(here / "a.csv", *(rows if bad_first else rows[::-1]), header=BAD_IMAGE)
    bad, good = (2, 3) if bad_first else (3, 2)
    result = check(path)
    ((status, refused),) = result.bad
    assert status == "invalid"
    assert [str(one.code) for one in refused.problems] == [
        "image_not_a_url",
        "duplicate_in_input",
    ]
    found = messages(result)[f"a.csv, row {bad}"]
    assert f"slug: The slug shoes stands in a.csv, row {good} too" in found
    assert [one["code"] for one in result.problems()] == [
        "image_not_a_url",
        "duplicate_in_input",
    ]
    assert (status, refused) in result.bad
    assert result.counts == {"valid": 1, "invalid": 1, "duplicate": 0}


def test_the_slug_that_the_check_proposes_is_what_counts(here: Path) -> None:
    """Summer Sale is to be written summer-sale, and that already exists."""
    path = write(here / "a.csv", row("summer-sale"), row("Summer Sale"), row("Hats!"))
    found = messages(check(path))
    assert "The slug summer-sale stands in a.csv, row 2 too" in found["a.csv, row 3"]
    assert "stands in" not in found["a.csv, row 4"]


def test_what_cannot_be_known_of_a_bad_row_is_not_said(here: Path) -> None:
    """Cells out of place, no slug, another location, and repeats that say it anyway."""
    header = f"location_id,{BAD_IMAGE}"
    rows = [
        f"{LOCATION},{row('shoes')},",
        f"{LOCATION},{row('shoes')},,,surplus",
        f"{LOCATION},---,,manual,{PRODUCT},shoes.png",
        f"6578278e879ad2646715ba9c,{row('shoes')},shoes.png",
        f"{LOCATION},{row('shoes')},",
    ]
    result = check(write(here / "a.csv", *rows, header=header))
    said = {line.place.row: line.message for line in result.lines()}
    assert sorted(said) == [3, 4, 5, 6]
    assert [n for n, words in said.items() if " too, for" in words] == []
    assert said[6].count("stands in row 2 already") == 1


def test_many_bad_rows_are_told_of_their_good_ones(here: Path) -> None:
    """Also those that had to be kept on the disk."""
    many = range(2500)
    bad = [f"{row(f'shoes-{n}')},shoes.png" for n in many]
    good = [f"{row(f'shoes-{n}')}," for n in many if n % 2]
    result = check(write(here / "a.csv", *bad, *good, header=BAD_IMAGE))
    told = [line for line in result.lines() if " too, for" in line.message]
    assert len(result.bad) == 2500
    assert [line.slug for line in told] == [f"shoes-{n}" for n in many if n % 2]


# columns


def test_a_second_column_of_a_field_is_not_said_to_have_no_place(here: Path) -> None:
    """HighLevel has a place for it; it is another column that goes there."""
    header = "Title,name,slug,Handle,shelf"
    (file,) = check(write(here / "a.csv", "a,b,c,d,e", header=header)).files
    assert file.columns_left_out == ("shelf",)
    assert file.notes == (
        "not read, because the column name is used instead: Title",
        "not read, because the column slug is used instead: Handle",
    )


# totals


def remarks(*paths: Path, **options: Any) -> dict[str, int]:
    return dict(check(*paths, **options).remarks)


def test_a_line_of_totals_is_remarked_upon_and_no_problem(here: Path) -> None:
    """It can be sent, for a collection may be called so."""
    path = write(here / "a.csv", "Shoes,7", "Hats,5", "Total,12", header="name,sales")
    result = check(path)
    assert (result.exit_code, result.counts["valid"]) == (0, 3)
    assert result.remarks == {"slug_made": 3, "totals_row": 1}


def test_only_the_last_row_of_a_table_is_its_totals(here: Path) -> None:
    """Each of several tables has a last row of its own."""
    rows = ("Total,12", "Shoes,7")
    above = write(here / "a.csv", *rows, header="name,sales")
    below = write(here / "b.csv", "Hats,7", "Summe,12", header="name,sales")
    assert remarks(above) == {"slug_made": 2}
    assert remarks(above, below)["totals_row"] == 1


def test_the_totals_below_rows_that_leave_nothing_open_are_found(here: Path) -> None:
    """Such rows go a shorter way than the one below them."""
    lines = (f"{row('shoes')},7", f"{row('hats')},5", "Total,,,,12")
    path = write(here / "a.csv", *lines, header=f"{HEADER},sales")
    assert remarks(path) == {"slug_made": 1, "totals_row": 1}
    below = write(here / "b.csv", *lines, f"{row('caps')},1", header=f"{HEADER},sales")
    assert remarks(below) == {"slug_made": 1}


def test_the_totals_of_an_export_are_found(here: Path) -> None:
    """Also where collections are made of rows in a way of the export's own."""
    header = "term_id,name,slug,description,parent,count"
    path = write(here / "a.csv", "1,Men,men,,0,7", ",Total,,,,7", header=header)
    assert remarks(path)["totals_row"] == 1


# repeated ids

ONE_ID = "655b33a82209e60b6adb87ff"
WITH_ID = f"{HEADER},collection_id"


def with_id(slug: str, collection_id: str = ONE_ID) -> str:
    return f"{row(slug)},{collection_id}"


def problems(result: CheckResult) -> dict[str, str]:
    return {
        f"{one['file']}:{one['row']}": f"{one['status']} {one['code']} {one['column']}"
        for one in result.problems()
    }


def test_an_id_that_an_earlier_row_has_for_another_slug_is_a_problem(
    here: Path,
) -> None:
    """Else the second row would be created over the first, or as a stranger."""
    path = write(here / "a.csv", with_id("a"), with_id("b"), header=WITH_ID)
    found = check(path)
    assert problems(found) == {
        "a.csv:3": "invalid collection_id_repeated collection_id"
    }
    said = messages(found)["a.csv, row 3"]
    assert f"The id {ONE_ID} stands in row 2 already" in said
    assert found.exit_code == 3


def test_an_id_is_the_same_in_capitals_over_files_and_sheets(here: Path) -> None:
    """Ids are numbers in hex, so another case is no other id."""
    first = write(here / "a.csv", with_id("a"), header=WITH_ID)
    second = write(here / "b.csv", with_id("b", ONE_ID.upper()), header=WITH_ID)
    said = messages(check(first, second))["b.csv, row 2"]
    assert "stands in a.csv, row 2 already" in said


def test_an_id_in_two_locations_is_a_problem(here: Path) -> None:
    """A collection is in one location."""
    header = f"{WITH_ID},location_id"
    rows = (f"{with_id('a')},{LOCATION}", f"{with_id('a')},Other1234567890123456")
    found = check(write(here / "a.csv", *rows, header=header))
    assert list(problems(found).values()) == [
        "invalid collection_id_repeated collection_id"
    ]


def test_a_row_that_repeats_slug_and_id_is_a_duplicate(here: Path) -> None:
    """It says the same collection twice, which is no contradiction."""
    found = check(write(here / "a.csv", *[with_id("a")] * 2, header=WITH_ID))
    assert problems(found) == {"a.csv:3": "duplicate duplicate_in_input slug"}


def test_a_row_with_a_repeated_id_holds_no_slug(here: Path) -> None:
    """It is not sent, so a later row with its slug is the first one that is."""
    other = "655b33a82209e60b6adb8700"
    rows = (with_id("a"), with_id("b"), with_id("b", other), with_id("c", ""))
    found = check(write(here / "a.csv", *rows, header=WITH_ID))
    assert list(problems(found)) == ["a.csv:3"]


def test_a_duplicate_row_holds_no_id(here: Path) -> None:
    """Nor does one that is invalid for another reason."""
    other = "655b33a82209e60b6adb8700"
    rows = (
        with_id("a"),
        with_id("a", other),
        with_id("B!", ONE_ID),
        with_id("c", other),
    )
    found = check(write(here / "a.csv", *rows, header=WITH_ID))
    assert list(problems(found)) == ["a.csv:3", "a.csv:4"]


def test_a_repeated_id_is_found_in_a_table_that_is_mapped(here: Path) -> None:
    """Also where rows are more than trimmed."""
    header = WITH_ID.replace("slug", "product_skus")
    rows = (f"A,X1,manual,,{ONE_ID}", f"B,X1,manual,,{ONE_ID}")
    found = check(write(here / "a.csv", *rows, header=header))
    assert list(problems(found)) == ["a.csv:3"]


def test_a_fix_counts_a_repeated_id_before_and_after(here: Path) -> None:
    """Only its author knows which of the rows is right."""
    path = write(here / "a.csv", with_id("a"), with_id("b"), header=WITH_ID)
    chosen = settings.load({"location_id": LOCATION})
    done, afterwards = fix.fix([str(path)], chosen, here / "fixed.csv")
    assert done.before == {"valid": 1, "invalid": 1}
    found = check_inputs((here / "fixed.csv",), afterwards)
    assert [one["code"] for one in found.problems()] == ["collection_id_repeated"]


# products that are listed twice, and what JSON loses

OTHERS = ("655b33a82209e60b6adb87a6", "655b33a82209e60b6adb87a7")


@pytest.mark.parametrize("separator", [",", ", ", ";", "; ", "|", " "])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_product_that_stands_twice_is_told_however_it_is_listed(
    separator: str, count: int, here: Path
) -> None:
    """With the same separator everywhere, or with another one in one place."""
    more = [f"{number:024x}" for number in range(count)]
    for ids, told in ((more, 0), ([*more[1:], more[-1]], 1)):
        for cell in (separator.join(ids), ", ".join(ids).replace(", ", separator, 1)):
            path = write(here / "a.csv", f'Shoes,shoes,manual,"{cell}"')
            assert check(path).remarks.get("product_repeated", 0) == told, cell


def test_stats_that_lose_something_as_json_are_a_problem(here: Path) -> None:
    """A key twice: one of them would count, and which is not said."""
    cell = '"{""a"": 1, ""a"": 2}"'
    path = write(here / "a.csv", f"{row('shoes')},{cell}", header=f"{HEADER},stats")
    (line,) = check(path).lines()
    assert line.code == "stats_invalid"
    assert "twice" in line.message
