"""What a mapping file and a choice of preset say, as values."""

from __future__ import annotations

from dataclasses import dataclass, field


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
class Spec:
    """How tables are to be understood: a preset, and a mapping file on top."""

    mapping: Mapping = field(default_factory=Mapping)
    preset: str = "own"
