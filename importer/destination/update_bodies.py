"""What an update sends: what the row says, and what is there for all that it leaves.

Whether a PUT keeps what it leaves out is unknown (contract), so the body is made when
it is sent, from the wishes that were kept and the collection as it is then. Pure.
Invariants: a value that is there is replaced by one of the row or sent along, never
left out; what the server did not show is not sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import texts, wording
from importer.models import Code, CollectionType, Status, Withheld

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.models import Definition, Existing

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
    seo = _seo(definition.seo_title, definition.seo_description)
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


def without(wishes: dict[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """Return the wishes with a note of the fields that no request shall have."""
    return {**wishes, LEFT_OUT: sorted(left_out)} if left_out else wishes


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
            f"The collection {now.collection_id} had the slug {body['slug']} when it "
            f"was compared, and has the slug {_shown(now.slug)} now; it was left as it "
            "is.",
        )
    return None if differs(body, now) else Withheld(Status.EXISTING)


def _shown(slug: str) -> str:
    return wording.cut(texts.plain(slug), LONGEST_SHOWN)


def gone(collection_id: str, http_status: int) -> Withheld:
    """Return what becomes of a row whose collection was removed meanwhile."""
    return Withheld(
        Status.REJECTED,
        Code.API_NOT_FOUND,
        f"The collection {collection_id} is not in the location any more, so there is "
        "nothing to change. Run the file again to have it created.",
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
        "seo": _seo(
            seo.get("title") or now.seo_title,
            seo.get("description") or now.seo_description,
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


def _seo(title: str, description: str) -> dict[str, str]:
    parts = {"title": title, "description": description}
    return {key: value for key, value in parts.items() if value}
