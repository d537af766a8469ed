"""What a mapping file, a choice of preset and some settings say, as values.

A mapping file is TOML that says which column of a foreign table is which field.

    [columns]
    "Bezeichnung" = "name"
    "Bild" = { field = "image", transforms = ["trim", "https"] }

    [constants]
    type = "manual"

    [ignore]
    columns = ["Sortierung"]

The only effect of the mapping stage lives here: one small file is read. Whatever is
wrong with it is a `UsageError` that names the file and, where it can, the line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer import toml
from importer.errors import UsageError
from importer.mapping.preset import FIELDS, did_you_mean
from importer.rules import Notation
from importer.transforms import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a mapping file: its header, its field, how it is cleaned.

    `transforms` are names of `transforms.REGISTRY`, applied from left to right.
    """

    header: str
    field: str
    transforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file: its name, and what it says. Empty: there is none.

    `constants` are pairs of field and text, for rows that leave the field blank.
    """

    name: str = ""
    columns: tuple[Column, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is made of the things that HighLevel has no home for.

    Attributes:
        description_to_seo: a description fills in a blank seo_description.
        category_path: the names of the parents go into the `name` or the `slug`,
            where names repeat; empty: nowhere.
        smart_as_manual: rules that HighLevel cannot express make a collection
            manual, where the file lists its products.
        require_product_ids: whether a manual collection needs products.
        notation: how rules are written as JSON.
        store_language: which of several languages is read; blank: the usual one.
        collections_from: the column of a table of products that names collections;
            empty: none but that of a known program.
        skip_inactive: collections that the shop does not show are left out.
    """

    description_to_seo: bool = False
    category_path: str = ""
    smart_as_manual: bool = False
    require_product_ids: bool = True
    notation: Notation = field(default_factory=Notation)
    store_language: str = ""
    collections_from: str = ""
    skip_inactive: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    """How tables are to be understood: a preset, and a mapping file on top."""

    mapping: Mapping = field(default_factory=Mapping)
    preset: str = "own"
    wishes: Wishes = field(default_factory=Wishes)


_KIND = toml.Kind(
    "mapping file",
    "--mapping",
    'Write lines such as "Header in the file" = "name".',
)
_SECTIONS = ("columns", "constants", "ignore")
_COLUMN_KEYS = ("field", "transforms")


def load(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises:
        UsageError: it cannot be read, is no TOML, or names what does not exist.
    """
    return _File(path.name, toml.text(path, _KIND)).mapping()


class _File:
    """A mapping file while it is read; knows its name and lines for the errors."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text

    def mapping(self) -> Mapping:
        """Turn the text into a value, or say what is wrong with it."""
        content = toml.content(self._text, _KIND, self._name)
        self._refuse_unknown(content, _SECTIONS, "section")
        ignored = self._section(content, "ignore")
        self._refuse_unknown(ignored, ("columns",), "key")
        return Mapping(
            name=self._name,
            columns=self._columns(self._section(content, "columns")),
            constants=self._constants(self._section(content, "constants")),
            ignored=self._texts("columns", ignored.get("columns", [])),
        )

    def _columns(self, section: dict[str, Any]) -> tuple[Column, ...]:
        columns = tuple(self._column(header, say) for header, say in section.items())
        headers: dict[str, str] = {}
        for column in columns:
            first = headers.setdefault(column.field, column.header)
            if first != column.header:
                raise self._error(
                    column.header,
                    f'the columns "{first}" and "{column.header}" both go to the '
                    f"field {column.field}",
                    "Keep one of them; list the other under [ignore].",
                )
        return columns

    def _column(self, header: str, say: object) -> Column:
        if isinstance(say, str):
            say = {"field": say}
        if not isinstance(say, dict):
            raise self._error(
                header,
                f'the column "{header}" needs the name of a field',
                f'Write "{header}" = "name", or another field.',
            )
        self._refuse_unknown(say, _COLUMN_KEYS, "key")
        field = say.get("field", "")
        self._refuse_unknown([field], FIELDS, "field", near=header)
        names = self._texts(header, say.get("transforms", []))
        self._refuse_unknown(names, REGISTRY, "transform")
        return Column(header, field, names)

    def _constants(self, section: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        self._refuse_unknown(section, FIELDS, "field")
        for name, value in section.items():
            if not isinstance(value, (str, int, float)):
                raise self._error(
                    name,
                    f"the constant {name} is neither text nor a number",
                    f'Write {name} = "…" in quotation marks.',
                )
        texts = {name: str(value).strip() for name, value in section.items()}
        return tuple((name, text) for name, text in texts.items() if text)

    def _section(self, content: dict[str, Any], name: str) -> dict[str, Any]:
        section = content.get(name, {})
        if not isinstance(section, dict):
            raise self._error(name, f"{name} is not a section", f"Write [{name}].")
        return section

    def _texts(self, word: str, names: object) -> tuple[str, ...]:
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise self._error(
                word,
                f'"{word}" needs a list of names',
                'Write them like this: ["trim", "https"].',
            )
        return tuple(names)

    def _refuse_unknown(
        self,
        names: Iterable[object],
        known: Iterable[str],
        subject: str,
        near: str = "",
    ) -> None:
        choices = tuple(known)
        for name in names:
            if name not in choices:
                raise self._error(
                    near or str(name),
                    f'there is no {subject} "{name}"',
                    did_you_mean(str(name), choices),
                )

    def _error(self, word: str, message: str, remedy: str) -> UsageError:
        lines = list(enumerate(self._text.splitlines(), start=1))
        # Best where a line begins with the word, else wherever it stands.
        begins = [n for n, line in lines if line.lstrip(" \t[\"'").startswith(word)]
        number = next(iter(begins or [n for n, line in lines if word in line]), 0)
        place = f"{self._name}, line {number}" if number else self._name
        return UsageError(f"{place}: {message}.", remedy=remedy)
