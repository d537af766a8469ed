"""How many examples a property test tries: some in `make test`, all in `make examples`.

A test that asks for its number here has the mark `examples`, so that `make examples`,
which says `EXAMPLES=all`, runs it again with every one of them.
"""

from __future__ import annotations

import os

ALL = os.environ.get("EXAMPLES") == "all"  # noqa: TID251 - of tests only
#: One in so many is tried where not all of them are.
SHARE = 5


def tried(most: int) -> int:
    """Say how many of at most so many examples are tried here."""
    return most if ALL else most // SHARE
