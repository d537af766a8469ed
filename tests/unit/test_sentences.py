"""Sentences about rows: one catalogue, and nothing that words them beside it."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import json
import pickle
import re
import string
from pathlib import Path
from typing import Any

import pandas as pd  # noqa: TID251 - an input of a library's user
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from exported import FOLDER, LOCATION, nothing_is_set

import importer
from importer import catalog, planning, sentences, settings
from importer.intake import claims, judged, tables
from importer.intake.spool import Spool
from importer.models import (
    MARKED,
    Called,
    Cell,
    Code,
    CollectionType,
    Definition,
    DoneBefore,
    Entry,
    Existing,
    Invalid,
    Leave,
    OnExisting,
    Problem,
    Refuse,
    Update,
    Valid,
)
from importer.models.annotations import ANNOTATIONS
from importer.runs import knowledge
from importer.sentences import (
    ENGLISH,
    Phrase,
    english,
    english_cells,
    english_notes,
    english_outcomes,
    english_page,
    english_parts,
    english_plan,
    english_rows,
    english_screen,
)
from importer.sentences.catalogue import Catalogue, Sentence

_ = nothing_is_set
ID = "655b33a82209e60b6adb87a5"
OTHER = "655b33a82209e60b6adb87a6"
DEEP = "[" * 1000 + "]" * 1000
GOOD = {
    "location_id": LOCATION,
    "name": "Best Sellers",
    "slug": "",
    "type": "manual",
    "product_ids": ID,
    "rules": "",
    "image": "",
    "collection_id": "",
    "rule_version": "",
    "stats": "",
    "product_skus": "",
}


ALL = english.CATALOGUE.sentences
#: Of files, not of rows: `test_notes`.
NOTES = english_notes.CATALOGUE.sentences
MODULES = (
    english_rows,
    english_cells,
    english_parts,
    english_plan,
    english_outcomes,
    english_screen,
    english_page,
)
#: How keys begin that are no codes.
NO_CODES = {"part", "update", "outcome", "screen", "page"}
#: Codes whose words come from HighLevel, or are said of a location or a run.
WORDED_ELSEWHERE = {
    Code.API_REFUSED,
    Code.API_NOT_FOUND,
    Code.API_CONFLICT,
    Code.API_UNPROCESSABLE,
    Code.TOTAL_DIFFERS,
    Code.LIST_ACCEPTED,
    Code.ACCESS_REFUSED,
    Code.LIST_INCOMPLETE,
    Code.REFUSED_ALIKE,
    Code.RUN_STOPPED,
}
#: Sentences whose keys are put together where they are said, and what is given there.
PUT_TOGETHER: dict[str, dict[str, Any]] = {
    # of collections of several rows: test_report_failed
    "row_too_long/joined": {"cells": 4, "width": 3, "surplus": ("A",)},
    # of JSON Lines, of cells of JSON, and of dates: test_source_losses
    "value_unreadable/twice": {"lost": "name"},
    "value_unreadable/digits": {"lost": "1e400"},
    "part/key_twice": {"lost": "logic"},
    "part/digits_lost": {"lost": "1e400"},
    "stats_invalid/lost": {"faults": (Phrase("part/digits_lost", {"lost": "1e400"}),)},
    "looks_like_date": {"value": "2026-04-03"},
    "looks_like_date/number": {"value": "6.4E+11"},
    "looks_like_date/apostrophe": {"value": "'Hats"},
    "looks_like_date/error": {"value": "#NAME?"},
    "slug_invalid/destroyed": {"value": "6.4E+11"},
    "slug_invalid/date": {"value": "03. Apr"},
    "slug_invalid/error": {"value": "#REF!"},
    "part/product_handles": {},
    "part/field_changed": {"field": "name", "there": "A", "wanted": "B"},
    "part/products_changed": {"added": 1, "removed": 0},
    "outcome_unknown/renamed": {"candidates": (Phrase("part/no_id"),)},
    "outcome_unknown/no_id": {"candidates": ()},
    "attempts_used_up": {"attempts": 8, "reason": "HTTP 503"},
    "outcome_unknown/given_up": {"attempts": 8, "reason": "HTTP 503"},
    "settled_by_hand": {"reason": ""},
    "settled_by_hand/unchecked": {"reason": "No."},
    "created_all_the_same": {"status": "failed"},
    "created_all_the_same/foreign": {"collection_id": ID, "reason": "is not"},
    "created_twice": {"count": 1, "ids": (ID,)},
    "created_twice/unproved": {"count": 2, "ids": (ID, OTHER)},
    "created_twice/others": {"count": 2, "ids": (ID, OTHER)},
    "copy_unclaimed": {"also": "Also", "ids": (ID,)},
    "copy_of_others": {"also": "Also", "ids": (ID,)},
    "part/not_listed": {},
    # said of how a run ended, and of where rows stand
    "outcome/not_sent": {"reason": ""},
    "outcome/not_sent_because": {"reason": "Stopped."},
    "part/rows_of_file": {"file": "a.csv", "row": 2, "row_end": 3},
    "part/rows_of_sheet": {"file": "a.xlsx", "sheet": "S", "row": 2, "row_end": 3},
    # of numbers: formats of templates
    "part/and_more": {"count": 2, "figure": "2"},
    "part/no_minute": {"count": 0},
    "part/one_minute": {"count": 1},
    "part/minutes": {"count": 5},
    "part/second_copy": {"count": 1},
    "part/more_copies": {"count": 2},
    "screen/can_be_sent": {"count": 2},
    "screen/can_be_sent_into": {"count": 2, "locations": 3},
    # by whether rows or collections are counted, and by what is explained
    "screen/table": {"count": 2, "preset": "own"},
    "screen/table_of_collections": {"count": 2, "preset": "own"},
    "screen/rows_with_problem": {"count": 1},
    "screen/collections_with_problem": {"count": 1},
    "screen/rows": {"count": 1},
    "screen/collections": {"count": 1},
    "screen/all_rows": {"count": 2, "place": "a.csv", "problem": "No."},
    "screen/all_collections": {"count": 2, "place": "a.csv", "problem": "No."},
    "screen/cause": {},
    "screen/example": {},
    "screen/instead": {},
    "screen/way_out": {},
    "screen/blank_cell": {},
    "screen/no_code": {"code": "slug"},
    "screen/no_code_but": {"code": "slug", "near": "slug_made"},
}
PACKAGE = Path(importer.__file__).parent
#: Modules that say something by its key.
SPEAKING = [
    path
    for path in PACKAGE.rglob("*.py")
    if "sentences" in path.read_text("utf-8") and path.parent.name != "sentences"
]
#: What tells of a row.
TOLD_WITH = {"Problem", "problem", "Outcome", "Finding", "Withheld", "Suspect"}
#: What an error says is first given such a name.
OF_ERRORS = {"msg", "message", "remedy", "way", "_TWICE"}
#: Errors are no rows', nor is what stops a location.
ERRORS = re.compile(r"Errors?\Z|\A(?:refusal|Barred|QuotaExhausted)\Z")


def is_sentence(text: str) -> bool:
    """Three words or more that begin or end as a person's do."""
    words = re.findall(r"[A-Za-z]{2,}|\bI\b", text)
    begun = text.lstrip(' "(')[:1].isupper() or text.startswith("{}")
    return len(words) > 2 < len(text.split()) and (
        begun or text.rstrip(' ")').endswith((".", "!", "?"))
    )


