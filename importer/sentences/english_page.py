"""What a page for people says otherwise than a command does, in English.

A key is `page/` and the key of the sentence that it stands in the place of. Whoever
reads it has a table in front of them, whose cells can be changed there, and knows no
flag, no field and no format. Only texts. Invariant: it needs no parameter that the
sentence itself is not given.
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence

_SHAPE = (
    "{own:header:The address} may have lower-case letters a to z, digits and dashes "
    "only."
)
_UNSEEN = (
    "{own:header:The address} holds {count:plural:a character|characters} that cannot "
    "be seen."
)
_AN_ERROR = "{value} is an error of the spreadsheet."
_WRITE_IT = "Write here what belongs into this cell."
_AN_ADDRESS = "Write an address, for example best-sellers."
_DESTROYED = "The spreadsheet has turned a long id into a number; its digits are lost."
_AN_ID = "Write the 24 characters of an id, for example 655b33a82209e60b6adb87a5"
_CONDITIONS = "Write conditions such as title contains shirt AND price < 50."
_EXPRESS = (
    "HighLevel cannot choose products by {rules:plural:this rule|these rules}: "
    "{rules:quoted}."
)
_BY_HAND = "Or leave the row out, and make the collection by hand in HighLevel."
_FEWER = "This row has {cells} cells, and the table has {width} columns."
_MORE = "This row has {cells} cells, and only {width} columns of the table have a "
_MORE += "heading."
_LOOK = "Look whether each text stands below its own heading, and keep the row."
_EMPTY_IT = "Move what belongs elsewhere, empty what is too much, and keep the row."
_OUT = "Leave it out."
_OWN_FILE = "Put these rows into a file of their own, and leave them out here."
_NO_PLACE = "{value} is no sub-account that is known here."
_BLANK_PLACE = "Empty the cell: the table goes into the sub-account that you chose."
_EMPTY = (
    "Write them here; or have such collections created without products, under “How "
    "this table is read” above."
)
_UNLISTED = (
    "Have such collections created without products, under “How this table is read” "
    "above; or leave the row out."
)
_FOREIGN = (
    "The file lists {number:counted:product|products} by what another shop calls them, "
    "and HighLevel does not know these."
)
_NO_STATS = Sentence("This cell cannot be read.", "Empty it: it is not needed.")
_AGAIN = "{own:header:The address} {value} stands in {place} already."
_OTHER = "Leave this row out, or give it another one, for example {value}-2."
_NOT_FOUND = "The shop has no product with the {noun} {value}."
_AMBIGUOUS = "{count:number} products of the shop have the {noun} {value}."
_ONE = "Write the id of the one that is meant: {products:listed}{more:more:,}."

SENTENCES = {
    "page/slug_missing": Sentence(
        "{own:header:The address} is missing, and none can be made from the name.",
        "Write one of letters a to z, digits and dashes, for example best-sellers.",
    ),
    "page/slug_invalid": Sentence(_SHAPE, "Write {proposal}."),
    "page/slug_invalid/address": Sentence(
        f"Only the last part of an address belongs here. {_SHAPE}", "Write {proposal}."
    ),
    "page/slug_invalid/destroyed": Sentence(
        "The spreadsheet has turned a text into a number ({value}).", _AN_ADDRESS
    ),
    "page/slug_invalid/date": Sentence(
        "{value} is a date or a time, which a spreadsheet makes of texts such as 3-4 "
        "and 1:30.",
        "Write what it was, for example 3-4.",
    ),
    "page/slug_invalid/error": Sentence(_AN_ERROR, _AN_ADDRESS),
    "page/slug_invalid/unseen": Sentence(_UNSEEN, "Write {proposal}."),
    "page/slug_invalid/unseen_and_seen": Sentence(
        f"{_SHAPE} {_UNSEEN}", "Write {proposal}."
    ),
    "page/slug_invalid/wordless": Sentence(_SHAPE, _AN_ADDRESS),
    "page/name_missing": Sentence(
        "{own:header:The name} of the collection is missing.",
        "Write one, for example Best Sellers.",
    ),
    "page/name_missing/parent": Sentence(
        "These products belong to a collection that is not in the file ({value}).",
        "Export collections and products together, or leave the row out.",
    ),
    "page/type_unknown": Sentence(
        "{value} is no kind of collection.",
        "Write manual where you list the products, or smart where HighLevel chooses "
        "them by rules.",
    ),
    "page/type_unknown/error": Sentence(
        _AN_ERROR,
        "Write manual where you list the products, or smart where HighLevel chooses "
        "them by rules.",
    ),
    "page/type_ambiguous": Sentence(
        "The row has products and rules.",
        "Write manual to use the products, or smart to use the rules.",
    ),
    "page/product_ids_missing": Sentence(
        "A manual collection needs at least one product.",
        "Write the ids of its products with commas between them, for example "
        "655b33a82209e60b6adb87a5, 655b33a82209e60b6adb87a6.",
    ),
    "page/product_ids_missing/unlisted": Sentence(
        "The file lists no products of this collection.", _UNLISTED
    ),
    "page/product_ids_foreign/needed": Sentence(_FOREIGN, _EMPTY),
    "page/product_id_invalid": Sentence(
        "{ids:listed}{more:more} {count:plural:is no product id|are no product ids}.",
        f"{_AN_ID}.",
    ),
    "page/product_id_invalid/words": Sentence(
        "{ids:listed}{more:more} {count:plural:is no product id|are no product ids}.",
        f"{_AN_ID}. Where the column has names or SKUs of products, say so under "
        "“Which column is what?”.",
    ),
    "page/product_id_invalid/error": Sentence(_AN_ERROR, f"{_AN_ID}."),
    "page/product_id_invalid/destroyed": Sentence(
        _DESTROYED, "Copy the id from HighLevel once more, and paste it here."
    ),
    "page/product_name_invalid/destroyed": Sentence(
        "The spreadsheet has turned a long {noun} into a number ({item}).",
        "Write the {noun} once more.",
    ),
    "page/product_not_found": Sentence(
        _NOT_FOUND, "Correct it, or make the product in HighLevel first."
    ),
    "page/product_not_found/near": Sentence(_NOT_FOUND, "The nearest: {near:listed}."),
    "page/product_ambiguous": Sentence(_AMBIGUOUS, _ONE),
    "page/rules_missing": Sentence("A smart collection needs rules.", _CONDITIONS),
    "page/rules_not_json": Sentence("These rules cannot be read.", _CONDITIONS),
    "page/rules_not_json/words": Sentence("{reason}", _CONDITIONS),
    "page/rules_invalid": Sentence("These rules cannot be used.", _CONDITIONS),
    "page/rules_invalid/nonsense": Sentence(
        "The rules make no sense: {reason}", _CONDITIONS
    ),
    "page/rule_not_supported": Sentence(
        _EXPRESS, f"{{reasons:sentences}} Change the rules. {_BY_HAND}"
    ),
    "page/rule_not_supported/listed": Sentence(
        _EXPRESS,
        "{reasons:sentences} Change the rules; or have it made manual with the "
        "products that the file lists, under “How this table is read” above.",
    ),
    "page/rule_not_supported/unlisted": Sentence(
        _EXPRESS, f"{{reasons:sentences}} Change the rules. {_BY_HAND}"
    ),
    "page/image_not_a_url/error": Sentence(
        _AN_ERROR,
        "Write the address of the picture, for example https://example.com/shoes.png, "
        "or empty the cell.",
    ),
    "page/collection_id_invalid": Sentence(
        "{value} is no id of a collection.", f"{_AN_ID}, or empty the cell."
    ),
    "page/collection_id_invalid/destroyed": Sentence(
        _DESTROYED, "Empty the cell: it is not needed."
    ),
    "page/collection_id_repeated": Sentence(
        "The id {value} stands in {place} already, and belongs to one collection.",
        "Empty the cell, or write the id of the collection that this row means.",
    ),
    "page/collection_id_taken": Sentence(
        "The shop has the collection {value} at the address {there}, called {name!r}; "
        "the row has the address {slug}.",
        "Write {there} if that collection is meant; else empty the cell with the id.",
    ),
    "page/collection_id_taken/nameless": Sentence(
        "The shop has the collection {value} at the address {there}; the row has the "
        "address {slug}.",
        "Write {there} if that collection is meant; else empty the cell with the id.",
    ),
    "page/rule_version_invalid": _NO_STATS,
    "page/stats_invalid": _NO_STATS,
    "page/stats_invalid/deep": _NO_STATS,
    "page/stats_invalid/lost": _NO_STATS,
    "page/stats_invalid/not_json": _NO_STATS,
    "page/duplicate_in_input": Sentence(_AGAIN, _OTHER),
    "page/duplicate_in_input/parents": Sentence(
        f"{_AGAIN} The two stand below different parents.", _OTHER
    ),
    "page/row_too_short": Sentence(_FEWER, _LOOK),
    "page/row_too_long": Sentence(_MORE, _EMPTY_IT),
    "page/row_too_long/workbook": Sentence(_MORE, _EMPTY_IT),
    "page/row_too_long/joined": Sentence(
        f"{_MORE} Nothing says what this is: {{surplus:quoted}}.", _EMPTY_IT
    ),
    "page/row_too_long/again": Sentence(
        "This row had too many cells when it was imported before.", _LOOK
    ),
    "page/quotes_wrong/open": Sentence(
        'A quotation mark (") opens in line {line} of the file and is not closed, so '
        "this row may be read wrongly.",
        _LOOK,
    ),
    "page/quotes_wrong/text_behind": Sentence(
        'Text follows a quotation mark (") that closes in line {line} of the file, so '
        "this row may be read wrongly.",
        _LOOK,
    ),
    "page/quotes_wrong/again": Sentence(
        "This row could not be read when it was imported before.", _LOOK
    ),
    "page/value_unreadable/nul": Sentence(
        "This text holds a character that cannot be written.", _WRITE_IT
    ),
    "page/value_unreadable/again": Sentence(
        "This row could not be read when it was imported before.", _LOOK
    ),
    "page/value_unreadable/twice": Sentence(
        "This row says {lost} twice, and only one of them would count.", _LOOK
    ),
    "page/value_unreadable/digits": Sentence(
        "The number {lost} has more digits than are kept of it.", _WRITE_IT
    ),
    "page/example_row": Sentence(
        "This is the example row of the empty table.",
        "Leave it out, or write a collection of yours over it.",
    ),
    "page/header_repeated": Sentence("This row repeats the headings.", _OUT),
    "page/header_repeated/spelled": Sentence("This row repeats the headings.", _OUT),
    "page/header_repeated/reordered": Sentence(
        "This row has the headings in another order; the rows below it are read in "
        "that order.",
        _OUT,
    ),
    "page/header_repeated/other": Sentence(
        "This row has other headings, and the rows below it are not read.", _OWN_FILE
    ),
    "page/header_repeated/below": Sentence(
        "This row stands below other headings, those of row {header}.", _OWN_FILE
    ),
    "page/location_missing": Sentence(
        "The row does not say into which sub-account it goes.",
        "Write the id of the sub-account, or leave the row out.",
    ),
    "page/location_invalid": Sentence(_NO_PLACE, _BLANK_PLACE),
    "page/location_invalid/example": Sentence(_NO_PLACE, _BLANK_PLACE),
    "page/location_invalid/unlisted": Sentence(_NO_PLACE, _BLANK_PLACE),
    "page/location_invalid/near": Sentence(_NO_PLACE, _BLANK_PLACE),
    "page/inactive": Sentence(
        "The shop does not show this collection ({column} is {value}); it is imported "
        "all the same.",
        "Leave the row out, if it is not wanted.",
    ),
    "page/looks_like_date": Sentence(
        "{value} is a date or a time, which a spreadsheet makes of texts such as 3-4 "
        "and 1:30.",
        "If it was another text, write that.",
    ),
    "page/looks_like_date/number": Sentence(
        "{value} is a number that a spreadsheet makes of long ones, and of texts such "
        "as 64E10; its digits are lost.",
        "If it was another text, write that.",
    ),
    "page/totals_row": Sentence(
        "This row is called {value} and holds nothing else but numbers, so it looks "
        "like the totals.",
        "Leave it out, or empty the cells with numbers if it is a collection.",
    ),
}
