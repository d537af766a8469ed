"""Codes that the cells of a row lead to: problems, and remarks on good rows.

Only texts. Invariant (a test holds it): the cells of an example, put into a good row,
lead to the code, and those that are to be written instead do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codebook.entry import Explanation, Kind
from importer.models import Code

if TYPE_CHECKING:
    from importer.codebook.entry import Cells

_ID = "655b33a82209e60b6adb87a5"
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
        (("type", ""), ("product_ids", _ID), ("rules", _RULES)),
        (("type", "manual"),),
    ),
    _cells(
        Code.PRODUCT_IDS_MISSING,
        "a manual collection without products",
        "HighLevel requires product ids for a manual collection.",
        "List the ids of its products with commas between them. If your account takes "
        "empty collections: --no-require-product-ids.",
        (("type", "manual"), ("product_ids", "")),
        (("product_ids", f"{_ID}, 655b33a82209e60b6adb87a6"),),
    ),
    _cells(
        Code.PRODUCT_ID_INVALID,
        "a product id cannot be right",
        "The id of a product has 24 of the characters 0-9 and a-f. A number such as "
        "6.55E+23 is what a spreadsheet has made of one; its digits are lost.",
        "Copy the id from HighLevel into a column that is formatted as text. "
        "--no-strict-ids takes ids of any shape.",
        (("product_ids", "RED-SHOES-42"),),
        (("product_ids", _ID),),
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

REMARKS = (
    Explanation(
        Code.NAME_SPANS_LINES,
        Kind.REMARK,
        "the name holds a line break and separators",
        "A name over several lines with commas or the like in it may be the rest of a "
        "row whose quotation mark was not closed. It is sent as it stands.",
        "Look at the row, and close the quotation mark where the name ends.",
        (("name", "Hats,hats\nSocks"),),
        (("name", "Hats, and Socks"),),
    ),
    Explanation(
        Code.SLUG_MADE,
        Kind.REMARK,
        "the slug was made from the name",
        "The row has no slug. The one that was made follows from the name alone, so "
        "the same row gets the same slug in every run.",
        "Nothing has to be done. To choose it yourself, fill in the column slug.",
        (("name", "Größen & Mehr"), ("slug", "")),
        (("slug", "sizes"),),
    ),
    Explanation(
        Code.VALUE_CHANGED,
        Kind.REMARK,
        "a text is read otherwise than it stands in its cell",
        "The preset or the mapping file cleans the column: a slug has what a link can "
        "have, of a path its end is kept, HTML becomes plain text, or the parents of a "
        "category decide. Both texts are named. Links to the old slug do not lead "
        "to the new collection by themselves.",
        "Nothing has to be done, unless another text is meant: write it into the cell.",
        example="slug sofa/bed, which is read as sofa-bed",
    ),
    Explanation(
        Code.HTML_IN_TEXT,
        Kind.REMARK,
        "a text holds HTML",
        "A name or an SEO text has entities such as &amp; or tags such as <b> in it, "
        "as some exports write them. It is sent letter by letter, and people would see "
        "them so.",
        "Write the plain text into the cell; importer check FILE --fix OUT does.",
        (("name", "&quot;Blue&quot; mugs &amp; cups"),),
        (("name", '"Blue" mugs & cups'),),
    ),
    Explanation(
        Code.LETTERS_WRONG,
        Kind.REMARK,
        "letters of a text were decoded wrongly",
        "Before the file was written, a program read the text in another encoding than "
        "it was written in: of Café it made CafÃ©, or the sign U+FFFD stands for what "
        "it could not read. The text is sent letter by letter, and people would see "
        "it so.",
        "Write the text that is meant into the cell, or export the file once more; "
        "importer check FILE --fix OUT writes it, of names and SEO texts of which "
        "nothing is lost.",
        (("name", "CafÃ© & Bar"),),
        (("name", "Café & Bar"),),
    ),
    Explanation(
        Code.JSON_IN_TEXT,
        Kind.REMARK,
        "a text is a list or an object of JSON",
        "A name or an SEO text is written in brackets or braces, as JSON writes lists "
        "and objects: exports do so with texts in several languages. It is sent letter "
        "by letter, and people would see it so.",
        "Write the text alone into the cell, if that is meant.",
        (("name", '["Hats"]'),),
        (("name", "Hats"),),
    ),
    Explanation(
        Code.UNSEEN_CHARACTERS,
        Kind.REMARK,
        "a text holds characters that cannot be seen",
        "Copied texts bring characters along that no one sees: a space without width, "
        "a soft hyphen, a mark of direction, a space that does not break. The text is "
        "sent with them, and a search for it may not find it.",
        "Type the text anew. importer check FILE --fix OUT leaves out those without "
        "any width.",
        (("name", "Best\u200bSellers"),),
        (("name", "Best Sellers"),),
    ),
    Explanation(
        Code.IMAGE_FIRST,
        Kind.REMARK,
        "the cell of the image holds several addresses",
        "A collection has one image. Where a cell lists several, each beginning with "
        "https://, the first one is used.",
        "Nothing has to be done, unless another one is meant: leave that one only.",
        (("image", "https://example.com/1.png, https://example.com/2.png"),),
        (("image", "https://example.com/1.png"),),
    ),
    Explanation(
        Code.IMAGE_JOINED,
        Kind.REMARK,
        "the address of the image holds another one",
        "Nothing stands between two addresses of the cell. An address may hold another "
        "one, so both are sent as one, as they stand; where two images were meant, it "
        "leads nowhere. Nothing is told of an address behind a slash or an equals "
        "sign, as those of archives and proxies are written.",
        "Nothing has to be done if it is one address. Otherwise leave the first one "
        "only, or put a space between them: then the first one is used.",
        (("image", "https://example.com/1.pnghttps://example.com/2.png"),),
        (("image", "https://example.com/1.png"),),
    ),
    Explanation(
        Code.VALUES_DIFFER,
        Kind.REMARK,
        "rows or columns of one collection say different things",
        "A collection that spans several rows, or has several columns for one thing, "
        "says it once: the first cell that is filled counts. Others that differ are "
        "named.",
        "Look whether the right one was taken, and correct the others or leave them "
        "blank.",
        example="two rows of one ID with the titles Hats and Caps",
    ),
    Explanation(
        Code.PARENT_UNKNOWN,
        Kind.REMARK,
        "the parent of a category is in no row",
        "With --category-path the names of the parents are looked up by their ids. No "
        "row has this id, so the category's name or slug goes without that parent.",
        "Export the parents as well, or leave the cell blank. If the names of two "
        "categories are alike without it, give each a name or slug of its own.",
        example="the parent 99 in a table whose ids are 1 to 20",
    ),
    Explanation(
        Code.INACTIVE,
        Kind.REMARK,
        "the shop does not show the collection",
        "A column of the file (active, is_active, visible, Published …) says that the "
        "old shop hides it. HighLevel has no place for that, so it is seen there.",
        "--skip-inactive leaves such collections out; they are counted.",
        example="0 in the column Active (0/1)",
    ),
    Explanation(
        Code.NOT_SENT,
        Kind.REMARK,
        "checked, and not sent",
        "HighLevel makes rule_hash, rule_version and stats itself, so the importer "
        "sends those of the file only where it is told to.",
        "Nothing has to be done. To send them, give --send-rule-metadata.",
        (("rule_version", "2"),),
        (("rule_version", ""),),
    ),
    Explanation(
        Code.PRODUCT_REPEATED,
        Kind.REMARK,
        "the row lists a product more than once",
        "A product is in a collection or not, so it is sent once, where it stands "
        "first. In a table with a row for each product two rows are alike.",
        "Nothing has to be done, unless another product was meant.",
        (("product_ids", f"{_ID},{_ID}"),),
        (("product_ids", _ID),),
    ),
    Explanation(
        Code.LOOKS_LIKE_DATE,
        Kind.REMARK,
        "the name or the slug may be what a spreadsheet made of another text",
        "A spreadsheet makes a date of what was typed as 3-4, and a time of 1:30; a "
        "workbook then holds 2026-04-03 and 01:30:00, and the text is gone. Of 64E10 "
        "and long numbers it makes 6.4E+11; it marks texts with an apostrophe, and "
        "writes #N/A for an error. A collection may be called so, and it is "
        "sent as it is.",
        "If it was another text, type it once more into a cell formatted as text.",
        (("slug", "2026-04-03"),),
        (("slug", "3-4"),),
    ),
    Explanation(
        Code.TYPE_INFERRED,
        Kind.REMARK,
        "the type was told from the other cells",
        "The row has no type; with products it is manual, with rules it is smart. The "
        "type of a collection can never be changed once it is created.",
        "Look whether it is the type that was meant, or fill in the column type.",
        (("type", ""),),
        (("type", "manual"),),
    ),
    Explanation(
        Code.TOTALS_ROW,
        Kind.REMARK,
        "the last row of the table looks like its totals",
        "The last row is called Total, or so in another language, and holds nothing "
        "else but numbers. A collection may be called so, and it is created.",
        "Delete the row if it sums up the others.",
        example="Total and 1,250 below the collections and their sales",
    ),
    Explanation(
        Code.SMART_AS_MANUAL,
        Kind.REMARK,
        "manual, because HighLevel has no such rules",
        "--smart-as-manual was given, and the rules cannot be carried over: the "
        "collection holds the products that the file lists, and finds no new ones.",
        "Nothing has to be done; add new products to it by hand.",
        example="rules by tag, and a list of the products that match now",
    ),
    Explanation(
        Code.PRODUCTS_TRUNCATED,
        Kind.REMARK,
        "the file does not list all products",
        "The export says how many products the collection has, and lists fewer: it "
        "was cut off by the program that made it.",
        "Export the collections again with all their products, or add the missing ones "
        "in HighLevel.",
        example="a collection of 250 products with 100 of them in the file",
    ),
    Explanation(
        Code.TYPE_DIFFERS,
        Kind.REMARK,
        "the type there is another one and cannot be changed",
        "The location has a collection with this slug whose type is not the row's, and "
        "HighLevel changes no type.",
        "Correct the row, or delete the collection in HighLevel and run the file "
        "again.",
        example="smart in the row, manual in the location",
    ),
    Explanation(
        Code.EXISTS_TWICE,
        Kind.REMARK,
        "the location has this slug more than once",
        "That HighLevel refuses a slug which is there already is not documented. The "
        "first of them is taken for the row's.",
        "Compare them in HighLevel, and delete what is too many; the message has their "
        "ids.",
        example="two collections shoes, made by two programs at the same time",
    ),
)