def name_of(call: ast.Call) -> str:
    """What is called, without what it is called on."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def calls(path: Path) -> list[tuple[str, set[str]]]:
    """The sentences that a module says, by their keys, and what it gives to each."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id="text") | ast.Attribute(attr="text"),
                args=[ast.Constant(value=str(key))],
            ) if key in ALL or "/" in key:
                found.append((key, {str(item.arg) for item in node.keywords}))
            case ast.Call(
                func=ast.Name(id="Phrase"),
                args=[ast.Constant(value=str(key)), ast.Dict(keys=names)],
            ):
                given = {n.value for n in names if isinstance(n, ast.Constant)}
                found.append((key, {str(name) for name in given}))
            case ast.Call(
                func=ast.Name(id="Phrase"), args=[ast.Constant(value=str(key))]
            ):
                found.append((key, set()))
    return found


def worded(node: ast.AST) -> list[str]:
    """The texts in a piece of code, with {} for what is filled in."""
    texts: list[str] = []
    seen: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr):
            seen.update(id(piece) for piece in part.values)
            pieces = (getattr(piece, "value", "") for piece in part.values)
            texts.append("".join(x if isinstance(x, str) else "{}" for x in pieces))
        elif isinstance(part, ast.Constant) and id(part) not in seen:
            texts += [part.value] if isinstance(part.value, str) else []
    return texts


