"""What is sent: a definition as the JSON that the API takes.

Pure. Invariant: no key that the row did not fill, because strict validators on this
platform answer 422 to keys they do not know (contract), and `altType` is the
lower-case `location` of the page's enum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.models import CollectionType, Definition

if TYPE_CHECKING:
    from importer.models import Update


def create(definition: Definition) -> dict[str, Any]:
    """The body of `POST /products/collections`."""
    body: dict[str, Any] = {
        "altId": definition.location_id,
        "altType": "location",
        "name": definition.name,
        "slug": definition.slug,
    }
    if definition.collection_id:
        body["collectionId"] = definition.collection_id
    if definition.image:
        body["image"] = definition.image
    if definition.type:
        body["type"] = definition.type.value
    if definition.rules:
        body["rules"] = definition.rules
    if definition.product_ids:
        body["productIds"] = list(definition.product_ids)
    if definition.seo_title or definition.seo_description:
        body["seo"] = _filled(
            title=definition.seo_title, description=definition.seo_description
        )
    _add_metadata(definition, body)
    return body


def _add_metadata(definition: Definition, body: dict[str, Any]) -> None:
    """What HighLevel makes by itself, where a setting says to send it all the same."""
    if definition.rule_hash:
        body["ruleHash"] = definition.rule_hash
    if definition.rule_version is not None:  # 0 is one that a row may state
        body["ruleVersion"] = definition.rule_version
    if definition.stats:
        body["stats"] = definition.stats


def definition(body: dict[str, Any]) -> Definition:
    """The definition that a POST body states: `create` read backwards."""
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


def update(location_id: str, slug: str, wanted: Update) -> dict[str, Any]:
    """The body of `PUT /products/collections/{id}`: only what differs.

    `seo` is one object there, so both its parts go along where one differs: whether
    a part left out would be kept is unknown (contract).
    """
    changes = {field: new for field, (_, new) in wanted.changes.items()}
    body: dict[str, Any] = {
        "altId": location_id,
        "altType": "location",
        "slug": slug,
        "name": changes.get("name", ""),
        "image": changes.get("image", ""),
        "seo": _filled(
            title=changes.get("seo_title", ""),
            description=changes.get("seo_description", ""),
        ),
    }
    return {key: value for key, value in body.items() if value}


def _filled(**parts: str) -> dict[str, str]:
    return {key: value for key, value in parts.items() if value}
