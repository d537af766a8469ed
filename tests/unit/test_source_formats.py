"""Whatever it is packed in or saved as, the same table comes out."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from workbook_writers import ods, xlsb, zipped

from importer import rules, source
from importer.errors import InputError, OversizedError, StorageError, UsageError
from importer.intake import sheets
from importer.models import Unreadable
from importer.source import content as contents
from importer.source import files as packed
from importer.source import jsonlines

if TYPE_CHECKING:
    from importer.models import Table

HERE = Path(__file__).parent
CSV = b"name,slug\nShoes,shoes\n\nHats,hats\n"
ROWS = [(2, ("Shoes", "shoes")), (4, ("Hats", "hats"))]


def read(path: Path, **options: Any) -> Table:
    (table,) = source.read(path, source.Options(**options))
    return table


def numbered(table: Table) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.place.row, row.cells) for row in table.rows]


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        numbered(read(path, **options))
    assert caught.value.remedy
    return str(caught.value)


def temporary_files(folder: Path) -> list[Path]:
    return list(folder.glob("importer-*"))


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_gzipped_table_is_read_under_its_own_name(
    tmp_path: Path, spool: Path
) -> None:
    """Unpacked to a temporary file, which goes with the last row."""
    path = tmp_path / "shop.csv.gz"
    path.write_bytes(gzip.compress(CSV))
    table = read(path)
    assert (table.file, table.header) == ("shop.csv.gz", ("name", "slug"))
    assert numbered(table) == ROWS
    del table
    assert not temporary_files(spool)


def test_a_zip_with_one_table_is_that_table(tmp_path: Path) -> None:
    """What macOS and people put beside it does not count; workbooks do."""
    path = zipped(
        tmp_path / "shop.zip",
        {
            "export/": b"",
            "export/shop.csv": CSV,
            "__MACOSX/export/._shop.csv": b"\0",
            "readme.md": b"Hello",
        },
    )
    table = read(path)
    assert (table.file, numbered(table)) == ("shop.zip", ROWS)
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["name"])  # type: ignore[union-attr]
    book.active.append(["Shoes"])  # type: ignore[union-attr]
    book.save(stream)
    zipped(path, {"shop.xlsx": stream.getvalue()})
    assert numbered(read(path)) == [(2, ("Shoes",))]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({f"{n}.csv": CSV for n in "abcdefg"}, "7 tables: a.csv, b.csv"),
        ({"photo.png": b"x"}, "without a table"),
        ({"[Content_Types].xml": b"x", "word/document.xml": b"x"}, "a document"),
        ({"inner.csv": gzip.compress(CSV)}, "packed once more"),
        ({"bad.csv": b"name\n\x89\x00"}, "shop.zip: bad.csv: this is not a text"),
    ],
)
def test_an_archive_that_is_no_table_says_what_it_is(
    tmp_path: Path, members: dict[str, bytes], words: str
) -> None:
    """Several tables are named, none is told, a second packing too."""
    assert words in refused(zipped(tmp_path / "shop.zip", members))


def test_packed_files_that_were_cut_off_are_told(tmp_path: Path, spool: Path) -> None:
    """At the end, in the middle, or with bytes changed; nothing stays behind."""
    packed = gzip.compress(CSV * 100)
    path = tmp_path / "shop.csv.gz"
    for content in (packed[:-9], packed[:20], packed[:30] + b"\xff" * 20):
        path.write_bytes(content)
        assert "broken or was not copied" in refused(path)
    path = zipped(tmp_path / "shop.zip", {"shop.csv": CSV * 100})
    whole = path.read_bytes()
    path.write_bytes(whole[:60])
    assert "the archive is broken" in refused(path)
    path.write_bytes(whole.replace(whole[40:60], b"\xff" * 20))
    assert "broken or was not copied" in refused(path)
    assert not temporary_files(spool)


def test_an_archive_with_a_password_or_a_strange_packing_is_told(
    tmp_path: Path,
) -> None:
    """Neither is unpacked, and each has its sentence."""
    path = zipped(tmp_path / "shop.zip", {"shop.csv": CSV})
    whole = path.read_bytes()
    central = whole.index(b"PK\x01\x02")
    locked, strange = bytearray(whole), bytearray(whole)
    locked[6] |= 1
    locked[central + 8] |= 1
    strange[8] = strange[central + 10] = 99
    path.write_bytes(locked)
    assert "protected by a password" in refused(path)
    path.write_bytes(strange)
    assert "packed in a way" in refused(path)


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_bomb_is_refused_after_the_limit(
    tmp_path: Path, spool: Path, kind: str
) -> None:
    """The bytes that come out are counted, whatever the header says."""
    path = tmp_path / f"bomb.{kind}"
    bomb = b"name\n" + b"x" * 50_000_000
    if kind == "gz":
        path.write_bytes(gzip.compress(bomb))
    else:
        zipped(path, {"bomb.csv": bomb})
    assert path.stat().st_size < 100_000
    assert "more than 10 MB" in refused(path, max_uncompressed_bytes=10 << 20)
    assert not temporary_files(spool)


def unpackings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is unpacked from now on."""
    begun = []

    def counted(stream: Any, shown: Path, name: str, limit: int) -> contents.Content:
        begun.append(name)
        return contents.spooled(stream, shown, name, limit)

    monkeypatch.setattr(packed, "spooled", counted)
    return begun


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.xlsx"])
def test_an_archive_that_says_that_it_is_too_large_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The size in the archive's own directory is enough for a refusal."""
    path = tmp_path / name
    zipped(path, {"bomb.csv": b"name\n" + b"x" * 50_000_000})
    begun = unpackings(monkeypatch)
    assert "more than 10 MB" in refused(path, max_uncompressed_bytes=10 << 20)
    assert begun == []


