"""What is remarkable about a file or a table, in English: phrases, by their codes.

A key is a code of `models.NoteCode`, or code/variant where there is more to tell;
`part/…` is a part of others. They stand apart from the sentences about rows: a command
says them in English whatever the language, and the page of `importer web` has sentences
of its own by the same codes. Only texts. Invariant: every parameter of a template is
given wherever its phrase is told (a test puts them together).
"""

from __future__ import annotations

from importer.sentences.catalogue import Catalogue, Sentence
from importer.sentences.english import FORMATS

_CELLS = "{cells:listed}{more:more:,}"
_ONE_LIST = "of its one JSON object the list {path} is read, from row 1 on"
_COLUMNS = (
    "{count} {count:plural:column of a translation is|columns of translations are} not "
    "read: the table has several languages ({languages:listed})"
)
_ROWS = (
    "{count:number} {count:plural:row of a translation is|rows of translations are} "
    "left out: collections stand in several languages or store views ({languages}), "
    "and one row of each is read; --store-language chooses"
)
_APART = (
    "its rows are in several languages or store views ({languages}), and no two are of "
    "one collection: all are read"
)
_NUL = "it holds NUL bytes, which are dropped; the file may be damaged"

PHRASES = {
    # a text
    "encoding_guessed": (
        "the encoding is a guess: {name} ({page}); where letters look wrong, name the "
        "right one with --encoding"
    ),
    "nul_dropped": _NUL,
    "nul_dropped/in_rows": f"{_NUL} ({{rows:listed}}{{more:more:,}})",
    "errors_as_text": (
        f"errors of a spreadsheet, taken as the text that they are: {_CELLS}; correct "
        "the cells in the spreadsheet, and save the file again"
    ),
    "quotes_escaped": (
        "its quotation marks are written with backslashes; they are read so, and a "
        "double backslash as one"
    ),
    "lines_quoted": (
        "each line is in quotation marks as a whole; its cells are those within"
    ),
    "one_list": _ONE_LIST,
    "one_list/of_several": f"{_ONE_LIST}; not {{others:listed}}",
    "folder_skipped": (
        "of the folder {folder}, no table and left out: {files:listed}{more:more}"
    ),
    # a workbook
    "errors_as_blank": (
        f"read as blank, because they hold an error: {_CELLS}; correct them, and save "
        "the workbook again"
    ),
    "never_computed": (
        "read as blank, because their formulas were never computed (open the workbook "
        f"in a spreadsheet and save it): {_CELLS}"
    ),
    "numbers_formatted": (
        f"numbers that a format shows as another text, read without it: {_CELLS}; "
        "where the text is meant, type it into a cell formatted as text"
    ),
    "merged": (
        f"merged, so that only the first cell holds a value: {_CELLS}; where the "
        "others need it, write it into each"
    ),
    "sheets_hidden": "hidden, and not read: {sheets:listed} (--sheet reads one)",
    "columns_hidden": (
        "hidden, and read like the others: {count:counted:column|columns} "
        "({columns:listed}{more:more:,}); --ignore-columns leaves out what is not meant"
    ),
    "rows_hidden": (
        "hidden or filtered out, and read like the others: {count:counted:row|rows} "
        "({rows:listed}{more:more:,}); delete what is not to be imported"
    ),
    "sheets_blank": (
        "{sheets:plural:the sheet|the sheets} {sheets:listed}{more:more} "
        "{sheets:plural:has no rows, and is|have no rows, and are} not read"
    ),
    "sheet_without": "the sheet {sheets:listed} holds no collections, and is not read",
    "sheets_unread": (
        "not read, though {sheets:plural:it holds|they hold} collections: "
        "{sheets:listed}{more:more} (--sheet)"
    ),
    "sheets_headless": (
        "not read, because no header of collections is known there: "
        "{sheets:listed}{more:more}"
    ),
    "sheets_unseen": "not read, nor looked at: {sheets:listed}{more:more} (--sheet)",
    # its columns
    "header_below": "the header is row {row}; what stands above it is not read",
    "second_column": (
        "not read, because the column {used} is used instead: {others:listed}"
    ),
    "column_unclear": (
        "not read, because the column {column} may be {fields} or something else: say "
        "which with --mapping (importer map writes one to start from)"
    ),
    "preset_unusable": "{told}",
    "lines_of_products": (
        "of the lines of products only their ids and handles are read; lines of "
        "variants, metafields and the like are not read"
    ),
    "beside_another": "where a row has a {one}, its {other} is not read",
    "rules_choose": (
        "the products of a collection with rules are not read, since its rules choose "
        "them"
    ),
    "fills_blanks": (
        "of the column {column} only what fills in a blank seo_description is read"
    ),
    # languages
    "columns_translated": f"{_COLUMNS}; --store-language chooses",
    "columns_translated/filled": (
        f"{_COLUMNS}, and only where its cells are blank, {{source}} is read; "
        "--store-language chooses"
    ),
    "columns_translated/filled_from_plain": (
        f"{_COLUMNS}, and only where its cells are blank, the columns without a "
        "language is read; --store-language chooses"
    ),
    "rows_translated": _ROWS,
    "rows_translated/filled": (
        f"{_ROWS}; {{filled:number}} {{filled:plural:blank cell is|blank cells are}} "
        "filled from the usual view ({views:listed})"
    ),
    "languages_apart": _APART,
    "languages_apart/chosen": f"{_APART}, so that {{chosen}} chooses nothing",
    "no_languages": (
        "it has no languages or store views, so that {chosen} chooses nothing"
    ),
    # collections that several rows make
    "rows_together": (
        "rows that differ in their products only are put together into one collection"
    ),
    "derived": (
        "the collections are what the column {column} names{where}{products}; what "
        "else the table says is of products, and is not read"
    ),
    "part/rows_of_kind": " in the rows whose {column} is {kinds}",
    "part/products_by": ", their products by {columns}",
    "products_alone": (
        "{count:number} {count:plural:product is|products are} in no collection: "
        "{column} is blank"
    ),
    "products_unknown": (
        "{count:number} {count:plural:product has|products have} neither a SKU, a "
        "handle nor an id, and cannot be listed in a collection (a mapping file can "
        "say which column is product_skus)"
    ),
    "names_alike": (
        "names that differ in capitals or accents' form alone are one: "
        "{names:listed}{more:more:,}"
    ),
    "part/is": "{name} is {first}",
    # what was given before
    "read_as_before": "read as by the run that wrote it ({settings:listed})",
    "told": "{told}",
}

CATALOGUE = Catalogue(
    {key: Sentence(phrase) for key, phrase in PHRASES.items()}, FORMATS
)
