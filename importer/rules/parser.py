"""Rules as people and shops write them.

The compact notation (`title contains shirt AND price < 50`), the packed text and the
JSON of Shopify, and single conditions. Invariant: nothing is bent into another
condition; what is no notation is a `NoRulesError` that says why.
"""

from __future__ import annotations

import re

import orjson

from importer import sentences
from importer.rules.conditions import NUMBERS, WITHOUT_VALUE, Condition, Rules, number
from importer.sentences import Phrase


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
_CONDITION = re.compile(
    r"(?P<field>[A-Za-z][\w .:-]*?)\s*(?:\b(?P<word>"
    + "|".join(re.escape(w).replace(r"\ ", r"[\s_]+") for w in _OPERATORS if w[0] > "@")
    + r")\b|(?P<sign>[<>!]=|[<>=]))\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"(\"[^\"]*\")")
_LOGIC = re.compile(r"\b(AND|OR)\b")
_LONGEST = 10_000
_PACKED = re.compile(r"\*(and|or)\*", re.IGNORECASE)
_PARTS = 3
# where a value goes on with another condition, because its AND is no AND
_RUN_ON = re.compile(
    r"(?:\s(?:and|or)\s|[;&\n])\s*"
    r"(?:title|variant[\s_]title|price|inventory|tag|vendor|type)\s*"
    r"(?:[<>=!]|\b(?:is|equals|contains|does|not|starts|ends|greater|less)\b)",
    re.IGNORECASE,
)


def condition(column: str, relation: str, value: str) -> Condition:
    """Read a condition of a shop, whatever it calls its column and its relation."""
    name = re.sub(r"[\s_]", "", column).casefold()
    known = _FIELDS.get(name, column.strip().casefold().replace(" ", "_"))
    key = re.sub(r"[\s_]", "", relation).casefold()
    value = number(value.strip()) if known in NUMBERS else value.strip()
    return Condition(known, _KEYED.get(key, relation.strip()), value)


def compact(text: str) -> Rules:
    """Read our own notation: `title contains shirt AND price < 50`.

    Raises:
        NoRulesError: it is not that; it says where it stops making sense.
    """
    pieces, texts = _split(text)
    if len(set(texts)) > 1:
        raise NoRulesError(Phrase("part/rules_mixed"))
    found = []
    for piece in pieces:
        read = _CONDITION.fullmatch(piece.strip())
        if read is None:
            raise _no_condition(piece)
        value = read["value"].strip()
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        if not quoted and _RUN_ON.search(value):
            raise NoRulesError(Phrase("part/rules_run_on", {"text": piece.strip()}))
        operator = read["word"] or read["sign"]
        one = condition(read["field"], operator, value[1:-1] if quoted else value)
        if not (value or one.operator in WITHOUT_VALUE):
            raise _no_condition(piece)
        found.append(one)
    return Rules(tuple(found), texts[0] if texts else "AND")


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
        NoRulesError: it is no such object.
        ValueError: it is not JSON.
    """
    content = orjson.loads(text)
    if not content:
        return None
    listed = content.get("rules") if isinstance(content, dict) else None
    if type(listed) is not list:
        raise NoRulesError(Phrase("part/rule_set_no_list"))
    found = tuple(_of_object(item) for item in listed)
    return Rules(found, "OR" if content.get("appliedDisjunctively") else "AND")


def _no_condition(piece: str) -> NoRulesError:
    return NoRulesError(Phrase("part/no_condition", {"text": piece.strip()}))


def _of_object(value: object) -> Condition:
    if not isinstance(value, dict):
        raise NoRulesError(Phrase("part/rule_set_no_object"))
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