def said_in(tree: ast.Module) -> list[str]:
    """The texts of a module but its docstrings and what its errors say."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        errors = isinstance(node, ast.Call) and ERRORS.search(name_of(node))
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        named = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in OF_ERRORS
            for target in node.targets
        )
        if errors or docstring or named:
            silent.update(map(id, ast.walk(node)))
    return [
        text
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in silent
        for text in worded(node)
    ]


def told(*inputs: Any, **options: Any) -> list[Problem]:
    """All problems and remarks of an input, in its order."""
    chosen = settings.load(options)
    seen, found = claims.Seen(), []
    bad = claims.Bad(Spool())
    for opened in tables.open_inputs(inputs, chosen):
        rows = judged.rows(opened, seen, chosen.checking, chosen.locations)
        for status, checked in rows:
            match checked:
                case Invalid():
                    bad.add(opened.number, status, checked)
                case DoneBefore():
                    found.append(checked.remark)
                case Valid():
                    found += checked.remarks
    bad.compare(seen)
    return [*found, *(problem for _, invalid in bad for problem in invalid.problems)]


def table(folder: Path, *rows: dict[str, str], name: str = "shop.csv") -> str:
    """Write rows as a file of our own columns."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, GOOD)
        writer.writeheader()
        writer.writerows(
            {**GOOD, "slug": f"s-{n}", **row} for n, row in enumerate(rows)
        )
    return str(path)


def lines(folder: Path, *texts: str, name: str) -> str:
    """Write lines as a file."""
    path = folder / name
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return str(path)


def rules(*conditions: object, **more: object) -> str:
    """Rules as JSON."""
    return json.dumps({"logic": "AND", "conditions": conditions, **more})


