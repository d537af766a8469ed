"""The endpoints: a call that was let through goes in, its answer comes out.

Synchronous; knows neither sockets nor budgets nor faults. It checks access and
shapes, and reads or changes the store. Invariant: a call that is answered with 4xx
has changed nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.sandbox import bodies, calls, natures
from importer.sandbox.answers import done
from importer.sandbox.calls import Doors, refuse
from importer.sandbox.clock import stamp
from importer.sandbox.natures import SMALL_PAGE, Nature, Page, Views
from importer.sandbox.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.sandbox.answers import Answer
    from importer.sandbox.calls import Call
    from importer.sandbox.options import Options
    from importer.sandbox.store import Collection, Store

COLLECTIONS = "/products/collections"
#: What the vendor's clients call to see whether the API is there.
HEALTH = "/health"
USUAL_PAGE = 10


class Api:
    """The endpoints over one store."""

    def __init__(self, options: Options, store: Store) -> None:
        """Serve the store by these options."""
        self._options = options
        self._store = store
        self._natures = natures.checked(options.natures)
        self._views = Views(self._natures, options.seed)
        small = Nature.PAGE_LIMIT_20 in self._natures
        self._max_page = (
            min(options.max_page, SMALL_PAGE) if small else options.max_page
        )
        self._shop = Shop(store, options.products_refused, self._max_page)
        self._doors = Doors(
            options.tokens, options.scope, options.strict, options.blocks_agents
        )

    def admit(self, tokens: Mapping[str, frozenset[str]]) -> None:
        """Let in these tokens from now on, each for its locations; `{}` lets in any."""
        self._doors = replace(self._doors, tokens=tokens)

    def edge_blocks(self, call: Call) -> bool:
        """Return whether the call does not even reach the API."""
        return calls.edge_blocks(self._doors, call.headers.get("User-Agent", ""))

    def answer(self, call: Call, now: float, lag_seconds: float = 0.0) -> Answer:
        """Carry out a call; a create shows in lists `lag_seconds` later."""
        # an unknown address is told before anything else is looked at, the token too
        if not self._exists(call):
            return refuse(call, 404, f"Cannot {call.method} {call.path}")
        if call.path == HEALTH:
            return done({"status": "ok"})
        shut = calls.turned_away(self._doors, call.method, call.headers, call.location)
        if shut is not None:
            return refuse(call, *shut)
        if call.method in ("POST", "PUT") and not isinstance(call.body, dict):
            return refuse(call, 400, "The body is not a JSON object")
        kept = call if self._options.strict else calls.eased(call)
        return self._carry_out(kept, now, lag_seconds)

    def _exists(self, call: Call) -> bool:
        """Return whether the API has such an endpoint."""
        if call.path == COLLECTIONS:
            return call.method in ("GET", "POST")
        if call.path == HEALTH:
            return call.method == "GET" and not self._options.strict
        head, _, last = call.path.rpartition("/")
        if head == COLLECTIONS and last:
            return call.method in ("GET", "PUT", "DELETE")
        return self._shop.has(call.method, call.path)

    def _carry_out(self, call: Call, now: float, lag_seconds: float) -> Answer:
        if not call.path.startswith(COLLECTIONS):
            return self._shop.answer(call, now)
        collection_id = call.path[len(COLLECTIONS) + 1 :]
        if collection_id:
            return self._one(call, collection_id, now)
        if call.method == "POST":
            return self._create(call, now, lag_seconds)
        return self._list(call, now)

    def _create(self, call: Call, now: float, lag_seconds: float) -> Answer:
        fields = call.fields
        options = self._options
        problems = bodies.create_problems(
            fields, options.known_keys, products_required=options.require_products
        ) + bodies.length_problems(fields, options.max_name)
        if problems:
            # kept as refused: a run's audit has to tell these from what a fault hides
            self._store.refuse(call.location, fields, now=now)
            return refuse(call, 422, problems)
        if Nature.CONFLICT_409 in self._natures and self._slug_is_taken(fields):
            return refuse(call, 409, "slug already exists")
        kept = {
            key: value
            for key, value in fields.items()
            if value is not None and key not in ("altId", "altType", "collectionId")
        }
        # what HighLevel does with `collectionId` is unknown, so a flag decides
        if options.collection_ids == "forced" and fields.get("collectionId"):
            kept["_id"] = fields["collectionId"].lower()
            if self._store.holds(kept["_id"]):
                return refuse(call, 400, "collectionId is taken")
        made = self._store.create(
            fields["altId"],
            kept | self._rewritten(call),
            now=now,
            lag_seconds=lag_seconds,
            call=call.ordinal,
            sent={"slug": fields["slug"], "name": fields["name"]},
        )
        return done({"data": made.fields}, 201)

    def _slug_is_taken(self, fields: Mapping[str, Any]) -> bool:
        held = self._store.location(fields["altId"]).collections.values()
        return any(item.fields.get("slug") == fields["slug"] for item in held)

    def _rewritten(self, call: Call) -> dict[str, str]:
        """Return the slug and name of a create, where this server changes them."""
        made: dict[str, str] = {}
        if Nature.REWRITES_SLUG in self._natures:
            slug = call.fields["slug"]
            made["slug"] = natures.rewritten_slug(slug, call.seed, call.ordinal)
        if Nature.REWRITES_NAME in self._natures:
            made["name"] = natures.rewritten_name(call.fields["name"])
        return made

    def _list(self, call: Call, now: float) -> Answer:
        query = call.query
        problems = bodies.location_problems(query) + bodies.page_problems(
            query, self._max_page
        )
        if problems:
            return refuse(call, 422, problems)
        found = self._matching(call, now)
        if self._newest_first:
            found = found[::-1]
        if self._natures:
            body = self._views.shown(_asked(call), found)
            body["data"] = [self._in_a_list(fields) for fields in body["data"]]
            return done(body)
        page = page_of(found, query, USUAL_PAGE)
        shown = [self._in_a_list(item.fields) for item in page]
        return done({"data": shown, "total": len(found)})

    @property
    def _newest_first(self) -> bool:
        moving = Nature.MOVING_LIST in self._natures
        return moving or self._options.list_order == "newest"

    def _in_a_list(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of a collection that a list shows."""
        hidden = self._options.list_hides
        if not hidden:
            return fields
        return {key: value for key, value in fields.items() if key not in hidden}

    def _matching(self, call: Call, now: float) -> Sequence[Collection]:
        found = self._listed(call.location, now)
        ids = call.query.get("collectionIds")
        if ids:
            wanted = {part.strip() for part in ids.split(",")}
            found = [item for item in found if item.id in wanted]
        name = call.query.get("name", "").casefold()
        if name:
            found = [item for item in found if self._named(item, name)]
        return found

    def _listed(self, location: str, now: float) -> Sequence[Collection]:
        """Return what the location's list holds.

        Some servers leave nothing out of it.
        """
        if Nature.OTHER_LOCATIONS not in self._natures:
            return self._store.location(location).listed(now)
        held = self._store.locations.values()
        return sorted(
            (item for place in held for item in place.listed(now)),
            key=lambda item: item.created_at,
        )

    def _named(self, item: Collection, wanted: str) -> bool:
        name = str(item.fields["name"]).casefold()
        # how HighLevel's filter matches is unknown, so a flag decides
        match self._options.name_match:
            case "part":
                return wanted in name
            case "prefix":
                return name.startswith(wanted)
            case "exact":
                return name == wanted

    def _one(self, call: Call, collection_id: str, now: float) -> Answer:
        if problems := _problems(call, self._options.known_keys):
            return refuse(call, 422, problems)
        # single collections were refused for months (vendor's tracker, #92)
        if call.method == "GET" and self._options.get_by_id == "refused":
            return refuse(call, *calls.NO_SCOPE)
        found = self._store.find(call.location, collection_id)
        if found is None:
            return refuse(call, 404, "Collection not found")
        if call.method == "GET":
            return done({"data": self._views.item(found), "status": True})
        if call.method == "PUT":
            self._update(call, found, now)
        else:
            self._store.remove(call.location, collection_id, call.ordinal)
        return done({"status": True})

    def _update(self, call: Call, found: Collection, now: float) -> None:
        fields = dict(found.fields)
        # whether an update drops what it leaves out is unknown, so a flag decides
        if self._options.updates == "replace":
            for key in ("image", "seo"):
                fields.pop(key, None)
        for key in ("name", "slug", "image", "seo", "productIds", "rules"):
            if call.fields.get(key) is not None:
                fields[key] = call.fields[key]
        fields["updatedAt"] = stamp(now)
        self._store.replace(call.location, found, fields)


def _problems(call: Call, known: bodies.KnownKeys) -> list[str]:
    """Say what is wrong with a call about one collection."""
    if call.method == "PUT":
        return bodies.update_problems(call.fields, known)
    if call.method == "GET":
        return bodies.single_problems(call.query)
    return bodies.location_problems(call.query)


def page_of(
    items: Sequence[Collection], query: Mapping[str, str], usual: int
) -> Sequence[Collection]:
    """Return the part of a list that `offset` and `limit` ask for."""
    offset = int(query.get("offset", 0))
    return items[offset : offset + int(query.get("limit", usual))]


def _asked(call: Call) -> Page:
    """Return the page of a list that a call asks for."""
    offset = int(call.query.get("offset", 0))
    limit = int(call.query.get("limit", USUAL_PAGE))
    return Page(call.location, offset, limit, call.ordinal)
