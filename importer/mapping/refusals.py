"""What is said of a table whose columns cannot be bound to fields.

Each names the file and the sheet, what was found in its header, and what to write
instead. It decides nothing that `columns` could decide.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from importer.errors import (
    ColumnsAlikeError,
    HeadlessError,
    NamelessError,
    ProductsError,
)
from importer.mapping import product_tables, recognition, vocabulary
from importer.mapping.preset import key, nearest
from importer.models.annotations import OF_PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Mapping as Pairs
    from collections.abc import Sequence

    from importer.models import Table

_SHOWN_HEADERS = 8
_LETTERS = 26


def something_else(table: Table, strange: tuple[str, ...]) -> ProductsError:
    """Say that a table holds products, and how collections are made of them."""
    shown = ", ".join(strange[:_SHOWN_HEADERS])
    column = product_tables.collections_column(table.header) or "COLUMN"
    return ProductsError(
        f"{where(table)}: these are products and not collections, as its columns "
        f"say: {shown}.",
        remedy=f"--collections-from={shlex.quote(column)} makes the collections that "
        "a column names, with the products that name them. Or export the "
        "collections, or categories, of the shop. --preset own makes a collection of "
        "every row all the same.",
    )


def not_there(table: Table, column: str) -> HeadlessError:
    """Say that a table lacks the column that the collections were to come from."""
    return HeadlessError(
        f'{where(table)}: there is no column "{column}", which --collections-from '
        f"names{_nearest(table, column)}.",
        remedy="Write a header of the file, as it stands: "
        f"{', '.join(_quoted(table.header))}.",
    )


def mapped_nowhere(table: Table, column: str, mapping: str) -> HeadlessError:
    """Say that a table lacks a column that the mapping file names."""
    return HeadlessError(
        f'{where(table)}: there is no column "{column}", which {mapping} names'
        f"{_nearest(table, column)}.",
        remedy=f"Write the header of the file into {mapping}.",
    )


def _nearest(table: Table, column: str) -> str:
    near = nearest(column, [text for text in table.header if text.strip()])
    return f'; the nearest is "{near}"' if near else ""


def refuse_headless(table: Table, found: Pairs[str, object], asked: str) -> None:
    """Refuse a table of which no column is known.

    Raises:
        HeadlessError: nothing was found.
    """
    if found:
        return
    shown = ", ".join(_quoted(table.header))
    if recognition.is_header(table.header):
        message = (
            f"{where(table)}: no column is known; row {table.header_row} has these: "
            f"{shown}."
        )
        raise HeadlessError(message, remedy=f"{_misfit(asked)}{_draft(table)}.")
    message = (
        f"{where(table)}: there is no header; row {table.header_row} has none of the "
        f"column names that are known: {shown}."
    )
    remedy = (
        "Make the first row a header such as location_id, name, slug, type, "
        "product_ids, or give a mapping file with --mapping."
    )
    raise HeadlessError(message, remedy=f"{_misfit(asked)}{remedy}")


def refuse_made(table: Table) -> None:
    """Refuse what a run, or a check, has written of collections made of products.

    Raises:
        HeadlessError: the table is such a report.
    """
    if any(key(header) == key(OF_PRODUCTS) for header in table.header):
        msg = (
            f"{where(table)}: it names collections that were made of products, and "
            "does not have these."
        )
        raise HeadlessError(
            msg,
            remedy="Correct the table of products itself, and run that again: what "
            "was created is left as it is.",
        )


def _misfit(asked: str) -> str:
    """Say what to do about a preset that was asked for and knows no column."""
    way = f"Leave out --preset {asked}, whose columns these are not. Else: "
    return way if asked else ""


def _quoted(header: Sequence[str]) -> list[str]:
    return [f'"{text.strip()[:40]}"' for text in header[:_SHOWN_HEADERS]]


def _draft(table: Table) -> str:
    """Say how a mapping file is come by."""
    other = table.sheet not in table.sheets[:1]
    sheet = f" --sheet {shlex.quote(table.sheet)}" if other and table.sheet else ""
    return (
        f"importer map {shlex.quote(table.file)}{sheet} writes a mapping file to start "
        "from; correct it, and give it with --mapping"
    )


def no_name(
    table: Table, found: Pairs[str, int], unwanted: set[int], preset: str, asked: str
) -> NamelessError:
    """Say that no column is the name of a collection, and which may be meant."""
    known = vocabulary.aliases(preset, table.header)
    for index in unwanted:
        if known.get(key(header := table.header[index]), ("",))[0] == "name":
            message = f'the column "{header.strip()}", the name of a collection, is'
            return NamelessError(
                f"{where(table)}: {message} left out by --ignore-columns or [ignore].",
                remedy="Take it out of there.",
            )
    taken = {*found.values(), *unwanted}
    free = [h for i, h in enumerate(table.header) if i not in taken]
    near = nearest("name", free) or nearest("title", free)
    hint = f'; the nearest is "{near.strip()}"' if near else ""
    remedy = f'Rename the column "{near.strip()}" to' if near else "Call the column"
    return NamelessError(
        f"{where(table)}: there is no column for the name of a collection{hint}.",
        remedy=f"{_misfit(asked)}{remedy} name, or give a mapping file with --mapping "
        "(importer map FILE writes one to start from).",
    )


def claimed_twice(
    table: Table, field: str, first: int, second: int
) -> ColumnsAlikeError:
    """Say that two columns are one field."""
    one, two = table.header[first].strip(), table.header[second].strip()
    return ColumnsAlikeError(
        f'{where(table)}: the columns {letter(first)} ("{one}") and '
        f'{letter(second)} ("{two}") both are the {field}.',
        remedy="Delete one of them, or give it another header.",
    )


def where(table: Table) -> str:
    """Name the file of a table, and its sheet."""
    return f"{table.file}, sheet {table.sheet}" if table.sheet else table.file


def letter(index: int) -> str:
    """Name a column as a spreadsheet does: A, B … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
