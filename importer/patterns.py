"""Regular expressions that are compiled when they are first used.

Python compiles a pattern with Python, which takes up to some milliseconds, and nearly
all of them are for what seldom stands in a table. It holds no pattern. Invariant: one
that is used behaves as if it had been compiled at once.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast


class _Pattern(Generic[AnyStr]):
    """A pattern that has not been used yet, and then what it is compiled to."""

    def __init__(self, text: AnyStr, flags: int) -> None:
        """Keep what is compiled when it is used."""
        self._given: tuple[AnyStr, int] = (text, flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        """Compile it; each of its methods that is used is found without this then."""
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def later(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled when it is first used.

    For the methods and attributes of `re.Pattern`; the functions of `re` do not take
    it.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))
