"""What is wrong: from pydantic's errors to problems of a row.

Words nothing: a problem is a code with parameters. Invariant: every error that the
contract can raise has a code of its field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import patterns, rules, texts, wording
from importer.cell_errors import is_error
from importer.models import Code
from importer.sentences import Phrase
from importer.transforms import is_address, slug_of
from importer.validation.cells import (
    LOST,
    NOT_JSON,
    NOT_OBJECT,
    TOO_DEEP,
    is_destroyed,
)
from importer.validation.contract import WEB_ADDRESS
from importer.validation.dates import made_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from importer.models import Fields, Problem
    from importer.sentences import Parameter

    #: A code, the variant of its sentence, and what the sentence needs.
    Told = tuple[Code, str, dict[str, Parameter]]

_SLUG = patterns.later(r"[a-z0-9-]+")
_ADDRESS = patterns.later(WEB_ADDRESS)
_UNSEEN = patterns.later(f"[{texts.UNSEEN}]")
#: A letter that no id has: the text may be a name.
_WORD = patterns.later(r"(?![a-fA-F])[^\W\d_]")
#: An id with what programs put around a text, such as the apostrophe of spreadsheets.
_WRAPPED_ID = patterns.later(r"[^\w\s]+[0-9a-fA-F]{24}[^\w\s]*|[0-9a-fA-F]{24}[^\w\s]+")
_SEEN = patterns.later(r"[^\W_]")
_LONGEST_VALUE = 60
_MOST_IDS_NAMED = 20


def shortened(text: str) -> str:
    """Make a value fit a line: at most 60 characters, the unseen ones by their code."""
    shown = texts.on_a_line(wording.cut_line(text, _LONGEST_VALUE))
    return wording.cut(shown, _LONGEST_VALUE)


def of(
    errors: Iterable[ErrorDetails], fields: Fields, cells: Mapping[str, str]
) -> list[Problem]:
    """Turn the errors of one row into problems, one or two for each field.

    Args:
        errors: those of pydantic.
        fields: the row.
        cells: its texts by field, with what was filled in.
    """
    by_field: dict[str, list[ErrorDetails]] = {}
    for error in errors:
        by_field.setdefault(str(error["loc"][0]), []).append(error)
    return [
        fields.problem(code, field, variant, **parameters)
        for field, found in by_field.items()
        for code, variant, parameters in _FOUND[field](found, cells.get(field, ""))
    ]


def _location(errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    if errors[0]["type"] == "missing":
        return [(Code.LOCATION_MISSING, "", {})]
    return [_of_value(Code.LOCATION_INVALID, text)]


def _name(_errors: Sequence[ErrorDetails], _text: str) -> list[Told]:
    return [(Code.NAME_MISSING, "", {})]


def _slug(errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    if errors[0]["type"] == "missing":
        return [(Code.SLUG_MISSING, "", {})]
    if made := made_of(text):
        variant = "destroyed" if made == "number" else made
        return [_of_value(Code.SLUG_INVALID, text, variant)]
    code, proposal = Code.SLUG_INVALID, slug_of(text)
    characters = texts.hidden(text, joiners=True)
    if not (characters and proposal):
        variant = "wordless"
        if proposal:
            variant = "address" if is_address(text) else ""
        return [_of_value(code, text, variant, proposal=proposal)]
    # those that can be seen are told only where one of them is wrong
    wrong = _SLUG.fullmatch(_UNSEEN.sub("", text)) is None
    told: dict[str, Parameter] = {"characters": characters, "count": len(characters)}
    variant = "unseen_and_seen" if wrong else "unseen"
    return [_of_value(code, text, variant, proposal=proposal, **told)]


def _type(_errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    return [_of_value(Code.TYPE_UNKNOWN, text, "error" if is_error(text) else "")]


def _product_ids(errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    # the first error is that the cell as a whole is no plain list
    wrong = [str(error["input"]) for error in errors[1:]] or [text]
    lost = [text for text in wrong if is_destroyed(text)]
    bad = [text for text in wrong if not is_destroyed(text)]
    problems = []
    if bad:
        problems.append(_of_ids(Code.PRODUCT_ID_INVALID, bad, _why_no_ids(bad)))
    if lost:
        problems.append(_of_ids(Code.PRODUCT_ID_INVALID, lost, "destroyed"))
    return problems


def _why_no_ids(bad: list[str]) -> str:
    """Return what texts in a list of ids may be, as a variant."""
    if any(map(is_error, bad)):
        return "error"
    if all(map(_WRAPPED_ID.fullmatch, bad)):
        return "wrapped"
    if not any(map(_SEEN.search, bad)):
        return "between"
    return "words" if any(map(_WORD.search, bad)) else ""


def _collection_id(_errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    if is_destroyed(text):
        return [_of_ids(Code.COLLECTION_ID_INVALID, [text], "destroyed")]
    return [_of_value(Code.COLLECTION_ID_INVALID, text)]


def _rules(errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    first = errors[0]
    if first["type"] == NOT_JSON:
        return [_not_json(Code.RULES_NOT_JSON, first, text)]
    if first["type"] == LOST:
        return [_of_value(Code.RULES_INVALID, text, faults=_lost(first))]
    faults = tuple(map(_of_rules, errors))
    return [_of_value(Code.RULES_INVALID, text, faults=faults)]


def _lost(error: ErrorDetails) -> tuple[Phrase, ...]:
    ((variant, shown),) = error["ctx"].items()
    return (rules.lost(variant, shown),)


def _of_rules(error: ErrorDetails) -> Phrase:
    part, *index = error["loc"][1:] or ("",)
    if index:
        return Phrase("part/condition_no_object", {"number": int(index[0]) + 1})
    if (part, error["type"]) == ("logic", "literal_error"):
        return Phrase("part/logic_unknown", {"logic": shortened(str(error["input"]))})
    return Phrase(_OF_RULES[str(part), error["type"]])


def _image(_errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    if is_error(text):
        return [_of_value(Code.IMAGE_NOT_A_URL, text, "error")]
    whole = "".join(text.split())
    characters = texts.hidden(whole, joiners=True)
    # what is left without these has to be an address all the same
    faults = {
        "spaces": whole != text,
        "unseen": bool(characters),
        "": not _ADDRESS.fullmatch(_UNSEEN.sub("", whole)),
    }
    wrong = [variant for variant, is_so in faults.items() if is_so] or [""]
    told: dict[str, Parameter] = {"characters": characters, "count": len(characters)}
    if len(wrong) == 1:
        return [_of_value(Code.IMAGE_NOT_A_URL, text, wrong[0], **told)]
    ways = tuple(Phrase(_OF_IMAGE[variant], told) for variant in wrong)
    return [_of_value(Code.IMAGE_NOT_A_URL, text, "several", ways=ways)]


def _rule_version(_errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    return [_of_value(Code.RULE_VERSION_INVALID, text)]


def _stats(errors: Sequence[ErrorDetails], text: str) -> list[Told]:
    first = errors[0]
    if first["type"] == NOT_JSON:
        return [_not_json(Code.STATS_INVALID, first, text, "not_json")]
    if first["type"] == LOST:
        return [_of_value(Code.STATS_INVALID, text, "lost", faults=_lost(first))]
    variant = "deep" if first["type"] == TOO_DEEP else ""
    return [_of_value(Code.STATS_INVALID, text, variant)]


def _not_json(code: Code, error: ErrorDetails, text: str, variant: str = "") -> Told:
    found: dict[str, Any] = error["ctx"]
    several = found["line"] > 1
    place = Phrase(
        "part/character_of_line" if several else "part/character",
        {"line": found["line"], "character": found["column"]},
    )
    return _of_value(code, text, variant, place=place, reason=found["reason"])


def _of_ids(code: Code, values: list[str], variant: str = "") -> Told:
    """Say something of ids, of which the first ones are named."""
    named = tuple(
        shortened(value) or Phrase("part/blank") for value in values[:_MOST_IDS_NAMED]
    )
    count = len(values)
    more = count - len(named)
    return _of_value(code, values[0], variant, ids=named, more=more, count=count)


def repeated(fields: Fields, name: str, values: list[str]) -> Problem:
    """Tell that a row lists products more than once."""
    code, variant, parameters = _of_ids(Code.PRODUCT_REPEATED, values)
    return fields.problem(code, name, variant, **parameters)


def _of_value(
    code: Code, value: str, variant: str = "", **parameters: Parameter
) -> Told:
    return code, variant, {"value": shortened(value), **parameters}


#: What is to be done about the address of an image.
_OF_IMAGE = {
    "spaces": "part/image_spaces",
    "unseen": "part/image_unseen",
    "": "part/image_in_full",
}

#: What is wrong with rules that are JSON, by the part and pydantic's word for it.
_OF_RULES = {
    ("logic", "missing"): "part/logic_missing",
    ("conditions", "missing"): "part/conditions_missing",
    ("conditions", "too_short"): "part/conditions_empty",
    ("conditions", "list_type"): "part/conditions_no_list",
    ("", TOO_DEEP): "part/rules_deep",
    ("", NOT_OBJECT): "part/rules_no_object",
}

#: What tells the errors of a field, for every field that has a constraint.
_FOUND: Mapping[str, Callable[[Sequence[ErrorDetails], str], list[Told]]] = {
    "location_id": _location,
    "name": _name,
    "slug": _slug,
    "type": _type,
    "product_ids": _product_ids,
    "rules": _rules,
    "image": _image,
    "collection_id": _collection_id,
    "rule_version": _rule_version,
    "stats": _stats,
}
