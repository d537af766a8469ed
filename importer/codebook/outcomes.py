"""Codes that an answer, a location or the end of a run leads to.

Only texts.
"""

from __future__ import annotations

from importer.codebook.entry import Explanation, Kind
from importer.models import Code

ANSWERS = (
    Explanation(
        Code.API_REFUSED,
        Kind.ANSWER,
        "HighLevel refused the row (400)",
        "HighLevel could not make sense of the request. Its own words are in the "
        "message.",
        "Correct what they name and run failed.csv. If they name nothing that stands "
        "in the row, give the trace_id of the report to HighLevel's support.",
        example="400 Bad Request",
    ),
    Explanation(
        Code.API_NOT_FOUND,
        Kind.ANSWER,
        "HighLevel did not find it (404)",
        "What should be changed is not there any more, or the address is wrong.",
        "Run the file again: what is gone is created. If all rows end so, check "
        "--base-url.",
        example="a collection that was deleted between plan and update",
    ),
    Explanation(
        Code.API_CONFLICT,
        Kind.ANSWER,
        "HighLevel says that it exists already (409)",
        "HighLevel refused the row because there is such a collection already; its own "
        "words are in the message. Where the location's list shows it, the row is "
        "existing, with its id; otherwise it is rejected.",
        "Where the row is rejected, look in HighLevel for what has its slug or its "
        "name, and give the row another one.",
        example="a colleague made the collection a minute ago",
    ),
    Explanation(
        Code.API_UNPROCESSABLE,
        Kind.ANSWER,
        "HighLevel refused the row (422)",
        "HighLevel understood the request and takes no such collection. Its own words, "
        "one for each thing that is wrong, are in the message. At the end of the run "
        "it is checked that nothing was created all the same.",
        "Correct what they name and run failed.csv.",
        example="productIds must be mongodb ids",
    ),
    Explanation(
        Code.ATTEMPTS_USED_UP,
        Kind.ANSWER,
        "every attempt failed",
        "The network or HighLevel failed at each attempt, always in a way that proves "
        "that nothing was created.",
        "importer resume tries these rows again. More tries: --attempts.",
        example="no connection could be made, five times",
    ),
    Explanation(
        Code.OUTCOME_UNKNOWN,
        Kind.ANSWER,
        "no clear answer",
        "The request left, and what came back does not say whether the collection was "
        "created: nothing, a server error, or half an answer.",
        "importer resume looks into the location first, and sends the row again only "
        "if it is not there. Do not create it by hand meanwhile.",
        example="the connection broke after the request was sent",
    ),
    Explanation(
        Code.SETTLED_BY_LISTING,
        Kind.ANSWER,
        "the answer was unclear, so the location was checked: it is there",
        "The answer was lost. The location's list shows a collection with the row's "
        "name, slug and type that was not there before the run.",
        "Nothing has to be done: it counts as created, once.",
        example="a timeout, and the collection is there two seconds later",
    ),
    Explanation(
        Code.SLUG_REWRITTEN,
        Kind.REMARK,
        "HighLevel made another slug of the row's",
        "The collection was created, and the answer shows another slug than was sent. "
        "The report shows the slug that is there; the message says which one the row "
        "has. The folder of runs remembers both, so that the next run of the file "
        "knows the collection again.",
        "Nothing has to be done. Links in a shop need the slug that is there.",
        example="summer--sale was sent, and the collection is called summer-sale",
    ),
    Explanation(
        Code.NAME_REWRITTEN,
        Kind.REMARK,
        "HighLevel made another name of the row's",
        "The collection was created, and the answer shows another name than was sent: "
        "cut, escaped, or with other spaces. The report shows the name that is there.",
        "Look whether the name is good enough; a shorter one without special signs is "
        "kept as it is.",
        example="Bed & Bath was sent, and the collection is called Bed &amp; Bath",
    ),
    Explanation(
        Code.RECENTLY_CREATED,
        Kind.REMARK,
        "another run created it a short time ago",
        "A run in the same folder of runs, against the same server, created the "
        "collection in the last ten minutes, and the location's list does not show it "
        "yet. Lists lag, so the row was left as existing; the message names the run.",
        "Nothing has to be done. If the collection was deleted since, run the file "
        "again with --fresh, which believes the list.",
        example="the same file is run twice within a minute",
    ),
    Explanation(
        Code.MADE_BY_OTHERS,
        Kind.ANSWER,
        "others made a collection with this slug",
        "While the answer to the row was unclear, another program or person made a "
        "collection with the same slug. The row was left as existing.",
        "Look whether the other collection is what the row wants.",
        example="a colleague imports the same file",
    ),
    Explanation(
        Code.SETTLED_BY_HAND,
        Kind.ANSWER,
        "a person has said what became of it",
        "The answer to the row was unclear and no list could settle it, so it was "
        "settled with importer settle: the collection is the one that was named.",
        "Nothing has to be done.",
        example="importer settle RUN --row 7 --created 655b33a82209e60b6adb87a5",
    ),
    Explanation(
        Code.ID_NOT_SHOWN,
        Kind.ANSWER,
        "the list shows the slug, but no id",
        "The location's list has an item with this slug and without an id. That proves "
        "that the slug is taken, so nothing is created; but it cannot be updated, and "
        "nothing says who made it.",
        "Look into HighLevel if the row was to change it.",
        example='{"slug": "shoes", "name": "Shoes"} in the list',
    ),
)

