"""What is to be told of a row, and a row as the mapping has read it.

A problem is a code, parameters and cells; its words stand in the catalogue.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from importer import sentences
from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.models.codes import Code
    from importer.models.rows import Cell, Row
    from importer.sentences import Language, Parameter, Parameters


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to be told of a row: a code, parameters, and the cells it is about.

    `variant` tells apart what one code says; the catalogue has a sentence for each.
    `cells` are those of the input, in all rows of a collection; none where the row as a
    whole is meant. `column` is the header as the file has it, or the field where there
    is no column for it, and empty where the whole row is meant. `value` among the
    parameters is the offending cell, shortened to what fits a line.
    """

    code: Code
    parameters: Parameters = field(default_factory=dict, hash=False)
    cells: tuple[Cell, ...] = ()
    column: str = ""
    variant: str = ""

    @property
    def key(self) -> str:
        """Give the name of its sentence in the catalogue."""
        return f"{self.code}/{self.variant}" if self.variant else f"{self.code}"

    @property
    def message(self) -> str:
        """Say in English what is the matter."""
        return self.message_in(sentences.ENGLISH)

    @property
    def remedy(self) -> str:
        """Say in English what to write instead, or to do; empty if there is nothing."""
        return self.remedy_in(sentences.ENGLISH)

    def message_in(self, language: Language) -> str:
        """Say in a language what is the matter."""
        return language.message(self.key, self._all)

    def remedy_in(self, language: Language) -> str:
        """Say in a language what to write instead; empty where there is nothing."""
        return language.remedy(self.key, self._all)

    def said_in(self, language: Language) -> str:
        """Write one sentence with the column in front and the way out behind."""
        column = f"{self.column}: " if self.column else ""
        remedy = self.remedy_in(language)
        message = self.message_in(language)
        return f"{column}{message} {remedy}" if remedy else column + message

    def said_on_page(self, language: Language, header: str, *, remedy: bool) -> str:
        """Say it to somebody who has the table in front of them.

        Args:
            language: in which.
            header: what stands above the cell; empty where the row has no such cell.
            remedy: whether to say what to write instead.
        """
        key = language.on_page(self.key)
        given = {**self.parameters, sentences.OWN: header}
        said = [language.message(key, given)]
        if remedy:
            said.append(language.remedy(key, given))
        return " ".join(filter(None, said))

    @property
    def _all(self) -> Parameters:
        """The parameters, and the header that a sentence may name."""
        return {sentences.OWN: self.column, **self.parameters}

    @property
    def value(self) -> str:
        """Give the offending cell, shortened; empty where none is shown."""
        value: str = self.parameters.get("value", "")
        return value

    def __repr__(self) -> str:
        """Say which problem of what it is on one line."""
        column = self.column and f" in {self.column!r}"
        return f"<Problem {self.key}{column}{self.value and f': {self.value!r}'}>"

    def __str__(self) -> str:
        """Write it in English."""
        return self.said_in(sentences.ENGLISH)


class Finder(Protocol):
    """Finds the cells of a row that say a field: the columns of its table do."""

    def find(self, row: Row, field: str, text: str) -> tuple[Cell, ...]:
        """Give the cells of a row that say this of a field; one where none does."""


class _Nowhere:
    def find(self, row: Row, field: str, text: str) -> tuple[Cell, ...]:  # noqa: ARG002
        """Find none: it is no table that the row is of."""
        return ()


#: Of rows that stand in no table.
NOWHERE = _Nowhere()


@dataclass(frozen=True, slots=True)
class Fields:
    """A row after mapping: trimmed text by the project's own field names, no blanks.

    `columns` gives for each field the header it came from, so that a problem can
    name the column as the file does, and `table` finds the cells; both are shared by
    all rows of a table.
    """

    row: Row
    values: Mapping[str, str]
    columns: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    table: Finder = field(default=NOWHERE, kw_only=True)

    def problem(
        self, code: Code, name: str, variant: str = "", **parameters: Parameter
    ) -> Problem:
        """Tell something of a field, with the cells that say it.

        Args:
            code: what is the matter.
            name: the field.
            variant: of the sentence.
            parameters: what the sentence needs.
        """
        cells = self.table.find(self.row, name, self.values.get(name, ""))
        column = self.columns.get(name, name)
        return Problem(code, parameters, cells, column, variant)


@dataclass(frozen=True, slots=True)
class Shaped(Fields):
    """What several rows, or those of another program's file, come to.

    `found` are problems that the mapping saw, beside those that the check will see;
    `remarks` is what it has to tell. `written` are pairs of field and text: what a copy
    in our own columns says of what is refused, rules in words. `lenient` says that a
    product which cannot be told by its name is left out with a word.
    """

    found: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    lenient: bool = False
