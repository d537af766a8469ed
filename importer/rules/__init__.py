"""The rules of a smart collection: read from what people and shops write, sent as JSON.

Takes in the compact notation (`title contains shirt AND price < 50`), the packed text
and the JSON of Shopify, and single conditions. What HighLevel can look at is written as
its JSON, whose keys and words are published nowhere and therefore values of a
`Notation`; the rest is refused in words. Invariants: a condition that HighLevel cannot
express is never written or bent into another, and is named by `unsupported`, with the
reason; a number that could be two is none; what is no notation is a `NoRulesError`.
"""

from importer.rules.conditions import Condition, NoRulesError, Notation, Rules, to_json
from importer.rules.exports import lost, packed, rule_set, unclear
from importer.rules.words import compact, condition

__all__ = [
    "Condition",
    "NoRulesError",
    "Notation",
    "Rules",
    "compact",
    "condition",
    "lost",
    "packed",
    "rule_set",
    "to_json",
    "unclear",
]
