"""What is made of rules: the JSON that is sent, or the words of a refusal.

The keys and words of HighLevel's JSON are published nowhere, so they are values of a
`Notation`. Invariant: only conditions that HighLevel can express are written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from importer.rules.conditions import NUMBERS

if TYPE_CHECKING:
    from importer.rules.conditions import Condition, Notation, Rules

_REFUSAL = re.compile(r"\AHighLevel cannot express the rules? ")


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
    if one.field in NUMBERS:
        number = float(one.value)
        value = int(number) if number.is_integer() else number
    return word(one.field, one.field), word(one.operator, one.operator), value