#: Rows of our own columns, each with something to be told of.
ROWS: tuple[dict[str, str], ...] = (
    {"location_id": ""},
    {"location_id": "WriteYourLocationIdHere"},
    {"name": "Example: write over this row"},
    {"location_id": "My Shop!"},
    {"name": ""},
    {"name": "★", "slug": ""},
    {"slug": "Summer Sale"},
    {"slug": "★"},
    {"slug": "/collections/hats"},
    {"slug": "#REF!", "type": "#NV", "product_ids": "#WERT!", "image": "#BEZUG!"},
    {"product_ids": "'655b33a82209e60b6adb87a5"},
    {"product_ids": "655b33a82209e60b6adb87a5 / 655b33a82209e60b6adb87a6"},
    {"slug": "a\u200bb"},
    {"slug": "A\u200bb"},
    {"image": "a b\u200b"},
    {"name": "A &amp; B"},
    {"name": "<b>A</b>"},
    {"name": '["A"]'},
    {"name": "Caf\u00c3\u00a9"},
    {"name": "Caf\ufffd"},
    {"name": '{"a": "A"}'},
    {"name": "A\u200bB"},
    {"image": "https://x.example/1.png,https://x.example/2.png"},
    {"image": "https://x.example/1.pnghttps://x.example/2.png"},
    {"image": "https://x.example/a\u200b.png"},
    {"slug": ""},
    {"type": "automatic"},
    {"type": "", "rules": rules({"field": "title"})},
    {"type": ""},
    {"type": "", "product_ids": "", "rules": rules({"field": "title"})},
    {"product_ids": ""},
    {"product_ids": "655b33"},
    {"product_ids": "RED"},
    {"product_ids": "6.40398E+11"},
    {"product_ids": "655b33a82209e60b6adb87a5," * 2},
    {"type": "smart"},
    {"type": "smart", "rules": '{"logic": '},
    {"type": "smart", "rules": '{"logic": "AND",\n x'},
    {"type": "smart", "rules": "words"},
    {"type": "smart", "rules": "title is a AND price = 1 OR price = 2"},
    {"type": "smart", "rules": "title is a and price < 4"},
    {"type": "smart", "rules": rules(1)},
    {"type": "smart", "rules": rules(logic="XOR")},
    {"type": "smart", "rules": '{"conditions": 1}'},
    {"type": "smart", "rules": '{"logic": "AND"}'},
    {"type": "smart", "rules": "[1]"},
    {"type": "smart", "rules": f'{{"a": {DEEP}}}'},
    {"type": "smart", "rules": "tag equals summer", "product_ids": ""},
    {"rules": "title != x OR price < cheap", "type": "smart", "product_ids": ""},
    {"rules": 'title contains ""', "type": "smart", "product_ids": ""},
    {"image": "shoes.png"},
    {"image": "https://a b/c.png"},
    {"collection_id": "17"},
    {"collection_id": "6.40398E+11"},
    {"rule_version": "two"},
    {"stats": "[1]"},
    {"stats": "x"},
    {"stats": f'{{"a": {DEEP}}}'},
    {"product_skus": "[{}]"},
    {"product_skus": "6.40398E+11"},
    {"product_skus": "A"},
    {"slug": "twice", "collection_id": ID},
    {"slug": "twice"},
    {"slug": "Twice"},
    {"slug": "once", "collection_id": ID},
    {"name": "Total", "slug": "12", "location_id": "7", "product_ids": "", "type": ""},
)


def of_cells(folder: Path) -> list[Problem]:
    """Everything that a check can tell of the cells of a row, once at least."""
    names = ("[[locations]]", f'id = "{LOCATION}"', 'name = "Berlin"')
    named = lines(folder, *names, name="places.toml")
    lost = ({"location_id": "Berln"}, {"location_id": "Xyz"})
    summer = {"type": "smart", "rules": "tag equals summer"}
    place = {"location_id": LOCATION}
    return [
        *told(table(folder, *ROWS)),
        *of_catalogues(folder),
        *told(table(folder, *lost, name="lost.csv"), locations_file=Path(named)),
        *told(table(folder, summer, name="rules.csv"), smart_as_manual=True),
        *told(lines(folder, "name,slug", "A,a,b", "A", name="ragged.csv"), **place),
        *told(lines(folder, "name,slug", "Total,12", name="totals.csv"), **place),
        *told(
            lines(
                folder,
                "name,slug",
                *(f"A,a,{code.value}" for code in MARKED),
                name="again.csv",
            ),
            **place,
        ),
        *told(lines(folder, "name,slug", '"A"b,a', '"A', name="open.csv"), **place),
        *told(
            lines(folder, "name,slug", "A,a", "name,slug", name="twice.csv"), **place
        ),
        *told(
            lines(folder, "name,slug", "A,a", "slug,name", name="order.csv"), **place
        ),
        *told(lines(folder, "name,slug", "Name,Slug", name="spelled.csv"), **place),
        *told(
            lines(folder, "name,slug", "name,type", "A,a", name="other.csv"), **place
        ),
        *told(lines(folder, "name,slug", '"A,', 'b",a', name="spans.csv"), **place),
        *told(
            lines(folder, "Handle,Title,Top Row", "a,A,", "a,B,", name="two.csv"),
            lines(folder, "name,slug,stats", "B,b,{}", name="stats.csv"),
            **place,
            require_product_ids=False,
        ),
        *told(done_before(folder)),
        *told(frame(), **place),
        *told(workbook(folder), workbook(folder), **place),
        *of_exports(folder),
    ]


