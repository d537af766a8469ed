"""Codes that the cells of a row lead to, and for which it is not sent.

Only texts. Invariant (a test holds it): the cells of an example, put into a good row,
lead to the code, and those that are to be written instead do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codebook.entry import PRODUCT_ID, Explanation, Kind
from importer.models import Code

if TYPE_CHECKING:
    from importer.codebook.entry import Cells

_RULES = (
    '{"logic": "AND", "conditions": [{"field": "title", "operator": "contains", '
    '"value": "shoe"}]}'
)


def _cells(
    code: Code, phrase: str, cause: str, way_out: str, cells: Cells, instead: Cells
) -> Explanation:
    return Explanation(code, Kind.CELLS, phrase, cause, way_out, cells, instead)


PROBLEMS = (
    Explanation(
        Code.ROW_TOO_SHORT,
        Kind.CELLS,
        "the row has too few cells",
        "The row of a text file has fewer cells than the header, so it is not known "
        "which cell belongs to which column. Nothing else of the row is checked. Often "
        "a line break inside a cell has cut it in two.",
        "Put a cell that spans lines into quotation marks, or give the row as many "
        "separators as the header has.",
        example="name,slug,type  above the row  Best Sellers,best-sellers",
    ),
    Explanation(
        Code.ROW_TOO_LONG,
        Kind.CELLS,
        "the row has too many cells",
        "The row has more filled cells than the header, so it is not known which cell "
        "belongs to which column. Often a comma inside a cell has cut it in two.",
        "Put the cell that holds a separator into quotation marks; in a workbook give "
        "the column a header, or empty it.",
        example='Shoes, red,shoes,manual  instead of  "Shoes, red",shoes,manual',
    ),
    Explanation(
        Code.VALUE_UNREADABLE,
        Kind.CELLS,
        "a value of a DataFrame or of JSON is no text",
        "The cell of a DataFrame holds what has no one text: bytes, a span of time, an "
        "interval, a period, a set, a complex number, a table within the table, or an "
        "object of a class of your own; the way Python prints it would have become a "
        "name or a slug. Or a text, of a DataFrame or of JSON Lines, holds a NUL "
        "character or half of a character (U+D800 to U+DFFF), or a list or an object "
        "holds NaN or Infinity, which JSON does not have.",
        "Write text, a number, a date or a list into the cell: value.decode() for "
        "bytes, list(value) for a set.",
        example="b'best-sellers'  instead of  'best-sellers'",
    ),
    Explanation(
        Code.QUOTES_WRONG,
        Kind.CELLS,
        "a quotation mark of a text file is not closed, or text follows it",
        "A cell in quotation marks goes on until they are closed, over line breaks and "
        "separators. Where one is not closed it runs into the rows below it: all lines "
        "from there to where reading is sure again have this problem, and none of them "
        "is sent. Or text stands between the closing quotation mark and the next "
        "separator. A quotation mark within a cell that does not begin with one is "
        "text.",
        "Close the quotation mark in the line that the message names, or put the cell "
        "into quotation marks and double those that belong to its text.",
        example='"24 inch" frames,frames  instead of  """24 inch"" frames",frames',
    ),
    _cells(
        Code.EXAMPLE_ROW,
        "the example row of the template",
        "importer template writes a row that shows what goes where. It would become a "
        "collection that is called Example, so it is never sent.",
        "Write a collection of yours over the row, or delete it.",
        (("name", "Example: write over this row"),),
        (("name", "Best Sellers"),),
    ),
    Explanation(
        Code.HEADER_REPEATED,
        Kind.CELLS,
        "the row repeats the header",
        "Tables were put one behind the other with their headers, so that a header "
        "stands among the rows. It would have become a collection called like the "
        "column. The rows below it are read, in the order of its columns; below one "
        "with other columns than the first they are not read: each is a problem.",
        "Delete the row. Where its columns stand in another order, put those of the "
        "rows below into the order of the first header before. Put a table with other "
        "columns into a file of its own.",
        example="name,slug  above the row  name,slug",
    ),
    _cells(
        Code.LOCATION_MISSING,
        "the location is missing",
        "Every collection belongs to a location (sub-account), and neither the row nor "
        "a setting says which.",
        "Fill in the column location_id, or give one for all rows: --location-id ID.",
        (("location_id", ""),),
        (("location_id", "Z4Bxl8J4SaPEPLq9IQ8g"),),
    ),
    _cells(
        Code.LOCATION_INVALID,
        "the location id cannot be right",
        "The id of a location has letters and digits only, and the cell holds "
        "something else. A name can stand there only if a locations file lists it.",
        "Copy the id from the settings of the sub-account, or list the name; importer "
        "locations shows those that are known.",
        (("location_id", "My Shop!"),),
        (("location_id", "Z4Bxl8J4SaPEPLq9IQ8g"),),
    ),
    _cells(
        Code.NAME_MISSING,
        "the name is missing",
        "The cell of the name is blank, and HighLevel takes no collection without one.",
        "Write the name that customers shall see.",
        (("name", ""),),
        (("name", "Best Sellers"),),
    ),
    _cells(
        Code.SLUG_MISSING,
        "there is no slug, and none can be made from the name",
        "A blank slug is made from the name, but nothing of this name can stand in a "
        "link.",
        "Write a slug with letters a to z, digits and dashes.",
        (("name", "★★★"), ("slug", "")),
        (("slug", "three-stars"),),
    ),
    _cells(
        Code.SLUG_INVALID,
        "the slug has characters that a link cannot have",
        "The slug is the end of the collection's address. HighLevel takes no spaces "
        "and no special characters there.",
        "Write letters a to z, digits and dashes, or leave the cell blank and have it "
        "made from the name. importer check FILE --fix OUT writes them all anew.",
        (("slug", "Summer Sale"),),
        (("slug", "summer-sale"),),
    ),
    _cells(
        Code.TYPE_UNKNOWN,
        "the type is neither manual nor smart",
        "HighLevel knows two types: manual collections list their products, smart ones "
        "find them by rules.",
        "Write manual or smart, or leave the cell blank where the row has either "
        "products or rules.",
        (("type", "automatic"),),
        (("type", "manual"),),
    ),
    _cells(
        Code.TYPE_AMBIGUOUS,
        "both products and rules, but no type",
        "Without a type it is told by what the row has, and this one has both.",
        "Write manual to use the products, or smart to use the rules.",
        (("type", ""), ("product_ids", PRODUCT_ID), ("rules", _RULES)),
        (("type", "manual"),),
    ),
    _cells(
        Code.PRODUCT_IDS_MISSING,
        "a manual collection without products",
        "HighLevel requires product ids for a manual collection.",
        "List the ids of its products with commas between them. If your account takes "
        "empty collections: --no-require-product-ids.",
        (("type", "manual"), ("product_ids", "")),
        (("product_ids", f"{PRODUCT_ID}, 655b33a82209e60b6adb87a6"),),
    ),
    _cells(
        Code.PRODUCT_ID_INVALID,
        "a product id cannot be right",
        "The id of a product has 24 of the characters 0-9 and a-f. A number such as "
        "6.55E+23 is what a spreadsheet has made of one; its digits are lost.",
        "Copy the id from HighLevel into a column that is formatted as text. "
        "--no-strict-ids takes ids of any shape.",
        (("product_ids", "RED-SHOES-42"),),
        (("product_ids", PRODUCT_ID),),
    ),
    _cells(
        Code.RULES_MISSING,
        "a smart collection without rules",
        "A smart collection finds its products by rules, and the row has none.",
        "Write the rules as JSON, or in words: title contains shirt AND price < 50.",
        (("type", "smart"), ("product_ids", ""), ("rules", "")),
        (("rules", "title contains shirt"),),
    ),
    _cells(
        Code.RULES_NOT_JSON,
        "the rules cannot be read",
        "The cell is neither JSON nor rules in words.",
        "Correct it at the place that the message names. Quotation marks have to be "
        'straight ("), not curly.',
        (("type", "smart"), ("product_ids", ""), ("rules", '{"logic": "AND", ')),
        (("rules", _RULES),),
    ),
    _cells(
        Code.RULES_INVALID,
        "the rules are incomplete",
        "The JSON has no logic (AND or OR), or no list of conditions in braces.",
        "Write both, as the example does.",
        (("type", "smart"), ("product_ids", ""), ("rules", '{"conditions": []}')),
        (("rules", _RULES),),
    ),
    _cells(
        Code.IMAGE_NOT_A_URL,
        "the image is not a web address",
        "HighLevel fetches the image from the web; a file name or half an address "
        "leads nowhere.",
        "Write the address in full, with https:// in front. importer check FILE --fix "
        "OUT puts it there where only that is missing.",
        (("image", "example.com/shoes.png"),),
        (("image", "https://example.com/shoes.png"),),
    ),
    _cells(
        Code.COLLECTION_ID_INVALID,
        "the collection id cannot be right",
        "The id of a collection has 24 of the characters 0-9 and a-f.",
        "Leave the cell blank: HighLevel gives every new collection an id of its own.",
        (("collection_id", "17"),),
        (("collection_id", ""),),
    ),
    _cells(
        Code.RULE_VERSION_INVALID,
        "the rule version is not a number",
        "HighLevel makes the version by itself, so the column is seldom needed.",
        "Leave the cell blank, or write a number.",
        (("rule_version", "two"),),
        (("rule_version", ""),),
    ),
    _cells(
        Code.STATS_INVALID,
        "the statistics cannot be read",
        "HighLevel makes the statistics by itself; where the column is filled it has "
        "to be a JSON object.",
        "Leave the cell blank, or write an object in braces.",
        (("stats", "many"),),
        (("stats", ""),),
    ),
    Explanation(
        Code.RULE_NOT_SUPPORTED,
        Kind.CELLS,
        "HighLevel has no such rules",
        "HighLevel's rules know the title, the variant's title, the price and the "
        "inventory. Rules of another shop by tag, vendor or type have no equal.",
        "Change the rules, or make the collection manual: --smart-as-manual does that "
        "where the file lists its products.",
        (("type", "smart"), ("product_ids", ""), ("rules", "tag equals summer")),
        (("rules", "title contains summer"),),
    ),
    Explanation(
        Code.PRODUCT_IDS_FOREIGN,
        Kind.CELLS,
        "products are known by ids of another shop",
        "The export lists the products by what another shop calls them, which says "
        "nothing to HighLevel.",
        "Bring the products into HighLevel first and write their ids there into "
        "product_ids, or import the collections without: --no-require-product-ids.",
        example="Product: Handle  blue-shirt",
    ),
)
