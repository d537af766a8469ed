"""What a check finds in a row as a whole, in English: it cannot be read, or is none.

A key is a code, or code/variant where one code says several things. Only texts.
Invariant: every parameter of a template is given wherever its sentence is said (a test
puts them together).
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence

#: What is written behind such a line keeps it back.
_MARKED = "Correct the line, and delete {mark} at its end."
_NO_ONE_TEXT = "The value is of the type {type}, which has no one text."

SENTENCES = {
    "row_too_short": Sentence(
        "The row has {cells} cells, the header has {width}.",
        "Write every separator, also those of blank cells at the end.",
    ),
    "row_too_long": Sentence(
        "The row has {cells} cells, the header has only {width}.",
        'Put a cell that holds a separator into quotation marks ("…").',
    ),
    "row_too_long/workbook": Sentence(
        "The row has {cells} cells, the header has only {width}.",
        "Give the column a header, or delete what stands in it.",
    ),
    "row_too_long/joined": Sentence(
        "The row has {cells} cells, the header has only {width}: no header "
        "stands above {surplus:quoted}.",
        'Put a cell that holds a separator into quotation marks ("…"), or give the '
        "column a header.",
    ),
    "row_too_long/again": Sentence(
        "An earlier run found too many cells in a row of this collection.", _MARKED
    ),
    "value_unreadable/bytes": Sentence(
        _NO_ONE_TEXT, 'Decode it: value.decode("utf-8").'
    ),
    "value_unreadable/memoryview": Sentence(
        _NO_ONE_TEXT, 'Decode it: bytes(value).decode("utf-8").'
    ),
    "value_unreadable/duration": Sentence(
        _NO_ONE_TEXT, "Write it as text, or leave the column out."
    ),
    "value_unreadable/set": Sentence(_NO_ONE_TEXT, "Give a list: its order is kept."),
    "value_unreadable/object": Sentence(
        _NO_ONE_TEXT, "Give text instead, or leave the column out."
    ),
    "value_unreadable/nul": Sentence(
        "The text holds a NUL character.", "Remove the NUL character from the text."
    ),
    "value_unreadable/half": Sentence(
        "The text holds half of a character (U+{half}), which is no text.",
        "Decode the text anew from its source, or remove that character.",
    ),
    "value_unreadable/infinite": Sentence(
        "The value holds NaN or Infinity, which JSON does not have.",
        "Write a number, or leave that part out.",
    ),
    "quotes_wrong/open": Sentence(
        'The quotation mark (") that opens in line {line} is not closed where its cell '
        "ends, so this line is not read as a row.",
        "Close it there, or double each quotation mark that belongs to the text.",
    ),
    "quotes_wrong/text_behind": Sentence(
        'Text follows a closing quotation mark (") in line {line}.',
        "Put the whole cell into quotation marks, and double those that belong to the "
        'text: """24 inch"" frames".',
    ),
    "quotes_wrong/again": Sentence(
        "An earlier run could not read this line, because of a quotation mark.", _MARKED
    ),
    "value_unreadable/again": Sentence(
        "An earlier run could not read a value of this line.", _MARKED
    ),
    "example_row": Sentence(
        "This is the example row of the template, which is never sent.",
        "Write a collection of yours over it, or delete the row.",
    ),
    "location_invalid/example": Sentence(
        "{value} is what the template says where your location id belongs.",
        "Copy the id from the settings of the sub-account.",
    ),
    "header_repeated": Sentence(
        "The row repeats the header, so it is no collection.", "Delete the row."
    ),
    "header_repeated/reordered": Sentence(
        "The row is a header with the columns in another order; the rows below it are "
        "read in that order.",
        "Put their columns into the order of the first header, then delete the row.",
    ),
    "header_repeated/spelled": Sentence(
        "The row repeats the header in other words, so it is no collection.",
        "Delete the row.",
    ),
    "header_repeated/other": Sentence(
        "The row is a header with other columns than the first; the rows below it are "
        "not read.",
        "Put it and the rows below it into a file of their own.",
    ),
    "header_repeated/below": Sentence(
        "The row stands below a header with other columns, in row {header}, so that "
        "what its cells mean is not known.",
        "Put it, below that header, into a file of its own.",
    ),
    "value_unreadable/twice": Sentence(
        "The JSON has the key {lost} twice, and only one of them would count.",
        "Leave the one that is meant.",
    ),
    "value_unreadable/digits": Sentence(
        "The number {lost} has more digits than are kept of it.",
        "Write it as text, in quotation marks, or with at most 15 digits.",
    ),
}
