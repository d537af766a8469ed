"""The rules of a smart collection: read from what people and shops write, sent as JSON.

Takes in the compact notation (`title contains shirt AND price < 50`), the packed text
and the JSON of Shopify, and single conditions. What HighLevel can look at is written as
its JSON, whose keys and words are published nowhere and therefore values of a
`Notation`; the rest is refused in words. Invariants: a condition that HighLevel cannot
express is never written or bent into another, and is named by `unsupported`, with the
reason; a number that could be two is none; what is no notation is a `NoRulesError`.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from importer import patterns, sentences, strict_json, truth
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
_CONDITION = patterns.later(
    r"(?P<field>[A-Za-z][\w .:-]*?)\s*(?:\b(?P<word>"
    + "|".join(re.escape(w).replace(r"\ ", r"[\s_]+") for w in _OPERATORS if w[0] > "@")
    + r")\b|(?P<sign>[<>!]=|[<>=]))\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = patterns.later(r"(\"[^\"]*\")")
_LOGIC = patterns.later(r"\b(AND|OR)\b")
_LONGEST = 10_000
_PACKED = patterns.later(r"\*(and|or)\*", re.IGNORECASE)
_PARTS = 3
_SHOWN = 60
# where a value goes on with another condition, because its AND is no AND
_RUN_ON = patterns.later(
    r"(?:\s(?:and|or)\s|[;&\n])\s*"
    r"(?:title|variant[\s_]title|price|inventory|tag|vendor|type)\s*"
    r"(?:[<>=!]|\b(?:is|equals|contains|does|not|starts|ends|greater|less)\b)",
    re.IGNORECASE,
)


def condition(column: str, relation: str, value: str) -> Condition:
    """Read a condition of a shop, whatever it calls its column and its relation."""
    known = _FIELDS.get(_bare(column), column.strip().casefold().replace(" ", "_"))
    value = number(value.strip()) if known in NUMBERS else value.strip()
    return Condition(known, _KEYED.get(_bare(relation), relation.strip()), value)


def _bare(text: str) -> str:
    """Return a word as it is looked up: without spaces and underscores, in small."""
    return "".join(text.split()).replace("_", "").casefold()


def compact(text: str) -> Rules:
    """Read our own notation: `title contains shirt AND price < 50`.

    Raises:
        NoRulesError: it is not that; it says where it stops making sense.
    """
    pieces, texts = _split(text)
    faults = [Phrase("part/rules_mixed")] if len(set(texts)) > 1 else []
    found = []
    for piece in pieces:
        one = _of_words(piece.strip())
        if isinstance(one, Phrase):
            faults.append(one)
        else:
            found.append(one)
    # what HighLevel lacks is told with them, so that it is not found only afterwards
    read = Rules(tuple(found), texts[0] if texts else "AND")
    if faults and read.unsupported:
        faults += read.refused["reasons"]
    if faults:
        several = Phrase("part/reasons", {"reasons": tuple(faults)})
        raise NoRulesError(several if len(faults) > 1 else faults[0])
    return read


def _of_words(piece: str) -> Condition | Phrase:
    """Read one condition, or say why it is none."""
    nothing = Phrase("part/no_condition", {"text": piece})
    read = _CONDITION.fullmatch(piece)
    if read is None:
        return nothing
    value = read["value"].strip()
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    if not quoted and _RUN_ON.search(value):
        return Phrase("part/rules_run_on", {"text": piece})
    operator = read["word"] or read["sign"]
    found = condition(read["field"], operator, value[1:-1] if quoted else value)
    return found if value or found.operator in WITHOUT_VALUE else nothing


def packed(text: str, *, disjunctive: bool) -> Rules:
    """Read what REST-shaped exports hold: `vendor|equals|X*and*tag|equals|Y`.

    Or the list of rules as the API gives it: `[{"column": …, "relation": …}]`.

    Raises:
        NoRulesError: a piece of it is no rule.
        ValueError: it begins like JSON, and is none.
    """
    if text.lstrip()[:1] in ("[", "{"):
        found = _of_list(text)
        return Rules(found, "OR" if disjunctive else "AND")
    pieces = _PACKED.split(text)
    found = tuple(map(_of_piece, pieces[::2]))
    any_one = disjunctive or any(word.lower() == "or" for word in pieces[1::2])
    return Rules(found, "OR" if any_one else "AND")


def _of_piece(piece: str) -> Condition:
    parts = [*piece.split("|", 2), "", ""][:_PARTS]
    if not (parts[0].strip() and parts[1].strip()):
        raise NoRulesError(Phrase("part/no_packed_rule", {"text": piece[:_SHOWN]}))
    return condition(*parts)


def _of_list(text: str) -> tuple[Condition, ...]:
    content = _loaded(text)
    if isinstance(content, dict) and "column" in content:
        content = [content]  # a single rule, not in a list
    if type(content) is not list:
        raise NoRulesError(Phrase("part/rules_no_list"))
    return tuple(map(_of_object, content))


def _loaded(text: str) -> object:
    """Read JSON, or what Python writes for the same.

    Raises:
        NoRulesError: reading it would lose something.
        ValueError: it is neither.
    """
    try:
        content: object = orjson.loads(text)
    except ValueError:
        if len(text) > _LONGEST or not text.lstrip().startswith(("[{'", "{'")):
            raise
        with suppress(SyntaxError, ValueError, MemoryError, RecursionError):
            return ast.literal_eval(text.strip())
        raise
    _refuse_losses(text)
    return content


def _refuse_losses(text: str) -> None:
    try:
        strict_json.refuse_losses(text)
    except strict_json.LossError as loss:
        raise NoRulesError(lost(loss.variant, loss.shown)) from loss


#: What Shopify's GraphQL calls it that one condition is enough.
_ANY = "appliedDisjunctively"


def rule_set(text: str) -> Rules | None:
    """Read a `ruleSet` of Shopify's GraphQL; None where there is none.

    Raises:
        NoRulesError: it is no such object.
        ValueError: it is not JSON.
    """
    content = orjson.loads(text)
    _refuse_losses(text)
    if not content:
        return None
    listed = content.get("rules") if isinstance(content, dict) else None
    if type(listed) is not list:
        raise NoRulesError(Phrase("part/rule_set_no_list"))
    found = tuple(_of_object(item) for item in listed)
    any_one = content.get(_ANY)
    if isinstance(any_one, str):  # saved once more as text, "false" is no yes
        if any_one and not (truth.is_yes(any_one) or truth.is_no(any_one)):
            raise unclear(_ANY, any_one)
        any_one = truth.is_yes(any_one)
    return Rules(found, "OR" if any_one else "AND")


def unclear(column: str, text: str) -> NoRulesError:
    """Return what is wrong where all or any of several conditions may be meant."""
    return NoRulesError(Phrase("part/logic_unclear", {"column": column, "text": text}))


def lost(variant: str, shown: str) -> Phrase:
    """Say what reading JSON would lose: one of two values, or digits."""
    twice = variant == strict_json.TWICE
    return Phrase("part/key_twice" if twice else "part/digits_lost", {"lost": shown})


def _of_object(value: object) -> Condition:
    if not isinstance(value, dict):
        raise NoRulesError(Phrase("part/rule_set_no_object"))
    if not (value.get("column") and value.get("relation")):
        raise NoRulesError(Phrase("part/rule_incomplete"))
    texts = (str(value.get(k) or "") for k in ("column", "relation", "condition"))
    return condition(*texts)


def _split(text: str) -> tuple[list[str], list[str]]:
    """Cut at AND and OR outside quotation marks."""
    if len(text) > _LONGEST:
        raise NoRulesError(Phrase("part/no_condition", {"text": f"{text[:40]}…"}))
    pieces: list[list[str]] = [[]]
    texts: list[str] = []
    for place, part in enumerate(_QUOTED.split(text)):
        if place % 2:
            pieces[-1].append(part)
            continue
        first, *others = _LOGIC.split(part)
        pieces[-1].append(first)
        texts += others[::2]
        pieces += ([item] for item in others[1::2])
    return ["".join(piece) for piece in pieces], texts