def done_before(folder: Path) -> str:
    """A file that says of its row that an earlier run has done it."""
    header = ",".join(("location_id", "name", "slug", *ANNOTATIONS))
    row = f"{LOCATION},A,a,created,{ID},,{LOCATION}"
    return lines(folder, header, row, name="done.csv")


def frame() -> pd.DataFrame:
    """Every kind of value that is no text."""
    parts = [b"x", memoryview(b"x"), dt.timedelta(1), {1}, 1j, "\0", "\ud800"]
    return pd.DataFrame({"name": [*parts, [float("inf")]], "slug": "a"})


def workbook(folder: Path) -> str:
    """A sheet with a cell where the header has none."""
    book = xlsxwriter.Workbook(folder / "wide.xlsx")
    sheet = book.add_worksheet()
    for number, cells in enumerate((("name", "slug"), ("A", "a", "surplus"), "Bb")):
        sheet.write_row(number, 0, cells)
    book.close()
    return str(folder / "wide.xlsx")


def of_exports(folder: Path) -> list[Problem]:
    """What is told of rules and products of another shop."""
    header = "ID,Handle,Title,Products Count,Product: ID,Rule: Product Column"
    header += ",Rule: Relation,Rule: Condition"
    rows = (
        "1,a,A,2,17,,,",
        "2,b,B,9,,,,",
        "3,c,C,1,17,Tag,Equals,summer",
        "4,d,D,,,Tag,Equals,summer",
    )
    shop = lines(folder, header, *rows, name="matrixify.csv")
    head = "id,title,handle,descriptionHtml,ruleSet,__parentId"
    about = "gid://shopify/Collection/"
    rules = (
        f'{about}1,A,a,,"{{""rules"": 1}}",',
        f'{about}2,B,b,,"{{""rules"": [1]}}",',
        f'{about}3,C,c,,"{{",',
        f"gid://shopify/Product/1,P,,,,{about}9",
    )
    graph = lines(folder, head, *rules, name="graph.csv")
    head = "term_id,name,slug,parent"
    woo = lines(folder, head, "1,A,a_b,0", "2,B,★,0", name="woo.csv")
    numbered = ("1,A,0", "2,A,1", "3,B,99", "4,C,4")
    tree = lines(folder, "id,name,parent_id", *numbered, name="tree.csv")
    hidden = lines(folder, "name,active", "A,0", name="hidden.csv")
    return [
        *told(hidden, location_id=LOCATION),
        *told(tree, location_id=LOCATION),
        *told(tree, location_id=LOCATION, category_path="name"),
        *(
            problem
            for path in (shop, graph, woo)
            for lenient in (True, False)
            for problem in told(
                path, location_id=LOCATION, require_product_ids=not lenient
            )
        ),
    ]


def of_catalogues(folder: Path) -> list[Problem]:
    """What is told of a row that goes into many locations."""
    header = "name,slug,type,product_ids,collection_id"
    file = lines(folder, header, f"A,a,manual,{ID},{OTHER}", name="catalogue.csv")
    return told(file, into=LOCATION)


