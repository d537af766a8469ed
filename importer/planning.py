"""Definitions and what exists already become actions. The plan sends nothing.

Pure: it is given what the location holds and decides row by row. Invariant: of all
rows with one identity at most one becomes a `Create` or an `Update`, and that is
the first one of the input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from importer.models import (
    Code,
    Create,
    Leave,
    OnExisting,
    Problem,
    Refuse,
    Update,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models import Action, Definition, Existing


def differences(
    definition: Definition, existing: Existing
) -> dict[str, tuple[str, str]]:
    """What an update would change: field → (there, in the row).

    Only what the row filled is compared: an empty cell asks for nothing. Fields that
    a list does not show (products, rules) cannot be compared and are left out.
    """
    pairs = {
        "name": (existing.name, definition.name),
        "image": (existing.image, definition.image),
        "seo_title": (existing.seo_title, definition.seo_title),
        "seo_description": (existing.seo_description, definition.seo_description),
    }
    return {
        field: (there, wanted)
        for field, (there, wanted) in pairs.items()
        if wanted and there != wanted
    }


def _remarks(definition: Definition, found: Sequence[Existing]) -> tuple[Problem, ...]:
    first = found[0]
    remarks = []
    if len(found) > 1:
        ids = ", ".join(one.collection_id or "no id" for one in found)
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
    said = "The location's list shows a collection with this slug, but not its id."
    if on_existing is OnExisting.UPDATE:
        said += " It cannot be updated, and stays as it is."
    return Problem(Code.ID_NOT_SHOWN, said)


def not_listed(action: Action, run_id: str, age_seconds: float) -> Action:
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


def decide(
    definition: Definition, found: Sequence[Existing], on_existing: OnExisting
) -> Action:
    """Say what to do with a row, given every collection with its identity.

    Args:
        definition: what the row asks for.
        found: what the location holds under the same slug, oldest knowledge first.
        on_existing: the user's choice for rows that are there already.
    """
    if not found:
        return Create()
    # one that is shown without an id proves no more than that the slug is there
    found = [one for one in found if one.collection_id] or found
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
            changes = differences(definition, first)
            if not changes:
                return Leave(first.collection_id, remarks, slug)
            return Update(first.collection_id, changes, remarks, slug)
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
