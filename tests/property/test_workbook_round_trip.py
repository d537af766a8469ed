"""Whatever the cells of a table hold, `report.xlsx` is read back as that table."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from importer import report, source
from importer.models import Place, ReportLine, Status

# Everything that a spreadsheet's file can hold; what might be taken for more than a
# text comes up often. U+FFFE and U+FFFF are no characters, and readers differ on them;
# a NUL is a problem of its row.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"),
    max_size=8,
) | st.sampled_from(
    ["=1+1", "@a", "a\rb", "a\r\nb", "\n", "\x01", "'=1", "_x0041_", "<r>&</r>", " "]
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), TEXT)
def test_every_cell_comes_back(rows: list[tuple[str, str]], message: str) -> None:
    """The input's own columns are the same as before, to the letter."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.xlsx")
        report.write_xlsx(
            path,
            [
                ReportLine(
                    Place("a.csv", "", number, number),
                    "L",
                    "n",
                    "s",
                    Status.INVALID,
                    message=f"Name: {message}",
                    header=("key", "Name", "More"),
                    cells=(str(number), *cells),
                )
                for number, cells in enumerate(rows, start=2)
            ],
        )
        (table,) = source.read(path)
        found = [cells[:3] for _, cells in table.records]
    assert found == [[str(n), *cells] for n, cells in enumerate(rows, start=2)]
