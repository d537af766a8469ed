"""How an import goes, on one page to print, for whoever does it for the first time.

The page of the documents is made of the same sentences. Invariant: a button is called
as it is on its screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.web import pages

if TYPE_CHECKING:
    from aiohttp import web

    from importer.web.language import Speech


@dataclass(frozen=True, slots=True)
class Part:
    """A step: what it is called, and what to do; the documents have a picture of some.

    `shown` says what is to be seen there, and `picture` is its name.
    """

    name: str
    text: str
    picture: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """A title, what is needed, the steps, and what to do where something is odd."""

    title: str
    needed: str
    steps: tuple[Part, ...]
    odd: str
    answers: tuple[str, ...]


def guide(speech: Speech) -> Guide:
    """Tell how an import goes."""
    _ = speech.gettext
    return Guide(
        _("How an import goes"),
        _(
            "You need a table with a collection in each row: from Excel, Google Sheets "
            "or another shop. Nothing reaches a shop before you press the coloured "
            "button of step 3."
        ),
        _steps(speech),
        _("Where something is odd"),
        (
            _(
                "At the top stands “Practice: nothing reaches a shop”: then you can "
                "try everything, and nothing can break."
            ),
            _(
                "The page does not open any more: start the program again. It opens "
                "the page with a new link."
            ),
            _(
                "The computer was switched off: start the program again, open the "
                "import on the first page, and press “Continue”. Nothing will be there "
                "twice."
            ),
            _("Another language is chosen at the top of the page."),
        ),
    )


def _steps(speech: Speech) -> tuple[Part, ...]:
    _ = speech.gettext
    return (
        Part(
            _("Choose a file"),
            _(
                "Choose your table, or drop it onto the page. Who has none takes the "
                "empty table, or tries the example. If the page asks which column is "
                "what, say it of those that matter, and leave the others out."
            ),
        ),
        Part(
            _("Correct"),
            _(
                "You see only rows that need a correction. Change a cell and press "
                "“Keep”, take what is offered, or have all that is clear corrected at "
                "once. Any row can be left out, and the last step can be taken back."
            ),
            "correct",
            _("A row that needs a correction, with what is wrong and what is offered"),
        ),
        Part(
            _("Look once more"),
            _(
                "Look how many collections will be created, and in which shop; then "
                "press the coloured button. What is shown here is done exactly, or "
                "nothing is."
            ),
            "look",
            _("How many collections will be created, where, and how long it takes"),
        ),
        Part(
            _("Import"),
            _(
                "You may close the page: it goes on without it, and you find it on the "
                "first page again. “Stop” and “Continue” lose nothing."
            ),
        ),
        Part(
            _("Done"),
            _(
                "Keep your table with an answer for every row. Rows that are left can "
                "be corrected. If it was a mistake, “Take everything back” deletes "
                "what was created, except what somebody has changed since."
            ),
        ),
    )


async def show(request: web.Request) -> web.StreamResponse:
    """Show how an import goes."""
    told = guide(pages.speech_of(request))
    return pages.page(request, "guide.html.jinja", guide=told)
