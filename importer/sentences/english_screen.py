"""What a command says around sentences about rows, in English: headings, sums, labels.

A key is `screen/…`; `part/…` is what the formats of templates write. Only texts.
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence

SENTENCES = {
    # a check, and the problems of a run
    "screen/table": Sentence("{count:counted:row|rows}, columns as in {preset!r}"),
    "screen/table_of_collections": Sentence(
        "{count:counted:collection|collections}, columns as in {preset!r}"
    ),
    "screen/known_by": Sentence("known by {headers:listed}"),
    "screen/can_be_sent": Sentence(
        "{count:counted:collection|collections} can be sent."
    ),
    "screen/can_be_sent_into": Sentence(
        "{count:counted:collection|collections} can be sent into each of "
        "{locations:counted:location|locations}."
    ),
    "screen/done_already": Sentence(
        "{count:number} {count:plural:is|are} done already, as the file says."
    ),
    "screen/no_problems": Sentence("No problems found."),
    "screen/rows_with_problem": Sentence(
        "{count:counted:row|rows} {count:plural:has|have} a problem:"
    ),
    "screen/collections_with_problem": Sentence(
        "{count:counted:collection|collections} {count:plural:has|have} a problem:"
    ),
    "screen/rows": Sentence("{count:counted:row|rows}"),
    "screen/collections": Sentence("{count:counted:collection|collections}"),
    "screen/all_rows": Sentence("{place}, all {count:counted:row|rows}: {problem}"),
    "screen/all_collections": Sentence(
        "{place}, all {count:counted:collection|collections}: {problem}"
    ),
    "screen/no_name": Sentence("(no name)"),
    "screen/no_reason": Sentence("no reason given"),
    "screen/and_more": Sentence("… and {count:number} more"),
    "screen/more": Sentence("More: importer explain {code}"),
    # explain
    "screen/cause": Sentence("How it comes"),
    "screen/example": Sentence("For example"),
    "screen/instead": Sentence("Write instead"),
    "screen/way_out": Sentence("What to do"),
    "screen/blank_cell": Sentence("(blank)"),
    "screen/more_on_codes": Sentence("More on one of them: importer explain CODE"),
    "screen/no_code": Sentence(
        "There is no code {code}.", "importer explain lists all codes."
    ),
    "screen/no_code_but": Sentence(
        "There is no code {code}.",
        "Did you mean {near}? importer explain lists all codes.",
    ),
}

PARTS = {
    # where a collection of several rows stands
    "part/sheet_of_file": Sentence("{file}, sheet {sheet}"),
    "part/rows": Sentence("rows {row} to {row_end}"),
    "part/rows_of_file": Sentence("{file}, rows {row} to {row_end}"),
    "part/rows_of_sheet": Sentence("{file}, sheet {sheet}, rows {row} to {row_end}"),
    # how many more there are than were listed
    "part/and_more": Sentence("and {figure} more"),
    # how long ago something was
    "part/no_minute": Sentence("less than a minute"),
    "part/one_minute": Sentence("a minute"),
    "part/minutes": Sentence("{count} minutes"),
    # of one collection that is there several times
    "part/second_copy": Sentence("a second copy"),
    "part/more_copies": Sentence("{count} more copies"),
}
