"""However a table was saved, the same definitions come of it, byte for byte."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import orjson
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from exported import whole
from workbook_writers import ods, xlsb

from importer import settings
from importer.destination import bodies
from importer.intake import claims, judged, tables
from importer.models import Valid

if TYPE_CHECKING:
    from collections.abc import Callable

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
IDS = "655b33a82209e60b6adb87a5,0055b33a82209e60b6adb87a"
RULES = {"logic": "OR", "conditions": [{"field": "title", "value": "a; b, c|d"}]}
HEADER = [
    *("location_id", "name", "slug", "type", "product_ids", "rules", "image"),
    *("seo_title", "seo_description", "collection_id"),
    *("rule_hash", "rule_version", "stats"),
]
ALL_SCRIPTS = ("Größe Żółć Обувь 抹茶", "שמלה قميص 👟👩‍👧")

Table = list[list[Any]]
Writer = "Callable[[Path, Table], None]"


def table(first: str, second: str) -> Table:
    """Every column of ours: ids, lists, JSON, truth, numbers, line breaks, quotes."""
    image = "https://example.com/a.png"
    long = f'{second}, "quoted"\nand; a | second line\tof it'
    stats = '{"shown": true, "hidden": false, "none": null, "share": 0.5}'
    return [
        HEADER,
        [LOCATION, first, "one", "manual", IDS, "", image, True, long, "", "", "", ""],
        [LOCATION, second, "two", "smart", "", json.dumps(RULES), *[""] * 7],
        [LOCATION, "  0012  ", "", "", IDS, *[""] * 4, IDS[:24], "00af", 3, stats],
    ]


def text_of(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def text(delimiter: str, encoding: str, newline: str = "\r\n") -> Callable[..., None]:
    def write(path: Path, rows: Table) -> None:
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline)
        writer.writerows([[text_of(cell) for cell in row] for row in rows])
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        path.write_bytes(mark + stream.getvalue().encode(encoding))

    return write


def json_lines(path: Path, rows: Table) -> None:
    header, *others = rows
    # true is read as its line has it, where a spreadsheet writes TRUE
    objects = [
        {
            name: text_of(cell) if isinstance(cell, bool) else cell
            for name, cell in zip(header, row, strict=True)
            if cell != ""
        }
        for row in others
    ]
    # rules may be JSON of the line itself; stats stay a text, as documented
    for one in objects:
        if "rules" in one:
            one["rules"] = json.loads(one["rules"])
    path.write_text("".join(json.dumps(one) + "\n" for one in objects), "utf-8")


def xlsx(path: Path, rows: Table) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("Collections")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)


def binary(path: Path, rows: Table) -> None:
    xlsb(path, [[float(c) if type(c) is int else c for c in row] for row in rows])


def open_document(path: Path, rows: Table) -> None:
    def cell(value: Any) -> str:
        kind = {bool: "boolean", int: "float"}.get(type(value), "string")
        name = "value" if kind == "float" else f"{kind}-value"
        shown = quoteattr(str(value).lower() if kind == "boolean" else str(value))
        shown = shown.replace("\n", "&#10;").replace("\t", "&#9;")
        words = escape(str(value))
        given = f'office:value-type="{kind}" office:{name}={shown}'
        return f"<table:table-cell {given}><text:p>{words}</text:p></table:table-cell>"

    ods(path, ["".join(map(cell, row)) for row in rows])


def old_workbook(path: Path, rows: Table) -> None:
    """As LibreOffice saved the xlsx; to be made again where the table changes."""
    assert rows == table(*ALL_SCRIPTS)
    saved = Path(__file__).parent / "workbooks" / "same.xls"
    path.write_bytes(saved.read_bytes())


SEPARATORS = {"csv": ",", "tsv": "\t", "semicolon": ";", "pipe": "|"}
ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"), ALL_SCRIPTS),
    "cp1252": ("Größe été à la plage", "Ação e promoção €"),
    "cp1250": ("Żółte buty", "žluťoučký kůň Dámské oblečení"),
    "cp1251": ("Обувь Женская одежда", "Чоловічий одяг"),
    "iso-8859-1": ("Größe été à la plage", "Ação e promoção"),
}
TEXTS = {
    f"{kind} in {encoding}": (text(separator, encoding), words)
    for kind, separator in SEPARATORS.items()
    for encoding, words in ENCODINGS.items()
} | {
    "csv with LF": (text(",", "utf-8", "\n"), ALL_SCRIPTS),
    "csv with CR": (text(",", "utf-8", "\r"), ALL_SCRIPTS),
}
OTHERS = {
    "xlsx": (xlsx, ALL_SCRIPTS),
    "xls": (old_workbook, ALL_SCRIPTS),
    "xlsb": (binary, ALL_SCRIPTS),
    "ods": (open_document, ALL_SCRIPTS),
    "json lines": (json_lines, ALL_SCRIPTS),
}


def sent(path: str | Path) -> list[bytes]:
    """The bytes of each definition's request, through the check as the command does."""
    chosen = settings.load({"send_rule_metadata": True})
    seen = claims.Seen()
    checked = [
        whole(opened.table, one)
        for opened in tables.open_inputs([path], chosen)
        for _, one in judged.rows(opened, seen, chosen.checking)
    ]
    assert all(isinstance(one, Valid) for one in checked), checked
    return [
        orjson.dumps(bodies.create(one.definition))
        for one in checked
        if isinstance(one, Valid)
    ]


def expected(first: str, second: str) -> list[bytes]:
    place = {"altId": LOCATION, "altType": "location"}
    long = f'{second}, "quoted"\nand; a | second line\tof it'
    ids = {"productIds": IDS.split(",")}
    found: list[dict[str, Any]] = [
        {
            **place,
            "name": first,
            "slug": "one",
            "image": "https://example.com/a.png",
            "type": "manual",
            **ids,
            "seo": {"title": "TRUE", "description": long},
        },
        {**place, "name": second, "slug": "two", "type": "smart", "rules": RULES},
        {
            **place,
            "name": "0012",
            "slug": "0012",
            "collectionId": IDS[:24],
            "type": "manual",
            **ids,
            "ruleHash": "00af",
            "ruleVersion": 3,
            "stats": {"shown": True, "hidden": False, "none": None, "share": 0.5},
        },
    ]
    return list(map(orjson.dumps, found))


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HIGHLEVEL_LOCATION_ID", raising=False)


@pytest.mark.parametrize("kind", [*TEXTS, *OTHERS])
def test_a_table_is_the_same_however_it_was_saved(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file, packed and piped in, every definition is the same to the byte."""
    write, words = (TEXTS | OTHERS)[kind]
    path = tmp_path / "saved"
    write(path, table(*words))
    content = path.read_bytes()
    packed = tmp_path / "saved.gz"
    packed.write_bytes(gzip.compress(content))
    with zipfile.ZipFile(tmp_path / "saved.zip", "w") as archive:
        archive.writestr("saved.csv", content)

    wanted = expected(*words)
    assert sent(path) == wanted
    assert sent(packed) == wanted
    assert sent(tmp_path / "saved.zip") == wanted
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert sent("-") == wanted
