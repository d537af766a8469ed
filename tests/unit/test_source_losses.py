"""What JSON and workbooks would lose without a word: keys, digits, letters."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from pydantic_core import PydanticCustomError
from workbook_writers import ods, zipped

from importer import rules, settings, source, strict_json
from importer.errors import InputError
from importer.intake.check import check_inputs
from importer.models import Unreadable
from importer.repair import cells as repaired
from importer.source import objects
from importer.validation import products
from importer.validation.cells import LOST, ids, json_object
from importer.validation.dates import looks_made

if TYPE_CHECKING:
    from pathlib import Path


def cells_of(path: Path) -> list[str]:
    (table,) = source.read(path)
    ((_, cells),) = table.records
    return list(cells)


@pytest.mark.parametrize(
    ("line", "variant"),
    [
        ('{"name": "first", "name": "second"}', "twice"),
        ('{"name": {"en": ["a"], "en": ["b"]}}', "twice"),
        ('{"name": [{"a": 1, "a": 2}]}', "twice"),
        ('{"name": 1e400}', "digits"),
        ('{"name": -1E999}', "digits"),
        ('{"name": 0.12345678901234567890}', "digits"),
        ('{"name": [12345678901234567.125]}', "digits"),
        (r'{"name": "a\u0000b"}', "nul"),
        (r'{"name": "a\ud800b"}', "half"),
    ],
)
def test_what_a_line_of_json_would_lose_is_marked(
    tmp_path: Path, line: str, variant: str
) -> None:
    """The last of two keys would count, and a number would be another one."""
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n", "utf-8")
    marks = [cell for cell in cells_of(path) if isinstance(cell, Unreadable)]
    assert {mark.variant for mark in marks} == {variant}


@pytest.mark.parametrize("rest", ["} x", "", ': {"b": ' * 5000])
def test_a_line_that_would_lose_something_and_is_no_json_is_refused(
    tmp_path: Path, rest: str
) -> None:
    """The loss is found first, and what follows is wrong all the same."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": {"a": 1, "a": 2}, "slug": "a"' + rest + "\n", "utf-8")
    with pytest.raises(InputError, match="line 1 is not JSON"):
        source.read(path)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((number, number) for number in ("1.10", "1e5", "1E+05", "0.1", "1.0", "-0")),
        *((number, number) for number in ("-0.0", "0e1", "1" * 20, "1" * 5000)),
        *(("true", "true"), ("false", "false"), ("null", "")),
        ("[null, true, 1.10, -0, {}]", "[null, true, 1.10, -0, {}]"),
        ('[{"a": 1e3, "b": "x"}]', '[{"a": 1e3, "b": "x"}]'),
    ],
)
@pytest.mark.parametrize("slug", ["0.25", "1"])
def test_what_is_no_text_of_json_is_read_as_its_line_has_it(
    tmp_path: Path, number: str, text: str, slug: str
) -> None:
    """A name 1.10 is no 1.1, and true is no TRUE; within lists neither."""
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"name": {number}, "slug": [{slug}]}}\n', "utf-8")
    assert cells_of(path) == [text, f"[{slug}]"]


@pytest.mark.parametrize(
    "line",
    [
        '{"seo": {"title": "a"}, "seo.title": "b"}',
        '{"seo.title": "a", "seo": {"title": "b"}}',
        '{"a": {"b.c": 1}, "a.b": {"c": 2}}',
        '{"stats": {"products": 1, "products": 2}}',
        '{"stats": {"a": [{"b": 1, "b": 2}]}}',
    ],
)
def test_a_name_that_comes_twice_by_its_dots_is_marked(
    tmp_path: Path, line: str
) -> None:
    """What lies inside of an object has a name with dots, as another may have, too."""
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n", "utf-8")
    marks = [cell for cell in cells_of(path) if isinstance(cell, Unreadable)]
    assert {mark.variant for mark in marks} == {"twice"}


