"""Codes of the plan: what a row's slug, id, products or an earlier run lead to.

Only texts.
"""

from __future__ import annotations

from importer.codebook.entry import Explanation, Kind
from importer.models import Code

PLAN = (
    Explanation(
        Code.DUPLICATE_IN_INPUT,
        Kind.PLAN,
        "an earlier row has the same location and slug",
        "Location and slug are what a collection is known by. Only the first row with "
        "them is sent; the message says where it stands. A row with another problem "
        "says it as well, where it would repeat a good one once it is fixed.",
        "Remove the row, or give it a slug of its own.",
        example="rows 2 and 7 both have the slug best-sellers",
    ),
    Explanation(
        Code.COLLECTION_ID_REPEATED,
        Kind.PLAN,
        "an earlier row has the same collection id for another slug",
        "A collection has one id and one slug, so an id that stands in two rows with "
        "different slugs, or locations, is wrong in one of them. The first row is "
        "sent; the message says where it stands. Upper and lower case are the same.",
        "Leave the cell blank, or write the id of the collection that the row means.",
        example="rows 2 and 7 both have the id 655b33a82209e60b6adb87a5, one for the "
        "slug shirts and one for shoes",
    ),
    Explanation(
        Code.COLLECTION_ID_TAKEN,
        Kind.PLAN,
        "the location has this collection id under another slug",
        "The row names the id of a collection that is in the location with another "
        "slug, or got one between the plan and the sending. It is never overwritten "
        "unasked.",
        "If that collection is meant, write the slug that the message names; else "
        "leave collection_id blank, or write the id of the one that is meant.",
        example="the id of winter in the row of summer",
    ),
    Explanation(
        Code.EXISTS_ALREADY,
        Kind.PLAN,
        "the location has a collection with this slug",
        "--on-existing fail was given, and the location holds the slug already.",
        "Give the row another slug, or let it be with --on-existing skip, or bring it "
        "up to date with --on-existing update.",
        example="a second run of the same file with --on-existing fail",
    ),
    Explanation(
        Code.NAME_DIFFERS,
        Kind.REMARK,
        "the location has this slug under another name",
        "The location holds a collection with the row's slug, and it is called "
        "something else than in the row. It was left as it is, so if another "
        "collection is meant, that one does not exist.",
        "Give the row a slug of its own if another collection is meant; with "
        "--on-existing update the collection is renamed.",
        example="Shirts other with the slug shirts, where Shirts has it",
    ),
    Explanation(
        Code.PRODUCTS_NOT_UPDATED,
        Kind.REMARK,
        "the products differ from the row's, and an update leaves them",
        "With --on-existing update name, image and SEO are brought up to date. The "
        "products of the row are others than those of the collection, and they are "
        "only sent with --update-products, because HighLevel publishes them for "
        "updates in one place and not in another.",
        "To have them sent, run with --update-products; else change them in "
        "HighLevel. The order of products makes no difference.",
        example="a product that was added to the row of a collection that exists",
    ),
    Explanation(
        Code.RULES_NOT_UPDATED,
        Kind.REMARK,
        "the rules differ from the row's, and an update leaves them",
        "With --on-existing update name, image and SEO are brought up to date. The "
        "rules of the row are others than those of the smart collection, and they are "
        "only sent with --update-products.",
        "To have them sent, run with --update-products; else change them in HighLevel.",
        example="another price in the rules of a smart collection that exists",
    ),
    Explanation(
        Code.PRODUCT_NAME_INVALID,
        Kind.PLAN,
        "what a product is called cannot be read",
        "A cell of product_skus, product_names or product_handles holds a number that "
        "a spreadsheet has made of a long SKU, or a JSON list of something else than "
        "texts.",
        "Format the column as text and write the SKU once more; in a JSON list put "
        "every name into quotation marks.",
        example="6.40398E+11 in product_skus",
    ),
    Explanation(
        Code.PRODUCT_NOT_FOUND,
        Kind.PLAN,
        "the location has no product that is called so",
        "The row calls a product by its SKU, name or handle, and the location's list "
        "shows none that is called so. The message names the nearest.",
        "Write what the location calls it, or its id into product_ids, or make the "
        "product first.",
        example="Blue Shirt in product_names, where the location has Blue T-Shirt",
    ),
    Explanation(
        Code.PRODUCT_AMBIGUOUS,
        Kind.PLAN,
        "several products are called so",
        "The row calls a product by a name, SKU or handle that several products of the "
        "location have. The message names them with their ids.",
        "Write the id of the one that is meant into product_ids instead.",
        example="Shirt in product_names, where two products are called Shirt",
    ),
    Explanation(
        Code.PRODUCTS_NOT_LISTED,
        Kind.PLAN,
        "the products of the location could not be listed",
        "The row calls products by names, and HighLevel did not give the list in which "
        "they are looked up. Most often the token lacks a scope.",
        "Give the token the scopes that the message names and go on with importer "
        "resume, or write ids into product_ids.",
        example="401 from GET /products/ for a token without products.readonly",
    ),
    Explanation(
        Code.PRODUCTS_BY_NAME,
        Kind.REMARK,
        "products by name, SKU or handle: plan and run look them up",
        "The row calls its products by something else than their ids. importer plan "
        "and run look them up in the location; the report then says which id was taken "
        "for which text.",
        "Nothing needs to be done; look at the ids where a name may mean several.",
        example="TSHIRT-BLUE in product_skus",
    ),
    Explanation(
        Code.DONE_BEFORE,
        Kind.PLAN,
        "done by an earlier run, as the table itself says",
        "The row comes from a report.xlsx and says in its last columns that an earlier "
        "run has created, updated or found it, with the id. Nothing is sent or looked "
        "up for it.",
        "Nothing needs to be done. Empty its import_status to have it looked at again.",
        example="a corrected report.xlsx that is given to importer run",
    ),
)
