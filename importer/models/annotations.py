"""The columns that a table gets when it comes back from a run: `report.xlsx`.

Reports write them, and who reads the table again finds the rows that are done by
them. Names only. Invariant: they are a contract with workbooks that people keep; none
is renamed, and no preset gives them another meaning.
"""

from __future__ import annotations

from typing import Final

#: What became of the row, as in `report.csv`.
STATUS: Final = "import_status"
#: HighLevel's id of the collection.
ID: Final = "import_id"
#: What is to be fixed.
PROBLEM: Final = "import_problem"
#: The location that the id is of.
LOCATION: Final = "import_location"

#: What the name is called where a row is a collection that was made of products: such
#: a sheet does not say which, so that it must not be imported.
OF_PRODUCTS: Final = "name of a collection made of products"
#: The columns of such a sheet.
MADE: Final = ("location_id", OF_PRODUCTS, "slug")

#: In the order in which they stand behind the columns of the table.
ANNOTATIONS: Final = (STATUS, ID, PROBLEM, LOCATION)


def annotation(header: str) -> str:
    """Return the column of ours that a header is, or nothing."""
    name = header.strip().casefold()
    return name if name in ANNOTATIONS else ""


def whereabouts(location_id: str, server: str) -> str:
    """Name a location, with its server where that is not HighLevel itself.

    An id of a sandbox must not pass for one of HighLevel's.
    """
    return f"{location_id} at {server}" if server else location_id