def of_plan() -> list[Problem | Phrase]:
    """Everything that a plan can tell of a row."""
    wanted = Definition(
        LOCATION, "A", "a", CollectionType.MANUAL, (ID, OTHER), collection_id=ID
    )
    smart = Definition(LOCATION, "A", "a", CollectionType.SMART, rules={"x": 1})
    there = Existing(LOCATION, ID, "b", "B", "smart", product_ids=(ID,), rules={})
    manual = Existing(LOCATION, ID, "a", "A", "manual", product_ids=(ID,))
    nameless = Existing(LOCATION, "", "a")
    found: list[Problem] = []
    for definition in (wanted, smart):
        for existing in ([there, nameless], [there, there], [nameless], [manual]):
            for on_existing in OnExisting:
                match planning.decide(definition, existing, on_existing):
                    case Refuse(problem=problem):
                        found.append(problem)
                    case Leave(remarks=remarks) | Update(remarks=remarks):
                        found += remarks
    for holder in (there, nameless):
        found.append(planning.taken(wanted, holder).problem)
    recent = planning.not_listed(Leave(ID), "r", 60)
    assert isinstance(recent, Leave)
    unlisted = Problem(Code.PRODUCTS_NOT_LISTED, {"reason": "No.", "remedy": "Wait."})
    return [*found, *recent.remarks, *knowledge.CALLED, unlisted, *of_products()]


def of_products() -> list[Problem]:
    """What is told of products by their names."""
    shirts = [Entry("Shirt", product_id, "Shirt") for product_id in (ID, OTHER)]
    entries = {("product_names", "shirt"): shirts, ("product_names", "cap"): shirts[:1]}
    near = {("product_names", "hat"): shirts[:1]}
    found: list[Problem] = []
    for needed in (True, False):
        texts = ("Shirt", "Cap", "Hat", "Sock")
        called = (Called("product_names", "Products", texts, needed),)
        meaning = catalog.resolve((), called, entries, near)
        found += [*meaning.problems, *meaning.remarks, catalog.remark(called, meaning)]
    cap = (Called("product_names", "Products", ("Cap",)),)
    found += catalog.resolve([ID], cap, entries, {}).remarks
    none = (Called("product_names", "Products", ("Sock",)),)
    found.append(catalog.remark(none, catalog.resolve((), none, {}, {})))
    return found


def used(told: Problem | Phrase) -> set[str]:
    """The keys of a problem and of the phrases among its parameters."""
    keys = {told.key}
    for value in told.parameters.values():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, Phrase):
                keys |= used(item)
    return keys


def test_every_sentence_is_said_somewhere_with_all_that_it_needs(
    tmp_path: Path,
) -> None:
    """A template whose parameter nobody gives would end a check."""
    keys: set[str] = set()
    for problem in [*of_cells(tmp_path), *of_plan()]:
        assert str(problem)
        keys |= used(problem)
        if isinstance(problem, Problem):
            assert problem.said_on_page(ENGLISH, problem.column, remedy=True)
            keys.add(ENGLISH.on_page(problem.key))
    for path in SPEAKING:
        keys |= {key for key, _ in calls(path)}
    keys |= PUT_TOGETHER.keys()
    # of a page: what stands in the place of such a sentence, and needs no more
    keys |= {ENGLISH.on_page(key) for key in keys if needed_on_page(key) <= needed(key)}
    assert sorted(ALL.keys() - keys) == []


def needed(key: str) -> set[str]:
    """The parameters that a sentence needs."""
    templates = " ".join(ALL.get(key) or NOTES[key])
    return {name for _, name, *_ in string.Formatter().parse(templates) if name}


def needed_on_page(key: str) -> set[str]:
    """Those that it needs on a page, where everybody gives the header."""
    return needed(ENGLISH.on_page(key)) - {sentences.OWN}


@pytest.mark.parametrize("key", PUT_TOGETHER)
def test_a_sentence_whose_key_is_put_together_has_what_it_needs(key: str) -> None:
    """What no call shows whole is said here with what is given there."""
    assert sentences.text(key, **PUT_TOGETHER[key])


@pytest.mark.parametrize("path", sorted(SPEAKING), ids=lambda path: path.stem)
def test_what_is_said_as_a_text_is_in_the_catalogue_and_has_what_it_needs(
    path: Path,
) -> None:
    """By a run, by an audit, by a repair, on the screen: without a problem."""
    for key, given in calls(path):
        assert needed(key) <= given, key


