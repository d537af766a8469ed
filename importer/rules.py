"""The rules of a smart collection: read from what people and shops write, sent as JSON.

Takes in the compact notation (`title contains shirt AND price < 50`), the packed text
and the JSON of Shopify, and single conditions. The keys and words of HighLevel's JSON
are published nowhere, so they are values of `Notation`. Invariant: a condition that
HighLevel cannot express is named by `unsupported` and never bent into another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = ("contains", "not_contains", "equals")
_NUMBER = ("equals", "greater_than", "less_than", "greater_or_equal", "less_or_equal")
#: What HighLevel's conditions can look at, and how.
EXPRESSIBLE: Mapping[str, tuple[str, ...]] = {
    "title": (*_TEXT, "starts_with", "ends_with"),
    "variant_title": _TEXT,
    "price": _NUMBER,
    "inventory": _NUMBER,
}
_FIELDS = {
    "variantprice": "price",
    "varianttitle": "variant_title",
    "variantinventory": "inventory",
    "inventorystock": "inventory",
}
#: How people write an operator, the longer ones first.
_OPERATORS = {
    "does not contain": "not_contains",
    "is not equal to": "not_equals",
    "greater or equal": "greater_or_equal",
    "less or equal": "less_or_equal",
    "greater than": "greater_than",
    "not contains": "not_contains",
    "is equal to": "equals",
    "is not set": "is_not_set",
    "starts with": "starts_with",
    "not equals": "not_equals",
    "less than": "less_than",
    "ends with": "ends_with",
    "contains": "contains",
    "equals": "equals",
    "is set": "is_set",
    ">=": "greater_or_equal",
    "<=": "less_or_equal",
    "!=": "not_equals",
    "=": "equals",
    ">": "greater_than",
    "<": "less_than",
    "is": "equals",
}
_KEYED = {re.sub(r"[\s_]", "", written): op for written, op in _OPERATORS.items()}
_CONDITION = re.compile(
    r"(?P<field>[A-Za-z][\w .:-]*?)\s*(?:\b(?P<word>"
    + "|".join(re.escape(w).replace(r"\ ", r"[\s_]+") for w in _OPERATORS if w[0] > "@")
    + r")\b|(?P<sign>[<>!]=|[<>=]))\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"(\"[^\"]*\")")
_LOGIC = re.compile(r"\b(AND|OR)\b")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_LONGEST = 10_000
_PACKED = re.compile(r"\*(and|or)\*", re.IGNORECASE)
_PARTS = 3
_LOOKS_AT = (
    "A smart collection there looks at the title, the variant title, the price and "
    "the inventory only."
)
_NUMBERS = ("price", "inventory")
_WITHOUT_VALUE = ("is_set", "is_not_set")
# what people and their spreadsheets write around a number, and into it
_CURRENCY = re.compile(r"[$€£¥]|\b(?:EUR|USD|GBP|CHF)\b", re.IGNORECASE)
_SPACED = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))")
_COMMA = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,15}),[0-9]{1,2}")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}")
# where a value goes on with another condition, because its AND is no AND
_RUN_ON = re.compile(
    r"(?:\s(?:and|or)\s|[;&\n])\s*"
    r"(?:title|variant[\s_]title|price|inventory|tag|vendor|type)\s*"
    r"(?:[<>=!]|\b(?:is|equals|contains|does|not|starts|ends|greater|less)\b)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"\AHighLevel cannot express the rules? ")
_NEEDS_NO_QUOTES = re.compile(r"[\w.]+|.*\".*", re.DOTALL)


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
        number = self.field in _NUMBERS
        return bool(self.value) and (not number or bool(_DECIMAL.fullmatch(self.value)))

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
        if self.operator in _WITHOUT_VALUE and not self.value:
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


def condition(column: str, relation: str, value: str) -> Condition:
    """A condition of a shop: whatever it calls its column and its relation."""
    name = re.sub(r"[\s_]", "", column).casefold()
    known = _FIELDS.get(name, column.strip().casefold().replace(" ", "_"))
    key = re.sub(r"[\s_]", "", relation).casefold()
    value = _number(value.strip()) if known in _NUMBERS else value.strip()
    return Condition(known, _KEYED.get(key, relation.strip()), value)


def compact(text: str) -> Rules:
    """Read our own notation: `title contains shirt AND price < 50`.

    Raises:
        ValueError: it is not that; the message says where it stops making sense.
    """
    pieces, words = _split(text)
    if len(set(words)) > 1:
        msg = "AND and OR are mixed; HighLevel knows one of them for a collection."
        raise ValueError(msg)
    found = []
    for piece in pieces:
        read = _CONDITION.fullmatch(piece.strip())
        if read is None:
            raise _no_condition(piece)
        value = read["value"].strip()
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        if not quoted and _RUN_ON.search(value):
            msg = (
                f'"{piece.strip()}" looks like two conditions: AND or OR goes between '
                "them in capitals; a value with such words goes into quotation marks."
            )
            raise ValueError(msg)
        operator = read["word"] or read["sign"]
        one = condition(read["field"], operator, value[1:-1] if quoted else value)
        if not (value or one.operator in _WITHOUT_VALUE):
            raise _no_condition(piece)
        found.append(one)
    return Rules(tuple(found), words[0] if words else "AND")


def packed(text: str, *, disjunctive: bool) -> Rules:
    """Read what REST-shaped exports hold: `vendor|equals|X*and*tag|equals|Y`."""
    pieces = _PACKED.split(text)
    found = []
    for piece in pieces[::2]:
        parts = [*piece.split("|", 2), "", ""][:_PARTS]
        found.append(condition(*parts))
    any_one = disjunctive or any(word.lower() == "or" for word in pieces[1::2])
    return Rules(tuple(found), "OR" if any_one else "AND")


def rule_set(text: str) -> Rules | None:
    """Read a `ruleSet` of Shopify's GraphQL; None where there is none.

    Raises:
        ValueError: it is no such object.
    """
    content = orjson.loads(text)
    if not content:
        return None
    listed = content.get("rules") if isinstance(content, dict) else None
    if type(listed) is not list:
        msg = "this is no ruleSet, for it has no list of rules."
        raise ValueError(msg)
    found = tuple(_of_object(one) for one in listed)
    return Rules(found, "OR" if content.get("appliedDisjunctively") else "AND")


def to_json(rules: Rules, notation: Notation) -> str:
    """Write rules as the JSON object that the API is given."""
    conditions = [
        dict(zip(notation.keys, _said(one, notation), strict=True))
        for one in rules.conditions
    ]
    return orjson.dumps({"logic": rules.logic, "conditions": conditions}).decode()


def refused(rules: Rules) -> str:
    """Say which conditions HighLevel cannot express."""
    bad = rules.unsupported
    noun = "the rule" if len(bad) == 1 else "the rules"
    named = ", ".join(f'"{one}"' for one in bad)
    return f"HighLevel cannot express {noun} {named}."


def named(message: str) -> str:
    """The rules that `refused` names in its sentence."""
    return _REFUSAL.sub("", message).removesuffix(".")


def why(rules: Rules) -> str:
    """Say why it cannot: the same sentences for all rules of a kind."""
    return " ".join(dict.fromkeys(one.reason for one in rules.unsupported))


def _said(one: Condition, notation: Notation) -> tuple[Any, Any, Any]:
    word = notation.words.get
    value: object = one.value
    if one.field in _NUMBERS:
        number = float(one.value)
        value = int(number) if number.is_integer() else number
    return word(one.field, one.field), word(one.operator, one.operator), value


def _number(text: str) -> str:
    """A number as people write it: $49.90, 49,90 €, 1.200,50; else the text.

    What could be two numbers (1,200) stays, and is refused.
    """
    bare = _SPACED.sub("", _CURRENCY.sub("", text).strip())
    if _COMMA.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    if _THOUSANDS.fullmatch(bare):
        return bare.replace(",", "")
    return bare if _DECIMAL.fullmatch(bare) else text


def _no_condition(piece: str) -> ValueError:
    return ValueError(f'"{piece.strip()}" is no condition.')


def _of_object(one: object) -> Condition:
    if not isinstance(one, dict):
        msg = "a rule of the ruleSet is no object."
        raise ValueError(msg)  # noqa: TRY004 - what is wrong is a text
    texts = (str(one.get(k) or "") for k in ("column", "relation", "condition"))
    return condition(*texts)


def _split(text: str) -> tuple[list[str], list[str]]:
    """Cut at AND and OR outside quotation marks."""
    if len(text) > _LONGEST:
        msg = f'"{text[:40]}…" is no condition.'
        raise ValueError(msg)
    pieces: list[list[str]] = [[]]
    words: list[str] = []
    for number, part in enumerate(_QUOTED.split(text)):
        if number % 2:
            pieces[-1].append(part)
            continue
        first, *others = _LOGIC.split(part)
        pieces[-1].append(first)
        words += others[::2]
        pieces += ([one] for one in others[1::2])
    return ["".join(piece) for piece in pieces], words
