"""What shows beside other rows or in the location, in English.

A key is a code, or code/variant where one code says several things; `part/…` is a part
of other sentences, and `update/…` is said of updates without a code. Only texts.
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence

_REPEATED = "Remove this row, or give it a slug of its own."
_NOT_FOUND = "The location has no product with the {noun} {value}."
_CORRECT = "Correct the {noun}, or make the product in HighLevel first."
_NEAREST = "The nearest: {near:listed}."
_AMBIGUOUS = (
    "{count:number} products have the {noun} {value}: {products:listed}{more:more:,}."
)
_WRITE_ID = "Write the id of the one that is meant into product_ids instead."
_TAKEN = (
    "Write the slug {there} if that collection is meant; else leave collection_id "
    "blank, or write the id of the one that is."
)
_SEND_THEM = "Run with --update-products to have them sent."
_ANOTHER_SLUG = "Give the row another slug, or run with --on-existing skip."
_NO_ID = "The location's list shows a collection with this slug, but not its id."

SENTENCES = {
    "duplicate_in_input": Sentence(
        "{own:header:The slug} {value} stands in {place} already, for the same "
        "location; only that row is used.",
        _REPEATED,
    ),
    "duplicate_in_input/parents": Sentence(
        "{own:header:The slug} {value} stands in {place} already, for the same "
        "location; only that row is used. The two stand below different parents.",
        "To have both, run with --category-path slug (or name, where slugs are made "
        "of it); or give this row a slug of its own.",
    ),
    "part/two_or_twice": Sentence(
        "Row {row} says {slug} as well. Are these two collections, or the same one "
        "twice?"
    ),
    "duplicate_in_input/fixed": Sentence(
        "{own:header:The slug} {value} stands in {place} too, for the same location, "
        "and that row can be sent; fixed, this one would repeat it.",
        _REPEATED,
    ),
    "collection_id_repeated": Sentence(
        "The id {value} stands in {place} already, for another slug or location; an "
        "id belongs to one collection.",
        "Leave the cell blank, or write the id of the collection that this row means.",
    ),
    "done_before": Sentence(
        "An earlier run has done this row, as the table itself says; nothing was sent.",
        "To have it looked at again, empty its cell under {status}.",
    ),
    "product_not_found": Sentence(_NOT_FOUND, _CORRECT),
    "product_not_found/near": Sentence(_NOT_FOUND, _NEAREST),
    "product_not_found/left_out": Sentence(f"{_NOT_FOUND} It is left out.", _CORRECT),
    "product_not_found/left_out_near": Sentence(
        f"{_NOT_FOUND} It is left out.", _NEAREST
    ),
    "product_ambiguous": Sentence(_AMBIGUOUS, _WRITE_ID),
    "product_ambiguous/left_out": Sentence(
        f"{_AMBIGUOUS} They are left out.", _WRITE_ID
    ),
    "products_by_name": Sentence("{columns:in_turn}."),
    "products_by_name/none": Sentence("None of the products was found."),
    "products_not_listed": Sentence(
        "The products of the location cannot be listed: {reason}", "{remedy}"
    ),
    "collection_id_taken": Sentence(
        "The location holds the collection {value} under the slug {there}, called "
        "{name!r}; the row has the slug {slug}. It stays as it is.",
        _TAKEN,
    ),
    "collection_id_taken/nameless": Sentence(
        "The location holds the collection {value} under the slug {there}; the row "
        "has the slug {slug}. It stays as it is.",
        _TAKEN,
    ),
    "exists_already": Sentence(
        "A collection with the slug {slug} exists already ({collection_id}).",
        _ANOTHER_SLUG,
    ),
    "exists_already/no_id": Sentence(
        "A collection with the slug {slug} exists already (the list shows no id).",
        _ANOTHER_SLUG,
    ),
    "name_differs": Sentence(
        "The location has this slug, and the collection is called {there!r} there; "
        "the row calls it {name!r}. It stays as it is.",
        "Give the row another slug if another collection is meant, or run with "
        "--on-existing update to rename it.",
    ),
    "type_differs": Sentence(
        "The collection there is {there}, the row says {type}; a type cannot be "
        "changed."
    ),
    "exists_twice": Sentence(
        "The location holds this slug {count} times ({ids:listed}); the first one is "
        "taken."
    ),
    "id_not_shown": Sentence(_NO_ID),
    "id_not_shown/update": Sentence(
        f"{_NO_ID} It cannot be updated, and stays as it is."
    ),
    "products_not_updated": Sentence(
        "The row has {lacked:counted:product|products} that the collection lacks, and "
        "lacks {surplus:number} that it has; products are not updated.",
        _SEND_THEM,
    ),
    "products_not_updated/by_name": Sentence(
        "The row calls products by SKU, name or handle, which an update does not look "
        "up; products are not updated.",
        "Write their ids into product_ids.",
    ),
    "rules_not_updated": Sentence(
        "The rules of the row are not those of the collection; rules are not updated.",
        _SEND_THEM,
    ),
    "recently_created": Sentence(
        "Run {run} made it {minutes:minutes} ago; the location's list does not show "
        "it.",
        "If it was deleted since, run the file again with --fresh.",
    ),
    "slug_rewritten/earlier": Sentence(
        "An earlier run created it, and HighLevel made the slug {made!r} of {slug!r}."
    ),
    "update/changes": Sentence("Changes {changes:listed}."),
}

PARTS = {
    # where a row stands
    "part/row": Sentence("row {row}"),
    "part/row_of_file": Sentence("{file}, row {row}"),
    "part/row_of_sheet": Sentence("{file}, sheet {sheet}, row {row}"),
    # products that a location has, and what a row calls them
    "part/nearest": Sentence("{called} ({product_id})"),
    "part/candidate": Sentence("{product_id} ({name})"),
    "part/meaning": Sentence("{called} is {product_id}"),
    "part/meanings": Sentence("{column}: {products:listed}"),
    "part/no_id": Sentence("no id"),
    # what an update changes
    "part/field_changed": Sentence("{field} from {there!r} to {wanted!r}"),
    "part/products_listed": Sentence("product_ids to {count:counted:product|products}"),
    "part/products_changed": Sentence(
        "product_ids ({added:number} added, {removed:number} removed)"
    ),
}
