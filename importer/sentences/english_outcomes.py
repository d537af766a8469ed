"""What became of a row that was to be sent, and what an audit found, in English.

A key is a code, or code/variant where one code says several things; `outcome/…` is said
of rows whose code, if any, comes from the API, and `part/…` is a part of other
sentences. Only texts.
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence

_UNCLEAR = "The API gave no clear answer"
_COMPARE = (
    "whether it is this row's cannot be told. Compare them, then say so with: importer "
    "settle"
)
_SECOND = "The location holds {count:copies} of this collection ({ids:listed})."
_ALSO = "{also} a collection with the row's name and slug ({ids:listed})."
_BY_HAND = "Compare them, and remove by hand what is too many."

SENTENCES = {
    "outcome/not_sent": Sentence("Not sent."),
    "outcome/not_sent_because": Sentence("Not sent: {reason}"),
    "outcome/not_compared": Sentence("Not compared: {reason}"),
    "outcome/quota": Sentence(
        "The location's quota of the day is used up to its reserve."
    ),
    "outcome/refused": Sentence("The API refused the row: {reason}"),
    "outcome/exists": Sentence(
        "The API says that it exists already ({reason}), and the location's list shows "
        "it."
    ),
    "outcome/as_wished": Sentence(
        "It is as the row says since a request without a clear answer."
    ),
    "outcome/gone": Sentence(
        "The collection {collection_id} is not in the location any more, so there is "
        "nothing to change. Run the file again to have it created."
    ),
    "attempts_used_up": Sentence("Given up after {attempts} attempts: {reason}."),
    "outcome_unknown": Sentence(f"{_UNCLEAR}, so it may or may not exist."),
    "outcome_unknown/given_up": Sentence(
        "Given up after {attempts} attempts: {reason}."
    ),
    "outcome_unknown/unlisted": Sentence(
        f"{_UNCLEAR}, and no list could settle it: {{reason}} Look into HighLevel, "
        "then say what became of it with: importer settle"
    ),
    "outcome_unknown/renamed": Sentence(
        f"{_UNCLEAR}. A collection in the list has its name under another slug: "
        f"{{candidates:listed}}; {_COMPARE}"
    ),
    "outcome_unknown/no_id": Sentence(
        f"{_UNCLEAR}. A collection in the list has its slug, and its id is not shown; "
        f"{_COMPARE}"
    ),
    "outcome_unknown/unseen": Sentence(
        "The location's list cannot be read completely, so whether it was created all "
        "the same cannot be told."
    ),
    "collection_id_taken/meanwhile": Sentence(
        "The collection {collection_id} had the slug {slug} when it was compared, and "
        "has the slug {there} now; it was left as it is."
    ),
    "settled_by_listing": Sentence(
        f"{_UNCLEAR}; the location's list shows the collection."
    ),
    "settled_by_hand": Sentence("A person has said that this is the row's collection."),
    "settled_by_hand/unchecked": Sentence(
        "A person has said that this is the row's collection. It was not compared with "
        "the server: {reason}"
    ),
    "made_by_others": Sentence(
        "While this run was under way, others made a collection with this slug, named "
        "{name!r}."
    ),
    "made_by_others/stopped": Sentence(
        "Another run, which was stopped in the middle, has made it."
    ),
    "made_by_others/audit": Sentence("The collection that the row was given {reason}."),
    "name_rewritten": Sentence("HighLevel made the name {made!r} of {name!r}."),
    "slug_rewritten": Sentence("HighLevel made the slug {made!r} of {slug!r}."),
    "missing_at_server": Sentence("The API gave the id {collection_id}, but {reason}."),
    "created_all_the_same": Sentence(
        "The row had ended as {status}, but the location's list shows the row's own "
        "collection."
    ),
    "created_all_the_same/foreign": Sentence(
        "{collection_id} {reason}, but the location's list shows the row's own "
        "collection."
    ),
    "created_twice": Sentence(
        f"{_SECOND} Remove what is too many with: importer audit RUN --repair"
    ),
    "created_twice/unproved": Sentence(
        f"{_SECOND} Nothing proves that this run made it. {_BY_HAND}"
    ),
    "created_twice/others": Sentence(
        f"{_SECOND} The run has not sent the row so often, so others made one of them. "
        f"{_BY_HAND}"
    ),
    "created_twice/changed": Sentence(
        "The surplus copy {collection_id} was changed since and is left: {changed}."
    ),
    "copy_unclaimed": Sentence(
        f"{_ALSO} Nothing proves that this run made it, so it is left. Compare, and "
        "remove by hand what is too many."
    ),
    "copy_of_others": Sentence(
        f"{_ALSO} It was created at another time than the row was sent, so by others."
    ),
    "surplus_removed": Sentence(
        "A surplus copy was removed ({ids:listed}); {kept} was kept."
    ),
}

PARTS = {
    "part/candidate_slug": Sentence("{collection_id} ({slug})"),
    "part/never_listed": Sentence("the collection never appeared in the list"),
    # how every notice of an audit begins
    "part/also": Sentence("The location also holds"),
    # why an answer is not this row's
    "part/answer_of_id": Sentence(
        "the answer names {collection_id}, the id of another row"
    ),
    "part/answer_of_location": Sentence("the answer is about location {location}"),
    "part/answer_of_slug": Sentence("the answer names {slug}, the slug of another row"),
    "part/answer_of_another": Sentence(
        "the answer is about another collection, {slug}"
    ),
    # what is wrong with the id that the API gave
    "part/not_listed": Sentence("the location's list does not show it"),
    "part/id_of_earlier": Sentence("that is the id of an earlier row, too"),
    "part/id_of_another": Sentence(
        "that is another collection, and the row's own is there"
    ),
    # why a collection is not the run's
    "part/there_before": Sentence("was there before the run"),
    "part/of_another_run": Sentence("was made by another run"),
    "part/of_another_time": Sentence(
        "was created at another time than the row was sent"
    ),
}
