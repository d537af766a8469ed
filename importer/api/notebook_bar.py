"""A progress bar in a notebook, drawn by the notebook itself.

HTML that takes the place of what was shown before: no widget is needed, so that it
works wherever a notebook does. Invariant: outside of notebooks nothing is loaded and
nothing is shown.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from importer.report import notebook

if TYPE_CHECKING:
    from importer.models import Snapshot


class Bar:
    """What is shown of a run; where nothing can be shown it does nothing."""

    __slots__ = ("_place",)

    def __init__(self, place: Any) -> None:  # noqa: ANN401 - IPython's, or None
        """Draw at a place of a notebook, or nowhere."""
        self._place = place

    def update(self, moment: Snapshot) -> None:
        """Draw another moment; a notebook that is gone ends no run."""
        if self._place is not None:
            with suppress(Exception):
                self._place.update(_drawn(moment), raw=True)


def begin(moment: Snapshot) -> Bar:
    """Draw the first moment, where a notebook is."""
    if not _in_notebook():
        return Bar(None)
    from IPython import display  # noqa: PLC0415 - there, as a notebook is

    show: Any = display.display
    return Bar(show(_drawn(moment), raw=True, display_id=True))


def _in_notebook() -> bool:
    """Say whether a kernel runs this program; the shell of IPython cannot redraw."""
    loaded = sys.modules.get("IPython")
    shell = loaded.get_ipython() if loaded is not None else None
    return getattr(shell, "kernel", None) is not None


def _drawn(moment: Snapshot) -> dict[str, str]:
    return {
        "text/html": notebook.progress(moment),
        "text/plain": notebook.line(moment),
    }
