"""Definitions and what exists already become actions. The plan sends nothing.

Pure: it is given what the location holds and decides row by row. Invariant: of all
rows with one identity at most one becomes a `Create` or an `Update`, and that is
the first one of the input.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from importer import sentences
from importer.models import (
    Code,
    CollectionType,
    Create,
    Leave,
    OnExisting,
    Problem,
    Refuse,
    Update,
)
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from importer.models import Action, Definition, Existing


def differences(
    definition: Definition, existing: Existing
) -> dict[str, tuple[str, str]]:
    """Return what an update would change: field → (there, in the row).

    Only what the row filled is compared: an empty cell asks for nothing. Products
    and rules are compared by `membership`.
    """
    pairs = {
        "name": (existing.name, definition.name),
        "image": (existing.image, definition.image),
        "seo_title": (existing.seo_title, definition.seo_title),
        "seo_description": (existing.seo_description, definition.seo_description),
    }
    return {
        field: (present, wanted)
        for field, (present, wanted) in pairs.items()
        if wanted and present != wanted
    }


def membership(
    definition: Definition, existing: Existing
) -> dict[str, tuple[str, str]]:
    """Return how products or rules of a collection differ: field → (there, row).

    Products are a set: another order is no difference. Those of a smart collection
    are HighLevel's to find, and never compared. What is not shown there is empty.
    """
    found = {}
    # either kind counts: the row's may be missing, and what is there cannot be changed
    kinds = {existing.type, str(definition.type or "")}
    wanted, there = definition.product_ids, existing.product_ids or ()
    if CollectionType.SMART not in kinds and wanted and set(wanted) != set(there):
        found["product_ids"] = (" ".join(there), " ".join(wanted))
    if (
        CollectionType.MANUAL not in kinds
        and definition.rules
        and definition.rules != existing.rules
    ):
        found["rules"] = (_json(existing.rules), _json(definition.rules))
    return found


def unseen(definition: Definition, existing: Existing) -> bool:
    """Return whether the row has products, or rules, that the collection hides."""
    shown = {"product_ids": existing.product_ids, "rules": existing.rules}
    # what is not shown may be just what the row wants, or not: it cannot be compared
    return any(shown[field] is None for field in membership(definition, existing))


def _json(rules: Mapping[str, Any] | None) -> str:
    """Return rules as text; empty where none are shown."""
    # sorted, as the order of keys is no difference
    return "" if rules is None else json.dumps(rules, sort_keys=True)


def words(update: Update) -> str:
    """Write what an update changes, as a sentence."""
    changes = [_change(field, values) for field, values in update.changes.items()]
    return sentences.text("update/changes", changes=changes)


def _change(field: str, values: tuple[str, str]) -> Phrase:
    old, new = values
    if field != "product_ids":
        parameters = {"field": field, "there": old, "wanted": new}
        return Phrase("part/field_changed", parameters)
    present, wanted = set(old.split()), set(new.split())
    if not present:
        return Phrase("part/products_listed", {"count": len(wanted)})
    numbers = {"added": len(wanted - present), "removed": len(present - wanted)}
    return Phrase("part/products_changed", numbers)


def _not_updated(definition: Definition, existing: Existing) -> Iterator[Problem]:
    """Tell of products and rules that are known to differ and will stay so."""
    found = membership(definition, existing)
    if "product_ids" in found and existing.product_ids is not None:
        wanted, present = set(definition.product_ids), set(existing.product_ids)
        numbers = {"lacked": len(wanted - present), "surplus": len(present - wanted)}
        yield Problem(Code.PRODUCTS_NOT_UPDATED, numbers)
    if "rules" in found and existing.rules is not None:
        yield Problem(Code.RULES_NOT_UPDATED)


def _remarks(definition: Definition, found: Sequence[Existing]) -> tuple[Problem, ...]:
    first = found[0]
    remarks = []
    if len(found) > 1:
        ids = [existing.collection_id or Phrase("part/no_id") for existing in found]
        remarks.append(Problem(Code.EXISTS_TWICE, {"count": len(found), "ids": ids}))
    if definition.type and first.type and definition.type != first.type:
        types = {"there": first.type, "type": definition.type.value}
        remarks.append(Problem(Code.TYPE_DIFFERS, types))
    return tuple(remarks)


def taken(definition: Definition, holder: Existing) -> Refuse:
    """Refuse a row whose id belongs to a collection with another slug."""
    parameters = {
        "value": definition.collection_id,
        "slug": definition.slug,
        "there": holder.slug,
        "name": holder.name,
    }
    problem = Problem(
        Code.COLLECTION_ID_TAKEN,
        parameters,
        column="collection_id",
        variant="" if holder.name else "nameless",
    )
    return Refuse(problem, holder.collection_id)


def _other_name(definition: Definition, first: Existing) -> tuple[Problem, ...]:
    """Tell that the slug belongs to a collection of another name, which stays so."""
    if not first.name or first.name == definition.name:
        return ()
    names = {"there": first.name, "name": definition.name}
    return (Problem(Code.NAME_DIFFERS, names),)


def _without_id(on_existing: OnExisting) -> Problem:
    """Tell that the location shows the slug and nothing that it could be named by."""
    variant = "update" if on_existing is OnExisting.UPDATE else ""
    return Problem(Code.ID_NOT_SHOWN, variant=variant)


def not_listed(
    action: Action, run_id: str, age_seconds: float
) -> Create | Leave | Refuse:
    """Return the action for a row that a recent run created and no list shows yet.

    Such a collection is left as it is, since what it holds cannot be seen.

    Args:
        action: what would be done if the list showed it as that run made it.
        run_id: the run that created it.
        age_seconds: how long ago.
    """
    if not isinstance(action, Leave | Update):
        return action
    parameters = {"run": run_id, "minutes": round(age_seconds / 60)}
    remark = Problem(Code.RECENTLY_CREATED, parameters)
    slug = action.slug if isinstance(action, Leave) else ""
    return Leave(action.collection_id, (remark, *action.remarks), slug)


def _other_slug(definition: Definition, first: Existing) -> tuple[Problem, ...]:
    """Tell that an earlier run made the collection, and the server another slug."""
    if first.slug == definition.slug:
        return ()
    slugs = {"made": first.slug, "slug": definition.slug}
    return (Problem(Code.SLUG_REWRITTEN, slugs, variant="earlier"),)


def _updated(
    definition: Definition,
    first: Existing,
    remarks: tuple[Problem, ...],
    slug: str,
    *,
    products: bool,
) -> Action:
    """Bring a collection up to date, or leave it where it is so already."""
    changes = differences(definition, first)
    if products:
        changes |= membership(definition, first)
    else:
        remarks = (*remarks, *_not_updated(definition, first))
    if not changes:
        return Leave(first.collection_id, remarks, slug)
    return Update(first.collection_id, changes, remarks, slug)


def decide(
    definition: Definition,
    found: Sequence[Existing],
    on_existing: OnExisting,
    *,
    products: bool = False,
) -> Action:
    """Say what to do with a row, given every collection with its identity.

    Args:
        definition: what the row asks for.
        found: what the location holds under the same slug, oldest knowledge first.
        on_existing: the user's choice for rows that are there already.
        products: whether an update sends products and rules, too.
    """
    if not found:
        return Create()
    # one that is shown without an id proves no more than that the slug is there
    found = [existing for existing in found if existing.collection_id] or found
    first, remarks = found[0], _remarks(definition, found)
    if not first.collection_id and on_existing is not OnExisting.FAIL:
        return Leave("", (*remarks, _without_id(on_existing)))
    slug = first.slug if first.slug != definition.slug else ""
    remarks += _other_slug(definition, first)
    match on_existing:
        case OnExisting.SKIP:
            remarks += _other_name(definition, first)
            return Leave(first.collection_id, remarks, slug)
        case OnExisting.UPDATE:
            return _updated(definition, first, remarks, slug, products=products)
        case OnExisting.FAIL:
            there = first.collection_id
            parameters = {"slug": definition.slug, "collection_id": there}
            variant = "" if there else "no_id"
            problem = Problem(Code.EXISTS_ALREADY, parameters, variant=variant)
            return Refuse(problem, first.collection_id)
        case _:  # pragma: no cover - proved by the type checker
            assert_never(on_existing)
