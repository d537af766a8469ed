"""What is sent: a definition as the JSON that the API takes.

Pure. Invariant: no key that the row did not fill, because strict validators on this
platform answer 422 to keys they do not know (contract), and `altType` is the
lower-case `location` of the page's enum.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from importer.models import CollectionType, Definition, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_METADATA = frozenset({"rule_hash", "rule_version", "stats"})
#: What a field of the API is made of, by the names of `Definition`.
_PARTS = {
    "collectionId": ("collection_id",),
    "image": ("image",),
    "type": ("type",),
    "rules": ("rules",),
    "productIds": ("product_ids",),
    "seo": ("seo_title", "seo_description"),
    "ruleHash": ("rule_hash",),
    "ruleVersion": ("rule_version",),
    "stats": ("stats",),
}
_FIELDS = tuple(field.name for field in fields(Definition))


def create(definition: Definition) -> dict[str, Any]:
    """Return the body of `POST /products/collections`."""
    return filled({name: getattr(definition, name) for name in _FIELDS})


def filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Make the body of the parts of a definition; empty ones may be left out.

    Args:
        parts: values by the names of `Definition`; products may be the text of a
            cell, as in `Valid`.
    """
    get = parts.get
    body: dict[str, Any] = {
        "altId": parts["location_id"],
        "altType": "location",
        "name": parts["name"],
        "slug": parts["slug"],
    }
    # from here on only what is filled: strict validators refuse unknown keys, and an
    # empty value might clear or refuse
    if collection_id := get("collection_id"):
        body["collectionId"] = collection_id
    if image := get("image"):
        body["image"] = image
    if kind := get("type"):
        body["type"] = str(kind)  # its `value` is three times as dear
    if rules := get("rules"):
        body["rules"] = rules
    if products := get("product_ids"):
        body["productIds"] = listed(products)
    title, description = get("seo_title"), get("seo_description")
    if title and description:
        body["seo"] = {"title": title, "description": description}
    elif title or description:
        body["seo"] = _filled(title=title or "", description=description or "")
    return body if parts.keys().isdisjoint(_METADATA) else _with_metadata(body, parts)


def _with_metadata(body: dict[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Add what HighLevel makes by itself, where a setting says to send it."""
    if parts.get("rule_hash"):
        body["ruleHash"] = parts["rule_hash"]
    if parts.get("rule_version") is not None:  # 0 is one that a row may state
        body["ruleVersion"] = parts["rule_version"]
    if parts.get("stats"):
        body["stats"] = parts["stats"]
    return body


def without(parts: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """Return the parts of a definition without those that a setting leaves out.

    Args:
        parts: values by the names of `Definition`.
        left_out: fields by their names at the API.
    """
    names = {part for name in left_out for part in _PARTS[name]}
    kept = {name: value for name, value in parts.items() if name not in names}
    return {**kept, "type": ""} if "type" in names else kept


def definition(body: dict[str, Any]) -> Definition:
    """Return the definition that a POST body states: `create` read backwards."""
    seo = body.get("seo", {})
    kind = body.get("type")
    return Definition(
        location_id=body["altId"],
        name=body["name"],
        slug=body["slug"],
        type=CollectionType(kind) if kind else None,
        product_ids=tuple(body.get("productIds", ())),
        rules=body.get("rules"),
        image=body.get("image", ""),
        seo_title=seo.get("title", ""),
        seo_description=seo.get("description", ""),
        collection_id=body.get("collectionId", ""),
        rule_hash=body.get("ruleHash", ""),
        rule_version=body.get("ruleVersion"),
        stats=body.get("stats"),
    )


def _filled(**parts: str) -> dict[str, str]:
    return {key: value for key, value in parts.items() if value}
