"""Codes that rows lead to which are sent all the same.

Only texts. Invariant (a test holds it): the cells of an example, put into a good row,
lead to the code, and those that are to be written instead do not.
"""

from __future__ import annotations

from importer.codebook.entry import PRODUCT_ID, Explanation, Kind
from importer.models import Code

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
        "a parent of a category is in no row, or above itself",
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
        (("product_ids", f"{PRODUCT_ID},{PRODUCT_ID}"),),
        (("product_ids", PRODUCT_ID),),
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
