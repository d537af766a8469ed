"""What a check finds in the cells of a row that is read, in English.

A key is a code, or code/variant where one code says several things. Only texts.
Invariant: every parameter of a template is given wherever its sentence is said (a test
puts them together).
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence
from importer.sentences.english_parts import IN_FULL, NO_SPACES, NOT_UNSEEN, UNSEEN

_ID_SHAPE = (
    "Write the 24 characters (0-9, a-f) of the id as HighLevel shows them, "
    "for example 655b33a82209e60b6adb87a5"
)
_DESTROYED = Sentence(
    "The spreadsheet has turned a long id into a number ({ids:listed}{more:more}); "
    "its digits are lost.",
    "Format the column as text and paste the id once more.",
)
_RULES_SHAPE = 'Write a JSON object such as {{"logic": "AND", "conditions": [{{…}}]}}.'
_NO_JSON = "This is not JSON: it stops making sense at {place} ({reason:word})."
_STATS_SHAPE = "Write a JSON object in braces such as {{}}, or leave the cell blank."
_AN_ERROR = "{value} is an error of the spreadsheet."
_CORRECT_IT = "Correct the cell there, and save the file again."
_NO_LOCATION = "{value} is neither a name in {file} nor a location id."
_CANNOT_EXPRESS = (
    "HighLevel cannot express {rules:plural:the rule|the rules} {rules:quoted}."
)
_EMPTY = (
    "With --no-require-product-ids it is created without products, to be filled in "
    "HighLevel."
)
_FOREIGN = (
    "The file lists {number:counted:product|products} by what another shop calls them; "
    "HighLevel does not know these, so they are not sent."
)
_SLUG_SHAPE = (
    "{own:header:A slug} has lower-case letters a to z, digits and dashes only."
)
_UNSEEN_IN_SLUG = f"{{own:header:The slug}} holds {UNSEEN} ({{characters:listed}})."
_NO_IMAGE = "{value} is not the address of an image on the web."

SENTENCES = {
    "location_missing": Sentence(
        "The row does not say which location (sub-account) it belongs to.",
        "Write the location id into the row, or give one with --location-id.",
    ),
    "location_invalid": Sentence(
        "{value} is no location id; they are letters and digits only.",
        "Copy the id from the settings of the sub-account.",
    ),
    "location_invalid/unlisted": Sentence(
        _NO_LOCATION,
        "Write one of these names, or the id from the settings of the sub-account.",
    ),
    "location_invalid/near": Sentence(
        _NO_LOCATION,
        "Write {near}, if that is meant, or the id from the settings of the "
        "sub-account.",
    ),
    "name_missing": Sentence(
        "The collection has no {own:header:name}.",
        "Write a name, for example Best Sellers.",
    ),
    "name_missing/parent": Sentence(
        "These belong to {value}, which is not in the file.",
        "Export the collections and their products together, and all of them.",
    ),
    "slug_missing": Sentence(
        "There is no {own:header:slug}, and none can be made from the name.",
        "Write one with letters a to z, digits and dashes: best-sellers.",
    ),
    "slug_invalid": Sentence(
        _SLUG_SHAPE,
        "Write {proposal}.",
    ),
    "slug_invalid/address": Sentence(
        f"A slug is the last part of an address. {_SLUG_SHAPE}",
        "Write {proposal}.",
    ),
    "slug_invalid/destroyed": Sentence(
        "The spreadsheet has turned a text into a number ({value}); its digits are "
        "lost.",
        "Format the column as text and type the slug once more.",
    ),
    "slug_invalid/date": Sentence(
        "{value} is a date or a time, which a spreadsheet makes of texts such as 3-4 "
        "and 1:30.",
        "Format the column as text and type the slug once more.",
    ),
    "slug_invalid/error": Sentence(_AN_ERROR, _CORRECT_IT),
    "slug_invalid/unseen": Sentence(_UNSEEN_IN_SLUG, "Write {proposal}."),
    "slug_invalid/unseen_and_seen": Sentence(
        f"{_SLUG_SHAPE} {_UNSEEN_IN_SLUG}", "Write {proposal}."
    ),
    "slug_invalid/wordless": Sentence(
        _SLUG_SHAPE,
        "Write best-sellers, for example.",
    ),
    "name_spans_lines": Sentence(
        "{own:header:The name} holds a line break and separators ({value}); perhaps a "
        'quotation mark (") in front of it was not closed, and the name holds rows.'
    ),
    "value_changed": Sentence("{value} is read as {after}."),
    "value_changed/blank": Sentence(
        "Nothing of {value} can be used here, so it is taken for a blank."
    ),
    "slug_made": Sentence(
        "The row has no {own:header:slug}; {value} was made from the name."
    ),
    "html_in_text/entities": Sentence(
        "{value} is sent letter by letter; in HTML it stands for {plain}.",
        "Write {plain}, if that is meant.",
    ),
    "html_in_text/tags": Sentence(
        "{value} holds tags of HTML, and is sent letter by letter.",
        "Write {plain}, if that is meant.",
    ),
    "letters_wrong/twice": Sentence(
        "{value} was probably {plain}, before a program read its letters in another "
        "encoding than they were written in; it is sent as it stands.",
        "Write {plain}, if that is meant.",
    ),
    "letters_wrong/lost": Sentence(
        "{value} holds the sign U+FFFD, which a program writes for letters that it "
        "cannot read; it is sent so.",
        "Type the text anew, or export the file once more in UTF-8.",
    ),
    "json_in_text/list": Sentence(
        "{value} is a list as JSON writes it, and is sent letter by letter.",
        "Write the text alone, if that is meant.",
    ),
    "json_in_text/object": Sentence(
        "{value} is an object as JSON writes it, and is sent letter by letter.",
        "Write the text alone, if that is meant.",
    ),
    "unseen_characters": Sentence(
        "{value} holds {count:plural:a character|characters} that cannot be seen, or "
        "{count:plural:looks|look} like a space ({characters:listed}); it is sent so.",
        "Type the text anew, if that is not meant.",
    ),
    "image_first": Sentence(
        "The cell holds {count} addresses; the first one, {value}, is used."
    ),
    "image_joined": Sentence(
        "{value} holds {count:counted:further address|further addresses} with nothing "
        "in front, and is sent as one address, as it stands.",
        "Where several images were meant, leave the first one only: {first}.",
    ),
    "values_differ": Sentence(
        "{value} is taken; the file also says {others:quoted}{more:more}.",
        "Write the same wherever it is said, or leave the others blank.",
    ),
    "parent_unknown": Sentence(
        "No row has the id {value}, so this parent stands in no name or slug.",
        "Export the parents as well, or leave the cell blank.",
    ),
    "parent_unknown/circle": Sentence(
        "{value} is above itself, so the names above this one are no whole path.",
        "Correct the parents that lead back to it, or leave the cell blank.",
    ),
    "inactive": Sentence(
        "The shop does not show this collection ({column} is {value}); it is imported "
        "all the same.",
        "--skip-inactive leaves such collections out.",
    ),
    "not_sent": Sentence(
        "This is checked and not sent.", "With --send-rule-metadata it is sent."
    ),
    "product_repeated": Sentence(
        "{ids:listed}{more:more} {count:plural:is|are} listed more than once, and "
        "sent once."
    ),
    "looks_like_date": Sentence(
        "{value} is a date or a time, which a spreadsheet makes of texts such as 3-4 "
        "and 1:30.",
        "If it was another text, type it once more into a cell formatted as text.",
    ),
    "looks_like_date/number": Sentence(
        "{value} is a number that a spreadsheet makes of long ones, and of texts such "
        "as 64E10; its digits are lost.",
        "If it was another text, type it once more into a cell formatted as text.",
    ),
    "looks_like_date/apostrophe": Sentence(
        "{value} begins with an apostrophe, which spreadsheets put in front of a text; "
        "it is sent so.",
        "Delete the apostrophe, if it is not meant.",
    ),
    "looks_like_date/error": Sentence(
        "{value} is what a spreadsheet writes for an error; it is sent so.",
        "Correct the cell in the spreadsheet, and save the file again.",
    ),
    "product_repeated/meant": Sentence(
        "{products:listed}{more:more} {count:plural:means a product|mean products} "
        "that the row lists already; it is sent once."
    ),
    "type_unknown": Sentence(
        "{value} is no type of collection.", "Write manual or smart."
    ),
    "type_unknown/error": Sentence(_AN_ERROR, _CORRECT_IT),
    "type_ambiguous": Sentence(
        "The row lists products and rules and does not say which of them counts.",
        "Write manual to use the products, or smart to use the rules.",
    ),
    "type_inferred/manual": Sentence(
        "The row gives no {own:header:type}; it lists products, so it is manual."
    ),
    "type_inferred/smart": Sentence(
        "The row gives no {own:header:type}; it has rules, so it is smart."
    ),
    "product_ids_missing": Sentence(
        "A manual collection needs at least one product.",
        "Write the ids of its products with commas between them.",
    ),
    "product_ids_missing/unlisted": Sentence(
        "The collection is manual, and the file lists no products of it.", _EMPTY
    ),
    "product_ids_foreign": Sentence(_FOREIGN),
    "product_ids_foreign/needed": Sentence(
        _FOREIGN, f"{_EMPTY} Or write HighLevel's own ids into the column."
    ),
    "products_truncated": Sentence(
        "The file lists {number:number} of the collection's {count:number} products; "
        "its export has left out the others."
    ),
    "product_id_invalid": Sentence(
        "{ids:listed}{more:more} {count:plural:is no product id|are no product ids}.",
        f"{_ID_SHAPE}.",
    ),
    "product_id_invalid/words": Sentence(
        "{ids:listed}{more:more} {count:plural:is no product id|are no product ids}.",
        f"{_ID_SHAPE}. Products can be called by their names in a column "
        "product_names, by their SKUs in product_skus.",
    ),
    "product_id_invalid/everywhere": Sentence(
        "{value} would be the id of a product, and it has another one in each location "
        "that the row goes into.",
        "Call products by SKU in a column product_skus, or by product_names or "
        "product_handles, and delete the ids.",
    ),
    "product_id_invalid/error": Sentence(_AN_ERROR, _CORRECT_IT),
    "product_id_invalid/wrapped": Sentence(
        "{ids:listed}{more:more} {count:plural:is|are} not the 24 characters of an id "
        "alone.",
        "Write the id without the apostrophe, quotation mark or other sign beside it.",
    ),
    "product_id_invalid/between": Sentence(
        "{ids:listed}{more:more} {count:plural:is no product id|are no product ids}.",
        "Write commas between the ids, and nothing else.",
    ),
    "product_id_invalid/destroyed": _DESTROYED,
    "product_name_invalid/no_texts": Sentence(
        "This is not a list of texts.",
        'Write each {noun} in quotation marks: ["…", "…"].',
    ),
    "product_name_invalid/destroyed": Sentence(
        "The spreadsheet has turned a long {noun} into a number ({item}).",
        "Format the column as text and write the {noun} once more.",
    ),
    "rules_missing": Sentence(
        "A smart collection needs rules.",
        "Write conditions such as title contains shirt AND price < 50; where there is "
        "no column for them, call one rules.",
    ),
    "rules_not_json": Sentence(_NO_JSON, _RULES_SHAPE),
    "rules_not_json/words": Sentence(
        "{reason}",
        "Write conditions such as title contains shirt AND price < 50, or a JSON "
        'object such as {{"logic": "AND", "conditions": [{{…}}]}}.',
    ),
    "rules_invalid": Sentence("{faults:sentences}", _RULES_SHAPE),
    "rules_invalid/nonsense": Sentence(
        "The rules make no sense: {reason}",
        "Export the collections once more, or correct the cell.",
    ),
    "rule_not_supported": Sentence(
        _CANNOT_EXPRESS,
        "{reasons:sentences} Change the rules, or list its products and write manual.",
    ),
    "rule_not_supported/listed": Sentence(
        _CANNOT_EXPRESS,
        "{reasons:sentences} Change the rules, or use --smart-as-manual to make it "
        "manual.",
    ),
    "rule_not_supported/unlisted": Sentence(
        _CANNOT_EXPRESS,
        "{reasons:sentences} Change the rules, or make it by hand. --smart-as-manual "
        "needs its products, and the file lists none of its products: export it "
        "together with them.",
    ),
    "smart_as_manual": Sentence(f"{_CANNOT_EXPRESS} It becomes a manual collection."),
    "image_not_a_url": Sentence(_NO_IMAGE, IN_FULL),
    "image_not_a_url/error": Sentence(_AN_ERROR, _CORRECT_IT),
    "image_not_a_url/spaces": Sentence(_NO_IMAGE, NO_SPACES),
    "image_not_a_url/unseen": Sentence(_NO_IMAGE, NOT_UNSEEN),
    "image_not_a_url/several": Sentence(_NO_IMAGE, "{ways:sentences}"),
    "collection_id_invalid": Sentence(
        "{value} is no collection id.", f"{_ID_SHAPE}, or leave the cell blank."
    ),
    "collection_id_invalid/everywhere": Sentence(
        "{value} would be the id of a collection, and it has another one in each "
        "location that the row goes into.",
        "Delete it: the collection is known by its slug.",
    ),
    "collection_id_invalid/destroyed": _DESTROYED,
    "rule_version_invalid": Sentence(
        "{value} is not a number.",
        "Write a number such as 1, or leave the cell blank.",
    ),
    "stats_invalid": Sentence("The statistics are not a JSON object.", _STATS_SHAPE),
    "stats_invalid/deep": Sentence("The statistics are nested too deep.", _STATS_SHAPE),
    "stats_invalid/lost": Sentence("{faults:sentences}", _STATS_SHAPE),
    "stats_invalid/not_json": Sentence(_NO_JSON, _STATS_SHAPE),
    "totals_row": Sentence(
        "The last row of the table is called {value} and holds nothing else but "
        "numbers, so it looks like the totals, not like a collection.",
        "Delete the row, if it is none.",
    ),
    "products_by_name/pending": Sentence(
        "Its products are looked up by importer plan and run."
    ),
}