LOCATIONS = (
    Explanation(
        Code.TOTAL_DIFFERS,
        Kind.LOCATION,
        "its list states another total than it has",
        "The list was read to its end again and again, always with the same "
        "collections, and each time it stated another number of them. What was read "
        "counts; the number no longer does in this run.",
        "Nothing has to be done. If collections are missing, look into HighLevel.",
        example='{"data": [… 12 items …], "total": 0}',
    ),
    Explanation(
        Code.LIST_ACCEPTED,
        Kind.LOCATION,
        "its list is not complete, and was taken as it is",
        "No complete list of the location could be had, and --accept-list was given. "
        "What the list does not show was taken for absent and may have been created a "
        "second time. The location is audited at the end.",
        "Look into HighLevel whether collections are there twice.",
        example="a server between that ignores the offset",
    ),
)

AUDIT = (
    Explanation(
        Code.MISSING_AT_SERVER,
        Kind.AUDIT,
        "the location does not show it",
        "HighLevel gave an id, but the location's list does not show the collection, "
        "also not after all pauses. Lists can lag, or it was deleted. Or it "
        "is the id of another row, or of another collection while the row's own is "
        "there, too: a server between has mixed up its answers.",
        "Look into HighLevel. If it is not there, run the file again.",
        example="201 with an id, and no such id in the list",
    ),
    Explanation(
        Code.CREATED_TWICE,
        Kind.AUDIT,
        "the location holds it more than once",
        "The list shows further collections with the row's name, slug and type that "
        "were not there before the run.",
        "If this run made them, importer audit RUN --repair removes what is too many; "
        "the message says so. Otherwise compare them and remove one by hand.",
        example="a request that HighLevel carried out long after it was given up",
    ),
    Explanation(
        Code.COPY_UNCLAIMED,
        Kind.AUDIT,
        "one like it is there, and nothing proves who made it",
        "The location also holds a collection with the row's name, slug and type. No "
        "time proves that one of this run's requests made it, so it is neither taken "
        "for the row's own nor ever deleted by the program.",
        "Look at it in HighLevel. If it is one too many, remove it by hand.",
        example="422 for a row, and a list that does not say when things were created",
    ),
    Explanation(
        Code.COPY_OF_OTHERS,
        Kind.AUDIT,
        "others made one like it",
        "The location also holds a collection with the row's name, slug and type. It "
        "was created at another time than this run sent the row, so others made it. It "
        "is left as it is.",
        "Nothing has to be done for the run. If it is one too many, remove it by hand.",
        example="422 for a row, and a colleague made the collection an hour later",
    ),
    Explanation(
        Code.CREATED_ALL_THE_SAME,
        Kind.AUDIT,
        "created in spite of the answer",
        "HighLevel refused the row or did not answer, and the list shows that it was "
        "created all the same.",
        "Nothing has to be done: it counts as created.",
        example="422, and the collection is in the location",
    ),
    Explanation(
        Code.SURPLUS_REMOVED,
        Kind.AUDIT,
        "a surplus copy was removed",
        "importer audit --repair has deleted further copies that the run had made, and "
        "kept the one in the report.",
        "Nothing has to be done.",
        example="created twice, and the second copy deleted",
    ),
)

LEFT = (
    Explanation(
        Code.ACCESS_REFUSED,
        Kind.LEFT,
        "HighLevel refused the token or the location",
        "Nothing is sent to a location that refuses the token or has none. Other "
        "locations are done.",
        "Fix what the message names: the token, its scopes, or the location id. Then: "
        "importer resume.",
        example="The token does not have access to this location.",
    ),
    Explanation(
        Code.LIST_INCOMPLETE,
        Kind.LEFT,
        "the location's list cannot be read completely",
        "Before anything is sent, the location is listed. Its list ignores the offset, "
        "or changed each time it was read, so nothing proves that the row's collection "
        "is not there already. It was not sent; other locations are done.",
        "Look into HighLevel, or what stands between. importer resume tries again; "
        "with --accept-list it takes the list as it is.",
        example="every page of the list is the same one",
    ),
    Explanation(
        Code.REFUSED_ALIKE,
        Kind.LEFT,
        "the location refused its first rows, all for the same reason",
        "HighLevel answered the first rows of the location (setting early_stop, 20) "
        "with one and the same refusal and created none, so that its other rows were "
        "not sent. Other locations are done.",
        "Where HighLevel does not take a field, run the file again without it, such as "
        "--send-fields=-type. Where the rows are wrong, correct them; where only those "
        "are, importer resume --early-stop 0 sends the others.",
        example="HTTP 422, property type should not exist, 20 times",
    ),
    Explanation(
        Code.RUN_STOPPED,
        Kind.LEFT,
        "the run stopped before this row",
        "The run was ended before the row's turn: by a person, by --max-errors or "
        "--max-duration, by the day's quota, or by a full disk. It was not sent.",
        "importer resume goes on with it.",
        example="Ctrl-C at row 200 of 1,000",
    ),
)
