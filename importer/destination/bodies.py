"""What is sent: a definition as JSON, and the wishes that become an update.

Whether a PUT keeps what it leaves out is unknown (contract), so its body is made when
it is sent, from the wishes that were kept and the collection as it is then. Pure.
Invariants: no key that the row did not fill, because strict validators on this platform
answer 422 to keys they do not know (contract), and `altType` is the lower-case
`location` of the page's enum; of an update, a value that is there is replaced by one of
the row or sent along, never left out; what the server did not show is not sent.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import orjson

from importer import sentences, texts, wording
from importer.models import Code, CollectionType, Definition, Status, Withheld
from importer.models.definitions import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.models import Existing


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


def definition(body: bytes) -> Definition:
    """Return the definition that a POST's JSON states: `create_body` read backwards."""
    stated: dict[str, Any] = orjson.loads(body)
    seo = stated.get("seo", {})
    kind = stated.get("type")
    return Definition(
        location_id=stated["altId"],
        name=stated["name"],
        slug=stated["slug"],
        type=CollectionType(kind) if kind else None,
        product_ids=tuple(stated.get("productIds", ())),
        rules=stated.get("rules"),
        image=stated.get("image", ""),
        seo_title=seo.get("title", ""),
        seo_description=seo.get("description", ""),
        collection_id=stated.get("collectionId", ""),
        rule_hash=stated.get("ruleHash", ""),
        rule_version=stated.get("ruleVersion"),
        stats=stated.get("stats"),
    )


def create_body(definition: Definition) -> bytes:
    """Return the JSON of a POST for `definition`."""
    return orjson.dumps(create(definition))


def body_of(parts: Mapping[str, Any]) -> bytes:
    """Return the JSON of a POST for the parts of a definition, by its names."""
    return orjson.dumps(filled(parts))


def with_products(body: bytes, ids: Sequence[str]) -> bytes:
    """Return the JSON of a POST with other products."""
    return create_body(replace(definition(body), product_ids=tuple(ids)))


def _filled(**parts: str) -> dict[str, str]:
    return {key: value for key, value in parts.items() if value}


#: What is kept beside the wishes, and never sent: fields that the list showed, fields
#: of the kind of collection that go along with every update, and fields that never go.
SHOWN, COVERED, LEFT_OUT = "_shown", "_covered", "_left_out"
_KEPT_BESIDE = frozenset({SHOWN, COVERED, LEFT_OUT})
#: So much of a slug that a server shows is told in a message.
LONGEST_SHOWN = 100


def wishes(
    definition: Definition, existing: Existing, *, products: bool
) -> dict[str, Any]:
    """Return what a row wants of a collection that exists, as the journal keeps it.

    Args:
        definition: the row.
        existing: the collection as the list showed it.
        products: whether products and rules are part of an update.
    """
    kind = existing.type or str(definition.type or "")
    seo = _filled(title=definition.seo_title, description=definition.seo_description)
    smart = kind == CollectionType.SMART
    body: dict[str, Any] = {
        "altId": definition.location_id,
        "altType": "location",
        # the slug that is there: a server may have changed the row's, and an update is
        # not to change it back
        "slug": existing.slug or definition.slug,
        "name": definition.name,
        "image": definition.image,
        "seo": seo,
        SHOWN: [
            key
            for key, value in (
                ("image", existing.image),
                ("seo", existing.seo_title or existing.seo_description),
            )
            if value
        ],
    }
    if products:
        # products belong to manual collections and rules to smart ones; the kind that
        # is there counts, as it cannot be changed
        body[COVERED] = "rules" if smart else "productIds"
        if smart and definition.type in (None, CollectionType.SMART):
            body["rules"] = definition.rules
        elif not smart and definition.type != CollectionType.SMART:
            body["productIds"] = list(definition.product_ids)
    return {key: value for key, value in body.items() if value}


def update_body(
    wanted: Definition,
    existing: Existing,
    *,
    products: bool = False,
    left_out: Collection[str] = (),
) -> bytes:
    """Return the JSON of what a row wants of a collection, for `Destination.update`.

    Args:
        wanted: the row.
        existing: the collection as the list showed it.
        products: whether products and rules are part of an update.
        left_out: fields that no request shall have.
    """
    body = wishes(wanted, existing, products=products)
    return orjson.dumps({**body, LEFT_OUT: sorted(left_out)} if left_out else body)


def wishes_of(body: bytes) -> bytes:
    """Return what of it the row wants, without what is kept beside it."""
    return orjson.dumps(wished(orjson.loads(body)))


def wished(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wishes without what is only kept beside them."""
    return {key: value for key, value in body.items() if key not in _KEPT_BESIDE}


def shown(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields that the list showed of the collection, so that it has them."""
    found = body.get(SHOWN)
    return frozenset(found if isinstance(found, list) else ())


def differs(body: Mapping[str, Any], now: Existing) -> bool:
    """Return whether a collection differs from the wishes; what is hidden differs."""
    seo = body.get("seo", {})
    pairs = (
        (body.get("name"), now.name),
        (body.get("image"), now.image),
        (seo.get("title"), now.seo_title),
        (seo.get("description"), now.seo_description),
        (body.get("rules"), now.rules),
    )
    if any(wanted and wanted != there for wanted, there in pairs):
        return True
    products = body.get("productIds") or ()
    # a set: HighLevel promises no order, and the row states none
    return bool(products) and set(products) != set(now.product_ids or ())


def withheld(body: Mapping[str, Any], now: Existing) -> Withheld | None:
    """Say why a collection shall not be changed; None where it shall.

    Args:
        body: what `wishes` gave.
        now: the collection as it is.
    """
    # the slug is the identity: with another one it is not the row's any more
    if now.slug and now.slug != body["slug"]:
        return Withheld(
            Status.INVALID,
            Code.COLLECTION_ID_TAKEN,
            sentences.text(
                "collection_id_taken/meanwhile",
                collection_id=now.collection_id,
                slug=body["slug"],
                there=_shown(now.slug),
            ),
        )
    return None if differs(body, now) else Withheld(Status.EXISTING)


def _shown(slug: str) -> str:
    return wording.cut(texts.plain(slug), LONGEST_SHOWN)


def gone(collection_id: str, http_status: int) -> Withheld:
    """Return what becomes of a row whose collection was removed meanwhile."""
    return Withheld(
        Status.REJECTED,
        Code.API_NOT_FOUND,
        sentences.text("outcome/gone", collection_id=collection_id),
        http_status,
    )


def merged(body: Mapping[str, Any], now: Existing) -> dict[str, Any]:
    """Return the body of `PUT /products/collections/{id}`.

    Args:
        body: what `wishes` gave.
        now: the collection as it is.
    """
    seo = body.get("seo", {})
    full: dict[str, Any] = {
        "altId": body["altId"],
        "altType": "location",
        "slug": now.slug or body["slug"],
        "name": body.get("name") or now.name,
        "image": body.get("image") or now.image,
        "seo": _filled(
            title=seo.get("title") or now.seo_title,
            description=seo.get("description") or now.seo_description,
        ),
    }
    match body.get(COVERED):
        case "productIds":
            full["productIds"] = body.get("productIds") or list(now.product_ids or ())
        case "rules":
            full["rules"] = body.get("rules") or now.rules
    left_out = body.get(LEFT_OUT, ())
    # an empty value is left out: nothing is there, and none was wished
    return {key: value for key, value in full.items() if value and key not in left_out}
