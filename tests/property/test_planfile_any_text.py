"""Whatever stands in a table, its plan can be written, and holds for the same table."""

from __future__ import annotations

import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from importer.journal.history import DecidedRow
from importer.models import InputFile, Status
from importer.runs.planfile import entries

#: Also halves of surrogate pairs, which no encoding can carry.
TEXT = st.text(max_size=20)
#: What a server's list or a good row holds.
WHOLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    words=st.tuples(TEXT, TEXT, TEXT, TEXT),
    status=st.sampled_from(["planned", "invalid", "duplicate", "existing", "unknown"]),
    changed=st.dictionaries(
        st.sampled_from(["name", "image"]), st.tuples(WHOLE, WHOLE)
    ),
)
def test_a_row_that_is_the_same_never_differs_from_its_plan(
    words: tuple[str, str, str, str], status: str, changed: dict[str, tuple[str, str]]
) -> None:
    """One line, and read back it is the row that it was made of."""
    slug, name, message, file = words
    row = DecidedRow(
        0,
        2,
        2,
        "[]",
        "Loc1",
        name,
        slug,
        Status(status),
        "",
        "",
        message,
        "",
        "",
        b"{}",
        json.dumps(changed),
    )
    made = entries.entry(row, InputFile(file, "", "own", 1, ()))

    line = entries.encoded(made)
    read = orjson.loads(line)

    assert b"\n" not in line
    assert entries.other_row(read, made) == ""
    assert entries.other_decision(read, made) == ""
