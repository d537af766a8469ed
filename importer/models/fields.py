"""The fields of a collection by their names at the API.

Values and nothing else. Invariant: what stands in no list here is sent always.
"""

from __future__ import annotations

#: Fields that a request may leave out, in the order of the API's page. `type`, `rules`
#: and `productIds` are in no other source of the vendor (contract).
OPTIONAL_FIELDS = (
    "collectionId",
    "image",
    "type",
    "rules",
    "productIds",
    "seo",
    "ruleHash",
    "ruleVersion",
    "stats",
)
#: Fields without which there is no collection.
REQUIRED_FIELDS = ("altId", "altType", "name", "slug")
