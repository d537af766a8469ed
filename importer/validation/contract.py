"""The contract of the API for one collection, as pydantic types of a row's text.

Source: the page of `POST /products/collections`. Lengths that it does not document
are not invented. Each field takes the text of a cell; what a cell may hold (lists,
JSON) is taken apart by `cells`. The shapes are TypedDicts, because a model would make
an object for each row only to be emptied again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Required

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    with_config,
)
from typing_extensions import TypedDict

from importer import words
from importer.double_encoding import FOLLOWERS, LEAD, LEADS, RARE
from importer.models import CollectionType
from importer.rules import Notation
from importer.texts import UNSEEN
from importer.validation.cells import (
    a_number,
    ids,
    json_object,
    not_destroyed,
    upper,
)
from importer.validation.dates import MONTH_FIRST

if TYPE_CHECKING:
    from collections.abc import Callable

# Any pattern makes pydantic look at the characters, so that half a surrogate pair
# (possible in a DataFrame) is found here and not when the request is encoded.
_Text = Annotated[str, StringConstraints(pattern=r"")]
# An empty list or object of JSON is no name.
_NAME = r"[^\s\u200b-\u200f\u2060\ufeff\u00ad\[\]{}]"
_HEX_24 = r"^[0-9a-fA-F]{24}$"
_NO_SPACE = r"^[^\s\x00-\x1f]+$"
# Scheme, perhaps a user, a host (a name or an IPv6 address), perhaps a port.
_SITE = (
    rf"^(?i:https?)://(?:[^\s/?#@\\{UNSEEN}]+@)?"
    rf"(?:[^\s/?#@:\[\]\\{UNSEEN}]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?"
)
WEB_ADDRESS = rf"{_SITE}(?:[/?#][^\s{UNSEEN}]*)?$"


def _plain(first: str = "", anywhere: str = "") -> str:
    """Make the pattern of a text without HTML, JSON and letters that were taken apart.

    All of it can be seen. `first` and `anywhere` are further signs that it has not.
    """
    never = rf"&<{anywhere}{LEAD}{LEADS}{RARE}{UNSEEN}"
    pair = (
        rf"[{LEADS}]+[^{never}{FOLLOWERS}]|[{LEADS}]*{LEAD}[^\s{never}{FOLLOWERS}]"
        rf"|[&<][^#/!A-Za-z{never}]"
    )
    end = rf"(?:[&<]|[{LEADS}]+)?"
    return rf"^(?:[^{first}\[{{{never}]|{pair})(?:[^{never}]|{pair})*{end}$"


# What nothing is to be told of. Nor does a name begin as a date, a span of time or an
# error of a spreadsheet does, and it is on one line.
_PLAIN_TEXT = _plain()
_PLAIN_NAME = _plain(first="-0-9#'", anywhere=r"\r\n")
# Dashes alone are a line that a program draws below a header.
_SLUG = r"^-*[a-z0-9][a-z0-9-]*$"
# No date: there are five letters in a row, or one is first, and then it is long or does
# not end as a year of two digits does.
_PLAIN_SLUG = (
    rf"^(?:[a-z0-9-]*[a-z]{{5}}[a-z0-9-]*|[a-z][a-z0-9-]{{{MONTH_FIRST - 1},}}"
    r"|[a-z](?:[a-z0-9-]*[a-z-])?[0-9]?|[a-z](?:[a-z0-9-]*[a-z0-9])?[0-9]{2})$"
)
# Not `NO_LOCATION`: a digit, or another length.
_PLAIN_LOCATION = r"^(?:[A-Za-z]*[0-9][A-Za-z0-9]*|[A-Za-z]{1,22}|[A-Za-z]{24,})$"
# ASCII, and no second address, behind a comma or the like, or with nothing in between.
_NEVER = r"\s,;|\x00-\x20\x7f-\U0010ffff"
_LETTER = rf"(?:[^:{_NEVER}]|:[^:/{_NEVER}])"
_BEHIND = rf"[,;|](?:[^hH{_NEVER}]|[hH][^tT{_NEVER}])"
_ONE_ADDRESS = rf"{_SITE}(?:[/?#](?:{_LETTER}|{_BEHIND})*)?$"

# Ids as most files write them, which nothing needs to take apart to see that they are
# right; whatever else a cell may hold is read by `ids`.
_PLAIN_IDS = r"^[0-9a-f]{24}(?:[,;| ] ?[0-9a-f]{24})*$"
_MongoId = Annotated[str, StringConstraints(pattern=_HEX_24)]
# No digit of a destroyed id is wrong here, so it is looked for.
_AnyId = Annotated[
    str, BeforeValidator(not_destroyed), StringConstraints(pattern=_NO_SPACE)
]


@with_config(ConfigDict(extra="allow"))
class Rules(TypedDict):
    """The rules of a smart collection.

    The keys of a condition are published nowhere, so conditions pass through.
    """

    logic: Annotated[Literal["AND", "OR"], BeforeValidator(upper)]
    conditions: Annotated[list[dict[str, Any]], Field(min_length=1)]


class Collection(TypedDict, total=False):
    """One collection; a field that the row leaves blank is absent."""

    location_id: Required[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$")]]
    name: Required[Annotated[str, StringConstraints(pattern=_NAME)]]
    slug: Required[Annotated[str, StringConstraints(pattern=_SLUG)]]
    type: Annotated[
        CollectionType | Annotated[CollectionType, BeforeValidator(words.kind)],
        Field(union_mode="left_to_right"),
    ]
    product_ids: Annotated[
        Annotated[str, StringConstraints(pattern=_PLAIN_IDS)]
        | Annotated[tuple[_MongoId, ...], BeforeValidator(ids)],
        Field(union_mode="left_to_right"),
    ]
    rules: Annotated[Rules, BeforeValidator(json_object)]
    image: Annotated[str, StringConstraints(pattern=WEB_ADDRESS)]
    seo_title: _Text
    seo_description: _Text
    collection_id: _MongoId
    rule_hash: _Text
    rule_version: Annotated[int | float, BeforeValidator(a_number)]
    stats: Annotated[dict[str, Any], BeforeValidator(json_object)]


class LooseCollection(Collection, total=False):
    """A collection whose ids need not be 24 hex digits."""

    product_ids: Annotated[  # type: ignore[misc] # wider than the strict one
        tuple[_AnyId, ...], BeforeValidator(ids)
    ]
    collection_id: _AnyId


class PlainCollection(Collection, total=False):
    """A collection of whose texts nothing is to be told."""

    location_id: Required[Annotated[str, StringConstraints(pattern=_PLAIN_LOCATION)]]
    name: Required[Annotated[str, StringConstraints(pattern=_PLAIN_NAME)]]
    slug: Required[Annotated[str, StringConstraints(pattern=_PLAIN_SLUG)]]
    image: Annotated[str, StringConstraints(pattern=_ONE_ADDRESS)]
    seo_title: Annotated[str, StringConstraints(pattern=_PLAIN_TEXT)]
    seo_description: Annotated[str, StringConstraints(pattern=_PLAIN_TEXT)]


class PlainLooseCollection(PlainCollection, total=False):
    """The same with ids that need not be 24 hex digits."""

    product_ids: Annotated[  # type: ignore[misc] # as above
        tuple[_AnyId, ...], BeforeValidator(ids)
    ]
    collection_id: _AnyId


class _Unsent(TypedDict, total=False):
    """What is sent only where a setting asks for it; a filled one is refused."""

    rule_hash: Annotated[str, StringConstraints(max_length=0)]
    rule_version: Annotated[str, StringConstraints(max_length=0)]
    stats: Annotated[str, StringConstraints(max_length=0)]


class SentCollection(PlainCollection, _Unsent, total=False):  # type: ignore[misc] # narrower
    """A plain collection all of which is sent."""


class SentLooseCollection(PlainLooseCollection, _Unsent, total=False):  # type: ignore[misc] # narrower
    """The same with ids that need not be 24 hex digits."""


@cache
def validator(
    *, strict_ids: bool, plain: bool = False, sent: bool = False
) -> Callable[..., Any]:
    """Give what checks a row; it raises pydantic's `ValidationError`.

    Args:
        strict_ids: whether ids must be 24 hex digits.
        plain: whether it also refuses texts of which something is to be told.
        sent: whether a plain one is refused that has more than is sent unasked.
    """
    # made when it is first needed: each takes as long to make as a thousand rows
    kinds: dict[tuple[bool, bool, bool], Any] = {
        (True, False, False): Collection,
        (False, False, False): LooseCollection,
        (True, True, False): PlainCollection,
        (False, True, False): PlainLooseCollection,
        (True, True, True): SentCollection,
        (False, True, True): SentLooseCollection,
    }
    kind = kinds[strict_ids, plain, sent]
    found: Callable[..., Any] = TypeAdapter(kind).validator.validate_python
    return found


@dataclass(frozen=True, slots=True)
class Options:
    """What a setting lifts or fills in.

    Attributes:
        location_id: the location of rows that name none.
        require_product_ids: whether a manual collection needs products.
        strict_ids: whether ids must be 24 hex digits.
        send_rule_metadata: whether rule_hash, rule_version and stats, which are
            always checked, become part of the definition.
        smart_as_manual: whether rules that HighLevel cannot express make a
            collection manual.
        notation: how rules in our own notation are written as JSON.
    """

    location_id: str = ""
    require_product_ids: bool = True
    strict_ids: bool = True
    send_rule_metadata: bool = False
    smart_as_manual: bool = False
    notation: Notation = field(default_factory=Notation)