def test_statistics_that_are_an_object_are_one_cell(tmp_path: Path) -> None:
    """Their parts are no columns that nothing knows."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"stats": {"products": 1.50, "of": {"a": 1}}}\n', "utf-8")
    assert cells_of(path) == ['{"products": 1.50, "of": {"a": 1}}']


@pytest.mark.parametrize("line", ['{"a": [NaN, 1.5]}', '{"a": [1, {"b": Infinity}]}'])
def test_what_json_does_not_have_is_marked_beside_numbers(
    tmp_path: Path, line: str
) -> None:
    """A list with NaN is no JSON, whatever stands beside it."""
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n", "utf-8")
    (cell,) = cells_of(path)
    assert isinstance(cell, Unreadable)
    assert cell.variant == "infinite"


def test_items_of_a_list_of_ids_are_told_as_json_has_them() -> None:
    """Not as Python prints them."""
    assert ids('[null, true, 1.50, {"a": 1}]') == ["null", "true", "1.50", '{"a": "1"}']


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ('{"logic": "AND", "logic": "OR"}', {"twice": "logic"}),
        ('{"a": {"b": 1, "b": 1}}', {"twice": "b"}),
        ('{"a": 12345678901234567890123}', {"digits": "12345678901234567890123"}),
        ('{"a": 0.12345678901234567890}', {"digits": "0.12345678901234567890"}),
    ],
)
def test_rules_that_would_lose_something_are_refused(
    text: str, lost: dict[str, str]
) -> None:
    """With the last of two keys, AND would become OR."""
    with pytest.raises(PydanticCustomError) as error:
        json_object(text)
    assert (error.value.type, error.value.context) == (LOST, lost)


@pytest.mark.parametrize(
    "text",
    [r'{"a": "\u003a 1:2"}', '{"a" : 1E5}', '{"a": 1.10, "b": 1234567890123456}'],
)
def test_rules_that_lose_nothing_are_read(text: str) -> None:
    """An escaped colon only costs a closer look."""
    assert json_object(text)
    with pytest.raises(strict_json.LossError):
        strict_json.number("1e400")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a_x0000_b", "nul"),
        ("a_xD83D_b", "half"),
        ("a_xde00__xD83D_", "half"),
        ("_xD83D__xDE00_ Party", "\N{GRINNING FACE} Party"),
    ],
)
def test_codes_of_characters_in_a_workbook_are_read(
    tmp_path: Path, written: str, read: str
) -> None:
    """Excel writes what XML cannot hold as _x0000_, also the halves of a character."""
    book = openpyxl.Workbook()
    for row in (["name", "slug"], [written, "a"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    cell, _ = cells_of(tmp_path / "a.xlsx")
    assert (cell.variant if isinstance(cell, Unreadable) else cell) == read


@pytest.mark.parametrize(
    "value",
    [
        dt.date(2026, 4, 3),
        dt.time(1, 30),
        dt.timedelta(1, 43200),
        dt.datetime.fromisoformat("2026-04-03T12:00"),
    ],
)
def test_a_date_that_a_workbook_holds_is_known_by_its_text(
    tmp_path: Path, value: object
) -> None:
    """A date, a time and a span of time that Excel has made of a name."""
    book = openpyxl.Workbook()
    for row in (["name", "slug"], [value, "a"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    cell, _ = cells_of(tmp_path / "a.xlsx")
    assert looks_made(cell)


@pytest.mark.parametrize(
    "text",
    [
        *("03-Apr", "3. Apr", "03.Apr", "4-Mar", "Apr-03", "Mar-50", "03-Apr-26"),
        *("03.04.2026", "3/4/26", "03-04-2026", "2026/4/3", "2026-04-03 00:00:00"),
        *("4/3/2026 12:00", "4/3/26 1:30 PM", "2026-04-03T12:00:00Z"),
        *("1:30", "01:30:00", "1:30:00 PM", "36:30:00", "12:30.5", "-1:30"),
        *("1 day, 12:00:00", "-1 day, 23:00:00", "-36:30:00"),
        *("3-avr", "03/abr", "avr-03", "3. Mai", "3-mrt", "4月3日", "4월 3일"),
        *("Mai 26", "févr.-26", "03.апр", "3.Nis"),
    ],
)
def test_a_date_in_a_text_file_is_known_too(text: str) -> None:
    """As spreadsheets show one, and so write it into a CSV."""
    assert looks_made(text)


@pytest.mark.parametrize(
    "text",
    [
        *("3-4", "Summer 2026", "24-inch", "april", "", "-", "501", "May sale"),
        *("16:9 TVs", "10/20", "1.2.3", "2026", "2026-04", "4-pack", "July 4"),
        *("Set 12", "Lip 50", "3 out", "P", "PT"),
    ],
)
def test_a_name_with_digits_is_no_date(text: str) -> None:
    """Nothing is said of what no spreadsheet has changed."""
    assert not looks_made(text)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("<v>1e400</v>", ["infinite"]),
        ("<v>-1e999</v>", ["infinite"]),
        ("<v>1e5</v>", ["100000"]),
    ],
)
def test_a_number_that_no_computer_holds_is_no_name(
    tmp_path: Path, value: str, told: list[str]
) -> None:
    """It would be a collection called inf."""
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (["name", "slug"], [1, "info"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<v>1</v>", value.encode())
    cell, slug = cells_of(zipped(path, parts))
    assert [getattr(cell, "variant", cell)] == told
    assert slug == "info"


def test_infinity_from_a_program_is_no_name() -> None:
    """A column of numbers may hold it."""
    cell = objects.text(float("inf"))
    assert isinstance(cell, Unreadable)
    assert cell.variant == "infinite"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("[0012]", ["[0012]"]),
        ("[1.10, 12345678901234567890123]", ["1.10", "12345678901234567890123"]),
        ("[NaN]", ["[NaN]"]),
        ("[" * 5000, ["[" * 5000]),
    ],
)
def test_numbers_in_a_list_of_products_keep_their_digits(
    text: str, listed: list[str]
) -> None:
    """An SKU of digits is what is written, not the number that it is."""
    assert products.listed("product_skus", text) == listed
    assert ids(text) == [stripped for item in listed if (stripped := item.strip("[]"))]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (
            '{"appliedDisjunctively": 0, "appliedDisjunctively": 1, "rules": []}',
            "part/key_twice",
        ),
        (
            '{"rules": [{"column": "TITLE", "relation": "CONTAINS", "column": "TAG"}]}',
            "part/key_twice",
        ),
        ('{"rules": [{"condition": 0.12345678901234567890}]}', "part/digits_lost"),
    ],
)
def test_a_rule_set_of_an_export_that_loses_something_is_no_rules(
    text: str, phrase: str
) -> None:
    """With the last of two keys, all conditions would become any of them."""
    with pytest.raises(rules.NoRulesError) as error:
        rules.rule_set(text)
    assert error.value.phrase.key == phrase


def test_a_rule_set_that_is_nested_too_deep_is_no_json() -> None:
    """As deep as one reader goes, and another does not."""
    text = '{"rules": [' + "[" * 1000 + "]" * 1000 + "]}"
    with pytest.raises(ValueError, match="too deep"):
        rules.rule_set(text)


@pytest.mark.parametrize(
    "text",
    [
        "{'logic': 'AND', 'logic': 'OR', 'conditions': [{'field': 'title'}]}",
        '{"Logic": "AND", "logic": "OR", "Conditions": [{"field": "title"}]}',
        '[{"field": "title", "value": 0.12345678901234567890}]',
    ],
)
def test_rules_that_say_two_things_are_not_corrected(text: str) -> None:
    """A corrected copy would say one of them."""
    assert repaired.fixed(text) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("PT01H30M00S", "01:30:00"),
        ("PT36H30M00S", "36:30:00"),
        ("-PT36H30M00.5S", "-36:30:00"),
    ],
)
def test_a_span_of_time_of_an_ods_is_known_by_its_text(
    tmp_path: Path, written: str, read: str
) -> None:
    """One of a day and more is written in a way of its own."""
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p>'
    text += "</table:table-cell>"
    span = f'<table:table-cell office:value-type="time" office:time-value="{written}"/>'
    path = tmp_path / "a.ods"
    header = text.format("name") + text.format("slug")
    cell, _ = cells_of(ods(path, [header, span + text.format("a")]))
    assert cell == read
    assert looks_made(cell)


def test_a_name_that_became_a_number_is_told_and_such_a_slug_is_not_fixed(
    tmp_path: Path,
) -> None:
    """It was sent without a word, and --fix made `1-2e-11` of the slug."""
    path = tmp_path / "numbers.csv"
    path.write_text("name,slug\n6.40398E+11,a\n1E+20,b\n64E10,c\nA,1.2E+11\n")
    found = check_inputs((path,), settings.load({"location_id": "L" * 20}))
    told = [one["variant"] for one in found.remarked_rows()]
    assert (found.remarks, told) == ({"looks_like_date": 2}, ["number"] * 2)
    (bad,) = found.problems()
    assert (bad["code"], bad["variant"]) == ("slug_invalid", "destroyed")
    assert "as text" in bad["remedy"]
    assert repaired.destroyed("slug", "1.2E+11")