def test_what_is_too_large_is_unpacked_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other sheet is looked for in it, each of which would unpack it again."""
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"name\n" + b"x" * 50_000_000))
    begun = unpackings(monkeypatch)
    with pytest.raises(OversizedError, match="more than 10 MB") as caught:
        sheets.read(path, source.Options(max_uncompressed_bytes=10 << 20))
    assert caught.value.remedy
    assert begun == ["bomb.csv.gz"]


def test_standard_input_is_a_file_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed or not; it has a name of its own in messages and reports."""
    for content in (CSV, gzip.compress(CSV)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        table = read(Path("-"))
        assert (table.file, numbered(table)) == ("standard input", ROWS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert "standard input: the file is empty" in refused(Path("-"))
    monkeypatch.setattr(sys, "stdin", None)
    assert "nothing can be read" in refused(Path("-"))


def test_a_full_disk_is_no_fault_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unpacking says what is full."""
    path = tmp_path / "shop.csv.gz"
    path.write_bytes(gzip.compress(CSV))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(contents, "_flushed", full)
    with pytest.raises(StorageError, match="No space left"):
        read(path)


def test_a_folder_is_its_tables_by_name(tmp_path: Path) -> None:
    """What is left out is named, once."""
    folder = tmp_path / "export"
    (folder / "older").mkdir(parents=True)
    (folder / "b.csv").write_bytes(CSV)
    (folder / "a.jsonl").write_text('{"name": "Caps"}\n')
    (folder / "c.CSV.gz").write_bytes(gzip.compress(CSV))
    (folder / "~$b.xlsx").write_bytes(b"lock")
    (folder / "notes.md").write_bytes(b"x")
    tables = source.read(folder)
    assert [table.file for table in tables] == ["a.jsonl", "b.csv", "c.CSV.gz"]
    assert numbered(tables[2]) == ROWS
    assert [table.notes for table in tables[1:]] == [(), ()]
    assert tables[0].notes == (
        "of the folder export, no table and left out: notes.md, older, ~$b.xlsx",
    )


def test_json_lines_are_rows_with_dotted_names(tmp_path: Path) -> None:
    """All names become columns, lists stay JSON, numbers keep their digits."""
    lines = [
        {"id": 655338220960640398000001, "title": "Shoes", "seo": {"title": "S"}},
        {
            "title": "Hats\u2028and caps",
            "ruleSet": {"appliedDisjunctively": False, "rules": [{"column": "TAG"}]},
            "image": None,
        },
        {"id": "p1", "__parentId": "655", "price": 1.50, "on": True, "none": {}},
    ]
    path = tmp_path / "bulk.csv"
    text = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(text, encoding="utf-8")
    table = read(path)
    assert (table.header_row, table.ragged) == (0, False)
    rows = numbered(table)
    assert [number for number, _ in rows] == [1, 3, 5]
    first, second, third = (
        {n: c for n, c in zip(table.header, cells, strict=True) if c}
        for _, cells in rows
    )
    assert first == {
        "id": "655338220960640398000001",
        "title": "Shoes",
        "seo.title": "S",
    }
    assert second == {
        "title": "Hats\u2028and caps",
        "ruleSet": '{"appliedDisjunctively": false, "rules": [{"column": "TAG"}]}',
        "ruleSet.appliedDisjunctively": "false",
        "ruleSet.rules": '[{"column": "TAG"}]',
    }
    assert third == {
        "id": "p1",
        "__parentId": "655",
        "price": "1.5",
        "on": "true",
        "none": "{}",
    }
    path.write_text(text, encoding="utf-16")
    assert numbered(read(path)) == rows


ROW = '{"name": "Hats", "slug": "hats", "price": 1.10, "ids": ["a"]}'
READ = ("Hats", "hats", "1.10", '["a"]')


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f'{{"collections": [{ROW}, {ROW}]}}', "collections"),
        (f'{{"shop_lists": [{ROW}, {ROW}], "count": 2}}', "shop_lists"),
        (
            f'{{"status": "ok",\n "data": [\n{ROW},\n{ROW}\n], "x": -0}}\n',
            "data is read, from row 1 on; not status, x",
        ),
        (f'{{"data": {{"all": {{"nodes": [{ROW},\n{ROW}]}}}}}}', "data.all.nodes"),
        (f'\n{{"Items": [{ROW}, {ROW}], "name": "shop"}}\n\x1a', "Items"),
        (f'{{"items": [{ROW}, {ROW}], "tags": [1], "none": []}}', "items"),
    ],
)
def test_the_list_in_an_object_of_json_is_read_and_told(
    tmp_path: Path, text: str, note: str
) -> None:
    """Answers of an API are kept so; numbers stay as they are written."""
    path = tmp_path / "answer.json"
    path.write_text(text, "utf-8")
    table = read(path)
    assert numbered(table) == [(1, READ), (2, READ)]
    assert note in table.notes[-1]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Hats", "rules": [{"field": "title"}]}',
        '{"handle": "hats", "products": [{"id": 1}], "images": [{"src": "x"}]}',
        '{"data": [{"a": 1}]}\n{"data": [{"a": 2}]}\n',
        '{"a": 1}',
    ],
)
def test_a_row_with_a_list_of_objects_is_a_row(tmp_path: Path, text: str) -> None:
    """Its own texts tell it from what is around a list of rows."""
    path = tmp_path / "a.jsonl"
    path.write_text(text, "utf-8")
    table = read(path)
    assert len(numbered(table)) == len(text.splitlines())
    assert not table.notes


def test_of_several_lists_in_an_object_one_has_to_be_chosen(tmp_path: Path) -> None:
    """Which of them is meant cannot be told."""
    path = tmp_path / "answer.json"
    path.write_text(f'{{"custom_collections": [{ROW}], "smart_collections": [{ROW}]}}')
    told = refused(path)
    assert "several lists of objects: custom_collections, smart_collections" in told


def test_a_key_that_stands_twice_is_told_of_a_list_in_an_object(
    tmp_path: Path,
) -> None:
    """As of a line."""
    path = tmp_path / "answer.json"
    path.write_text('{"items": [{"name": "A", "name": "B"}, {}]}')
    ((_, (cell,)),) = read(path).records
    assert type(cell) is Unreadable


def test_the_end_of_a_dos_file_and_marks_between_lines_are_no_json(
    tmp_path: Path,
) -> None:
    """Files put one behind the other have them."""
    path = tmp_path / "a.jsonl"
    path.write_text(f"{ROW}\n\x1a\n\ufeff{ROW}\n{ROW}\x1a", "utf-8")
    assert numbered(read(path)) == [(1, READ), (3, READ), (4, READ)]


@pytest.mark.parametrize("text", ['{"items": [{"a": 1}]', '{"items":\n 1}'])
def test_json_that_is_no_list_in_an_object_is_told(tmp_path: Path, text: str) -> None:
    """As lines that are no JSON are."""
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert "is not JSON" in refused(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"name": "a"}\n{"name": "b"', "line 2 is not JSON"),
        (b'{"name": "a"}\n[1]\n', "line 2 is no JSON object"),
        (b'{\n  "name": "a"\n}\n', "line 1 is not JSON"),
        (b'[\n {"name": "a"}]', "one JSON list"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "line 1 is not JSON"),
        (b'{"name": "\xc3\xa4"}\n{"name": "\xe4"}\n', "is not utf-8"),
        (b"{}\n", "nothing in it"),
    ],
)
def test_json_that_is_no_table_is_told(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """Cut off, of another shape, or made to hurt: the line is named."""
    path = tmp_path / "bulk.jsonl"
    path.write_bytes(content)
    assert words in refused(path)


def test_json_with_endless_names_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that grow with the lines would fill the memory."""
    monkeypatch.setattr(jsonlines, "MAX_COLUMNS", 50)
    path = tmp_path / "bulk.jsonl"
    path.write_text("".join(f'{{"name{n}": 1}}\n' for n in range(60)))
    assert "by line 51" in refused(path)
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        jsonlines.read(contents.Content.of(path), source.Options(encoding="utf-16"))


SAVED = {
    "cp1252": "Größe;été à la plage;Ação e promoção;niño año camisón;€ 5 l\u2019été",
    "cp1250": "Żółte buty;Dámské oblečení;Książki i płyty;žluťoučký kůň",
    "cp1251": "Обувь;Женская одежда;Shoes Обувь;Чоловічий одяг",
    "iso-8859-1": "Größe;été à la plage;Ação e promoção",
}


@pytest.mark.no_cover
@pytest.mark.parametrize("encoding", SAVED)
def test_a_code_page_is_guessed_and_the_guess_is_told(
    tmp_path: Path, encoding: str
) -> None:
    """A byte far down decides for the rows before it as well."""
    words = SAVED[encoding]
    path = tmp_path / "shop.csv"
    plain = "a;b;c;d;e\n" + "x;y;z;;\n" * 150_000
    path.write_bytes((plain + words + "\n").encode(encoding))
    table = read(path)
    last = numbered(table)[-1]
    assert last == (150_002, tuple(words.split(";")))
    (note,) = table.notes
    page = "cp1252" if encoding == "iso-8859-1" else encoding
    assert f"the encoding is a guess: {page} (Windows" in note
    assert "--encoding" in note
    assert not read(path, encoding=encoding).notes


@pytest.mark.parametrize(
    "content",
    [
        "name\nKad\u0131n\n".encode("cp1254"),  # a Turkish word, or nearly a Czech one
        "name\nни\n".encode("cp866"),
        "name\nGröße\n".encode() + b"Gr\xf6\xdfe\n",  # UTF-8 with a damaged row
        "name\nGröße\nGrö".encode()[:-1],  # cut off within a letter
        b"name\n" + b"x" * ((1 << 20) - 6) + "\xe4".encode()[:1],
    ],
)
def test_where_the_code_page_is_open_none_is_guessed(
    tmp_path: Path, content: bytes
) -> None:
    """Two readings that are as good, or a text that is UTF-8 elsewhere."""
    path = tmp_path / "shop.csv"
    path.write_bytes(content)
    assert "not UTF-8" in refused(path)


def test_a_letter_may_lie_across_two_blocks(tmp_path: Path) -> None:
    """The look at the bytes goes block by block; a letter need not."""
    path = tmp_path / "shop.csv"
    plain = b"name\n" + b"x" * 57 + b"\n" + (b"x" * 63 + b"\n") * 16_383
    assert len(plain) == (1 << 20) - 1
    for encoding in ("utf-8", "cp1252"):
        path.write_bytes(plain + "öfter schön\n".encode(encoding))
        table = read(path)
        assert numbered(table)[-1][1] == ("öfter schön",)
        assert bool(table.notes) == (encoding == "cp1252")


@pytest.mark.no_cover
def test_a_guess_takes_no_longer_for_a_cell_without_an_end(tmp_path: Path) -> None:
    """A letter behind millions of others is looked at once."""
    path = tmp_path / "shop.csv"
    path.write_bytes(
        b"name\n" + b"x" * 5_000_000 + " schön ".encode("cp1252") + b"y" * 10**6
    )
    assert " schön " in numbered(read(path))[0][1][0]


def test_an_encoding_that_was_asked_for_is_not_second_guessed(tmp_path: Path) -> None:
    """UTF-8 that is none is an error, also where a guess could be made."""
    path = tmp_path / "shop.csv"
    path.write_bytes("name\nGröße\n".encode("cp1252"))
    assert "not UTF-8" in refused(path, encoding="utf-8")
    assert numbered(read(path, encoding="cp1250")) == [(2, ("Größe",))]
    with pytest.raises(UsageError):
        read(path, encoding="klingon")


def test_an_old_workbook_is_read_cell_by_cell() -> None:
    """xls: numbers, truth, dates and letters of all alphabets; hidden is told."""
    table = read(HERE / "workbooks" / "collections.xls")
    assert (table.sheet, table.header[:2]) == ("Collections", ("name", "slug"))
    assert numbered(table) == [
        (2, ("Größe Żółć Ж", "groesse", "42", "TRUE", "2026-01-02")),
        (3, ("=1+1 as text", "formula", "1.5", "FALSE", "")),
    ]
    assert table.notes == ("hidden, and not read: Hidden (--sheet reads one)",)


def test_an_open_document_is_read_cell_by_cell(tmp_path: Path) -> None:
    """ods: its values count, not how they are shown; errors stay visible."""

    def cell(kind: str, value: str, shown: str) -> str:
        attribute = {"float": "value", "percentage": "value"}.get(kind, f"{kind}-value")
        given = f'office:value-type="{kind}" office:{attribute}="{value}"'
        return f"<table:table-cell {given}><text:p>{shown}</text:p></table:table-cell>"

    path = ods(
        tmp_path / "shop.ods",
        [
            cell("string", "name", "name"),
            cell("string", "Größe Ж", "Größe Ж"),
            cell("float", "42", "42.00 €"),
            cell("boolean", "true", "WAHR"),
            cell("date", "2026-01-02", "2. Januar"),
            cell("string", "#REF!", "#REF!"),
        ],
    )
    cells = [cells[0] for _, cells in numbered(read(path))]
    assert cells == ["Größe Ж", "42", "TRUE", "2026-01-02", "#REF!"]


def test_a_binary_workbook_is_read_cell_by_cell(tmp_path: Path) -> None:
    """xlsb: text, numbers, truth; an error is a blank, and told."""
    path = xlsb(
        tmp_path / "shop.xlsb",
        [["name", "n", "t"], ["Größe Ж", 42.0, True], ["x", 1.5, None]],
    )
    assert numbered(read(path)) == [
        (2, ("Größe Ж", "42", "TRUE")),
        (3, ("x", "1.5", "")),
    ]


def test_a_folder_that_cannot_be_looked_at_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's refusal, in plain words, at the first look and at the second."""
    (tmp_path / "a.csv").write_bytes(CSV)

    def denied(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", denied)
    assert "not allowed" in refused(tmp_path)
    monkeypatch.setattr(Path, "is_dir", denied)
    assert "not allowed" in refused(tmp_path)


def test_a_folder_of_tables_alone_has_nothing_to_tell(tmp_path: Path) -> None:
    """Only what is left out is named."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.csv").write_bytes(CSV)
    (table,) = source.read(folder)
    assert (numbered(table), table.notes) == (ROWS, ())


def test_the_same_table_comes_out_of_every_format(tmp_path: Path) -> None:
    """Text, workbooks, packed or not: the same header and the same cells."""
    header, row = ["name", "n"], ["Größe", "42"]
    text = "name,n\nGröße,42\n"
    book = openpyxl.Workbook()
    book.active.append(header)  # type: ignore[union-attr]
    book.active.append(["Größe", 42])  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    xlsb(tmp_path / "a.xlsb", [header, ["Größe", 42.0]])
    (tmp_path / "a.csv").write_text(text, "utf-8")
    (tmp_path / "a.tsv").write_text(text.replace(",", "\t"), "utf-16")
    (tmp_path / "latin.csv").write_text(text.replace(",", ";"), "cp1252")
    (tmp_path / "a.jsonl").write_text('{"name": "Größe", "n": 42}', "utf-8")
    for name in ("a.xlsx", "a.xlsb", "a.csv", "a.tsv", "a.jsonl"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        zipped(tmp_path / f"{name}.zip", {name: content})
    for table in source.read(tmp_path):
        assert list(table.header) == header, table.file
        assert [list(row.cells) for row in table.rows] == [row], table.file


def test_a_rule_that_is_no_list_is_one_value(tmp_path: Path) -> None:
    """It was taken apart into three columns that nothing knows."""
    path = tmp_path / "a.jsonl"
    rule = '{"column": "title", "relation": "contains", "condition": "pod"}'
    fields = '"title": "Pods", "handle": "pods", "disjunctive": false'
    path.write_text(f'{{{fields}, "rules": {rule}}}\n')
    (table,) = source.read(path)
    assert table.header == ("title", "handle", "disjunctive", "rules")
    (condition,) = rules.packed(table_cells(path)[3], disjunctive=False).conditions
    assert condition.value == "pod"


def table_cells(path: Path) -> list[str]:
    (table,) = source.read(path)
    ((_, cells),) = table.records
    return cells
