"""What a mapping file, a choice of preset and some settings say, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from importer.rules import Notation


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
    """

    description_to_seo: bool = False
    category_path: str = ""
    smart_as_manual: bool = False
    require_product_ids: bool = True
    notation: Notation = field(default_factory=Notation)


@dataclass(frozen=True, slots=True)
class Spec:
    """How tables are to be understood: a preset, and a mapping file on top."""

    mapping: Mapping = field(default_factory=Mapping)
    preset: str = "own"
    wishes: Wishes = field(default_factory=Wishes)