def test_every_key_is_a_code_and_every_code_has_a_sentence() -> None:
    """But those whose words come from HighLevel, or stand for a location or a run."""
    heads = {key.partition("/")[0] for key in ALL} - NO_CODES
    codes = {code.value for code in Code}
    assert heads <= codes
    assert codes - heads == {code.value for code in WORDED_ELSEWHERE}


def test_no_key_stands_in_two_parts_of_the_catalogue() -> None:
    """Of two sentences with one key one would never be said."""
    parts = [
        part
        for module in MODULES
        for part in (getattr(module, "SENTENCES", {}), getattr(module, "PARTS", {}))
    ]
    assert sum(map(len, parts)) == len(english.CATALOGUE.sentences)


@pytest.mark.parametrize("key", ALL)
def test_a_template_can_be_read(key: str) -> None:
    """Its formats are known, and its braces are closed."""
    for template in ALL[key]:
        for _, name, spec, conversion in string.Formatter().parse(template):
            if name is not None:
                assert name.isidentifier()
                assert conversion in {None, "r"}
                assert not spec or spec.partition(":")[0] in english.FORMATS


def test_another_language_is_another_catalogue(tmp_path: Path) -> None:
    """Code, variant and parameters are all that it needs to say the same."""
    german = {
        "duplicate_in_input": Sentence("{value} steht schon in {place}."),
        "part/row": Sentence("Zeile {row}"),
    }
    path = table(tmp_path, {"slug": "a"}, {"slug": "a"})
    (problem,) = told(path)
    said = Catalogue(german, english.FORMATS).message(problem.key, problem.parameters)
    assert said == "a steht schon in Zeile 2."


def test_a_repeated_row_names_its_cell(tmp_path: Path) -> None:
    """Row and column as a spreadsheet shows them."""
    (problem,) = told(table(tmp_path, {"slug": "a"}, {"slug": "a"}))
    assert problem.cells == (Cell(3, "slug", 3),)


def test_rules_over_many_rows_name_each_of_their_cells(tmp_path: Path) -> None:
    """Those that HighLevel cannot express, and not those beside them."""
    header = "ID,Title,Rule: Product Column,Rule: Relation,Rule: Condition"
    rows = (
        "1,A,Title,Contains,x",
        "1,,Tag,Equals,summer",
        "2,B,,,",
        "1,,Vendor,Equals,me",
    )
    path = lines(tmp_path, header, *rows, name="shop.csv")
    found = {p.code: p for p in told(path, location_id=LOCATION, preset="matrixify")}
    names = ("Rule: Product Column", "Rule: Relation", "Rule: Condition")
    assert found[Code.RULE_NOT_SUPPORTED].cells == tuple(
        Cell(row, name, number)
        for row in (3, 5)
        for number, name in enumerate(names, 3)
    )


def test_a_cell_that_a_mapping_cleans_is_named_as_it_stands_in_the_file(
    tmp_path: Path,
) -> None:
    """Also one whose column has a transform of its own."""
    path = lines(tmp_path, "Titel,Bild", " A ,not an address", name="shop.csv")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[columns]\n"Titel" = { field = "name", transforms = ["none_to_blank"] }\n'
        '"Bild" = { field = "image", transforms = ["none_to_blank"] }\n',
        "utf-8",
    )
    found = told(path, location_id=LOCATION, mapping=mapping)
    assert {cell for problem in found for cell in problem.cells} == {Cell(2, "Bild", 2)}


def test_products_over_many_rows_name_each_of_their_cells(tmp_path: Path) -> None:
    """Products of another shop, in the rows that list them."""
    header = "ID,Title,Handle,Product: ID"
    rows = ("1,A,a,17", f"1,,,{ID}", "1,,,18", "1,,,")
    path = lines(tmp_path, header, *rows, name="shop.csv")
    (foreign,) = (
        problem
        for problem in told(path, location_id=LOCATION, preset="matrixify")
        if problem.code is Code.PRODUCT_IDS_FOREIGN
    )
    assert foreign.parameters["number"] == 2
    assert foreign.cells == tuple(Cell(row, "Product: ID", 4) for row in (2, 4))


