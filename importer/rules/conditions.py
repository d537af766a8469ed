"""The rules of a smart collection as values, and what HighLevel can look at.

Knows no notation but the words in which a condition is told. Invariant: a condition
that HighLevel cannot express is named by `unsupported`, with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.rules.numbers import is_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = ("contains", "not_contains", "equals")
_NUMBER = ("equals", "greater_than", "less_than", "greater_or_equal", "less_or_equal")
#: What HighLevel's conditions can look at, and how: the fields and what is done with
#: texts are on its help pages; how numbers are compared, and the spelling, are guesses.
EXPRESSIBLE: Mapping[str, tuple[str, ...]] = {
    "title": (*_TEXT, "starts_with", "ends_with"),
    "variant_title": _TEXT,
    "price": _NUMBER,
    "inventory": _NUMBER,
}
_LOOKS_AT = (
    "A smart collection there looks at the title, the variant title, the price and "
    "the inventory only."
)
#: Fields that are compared with a number.
NUMBERS = ("price", "inventory")
#: Operators that need nothing to compare with.
WITHOUT_VALUE = ("is_set", "is_not_set")
# a text in quotation marks needs others around them, AND and OR do as well
_NEEDS_NO_QUOTES = re.compile(
    r"(?!.*\b(?:AND|OR)\b)(?!\".*\"\Z)(?:[\w.]+|.*\".*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, as it was written; `field` and `operator` are our own words."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        """The condition as a person would say it."""
        words = f"{self.field} {self.operator}".replace("_", " ")
        return f"{words} {self.value}".strip()

    @property
    def expressible(self) -> bool:
        """Whether HighLevel can look at this, in this way."""
        if self.operator not in EXPRESSIBLE.get(self.field, ()):
            return False
        number = self.field in NUMBERS
        return bool(self.value) and (not number or is_plain(self.value))

    @property
    def reason(self) -> str:
        """Why HighLevel cannot look at it."""
        name = self.field.replace("_", " ")
        ways = EXPRESSIBLE.get(self.field, ())
        if not ways:
            return _LOOKS_AT
        if self.operator not in ways:
            known = ", ".join(ways).replace("_", " ")
            return f"The {name} can be compared by {known} only."
        if not self.value:
            return f"It does not say what the {name} is compared with."
        return f"The {name} is compared with a plain number such as 49.90."

    @property
    def in_words(self) -> str:
        """The condition in our own notation."""
        said = f"{self.field} {self.operator}".replace("_", " ")
        if self.operator in WITHOUT_VALUE and not self.value:
            return said
        bare = self.value and _NEEDS_NO_QUOTES.fullmatch(self.value)
        return f"{said} {self.value}" if bare else f'{said} "{self.value}"'


@dataclass(frozen=True, slots=True)
class Rules:
    """Conditions, all of which (AND) or any of which (OR) a product has to meet."""

    conditions: tuple[Condition, ...]
    logic: str = "AND"

    @property
    def unsupported(self) -> tuple[Condition, ...]:
        """The conditions that HighLevel cannot express."""
        return tuple(one for one in self.conditions if not one.expressible)

    @property
    def in_words(self) -> str:
        """The rules in our own notation, for people to go on with."""
        return f" {self.logic} ".join(one.in_words for one in self.conditions)


@dataclass(frozen=True, slots=True)
class Notation:
    """How a condition becomes JSON.

    Attributes:
        keys: those of the field, the operator and the value.
        words: what is written for our own words, where that is something else.
    """

    keys: tuple[str, str, str] = ("field", "operator", "value")
    words: Mapping[str, str] = field(default_factory=dict)
