"""Lines of a report in another language than the journal's, which is English.

Several sentences about a row are said one by one. Nothing is translated twice: a line
comes here as the journal has it. Invariant: English lines are handed on untouched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.models import BETWEEN
from importer.sentences import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.models import ReportBlock, ReportLine
    from importer.sentences import Language


def message(text: str, language: Language) -> str:
    """Say what a journal tells of a row in a language."""
    if language is ENGLISH or not text:
        return text
    from importer.sentences import reading  # noqa: PLC0415 - English does without it

    return BETWEEN.join(
        reading.retold(sentence, language) for sentence in text.split(BETWEEN)
    )


def lines(found: Iterable[ReportLine], language: Language) -> Iterator[ReportLine]:
    """Yield lines told in a language."""
    if language is ENGLISH:
        yield from found
        return
    for line in found:
        said = message(line.message, language)
        yield replace(line, message=said) if said != line.message else line


def block(found: ReportBlock, language: Language) -> ReportBlock:
    """Return a block told in a language."""
    if language is ENGLISH or not any(found.message):
        return found
    told = [message(text, language) for text in found.message]
    return replace(found, message=told)
