"""What a run made of a row, as far as it was sent or shown: what an undo compares with.

The baseline is the body that was sent, with what the server's answer and the run's
last list showed in its place. Whatever differs from it now was changed by others: then
the collection is no longer the run's to delete. Pure. Invariants: a field that was
neither sent nor shown is blank, so that an image, SEO or products that were added
differ; what HighLevel makes by itself differs in nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from importer import rewrites

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from importer.models import Existing, Sent

SMART = "smart"
#: Times of an item may be later than its answer by this, without a change.
TOUCH_SECONDS = 2.0
#: Fields that people fill in later: what a list shows of them proves nothing of the
#: run's own request where that did not fill them.
ADDED_LATER = ("image", "seo", "productIds", "rules")
#: Fields that a server stores as they were sent, so that another value is a person's.
CHOSEN = ("productIds",)


def of(row: Sent) -> dict[str, Any]:
    """Return the collection that a row's request made, by the names of the API."""
    made: dict[str, Any] = orjson.loads(row.body) if row.body else {}
    made = {"name": row.name, "slug": row.slug, **made}
    if row.shown:
        made |= orjson.loads(row.shown)
    return {field: made[field] for field in rewrites.FIELDS if made.get(field)}


def visible(listed: Iterable[Existing]) -> set[str]:
    """Return the fields that a list shows of any collection at all."""
    fields: set[str] = set()
    for existing in listed:
        fields.update(rewrites.as_shown(existing))
    return fields


def products_matter(row: Sent, existing: Existing | None) -> bool:
    """Return whether people choose a collection's products; a smart one finds them."""
    kind = (existing.type if existing is not None else "") or of(row).get("type", "")
    return str(kind).casefold() != SMART


def differences(
    row: Sent, existing: Existing, seen: Collection[str] = ()
) -> dict[str, tuple[Any, Any]]:
    """Return what others changed since the run made it: field → (there, the run's).

    Args:
        row: a row that was created.
        existing: its collection as it is now.
        seen: fields that are certainly shown: one that is blank was emptied.
    """
    made = _comparable(of(row), row, existing)
    shown = _comparable(rewrites.as_shown(existing), row, existing)
    # a list that shows a field of others shows a blank of this one: it was emptied
    for field in seen:
        if field in made and field not in ("productIds", "rules"):
            shown.setdefault(field, {} if field == "seo" else "")
    if "type" not in made:  # HighLevel chose it, and a type is permanent
        shown.pop("type", None)
    found = rewrites.differing(made, shown)
    return {field: (now, made.get(field, "")) for field, now in found.items()}


def words(changed: Mapping[str, tuple[Any, Any]]) -> str:
    """Write the differences for people; empty where there are none."""
    return "; ".join(
        f"{field} is {now!r}, the run sent {made!r}"
        for field, (now, made) in changed.items()
    )


def observed(row: Sent, existing: Existing) -> str:
    """Return what a list shows otherwise than it was sent, as JSON for `shown`.

    The list is that of the end of the run. Empty where nothing new is shown, or others
    may have changed the collection since: it was changed later than the answer came, or
    filled in where the run left a blank, or has other products.
    """
    if row.finished_at is None or _touched(existing):
        return ""
    made = of(row)
    changed = {
        field: now
        # an image or SEO that the run did not send was added by a person, and products
        # may always be
        for field, (now, _) in differences(row, existing).items()
        if field not in CHOSEN and (field in made or field not in ADDED_LATER)
    }
    if "type" not in made and existing.type:
        changed["type"] = existing.type
    if not changed:
        return ""
    known = orjson.loads(row.shown) if row.shown else {}
    return orjson.dumps({**known, **changed}).decode()


def _touched(existing: Existing) -> bool:
    """Return whether an item says itself that it was changed after its creation."""
    created, updated = existing.created_at, existing.updated_at
    if created is None or updated is None:
        return False
    return updated > created + TOUCH_SECONDS


def _comparable(
    fields: Mapping[str, Any], row: Sent, existing: Existing
) -> dict[str, Any]:
    """Return fields whose order, or blanks of another shape, are no difference."""
    found = dict(fields)
    if not products_matter(row, existing):
        found.pop("productIds", None)
    if isinstance(products := found.get("productIds"), list):
        found["productIds"] = sorted(map(str, products))
    rules = found.get("rules")
    if isinstance(rules, dict) and not rules.get("conditions"):
        found["rules"] = {}
    return found
