"""States and codes: the words that a report and a journal are made of.

All are a contract with programs that read reports: they may grow, and none is renamed
or changes its meaning.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How far a run came; only the first five are noted, the others are told of it."""

    READING = "reading"  # the input is being read, or was when the process ended
    RUNNING = "running"  # being sent, or killed while it was
    STOPPED = "stopped"  # ended with rows that a resume would go on with
    FINISHED = "finished"  # nothing is left to do
    UNDONE = "undone"  # what it created was deleted again
    PAUSED = "paused"  # ended by `importer pause`, which a resume goes on with
    INTERRUPTED = "interrupted"  # the process that ran it has gone
    UNCONFIRMED = "unconfirmed"  # no person has said yes to its sending
    DAMAGED = "damaged"  # its journal cannot be read
    RETIRED = "retired"  # such a run that was given up


class Status(StrEnum):
    """Where a row stands. `DESIGN`: planned → sending → an outcome."""

    PLANNED = "planned"  # checked, not sent yet
    SENDING = "sending"  # a request may be under way; after a crash: unknown
    CREATED = "created"  # the API gave an id, or the list showed the collection
    UPDATED = "updated"  # an existing collection was changed
    EXISTING = "existing"  # was there before the run, left as it is
    DUPLICATE = "duplicate"  # an earlier row of the input has the same identity
    INVALID = "invalid"  # decided by the plan, never sent
    REJECTED = "rejected"  # the API refused this row
    FAILED = "failed"  # attempts used up, certainly not created
    UNKNOWN = "unknown"  # may have been created; settled before anything else
    NOT_ATTEMPTED = "not_attempted"  # the run stopped before it


#: States that a finished report may show, in the order in which they are shown.
FINAL_STATUSES = (
    Status.CREATED,
    Status.UPDATED,
    Status.EXISTING,
    Status.DUPLICATE,
    Status.INVALID,
    Status.REJECTED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_ATTEMPTED,
)

#: What has been made or changed, and what is there.
MADE = (Status.CREATED, Status.UPDATED)
DONE = (*MADE, Status.EXISTING)
#: States in which a row is to be corrected; `failed.csv` has them.
PROBLEMS = (Status.DUPLICATE, Status.INVALID, Status.REJECTED, Status.FAILED)
#: States after which a resume has something to do.
UNFINISHED = (Status.UNKNOWN, Status.FAILED, Status.NOT_ATTEMPTED)


