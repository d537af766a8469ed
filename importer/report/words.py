"""What columns, statuses and codes are called when a person reads them.

Words only. The codes themselves are in `models` and are the contract; a phrase may
be improved at any time. Invariant: every column, status and code has its phrase (a
test counts them), and no phrase needs the manual.
"""

from __future__ import annotations

from importer.models import Code, Status

_STATUSES = {
    Status.PLANNED: "checked, not sent yet",
    Status.SENDING: "being sent",
    Status.CREATED: "created",
    Status.UPDATED: "changed",
    Status.EXISTING: "already there, left as it is",
    Status.DUPLICATE: "repeated in the file, not sent again",
    Status.INVALID: "has a problem, not sent",
    Status.REJECTED: "refused by HighLevel",
    Status.FAILED: "could not be sent, certainly not created",
    Status.UNKNOWN: "no clear answer, may have been created",
    Status.NOT_ATTEMPTED: "not sent, the run stopped before it",
}

_CODES = {
    Code.ROW_TOO_SHORT: "the row has too few cells",
    Code.ROW_TOO_LONG: "the row has too many cells",
    Code.LOCATION_MISSING: "the location is missing",
    Code.LOCATION_INVALID: "the location id cannot be right",
    Code.NAME_MISSING: "the name is missing",
    Code.SLUG_MISSING: "there is no slug, and none can be made from the name",
    Code.SLUG_INVALID: "the slug has characters that a link cannot have",
    Code.TYPE_UNKNOWN: "the type is neither manual nor smart",
    Code.TYPE_AMBIGUOUS: "both products and rules, but no type",
    Code.PRODUCT_IDS_MISSING: "a manual collection without products",
    Code.PRODUCT_ID_INVALID: "a product id cannot be right",
    Code.RULES_MISSING: "a smart collection without rules",
    Code.RULES_NOT_JSON: "the rules cannot be read",
    Code.RULES_INVALID: "the rules are incomplete",
    Code.IMAGE_NOT_A_URL: "the image is not a web address",
    Code.COLLECTION_ID_INVALID: "the collection id cannot be right",
    Code.RULE_VERSION_INVALID: "the rule version is not a number",
    Code.STATS_INVALID: "the statistics cannot be read",
    Code.DUPLICATE_IN_INPUT: "an earlier row has the same location and slug",
    Code.EXISTS_ALREADY: "the location has a collection with this slug",
    Code.RULE_NOT_SUPPORTED: "HighLevel has no such rules",
    Code.PRODUCT_IDS_FOREIGN: "products are known by ids of another shop",
    Code.SLUG_MADE: "the slug was made from the name",
    Code.TYPE_INFERRED: "the type was told from the other cells",
    Code.SMART_AS_MANUAL: "manual, because HighLevel has no such rules",
    Code.PRODUCTS_TRUNCATED: "the file does not list all products",
    Code.TYPE_DIFFERS: "the type there is another one and cannot be changed",
    Code.EXISTS_TWICE: "the location has this slug more than once",
    Code.SETTLED_BY_LISTING: "no clear answer, but it is in the location",
    Code.MADE_BY_OTHERS: "somebody else made a collection with this slug",
    Code.API_REFUSED: "HighLevel refused the row (400)",
    Code.API_NOT_FOUND: "HighLevel did not find it (404)",
    Code.API_UNPROCESSABLE: "HighLevel refused the row (422)",
    Code.ATTEMPTS_USED_UP: "every attempt failed",
    Code.OUTCOME_UNKNOWN: "no clear answer",
    Code.MISSING_AT_SERVER: "the location does not show it",
    Code.CREATED_TWICE: "the location holds it more than once",
    Code.CREATED_ALL_THE_SAME: "created in spite of the answer",
    Code.SURPLUS_REMOVED: "a surplus copy was removed",
    Code.ACCESS_REFUSED: "HighLevel refused the token or the location",
    Code.RUN_STOPPED: "the run stopped before this row",
}


_COLUMNS = {
    "file": "the file that the row came from",
    "sheet": "the sheet of a workbook",
    "row": "the row as a spreadsheet shows it: the header is row 1",
    "row_end": "the last row of a collection that spans several, else the same",
    "location_id": "the HighLevel location",
    "name": "the collection's name",
    "slug": "the collection's slug, also where it was made from the name",
    "status": "what became of the row",
    "collection_id": "HighLevel's id of the collection, where it is known",
    "code": "why, in one stable word for programs",
    "message": "the same as a sentence for people",
    "attempts": "how many times the row was sent",
    "http_status": "the number of the last answer",
    "trace_id": "HighLevel's own number for the answer",
    "started_at": "when the row was first sent",
    "finished_at": "when it was decided",
    "duration_ms": "milliseconds between the two",
}


def column_phrase(column: str) -> str:
    """Say what a column of a report holds; one that is not known says itself."""
    return _COLUMNS.get(column, column)


def status_phrase(status: str) -> str:
    """Say a status in a few plain words; one that is not known says itself."""
    try:
        return _STATUSES[Status(status)]
    except (KeyError, ValueError):
        return status


def code_phrase(code: str) -> str:
    """Say a code in a few plain words; one that is not known says itself.

    The API can answer with a status that has no code of its own (`api_409`).
    """
    try:
        return _CODES[Code(code)]
    except (KeyError, ValueError):
        return code
