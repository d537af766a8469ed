"""What answers and lists of a location show, compared with what was sent.

An answer is evidence: an id that another row has, another location, or the slug of
another row puts a row in doubt; a slug or a name that the server has changed is taken
as it is, and remembered. Of a list, the collections that were there before the run or
are another row's are no candidates. It asks nothing of the server. Of each of the ids,
of which there may be millions, a hash of eight bytes is kept in sorted arrays that stay
short, where a set would take six times as much; two ids with one hash (less than once
in ten million runs of a million rows) put a row in doubt, which looks and finds it.
Invariant: no id is accepted for two rows of a run, and no collection given to two.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from importer import rewrites, texts, wording
from importer.identity import Ids
from importer.models import BETWEEN, Code
from importer.rewrites import SHORTEST_CUT
from importer.sentences import text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from importer.execution.ports import Journal
    from importer.models import Done, Existing, Job
    from importer.rewrites import Ways


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer is this row's. `code` and `message` say what the server changed.

    `shown` is the collection as the server shows it where that is not what was sent,
    as a JSON object.
    """

    code: str = ""
    message: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """The answer may be another row's: by its number, or by the id that it got."""

    reason: str
    seq: int | None = None
    collection_id: str = ""


#: What a server makes of a create by itself, and people seldom change soon after.
MADE_AT_ONCE = ("name", "slug", "type")
#: So much of a name is told in a message, and so much of a field is kept.
LONGEST_SHOWN, LONGEST_FIELD = 100, 10_000
#: Nearly every answer: what was sent, and nothing else.
PLAIN = Accepted()


class Evidence:
    """What the answers of one execution have shown so far."""

    def __init__(self, ledger: Journal) -> None:
        """Start with nothing; `recall` brings what earlier processes were shown."""
        self._ledger = ledger
        self._ids = Ids()
        self._ways: dict[str, Ways] = {}
        self._rewriting: set[str] = set()
        self._slugs: dict[str, dict[str, int]] = {}

    def recall(self) -> None:
        """Take in what earlier processes of this run were shown."""
        self._ids.update(self._ledger.created_ids())
        # the ways of a server are properties of it, not of one process: what was seen
        # before a kill is as good as what is seen after it
        for location_id, name, slug, _, shown in self._ledger.shown():
            fields = orjson.loads(shown)
            self._learn(location_id, name, _text(fields, "name", name))
            if _text(fields, "slug", slug) != slug:
                self._rewriting.add(location_id)

    def ways(self, location_id: str) -> Ways:
        """Return how a location changes names."""
        return self._ways.get(location_id, rewrites.NONE)

    def rewrites_slugs(self, location_id: str) -> bool:
        """Return whether an answer of this location has shown another slug."""
        return location_id in self._rewriting

    def judge(self, job: Job, done: Done) -> Accepted | Suspect:
        """Say whether an answer to a create is this row's."""
        collection_id, shown = done.collection_id, done.shown
        # first of all: an id is the hardest evidence, and an answer that has the wrong
        # one cannot be trusted in the rest either
        if collection_id in self._ids:
            reason = text("part/answer_of_id", collection_id=collection_id)
            return Suspect(reason, collection_id=collection_id)
        verdict = PLAIN if shown is None else self._compare(job, shown)
        # a suspect id is not kept: it may well be the id of the row that it belongs to,
        # and the list will show it for that row
        if type(verdict) is Accepted:
            self._ids.add(collection_id)
        return verdict

    def settle(self, job: Job, found: Existing) -> Accepted:
        """Take a collection that the list shows as this row's.

        Of an image, SEO or products a list does not tell who filled them in: a person
        may have been there before it was read. So they count as they were sent.
        """
        self._ids.add(found.collection_id)
        shown = rewrites.as_shown(found)
        # the slug, name and type alone: what a person may have filled in since would
        # make an undo take it for what was sent
        made = {key: shown[key] for key in MADE_AT_ONCE if key in shown}
        return self._accept(job, made)

    def _compare(self, job: Job, shown: Mapping[str, Any]) -> Accepted | Suspect:
        get = shown.get
        if get("slug") == job.slug and get("altId") == job.location_id:
            return self._accept(job, shown)  # nearly every answer
        location_id = _text(shown, "altId", job.location_id)
        if location_id != job.location_id:
            other = wording.cut(texts.plain(location_id), LONGEST_SHOWN)
            return Suspect(text("part/answer_of_location", location=other))
        slug, name = _text(shown, "slug", job.slug), _text(shown, "name", job.name)
        if slug != job.slug:
            # read from the journal at the first answer that differs, so a run whose
            # server changes no slug never loads them
            if (seq := self._slugs_of(job.location_id).get(slug)) is not None:
                reason = text("part/answer_of_slug", slug=slug)
                return Suspect(reason, seq=seq)
            named = "name" in shown and self._may_be(job, name)
            # without a name in the answer the two slugs have to look alike
            if not (named or ("name" not in shown and rewrites.alike(job.slug, slug))):
                other = wording.cut(texts.plain(slug), LONGEST_SHOWN)
                return Suspect(text("part/answer_of_another", slug=other))
        return self._accept(job, shown)

    def _may_be(self, job: Job, name: str) -> bool:
        """Return whether the server may have made a name of the row's."""
        if rewrites.same_name(job.name, name, self.ways(job.location_id)):
            return True
        return rewrites.ways_shown(job.name, name) is not None

    def _accept(self, job: Job, shown: Mapping[str, Any]) -> Accepted:
        """Keep what the server shows otherwise than it was sent."""
        differing = rewrites.differing(orjson.loads(job.body), shown)
        if not differing:
            return PLAIN
        code, messages = "", []
        slug = _text(differing, "slug", job.slug)
        name = _text(differing, "name", job.name)
        if name != job.name:
            self._learn(job.location_id, job.name, name)
            code = Code.NAME_REWRITTEN.value
            made = wording.cut(name, LONGEST_SHOWN)
            messages.append(text("name_rewritten", made=made, name=job.name))
        if slug != job.slug:
            self._rewriting.add(job.location_id)
            code = Code.SLUG_REWRITTEN.value
            made = wording.cut(slug, LONGEST_SHOWN)
            # the slug's message goes first and its code wins: the slug is what
            # identifies a row
            messages.insert(0, text("slug_rewritten", made=made, slug=job.slug))
        kept = _kept(differing)
        return Accepted(code, BETWEEN.join(messages), orjson.dumps(kept).decode())

    def _learn(self, location_id: str, sent: str, shown: str) -> None:
        if sent != shown and (ways := rewrites.ways_shown(sent, shown)):
            self._ways[location_id] = self.ways(location_id) | ways

    def _slugs_of(self, location_id: str) -> dict[str, int]:
        """Return the rows of a location by slug; read where an answer differs."""
        known = self._slugs.get(location_id)
        if known is None:
            known = self._slugs[location_id] = self._ledger.slugs(location_id)
        return known