def test_what_the_rows_of_a_collection_repeat_is_named_in_each(tmp_path: Path) -> None:
    """A slug that cannot be right is corrected in every row that says it."""
    rows = ("1,A,a b", "1,,a b", "1,,", "2,B,b", "1,,c d")
    path = lines(tmp_path, "ID,Title,Handle", *rows, name="shop.csv")
    wrong = {
        problem.code: problem
        for problem in told(path, location_id=LOCATION, preset="matrixify")
    }[Code.SLUG_INVALID]
    assert wrong.cells == (Cell(2, "Handle", 3), Cell(3, "Handle", 3))


def test_a_surplus_cell_of_a_later_row_is_named_there(tmp_path: Path) -> None:
    """The sentence is about the collection; the cell is in its third row."""
    rows = ("1,A,a", "1,,", "1,,,more")
    path = lines(tmp_path, "ID,Title,Handle", *rows, name="shop.csv")
    (problem,) = told(path, location_id=LOCATION, preset="matrixify")
    assert problem.code is Code.ROW_TOO_LONG
    assert problem.cells == (Cell(4, "", 4),)


def test_a_field_without_a_column_has_no_cell(tmp_path: Path) -> None:
    """It is still told by its name."""
    (problem,) = told(lines(tmp_path, "name,slug", "A,a", name="a.csv"))
    assert (problem.code, problem.column) == (Code.LOCATION_MISSING, "location_id")
    assert problem.cells == ()


def test_parameters_can_be_written_as_json() -> None:
    """A phrase among them as its key and its own parameters."""
    places = (Phrase("part/row", {"row": 2}), "x")
    assert sentences.as_json({"places": places, "more": 1}) == {
        "places": [{"sentence": "part/row", "parameters": {"row": 2}}, "x"],
        "more": 1,
    }


def telling(source: str) -> list[ast.Call]:
    """The calls in a module that tell of a row."""
    if not any(name in source for name in TOLD_WITH):
        return []
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and name_of(node) in TOLD_WITH
    ]


def test_no_sentence_about_a_row_is_built_outside_the_catalogue() -> None:
    """What ends the reading of a file is an error, and says so by itself."""
    wordless, found = [], []
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text("utf-8")
        if path.parent.name in ("validation", "repair", "rules") or telling(source):
            wordless.append(path.stem)
            said = said_in(ast.parse(source))
            found += [f"{path}: {text}" for text in said if is_sentence(text)]
    assert found == []
    assert {"row", "claims", "planning", "settlement"} <= set(wordless)


def test_no_problem_and_no_outcome_is_made_with_a_text_of_its_own() -> None:
    """Anywhere in the program, a selftest and the sandbox excepted."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in telling(path.read_text("utf-8")):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            wrong = [text for part in given for text in worded(part)]
            found += [f"{path.name}: {text}" for text in wrong if " " in text]
    assert found == []


def test_a_problem_that_waits_in_a_file_is_the_same_afterwards(tmp_path: Path) -> None:
    """A check keeps its problems on the disk where there are many."""
    found = told(table(tmp_path, *ROWS))
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


def test_products_that_name_their_collections_are_named() -> None:
    """A collection that is made of products has a cell in each of their rows."""
    path = FOLDER / "squarespace.csv"
    found = told(path, location_id=LOCATION, require_product_ids=False)
    foreign = [p for p in found if p.code is Code.PRODUCT_IDS_FOREIGN]
    assert foreign
    for problem in foreign:
        assert len(problem.cells) == problem.parameters["number"]
        assert len({cell.row for cell in problem.cells}) == len(problem.cells)
        assert {cell.column for cell in problem.cells} == {problem.column}
