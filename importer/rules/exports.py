"""Rules as shops export them: packed texts, lists of rules, and ruleSets of GraphQL.

What of it HighLevel can express is not decided here. Invariant: what is no such
notation is a `NoRulesError`, and so is JSON of which something would be lost.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress

import orjson

from importer import patterns, strict_json, truth
from importer.rules.conditions import Condition, NoRulesError, Rules
from importer.rules.words import LONGEST, condition
from importer.sentences import Phrase

_PACKED = patterns.later(r"\*(and|or)\*", re.IGNORECASE)
_PARTS = 3
_SHOWN = 60


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
        if len(text) > LONGEST or not text.lstrip().startswith(("[{'", "{'")):
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