class Code(StrEnum):
    """The stable codes of the report's `code` column."""

    # problems of a row, found by the check: status `invalid`
    ROW_TOO_SHORT = "row_too_short"
    ROW_TOO_LONG = "row_too_long"
    VALUE_UNREADABLE = "value_unreadable"  # of a DataFrame: bytes, a set …
    QUOTES_WRONG = "quotes_wrong"  # never closed, or text behind them
    EXAMPLE_ROW = "example_row"  # that of the template, not written over
    HEADER_REPEATED = "header_repeated"  # tables put one behind the other
    LOCATION_MISSING = "location_missing"
    LOCATION_INVALID = "location_invalid"
    NAME_MISSING = "name_missing"
    SLUG_MISSING = "slug_missing"
    SLUG_INVALID = "slug_invalid"
    TYPE_UNKNOWN = "type_unknown"
    TYPE_AMBIGUOUS = "type_ambiguous"
    PRODUCT_IDS_MISSING = "product_ids_missing"
    PRODUCT_ID_INVALID = "product_id_invalid"
    RULES_MISSING = "rules_missing"
    RULES_NOT_JSON = "rules_not_json"
    RULES_INVALID = "rules_invalid"
    IMAGE_NOT_A_URL = "image_not_a_url"
    COLLECTION_ID_INVALID = "collection_id_invalid"
    RULE_VERSION_INVALID = "rule_version_invalid"
    STATS_INVALID = "stats_invalid"
    # problems found by the plan
    DUPLICATE_IN_INPUT = "duplicate_in_input"  # status `duplicate`
    COLLECTION_ID_REPEATED = "collection_id_repeated"  # of an earlier row
    COLLECTION_ID_TAKEN = "collection_id_taken"  # another slug has it there
    EXISTS_ALREADY = "exists_already"  # `--on-existing fail`: status `invalid`
    # problems of other programs' files, found by the mapping: status `invalid`
    RULE_NOT_SUPPORTED = "rule_not_supported"
    PRODUCT_IDS_FOREIGN = "product_ids_foreign"  # a remark where none are required
    # problems of products that are called by something else than ids
    PRODUCT_NAME_INVALID = "product_name_invalid"  # found by the check
    PRODUCT_NOT_FOUND = "product_not_found"  # these two by the plan
    PRODUCT_AMBIGUOUS = "product_ambiguous"
    PRODUCTS_NOT_LISTED = "products_not_listed"  # status `failed`: resume asks again
    # status `existing`, without a look: the table itself has the id
    DONE_BEFORE = "done_before"
    # remarks on a row that is carried out all the same
    NAME_SPANS_LINES = "name_spans_lines"  # and holds separators
    SLUG_MADE = "slug_made"
    VALUE_CHANGED = "value_changed"  # by the preset or the mapping file
    HTML_IN_TEXT = "html_in_text"  # entities or tags, sent letter by letter
    LETTERS_WRONG = "letters_wrong"  # lost, or encoded twice: CafÃ©
    JSON_IN_TEXT = "json_in_text"  # a list or an object, sent letter by letter
    UNSEEN_CHARACTERS = "unseen_characters"  # in a name or another text
    IMAGE_FIRST = "image_first"  # the cell holds several addresses
    IMAGE_JOINED = "image_joined"  # an address within the address, sent as it is
    VALUES_DIFFER = "values_differ"  # of its rows or columns; the first one counts
    PARENT_UNKNOWN = "parent_unknown"  # an id that no row of the table has
    INACTIVE = "inactive"  # the shop does not show it
    NOT_SENT = "not_sent"  # checked, and sent only where a setting asks for it
    PRODUCT_REPEATED = "product_repeated"  # listed twice by a row, sent once
    LOOKS_LIKE_DATE = "looks_like_date"  # a spreadsheet may have made it of a text
    TYPE_INFERRED = "type_inferred"
    TOTALS_ROW = "totals_row"  # the last row of a table looks like its totals
    SMART_AS_MANUAL = "smart_as_manual"
    PRODUCTS_TRUNCATED = "products_truncated"
    PRODUCTS_BY_NAME = "products_by_name"  # and which ids they are
    NAME_DIFFERS = "name_differs"  # the one that is there, and left as it is
    TYPE_DIFFERS = "type_differs"  # an update cannot change it
    PRODUCTS_NOT_UPDATED = "products_not_updated"  # they differ, and stay so
    RULES_NOT_UPDATED = "rules_not_updated"
    EXISTS_TWICE = "exists_twice"  # the location holds the slug more than once
    SETTLED_BY_LISTING = "settled_by_listing"  # no clear answer; the list shows it
    SLUG_REWRITTEN = "slug_rewritten"  # the server shows another slug than was sent
    NAME_REWRITTEN = "name_rewritten"  # the same of the name
    RECENTLY_CREATED = "recently_created"  # by another run; the list does not show it
    MADE_BY_OTHERS = "made_by_others"  # appeared meanwhile, but is not this row's
    SETTLED_BY_HAND = "settled_by_hand"  # a person said what became of it
    ID_NOT_SHOWN = "id_not_shown"  # the list shows the slug, and no id with it
    # remarks on a location, not on a row
    TOTAL_DIFFERS = "total_differs"  # its list states another total than it has
    LIST_ACCEPTED = "list_accepted"  # its list is not complete: --accept-list
    # answers of the API
    API_REFUSED = "api_400"
    API_NOT_FOUND = "api_404"
    API_CONFLICT = "api_409"
    API_UNPROCESSABLE = "api_422"
    ATTEMPTS_USED_UP = "attempts_used_up"
    OUTCOME_UNKNOWN = "outcome_unknown"
    # what an audit found
    MISSING_AT_SERVER = "missing_at_server"  # reported, but the list lacks it
    CREATED_TWICE = "created_twice"  # surplus copies that this run made
    COPY_UNCLAIMED = "copy_unclaimed"  # one like it; nothing proves who made it
    COPY_OF_OTHERS = "copy_of_others"  # one like it that others made
    CREATED_ALL_THE_SAME = "created_all_the_same"  # in spite of the answer
    SURPLUS_REMOVED = "surplus_removed"  # by `audit --repair`
    # why a row was not attempted
    ACCESS_REFUSED = "access_refused"
    LIST_INCOMPLETE = "list_incomplete"
    REFUSED_ALIKE = "refused_alike"  # the location's first rows were, for one reason
    RUN_STOPPED = "run_stopped"


#: Findings of an audit that a person has to look at.
WRONG_AT_SERVER = (
    Code.MISSING_AT_SERVER,
    Code.CREATED_TWICE,
    Code.COPY_UNCLAIMED,
)

#: Problems of a row that the plan finds in one location, and another may not have.
REFUSED_BY_PLAN = frozenset(
    {
        Code.COLLECTION_ID_TAKEN,
        Code.EXISTS_ALREADY,
        Code.PRODUCT_NOT_FOUND,
        Code.PRODUCT_AMBIGUOUS,
    }
)

#: Remarks on a text that is not what its author may have meant: it is to be seen.
TEXT_REMARKS = frozenset(
    {
        Code.NAME_SPANS_LINES,
        Code.VALUE_CHANGED,
        Code.HTML_IN_TEXT,
        Code.LETTERS_WRONG,
        Code.JSON_IN_TEXT,
        Code.UNSEEN_CHARACTERS,
        Code.IMAGE_FIRST,
        Code.IMAGE_JOINED,
        Code.LOOKS_LIKE_DATE,
        Code.PRODUCT_REPEATED,
        Code.TOTALS_ROW,
        Code.VALUES_DIFFER,
        Code.PARENT_UNKNOWN,
        Code.INACTIVE,
    }
)


#: Codes of rows that would look like good ones in `failed.csv`: a code of these stands
#: behind such a row until the row is corrected.
MARKED: Final = frozenset({Code.QUOTES_WRONG, Code.VALUE_UNREADABLE, Code.ROW_TOO_LONG})
