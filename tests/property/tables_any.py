"""Tables of any preset for the property that nothing in an input is lost.

A cell that has room for it begins and ends with a mark of its own (`mk7a`, `mk7z`), so
that whether it came through can be decided; ids are marks themselves. Between the
marks stand the characters that files are damaged with. Nothing here judges.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from hypothesis import strategies as st
from openpyxl.utils.escape import escape

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from workbook_writers import ods

from importer.mapping import preset

if TYPE_CHECKING:
    from collections.abc import Callable

EXPORTS = Path(__file__).parents[2] / "sample_data" / "exports"
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
#: What stands between the marks of a mutated cell.
MIDDLES = (
    '"', '""', "'", ",", ";", "\t", "|", "\n", "\r\n", "\r", "a\n,b", "\ufeff", "\0",
    "&amp;", "&quot;x", "&lt;b&gt;", "<b>", "<p>x</p>", " < ", "\u200b", "\u00ad", "/",
    " / ", "\\", '\\"', "2026-04-03", "3-4", "1:30", "\ud83d", "\x1a", "\x0b", "\x85",
    "\u2028", "%20", "%D0%B0", "=1+1", "_x0041_", "\xa0", "e\u0301", "\u00e9", "Größe",
    "العربية", "🎄", ".html", "https://", "[]", "{}", " AND ", " or ", "sep=;", "#REF!",
    "TRUE", "1e400", "None", "null", "x" * 300, "  ", "://", "?a=1&b=2", "#",
)  # fmt: skip
#: What a whole cell becomes.
WHOLES = ("", " ", "0", "1.0", "None", "null", "#N/A", "TRUE", "x", '"', "2026-04-03")


@dataclass(frozen=True)
class Written:
    """A table and how it is written; `numbers` are those of its rows in the file."""

    preset: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "csv"
    title: tuple[str, ...] = ()
    separator: str = ","
    newline: str = "\r\n"
    quoting: int = csv.QUOTE_MINIMAL
    encoding: str = "utf-8"
    #: a quotation mark that is put in here or, below 0, taken away
    torn: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def numbers(self) -> list[int]:
        """Each row's number as a spreadsheet shows it; of JSON Lines, the line's."""
        first = 1 if self.kind == "jsonl" else 2 + bool(self.title)
        return [first + at for at in range(len(self.rows))]


# --- cells ------------------------------------------------------------------------


def _text(n: int, middle: str) -> str:
    return f"mk{n}a{middle}mk{n}z"


def _of(shape: str) -> Callable[[int, str], str]:
    """A cell whose marks stand in a text of some shape."""
    return lambda n, middle: shape.replace("*", _text(n, middle))


def _json(n: int, middle: str) -> str:
    return json.dumps({f"mk{n}a": 1, "b": _text(n, middle)}, ensure_ascii=False)


def _rule_set(n: int, middle: str) -> str:
    condition = {"column": "TITLE", "relation": "CONTAINS"}
    condition["condition"] = _text(n, middle)
    rules = {"appliedDisjunctively": False, "rules": [condition]}
    return json.dumps(rules, ensure_ascii=False)


def _id(n: int, middle: str) -> str:
    return f"{n:024x}{middle}"


PLAIN: dict[str, Callable[[int, str], str]] = {
    "location_id": lambda _, middle: LOCATION + middle,
    "name": _of("Hats *"),
    "slug": _of("*"),
    "product_ids": _id,
    "collection_id": _id,
    "rules": _of("title contains *"),
    "image": _of("https://img.example.com/*.png"),
    "rule_version": lambda n, middle: f"{n}{middle}",
    "stats": _json,
    "key": lambda n, middle: f"{n}{middle}",
    "products": lambda n, middle: f"{n}{middle}",
    "products_count": lambda _, middle: f"1{middle}",
    "description": _of("<p>*</p>"),
    "kind": lambda _, middle: f"Product{middle}",
    "rule_column": lambda _, middle: f"Title{middle}",
    "rule_relation": lambda _, middle: f"Contains{middle}",
    "packed_rules": _of("title|contains|*"),
    "rule_set": _rule_set,
}
#: Blank unless a mutation fills them: what they say changes what a row is.
RARE = {
    "type": ("manual", "smart", "Manual", "other"),
    "child_of": ("{n}", "x"),
    "first": ("TRUE", "FALSE", "x"),
    "command": ("MERGE", "DELETE", "x"),
    "root": ("1", "0", "x"),
    "level": ("0", "1", "2"),
    "active": ("0", "1", "false", "x"),
    "any": ("any condition", "true", "all conditions"),
    "parent": ("0", "Home", "x", "mk1a"),
    "path": ("Default Category", "a/b"),
}
LISTING = {"product_ids", "products", "product_skus", "product_names"}
LISTING |= {"product_handles", "handles"}
RULING = {"rules", "packed_rules", "rule_set", "rule_column"}
RULING |= {"rule_relation", "rule_condition"}


def plain(name: str, n: int, middle: str = "", *, smart: bool = False) -> str:
    """Write a cell of a field; blank where the row would say two things with it."""
    if name in RARE or (name in RULING and not smart) or (name in LISTING and smart):
        return ""
    return PLAIN.get(name, _text)(n, middle)


# --- columns ----------------------------------------------------------------------


def fields_of(name: str, header: tuple[str, ...]) -> list[str]:
    """Which field of a preset each header is; blank for the others."""
    known = {**preset.aliases(name), **preset.working(name)}
    return [known.get(preset.key(text), ("", 0))[0] for text in header]


def _document(name: str) -> dict[str, Any]:
    file = Path(preset.__file__).parents[1] / "presets" / f"{name}.toml"
    return tomllib.loads(file.read_text("utf-8"))


PRESETS = sorted(
    file.stem for file in (Path(preset.__file__).parents[1] / "presets").glob("*.toml")
)


def _headers(name: str) -> tuple[list[str], list[str]]:
    """The headers that a table of a preset begins with, and those that it may have."""
    document = _document(name)
    sections = [document["aliases"], document.get("working", {})]
    first = [texts.split("|")[0] for texts in document.get("requires", [])]
    if name == preset.PRODUCTS:
        first = ["SKU", "Collections"]
    if name == "own":
        first = ["name", "slug"]
    required = document.get("requires", [])
    headers = [texts for section in sections for texts in section.values()]
    headers += [texts.split("|") for texts in required]
    more = [text for texts in headers for text in texts]
    own = list(_document("own")["aliases"]) if not document.get("separator") else []
    others = [*document.get("telling", []), *document.get("ignore", []), *own]
    others += document.get("leave_out", [])
    return first, list(dict.fromkeys([*more, *others]))


def _seeds() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The headers of the exports, by the preset that each is of."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for file in sorted(EXPORTS.glob("*.csv")):
        beginning = file.read_bytes().decode("utf-8-sig", "replace")
        separator = ";" if beginning.split("\n")[0].count(";") > 3 else ","
        header = next(csv.reader(io.StringIO(beginning), delimiter=separator))
        name = file.stem.removesuffix("-smart").removesuffix("-cyrillic")
        if all(map(str.isascii, header)):
            found.setdefault(name, []).append(tuple(header))
    return {name: tuple(headers) for name, headers in found.items()}


SEEDS = _seeds()
STRANGE = ("Shelf", "Größe", "Sort Order", "x" * 40, "mk.col")


@st.composite
def headers(draw: st.DrawFn, name: str) -> tuple[str, ...]:
    first, more = _headers(name)
    if name in SEEDS and draw(st.booleans()):
        columns = list(draw(st.sampled_from(SEEDS[name])))
    else:
        columns = first + draw(st.lists(st.sampled_from(more), max_size=8))
    columns += draw(st.lists(st.sampled_from(STRANGE), max_size=2))
    if not draw(st.integers(0, 9)):  # doubled
        columns.append(draw(st.sampled_from(columns)))
    else:
        columns = list(dict.fromkeys(columns))
    if draw(st.booleans()):
        columns = draw(st.permutations(columns))
    return tuple(columns)


# --- tables -----------------------------------------------------------------------

OPTIONS = st.fixed_dictionaries(
    {"location_id": st.just(LOCATION)},
    optional={
        "require_product_ids": st.just(False),
        "description_to_seo": st.just(True),
        "category_path": st.sampled_from(["name", "slug"]),
        "smart_as_manual": st.just(True),
        "skip_inactive": st.just(True),
        "send_rule_metadata": st.just(True),
    },
)


def _mutated(
    draw: st.DrawFn, header: tuple[str, ...], names: list[str], rows: list[list[str]]
) -> None:
    """Change some cells and rows of a table."""
    at = draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    what = draw(st.integers(0, 15))
    if what > 4:
        _mutated_cell(draw, names, rows, at)
    elif what == 0:
        rows.insert(draw(st.integers(0, len(rows))), list(row))
    elif what == 1 and len(row) > 1:
        del row[draw(st.integers(1, len(row) - 1)) :]
    elif what == 2:
        row.append(_text(9000 + at, draw(st.sampled_from(MIDDLES))))
    elif what == 3:
        other = draw(st.integers(0, len(rows) - 1))
        rows[at], rows[other] = rows[other], rows[at]
    elif what == 4:  # tables put one behind the other, or a blank row
        again = draw(st.sampled_from([header, ("",)]))
        rows.insert(at, list(again))


def _mutated_cell(
    draw: st.DrawFn, names: list[str], rows: list[list[str]], at: int
) -> None:
    """Change a cell: nothing in it, that of another row, or odd signs in its middle."""
    row = rows[at]
    column = draw(st.integers(0, min(len(row), len(names)) - 1))
    name, n = names[column], (at + 1) * 100 + column + 5000
    what = draw(st.integers(0, 9))
    if what == 0:
        row[column] = draw(st.sampled_from(WHOLES))
    elif what == 1:
        other = rows[draw(st.integers(0, len(rows) - 1))]
        row[column] = other[column] if column < len(other) else ""
    elif name in RARE:
        row[column] = draw(st.sampled_from(RARE[name])).replace("{n}", "100")
    else:
        middle = draw(st.sampled_from(MIDDLES) | st.text(max_size=4))
        row[column] = PLAIN.get(name, _text)(n, middle)


@st.composite
def tables(draw: st.DrawFn, name: str = "") -> Written:
    """Draw a table of a preset, with columns and cells that are odd here and there."""
    name = name or draw(st.sampled_from(PRESETS))
    header = draw(headers(name))
    names = fields_of(name, header)
    smart = [draw(st.integers(0, 3)) == 0 for _ in range(draw(st.integers(1, 5)))]
    rows = [
        [
            plain(text, (at + 1) * 100 + column, smart=is_smart)
            for column, text in enumerate(names)
        ]
        for at, is_smart in enumerate(smart)
    ]
    for _ in range(draw(st.integers(0, 6))):
        _mutated(draw, header, names, rows)
    kind = draw(st.sampled_from(["csv", "csv", "csv", "xlsx", "ods", "jsonl"]))
    text = kind == "csv"
    title = draw(st.sampled_from([(), (), (), ("Export of mk0a",), ("mk0a", "", "1")]))
    torn = draw(st.integers(-40, 400)) if not draw(st.integers(0, 7)) else None
    if kind == "jsonl":  # an object has each name once
        kept = [at for at, one in enumerate(header) if one not in header[:at]]
        header = tuple(header[at] for at in kept)
        rows = [[row[at] for at in kept if at < len(row)] for row in rows]
    options = draw(OPTIONS)
    asked_for = [
        text for text, field in zip(header, names, strict=False) if field == "names"
    ]
    if asked_for and (name == preset.PRODUCTS or not draw(st.integers(0, 3))):
        options["collections_from"] = asked_for[0]
    return Written(
        preset=name,
        header=header,
        rows=tuple(tuple(_fit(kind, cell) for cell in row) for row in rows),
        kind=kind,
        title=title if kind != "jsonl" else (),
        separator=draw(st.sampled_from(",;\t|")) if text else ",",
        newline=draw(st.sampled_from(["\r\n", "\n"])) if text else "\n",
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
        torn=torn if text else None,
        options=options,
    )


def _fit(kind: str, cell: str) -> str:
    """Leave out what a kind of file cannot hold at all."""
    if kind != "jsonl":
        cell = cell.encode("utf-8", "ignore").decode("utf-8")
    if kind == "csv":
        return cell
    if kind == "ods":  # XML 1.0
        cell = "".join(letter for letter in cell if letter >= " " or letter in "\t\n")
    return cell.replace("\ufffe", "").replace("\uffff", "")


# --- files ------------------------------------------------------------------------


def write(table: Written, folder: Path) -> Path:
    path = folder / f"table.{table.kind}"
    {"csv": _csv, "xlsx": _xlsx, "ods": _ods, "jsonl": _jsonl}[table.kind](table, path)
    return path


def _lines(table: Written) -> list[tuple[str, ...]]:
    above = [table.title] if table.title else []
    return [*above, table.header, *table.rows]


def _csv(table: Written, path: Path) -> None:
    stream = io.StringIO()
    # a carriage return is a line break to all readers, and not to every writer
    bare = any("\r" in cell for row in table.rows for cell in row)
    csv.writer(
        stream,
        delimiter=table.separator,
        lineterminator=table.newline,
        quoting=csv.QUOTE_ALL if bare else table.quoting,  # type: ignore[arg-type]
    ).writerows(_lines(table))
    text = stream.getvalue()
    if table.torn is not None:
        text = torn(text, table.torn)
    path.write_bytes(text.encode(table.encoding))


def torn(text: str, at: int) -> str:
    """Put a quotation mark into a text, or take one away."""
    if at >= 0:
        while text[max(at - 1, 0) : at + 1].isalnum() and at < len(text):
            at += 1  # a mark stays whole
        return f'{text[:at]}"{text[at:]}'
    places = [number for number, letter in enumerate(text) if letter == '"']
    if not places:
        return text
    place = places[-at % len(places)]
    return text[:place] + text[place + 1 :]


_CODE = re.compile("_(x[0-9a-fA-F]{4}_)")


def _xlsx(table: Written, path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Collections")
    for cells in _lines(table):
        row = []
        for cell in cells:
            made = openpyxl.cell.WriteOnlyCell(sheet, value="x")
            # what looks like a code of a letter is one, unless its own sign is a code
            coded = _CODE.sub(r"_x005F_\1", cell)
            made._value = escape(coded)  # type: ignore[attr-defined]
            row.append(made if cell else None)
        sheet.append(row)
    book.save(path)


def _ods(table: Written, path: Path) -> None:
    def written(cell: str) -> str:
        text = cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts = "".join(
            f"<text:p>{_spaced(part)}</text:p>" for part in text.split("\n")
        )
        kind = 'office:value-type="string"'
        return f"<table:table-cell {kind}>{parts}</table:table-cell>"

    ods(path, ["".join(map(written, cells)) for cells in _lines(table)])


def _spaced(text: str) -> str:
    return text.replace("\t", "<text:tab/>").replace("  ", ' <text:s text:c="1"/>')


def _jsonl(table: Written, path: Path) -> None:
    lines = [
        json.dumps(dict(zip(table.header, row, strict=False))) for row in table.rows
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