def _kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a server shows, none longer than a field can be."""
    return {
        key: value[:LONGEST_FIELD] if isinstance(value, str) else value
        for key, value in fields.items()
        if isinstance(value, str) or len(repr(value)) <= LONGEST_FIELD
    }


def _text(fields: Mapping[str, Any], key: str, otherwise: str) -> str:
    """Return a text of an answer; what is missing or no text contradicts nothing."""
    value = fields.get(key)
    return value if isinstance(value, str) else otherwise


class Candidates:
    """What a list shows that no row has and that was not there before."""

    def __init__(
        self,
        listed: Iterable[Existing],
        before: Container[str],
        owned: Container[str],
        ways: Ways,
        excluded: Callable[[Job, Existing], bool],
    ) -> None:
        """Sort what is left by slug and by name.

        Args:
            listed: the location's list.
            before: ids that the location held before the run.
            owned: ids that rows of the run have got.
            ways: how the location changes names.
            excluded: whether a row's requests cannot have made a collection.
        """
        self._excluded = excluded
        self._ways = ways
        self._taken: set[str] = set()
        self._without_id: set[str] = set()
        self._by_slug: dict[str, list[Existing]] = defaultdict(list)
        self._by_name: dict[str, list[Existing]] = defaultdict(list)
        for existing in listed:
            collection_id = existing.collection_id
            # a collection without an id cannot become a row's outcome, but it proves
            # that the slug is taken: a person has to decide then
            if not collection_id:
                self._without_id.add(existing.slug)
                continue
            # what the run found, or was answered for another row, cannot come of this
            # row's request
            if collection_id in before or collection_id in owned:
                continue
            self._by_slug[existing.slug].append(existing)
            self._by_name[self._key(existing.name)].append(existing)

    def with_slug(self, job: Job) -> list[Existing]:
        """Return those with the row's slug, its own name and type first."""
        found = [
            existing
            for existing in self._by_slug.get(job.slug, ())
            if self._is_free(existing)
        ]
        # sorted, not filtered: a slug that another's collection has is told as such
        # (made_by_others), and only the best match can be the row's own
        return sorted(found, key=lambda one: not self.same(job, one))

    def with_name(self, job: Job) -> list[Existing]:
        """Return those with the row's name and another slug."""
        return [
            existing
            for existing in self._by_name.get(self._key(job.name), ())
            if existing.slug != job.slug
            and self._is_free(existing)
            and self.same(job, existing)
        ]

    def without_id(self, job: Job) -> bool:
        """Return whether the row's slug is there, and the list does not say its id."""
        return job.slug in self._without_id

    def same(self, job: Job, existing: Existing) -> bool:
        """Return whether a collection may be the row's own: name, type and time."""
        # a list need not show the type (docs/api-facts.md): only two types that differ
        # tell two collections apart
        if existing.type and job.type and existing.type != job.type:
            return False
        same = rewrites.same_name(job.name, existing.name, self._ways)
        return same and not self._excluded(job, existing)

    def take(self, existing: Existing) -> None:
        """Give a collection to a row."""
        self._taken.add(existing.collection_id)

    def _is_free(self, existing: Existing) -> bool:
        return existing.collection_id not in self._taken

    def _key(self, name: str) -> str:
        """Return the beginning that a name keeps however a server changes it."""
        # a name may come back cut, so only a beginning that survives every known change
        # can serve as a key; `same` looks at the whole of it
        return rewrites.fold(name, self._ways)[:SHORTEST_CUT]
