"""The contract of the API for one collection, as pydantic models of a row's text.

Source: the page of `POST /products/collections`. Lengths that it does not document
are not invented. Each field takes the text of a cell; what a cell may hold (lists,
JSON) is taken apart by `cells`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from importer.models import CollectionType
from importer.validation.cells import (
    a_number,
    ids,
    json_object,
    not_destroyed,
    upper,
)

# Any pattern makes pydantic look at the characters, so that half a surrogate pair
# (possible in a DataFrame) is found here and not when the request is encoded.
_Text = Annotated[str, StringConstraints(pattern=r"")]
_Visible = r"[^\s\u200b-\u200f\u2060\ufeff\u00ad]"
_HEX_24 = r"^[0-9a-fA-F]{24}$"
_NO_SPACE = r"^[^\s\x00-\x1f]+$"
# Scheme, perhaps a user, a host (a name or an IPv6 address), perhaps a port, the rest.
_WEB_ADDRESS = (
    r"^(?i:https?)://(?:[^\s/?#@\\]+@)?"
    r"(?:[^\s/?#@:\[\]\\]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:[/?#][^\s\x00-\x1f]*)?$"
)

_MongoId = Annotated[
    str, BeforeValidator(not_destroyed), StringConstraints(pattern=_HEX_24)
]
_AnyId = Annotated[
    str, BeforeValidator(not_destroyed), StringConstraints(pattern=_NO_SPACE)
]


class Rules(BaseModel):
    """The rules of a smart collection.

    The keys of a condition are published nowhere, so conditions pass through.
    """

    model_config = ConfigDict(extra="allow")

    logic: Annotated[Literal["AND", "OR"], BeforeValidator(upper)]
    conditions: Annotated[list[dict[str, Any]], Field(min_length=1)]


class Collection(BaseModel):
    """One collection; a field that the row leaves blank is absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    location_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$")]
    name: Annotated[str, StringConstraints(pattern=_Visible)]
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    type: Annotated[CollectionType, BeforeValidator(str.lower)] | None = None
    product_ids: Annotated[tuple[_MongoId, ...], BeforeValidator(ids)] = ()
    rules: Annotated[Rules, BeforeValidator(json_object)] | None = None
    image: Annotated[str, StringConstraints(pattern=_WEB_ADDRESS)] = ""
    seo_title: _Text = ""
    seo_description: _Text = ""
    collection_id: _MongoId | Literal[""] = ""
    rule_hash: _Text = ""
    rule_version: Annotated[int | float, BeforeValidator(a_number)] | None = None
    stats: Annotated[dict[str, Any], BeforeValidator(json_object)] | None = None


class LooseCollection(Collection):
    """A collection whose ids need not be 24 hex digits."""

    product_ids: Annotated[tuple[_AnyId, ...], BeforeValidator(ids)] = ()
    collection_id: _AnyId | Literal[""] = ""
