"""Definitions and what exists already become actions. The plan sends nothing.

Pure: it is given what the location holds and decides row by row. Invariant: of all
rows with one identity at most one becomes a `Create` or an `Update`, and that is
the first one of the input.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from importer import wording
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
    return f"Changes {', '.join(changes)}."


def _change(field: str, values: tuple[str, str]) -> str:
    old, new = values
    if field != "product_ids":
        return f"{field} from {old!r} to {new!r}"
    present, wanted = set(old.split()), set(new.split())
    if not present:
        return f"product_ids to {wording.counted(len(wanted), 'product')}"
    added, removed = len(wanted - present), len(present - wanted)
    return f"product_ids ({added:,} added, {removed:,} removed)"


def _not_updated(definition: Definition, existing: Existing) -> Iterator[Problem]:
    """Tell of products and rules that are known to differ and will stay so."""
    found = membership(definition, existing)
    remedy = "Run with --update-products to have them sent."
    if "product_ids" in found and existing.product_ids is not None:
        wanted, present = set(definition.product_ids), set(existing.product_ids)
        lacked = wording.counted(len(wanted - present), "product")
        yield Problem(
            Code.PRODUCTS_NOT_UPDATED,
            f"The row has {lacked} that the collection lacks, and "
            f"lacks {len(present - wanted):,} that it has; products are not updated.",
            remedy=remedy,
        )
    if "rules" in found and existing.rules is not None:
        yield Problem(
            Code.RULES_NOT_UPDATED,
            "The rules of the row are not those of the collection; rules are not "
            "updated.",
            remedy=remedy,
        )


def _remarks(definition: Definition, found: Sequence[Existing]) -> tuple[Problem, ...]:
    first = found[0]
    remarks = []
    if len(found) > 1:
        ids = ", ".join(existing.collection_id or "no id" for existing in found)
        remarks.append(
            Problem(
                Code.EXISTS_TWICE,
                f"The location holds this slug {len(found)} times ({ids}); "
                "the first one is taken.",
            )
        )
    if definition.type and first.type and definition.type != first.type:
        remarks.append(
            Problem(
                Code.TYPE_DIFFERS,
                f"The collection there is {first.type}, the row says "
                f"{definition.type}; a type cannot be changed.",
            )
        )
    return tuple(remarks)


def taken(definition: Definition, holder: Existing) -> Refuse:
    """Refuse a row whose id belongs to a collection with another slug."""
    wanted = definition.collection_id
    called = f", called {holder.name!r}" if holder.name else ""
    problem = Problem(
        Code.COLLECTION_ID_TAKEN,
        f"The location holds the collection {wanted} under the slug {holder.slug}"
        f"{called}; the row has the slug {definition.slug}. It stays as it is.",
        column="collection_id",
        remedy=f"Write the slug {holder.slug} if that collection is meant; else leave "
        "collection_id blank, or write the id of the one that is.",
        value=wanted,
    )
    return Refuse(problem, holder.collection_id)


def _other_name(definition: Definition, first: Existing) -> tuple[Problem, ...]:
    """Tell that the slug belongs to a collection of another name, which stays so."""
    if not first.name or first.name == definition.name:
        return ()
    return (
        Problem(
            Code.NAME_DIFFERS,
            f"The location has this slug, and the collection is called {first.name!r} "
            f"there; the row calls it {definition.name!r}. It stays as it is.",
            remedy="Give the row another slug if another collection is meant, or run "
            "with --on-existing update to rename it.",
        ),
    )


def _without_id(on_existing: OnExisting) -> Problem:
    """Tell that the location shows the slug and nothing that it could be named by."""
    text = "The location's list shows a collection with this slug, but not its id."
    if on_existing is OnExisting.UPDATE:
        text += " It cannot be updated, and stays as it is."
    return Problem(Code.ID_NOT_SHOWN, text)


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
    minutes = round(age_seconds / 60)
    ago = {0: "less than a minute", 1: "a minute"}.get(minutes, f"{minutes} minutes")
    remark = Problem(
        Code.RECENTLY_CREATED,
        f"Run {run_id} made it {ago} ago; the location's list does not show it.",
        remedy="If it was deleted since, run the file again with --fresh.",
    )
    slug = action.slug if isinstance(action, Leave) else ""
    return Leave(action.collection_id, (remark, *action.remarks), slug)


def _other_slug(definition: Definition, first: Existing) -> tuple[Problem, ...]:
    """Tell that an earlier run made the collection, and the server another slug."""
    if first.slug == definition.slug:
        return ()
    return (
        Problem(
            Code.SLUG_REWRITTEN,
            f"An earlier run created it, and HighLevel made the slug {first.slug!r} of "
            f"{definition.slug!r}.",
        ),
    )


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
            problem = Problem(
                Code.EXISTS_ALREADY,
                f"A collection with the slug {definition.slug} exists already "
                f"({first.collection_id or 'the list shows no id'}).",
                remedy="Give the row another slug, or run with --on-existing skip.",
            )
            return Refuse(problem, first.collection_id)
        case _:  # pragma: no cover - proved by the type checker
            assert_never(on_existing)
