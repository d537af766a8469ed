"""Conditions in words: our own notation, and what shops call fields and relations.

Reads `title contains shirt AND price < 50`, and single conditions of a shop. Invariant:
a piece that makes no sense is named, with the reason; it is never left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from importer import patterns
from importer.rules.conditions import (
    NUMBERS,
    WITHOUT_VALUE,
    Condition,
    NoRulesError,
    Rules,
    number,
)
from importer.sentences import Phrase

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
#: Characters of rules, at most.
LONGEST = 10_000
# where a value goes on with another condition, because its AND is no AND
_RUN_ON = patterns.later(
    r"(?:\s(?:and|or)\s|[;&\n])\s*"
    r"(?:title|variant[\s_]title|price|inventory|tag|vendor|type)\s*"
    r"(?:[<>=!]|\b(?:is|equals|contains|does|not|starts|ends|greater|less)\b)",
    re.IGNORECASE,
)


def condition(column: str, relation: str, value: str) -> Condition:
    """Read a condition of a shop, whatever it calls its column and its relation."""
    known = _FIELDS.get(_bare(column)) or _called(column)
    value = number(value.strip()) if known in NUMBERS else value.strip()
    return Condition(known, _KEYED.get(_bare(relation), relation.strip()), value)


@lru_cache
def _called(text: str) -> str:
    """Return a column of a shop as our own notation would call it."""
    return text.strip().casefold().replace(" ", "_")


@lru_cache
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


def _split(text: str) -> tuple[list[str], list[str]]:
    """Cut at AND and OR outside quotation marks."""
    if len(text) > LONGEST:
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
