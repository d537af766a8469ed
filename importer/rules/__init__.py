"""The rules of a smart collection: read from what people and shops write, sent as JSON.

Takes in the compact notation (`title contains shirt AND price < 50`), the packed text
and the JSON of Shopify, and single conditions. Invariant: a condition that HighLevel
cannot express is named by `unsupported` and never bent into another.
"""

from __future__ import annotations

from importer.rules.conditions import (
    Condition,
    Notation,
    Rules,
    to_json,
)
from importer.rules.parser import NoRulesError, compact, condition, packed, rule_set

__all__ = [
    "Condition",
    "NoRulesError",
    "Notation",
    "Rules",
    "compact",
    "condition",
    "packed",
    "rule_set",
    "to_json",
]
