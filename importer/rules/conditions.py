"""Conditions as values: what HighLevel can look at, and how it is told.

Texts are read in `words` and `exports`. Invariants: a condition that HighLevel cannot
express is named by `unsupported`, with the reason; a number that could be two is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from importer import patterns, sentences
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping


#: A number as it is sent.
_PLAIN = patterns.later(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
# what is written around a number, and into it
_CURRENCY = patterns.later(r"[$€£¥]|\b(?:EUR|USD|GBP|CHF)\b", re.IGNORECASE)
_SPACED = patterns.later(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))")
_COMMA = patterns.later(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,15}),[0-9]{1,2}")
# three digits behind one point: a thousand to some, a fraction to others
_OPEN = patterns.later(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_THOUSANDS = patterns.later(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}")


def number(text: str) -> str:
    """Read a number as people write it: $49.90, 49,90 €, 1.200,50; else keep the text.

    What could be two numbers (1,200) stays, and is refused.
    """
    bare = _SPACED.sub("", _CURRENCY.sub("", text).strip())
    if _COMMA.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    if _THOUSANDS.fullmatch(bare):
        return bare.replace(",", "")
    return bare if is_plain(bare) else text


def is_plain(text: str) -> bool:
    """Return whether a text is a number as it is sent, and only one."""
    return bool(_PLAIN.fullmatch(text)) and not _OPEN.fullmatch(text)


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
#: Fields that are compared with a number.
NUMBERS = ("price", "inventory")
#: Operators that need nothing to compare with.
WITHOUT_VALUE = ("is_set", "is_not_set")
# a text in quotation marks needs others around them, AND and OR do as well
_NEEDS_NO_QUOTES = patterns.later(
    r"(?!.*\b(?:AND|OR)\b)(?!\".*\"\Z)(?:[\w.]+|.*\".*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, as it was written; `field` and `operator` are our own words."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        """Write the condition as a person would say it."""
        text = f"{self.field} {self.operator}".replace("_", " ")
        return f"{text} {self.value}".strip()

    @property
    def expressible(self) -> bool:
        """Whether HighLevel can look at this, in this way."""
        if self.operator not in EXPRESSIBLE.get(self.field, ()):
            return False
        number = self.field in NUMBERS
        return bool(self.value) and (not number or is_plain(self.value))

    @property
    def reason(self) -> Phrase:
        """Why HighLevel cannot look at it."""
        name = self.field.replace("_", " ")
        ways = EXPRESSIBLE.get(self.field, ())
        if not ways:
            return Phrase("part/rule_field")
        if self.operator not in ways:
            known = tuple(way.replace("_", " ") for way in ways)
            return Phrase("part/rule_operator", {"field": name, "ways": known})
        key = "part/rule_number" if self.value else "part/rule_value_missing"
        return Phrase(key, {"field": name})

    @property
    def in_words(self) -> str:
        """The condition in our own notation."""
        text = f"{self.field} {self.operator}".replace("_", " ")
        if self.operator in WITHOUT_VALUE and not self.value:
            return text
        bare = self.value and _NEEDS_NO_QUOTES.fullmatch(self.value)
        return f"{text} {self.value}" if bare else f'{text} "{self.value}"'


@dataclass(frozen=True, slots=True)
class Rules:
    """Conditions, all of which (AND) or any of which (OR) a product has to meet."""

    conditions: tuple[Condition, ...]
    logic: str = "AND"

    @property
    def unsupported(self) -> tuple[Condition, ...]:
        """The conditions that HighLevel cannot express."""
        return tuple(
            condition for condition in self.conditions if not condition.expressible
        )

    @property
    def refused(self) -> dict[str, Any]:
        """What a sentence needs that refuses them: conditions, and why."""
        bad = self.unsupported
        return {
            "rules": tuple(map(str, bad)),
            "reasons": tuple(condition.reason for condition in bad),
        }

    @property
    def in_words(self) -> str:
        """The rules in our own notation, for people to go on with."""
        return f" {self.logic} ".join(
            condition.in_words for condition in self.conditions
        )


@dataclass(frozen=True, slots=True)
class Notation:
    """How a condition becomes JSON.

    Attributes:
        keys: those of the field, the operator and the value.
        words: what is written for our own words, where that is something else.
    """

    keys: tuple[str, str, str] = ("field", "operator", "value")
    words: Mapping[str, str] = field(default_factory=dict)


def to_json(rules: Rules, notation: Notation) -> str:
    """Write rules as the JSON object that the API is given."""
    conditions = [
        dict(zip(notation.keys, _said(condition, notation), strict=True))
        for condition in rules.conditions
    ]
    return orjson.dumps({"logic": rules.logic, "conditions": conditions}).decode()


def _said(condition: Condition, notation: Notation) -> tuple[Any, Any, Any]:
    word = notation.words.get
    value: object = condition.value
    if condition.field in NUMBERS:
        number = float(condition.value)
        value = int(number) if number.is_integer() else number
    return (
        word(condition.field, condition.field),
        word(condition.operator, condition.operator),
        value,
    )


class NoRulesError(ValueError):
    """A text is no rules; `phrase` says why."""

    def __init__(self, phrase: Phrase) -> None:
        """Keep what is said of it."""
        super().__init__(sentences.text(phrase))
        self.phrase = phrase
