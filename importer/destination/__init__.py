"""What the API can do with collections: list, create, update, delete.

It turns intentions into requests of `client` and answers into verdicts; whether a
request is sent again is not decided here, except for listing, which changes nothing
and may simply be repeated. Invariant: a listing is returned whole or not at all.

Source: the API page `POST /products/collections` and the vendor's OpenAPI file.
"""

from __future__ import annotations

from importer.destination.bodies import (
    body_of,
    create_body,
    definition,
    update_body,
    wishes_of,
    with_products,
    without,
)
from importer.destination.collections_api import PATH, Destination, stated

__all__ = [
    "PATH",
    "Destination",
    "body_of",
    "create_body",
    "definition",
    "stated",
    "update_body",
    "wishes_of",
    "with_products",
    "without",
]
