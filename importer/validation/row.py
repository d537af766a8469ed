"""One row against the contract: its fields each for itself, then together.

What a row left out is filled in first (the default location, a slug made from the
name). The type that is given wins, and whatever else the row filled passes through. A
row that gives none is what it lists: products make it manual, rules make it smart. The
API cannot change a type later, so a row that lists both has to say which. Invariant:
the answer depends on the fields and the options alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from importer import words
from importer.models import Code, CollectionType, Invalid, Valid
from importer.models.definitions import listed
from importer.models.limits import EXAMPLE_NAME, NO_LOCATION
from importer.transforms import slugify
from importer.validation import contract, letters, notation, problems
from importer.validation.cells import NOT_JSON, holds_ids, holds_rules
from importer.validation.dates import MONTH_FIRST, looks_made, made_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.models import Checked, Fields, Problem
    from importer.validation.contract import Options


_TYPES = {str(kind): kind for kind in CollectionType}


def named_kind(text: str) -> CollectionType | None:
    """Return the kind that a cell names, in any language; None where it names none."""
    return _TYPES.get(words.kind(text))


def inferred_kind(products: object, rules: object) -> CollectionType | None:
    """Infer the kind of a row that names none; None where it cannot be told.

    It need not be told of a row that is sent without one. `products` and `rules` are
    what the row lists; only whether it does counts.
    """
    if bool(products) is bool(rules):
        return None
    return CollectionType.MANUAL if products else CollectionType.SMART


def kind_problem(
    kind: CollectionType | None,
    products: object,
    rules: object,
    given: object,
    *,
    needy: bool,
) -> Code | None:
    """Find what the kind of the row lacks, or that it has no clear kind.

    Args:
        kind: what the row is, as far as it can be told.
        products: the products that the row lists, if any.
        rules: the same of its rules.
        given: what the row says of its kind, if anything.
        needy: whether a manual collection needs products.
    """
    if kind is CollectionType.MANUAL and needy and not products:
        return Code.PRODUCT_IDS_MISSING
    if kind is CollectionType.SMART and not rules:
        return Code.RULES_MISSING
    if products and rules and not given:
        return Code.TYPE_AMBIGUOUS
    return None


#: As long as a cell with one id.
_ONE_ID = 24
#: As long as a cell with three, each behind the first after a comma and a space.
_THREE_IDS = 3 * _ONE_ID + 2 * 2
_ENDS = (_ONE_ID - 1, 2 * _ONE_ID + 1, _THREE_IDS - 1)


def _repeats(products: str | tuple[str, ...]) -> bool:
    """Return whether a product is listed more than once."""
    if type(products) is not str:
        return len({*map(str.lower, products)}) != len(products)
    if len(products) == _ONE_ID:
        return False
    # an id and what stands behind it, which is the same behind all of nearly every list
    both = _ONE_ID + (2 if products[_ONE_ID + 1] == " " else 1)
    items = products.split(products[_ONE_ID:both])
    if len(products) != len(items) * both - both + _ONE_ID:
        items = listed(products)
    return len({*items}) != len(items)


_METADATA = ("rule_hash", "rule_version", "stats")


def _unsent(values: Mapping[str, Any]) -> list[str]:
    """Name what is sent only where a setting asks for it."""
    return [name for name in _METADATA if name in values]


def check(fields: Fields, options: Options) -> Checked:
    """Say whether a row can be sent; what the template has written never is.

    The example row has that one problem, since nothing of it is meant.
    """
    checked = _checked(fields, options)
    if fields.values.get("name") == EXAMPLE_NAME:
        found = [fields.problem(Code.EXAMPLE_ROW, "name", value=EXAMPLE_NAME)]
        return _invalid(fields, _completed(fields.values, options), found)
    if fields.values.get("location_id") != NO_LOCATION or fields.problems:
        return checked
    code, variant = Code.LOCATION_INVALID, "example"
    told = fields.problem(code, "location_id", variant, value=NO_LOCATION)
    others = checked.problems if isinstance(checked, Invalid) else ()
    return _invalid(fields, _completed(fields.values, options), [told, *others])


def _checked(fields: Fields, options: Options) -> Checked:
    """Say whether a row can be sent, and if not, everything that is wrong with it.

    A row whose cells do not line up with the header has that one problem: what
    stands in which field is guesswork then.
    """
    texts = letters.with_first_address(_completed(fields.values, options))
    if fields.problems:
        found = [_renamed(problem, fields) for problem in fields.problems]
        return _invalid(fields, texts, found)
    validate = contract.validator(strict_ids=options.strict_ids)
    try:
        parts = _fitting(validate(texts), options)
    except ValidationError as error:
        return _refused(fields, texts, error, options)
    except UnfitError as unfit:
        return _invalid(fields, texts, [_of_kind(fields, unfit.code)])
    remarks = tuple(_remarks(fields, texts, parts["type"]))
    if not options.send_rule_metadata:
        remarks += tuple(
            fields.problem(Code.NOT_SENT, name, value=problems.shortened(texts[name]))
            for name in _unsent(fields.values)
        )
    if again := repeated(listed(parts.get("product_ids", ()))):
        parts["product_ids"], ids = again
        remarks += (problems.repeated(fields, "product_ids", ids),)
    return Valid(fields.row, parts, remarks)


def repeated(products: Sequence[str]) -> tuple[tuple[str, ...], list[str]] | None:
    """Return products once each, and those that are listed again; None where none is.

    Ids are compared as the API does, without regard to the case of hex digits.
    """
    if len({product.lower() for product in products}) == len(products):
        return None
    once = {product.lower(): product for product in reversed(products)}
    count = Counter(product.lower() for product in products)
    return (
        tuple(once[small] for small in count),
        [once[small] for small, number in count.items() if number > 1],
    )


def plainly(
    options: Options, fields: Iterable[str]
) -> Callable[[Mapping[str, str]], dict[str, Any] | None]:
    """Make the check of rows that leave nothing open and have nothing wrong.

    For nearly all rows of nearly all files this is the whole check; for the others
    `check` finds the words.

    Args:
        options: how a row is checked.
        fields: those that a row may fill.

    Returns:
        A function that takes a row's cells by field, trimmed, without blank ones,
        and returns what the row fills; None where `check` has to look.
    """
    if not {"slug", "type"} <= {*fields}:
        return _never
    sent = not options.send_rule_metadata
    validate = contract.validator(strict_ids=options.strict_ids, plain=True, sent=sent)
    return _plain(validate, options)


def _plain(
    validate: Callable[..., Any], options: Options
) -> Callable[[Mapping[str, str]], dict[str, Any] | None]:
    # this runs for every row of a file: what can be looked up before is
    manual, example, month = CollectionType.MANUAL, EXAMPLE_NAME, MONTH_FIRST
    first, second, third, three = *_ENDS, _THREE_IDS

    def plain(texts: Mapping[str, str]) -> dict[str, Any] | None:
        if "location_id" not in texts and "slug" in texts:
            texts = _completed(texts, options)
        try:
            parts: dict[str, Any] = validate(texts)
            # what `check` has something to tell of: the template's own words, a month
            # that a spreadsheet made, and a product that is listed twice
            name, ids = parts["name"], parts.get("product_ids")
            if name == example or (len(name) < month and looks_made(name)):
                return None
            if (
                ids
                # three that end in three ways differ, and need no other look
                and not (
                    type(ids) is str
                    and len(ids) == three
                    and (end := ids[second]) != ids[first]
                    and end != ids[third]
                    and ids[first] != ids[third]
                )
                and _repeats(ids)
            ):
                return None
            # the usual row, told without another call
            if parts["type"] is manual and ids:
                return parts
            if "rules" in texts and letters.are_wrong(texts["rules"]):
                return None
            return _fitting(parts, options)
        # a row that does not say its type has none
        except (ValidationError, UnfitError, KeyError):
            return None

    return plain


def _never(_: Mapping[str, str]) -> None:
    """Leave every row to `check`, since each leaves something open."""


def _fitting(parts: dict[str, Any], options: Options) -> dict[str, Any]:
    """Return what a row fills, by the names of `Definition`, where it goes together.

    Raises:
        UnfitError: it does not.
    """
    given, products = parts.get("type"), parts.get("product_ids")
    if given is not CollectionType.MANUAL or not products:
        rules = "rules" in parts
        kind = given or inferred_kind(products, rules)
        needy = options.require_product_ids
        if wrong := kind_problem(kind, products, rules, given, needy=needy):
            raise UnfitError(wrong)
        parts["type"] = kind
    if not options.send_rule_metadata:
        for name in _METADATA:
            if name in parts:
                del parts[name]  # noqa: RUF051 - pop is slower where it is not there
    return parts


class UnfitError(Exception):
    """The fields of a row do not go together."""

    def __init__(self, code: Code) -> None:
        """Keep what is wrong."""
        super().__init__(code)
        self.code = code


def _completed(values: Mapping[str, str], options: Options) -> Mapping[str, str]:
    """Fill in the location and the slug."""
    texts = values
    if options.location_id and "location_id" not in texts:
        texts = {**texts, "location_id": options.location_id}
    if "slug" not in texts and (slug := slugify(texts.get("name", ""))):
        texts = {**texts, "slug": slug}
    return texts


def _refused(
    fields: Fields, texts: Mapping[str, str], error: ValidationError, options: Options
) -> Checked:
    """Return a row that pydantic does not take: fixed where harmless, or invalid."""
    details = error.errors(include_url=False)
    if any(detail["type"] == "string_unicode" for detail in details):
        # checked once more, now that no other problem can hide behind the broken letter
        return _checked(_encodable(fields), options)
    if "rules" in texts and not holds_rules(texts["rules"]):
        values = {name: cell for name, cell in fields.values.items() if name != "rules"}
        return _checked(replace(fields, values=values), options)
    no_json = any(detail["type"] == NOT_JSON for detail in details)
    if no_json and (compact := notation.check(fields, options, _checked)):
        return compact
    found = problems.of(details, fields, texts)
    products, rules = holds_ids(texts.get("product_ids", "")), "rules" in texts
    given = texts.get("type")
    kind = named_kind(given) if given else inferred_kind(products, rules)
    needy = options.require_product_ids
    if wrong := kind_problem(kind, products, rules, given, needy=needy):
        found.append(_of_kind(fields, wrong))
    return _invalid(fields, texts, found)


def _remarks(
    fields: Fields, texts: Mapping[str, str], kind: CollectionType | None
) -> Iterator[Problem]:
    if _spans(texts["name"]):
        value = problems.shortened(texts["name"])
        yield fields.problem(Code.NAME_SPANS_LINES, "name", value=value)
    if "slug" not in fields.values:
        yield fields.problem(Code.SLUG_MADE, "slug", value=texts["slug"])
    for field in ("name", "slug"):
        given = fields.values.get(field, "")
        if variant := _made(given):
            value = problems.shortened(given)
            variant = variant.removeprefix("date")
            yield fields.problem(Code.LOOKS_LIKE_DATE, field, variant, value=value)
    if kind and "type" not in texts:
        word = kind.value
        yield fields.problem(Code.TYPE_INFERRED, "type", word, value=word)
    yield from letters.remarks(fields, texts)


def _made(text: str) -> str:
    """Return what a spreadsheet may have made of a text, or nothing."""
    return "apostrophe" if text[:1] == "'" else made_of(text)


def _spans(name: str) -> bool:
    """Return whether a name holds a line break and separators, as rows would."""
    if "\n" not in name and "\r" not in name:
        return False
    return any(separator in name for separator in ",;\t|")


def _of_kind(fields: Fields, code: Code) -> Problem:
    """Tell what the kind of the row lacks, or that it has no clear kind."""
    return fields.problem(code, _FIELD_OF_KIND[code])


def _invalid(
    fields: Fields, texts: Mapping[str, str], found: Iterable[Problem]
) -> Invalid:
    return Invalid(
        row=fields.row,
        problems=tuple(found),
        location_id=texts.get("location_id", ""),
        name=texts.get("name", ""),
        slug=texts.get("slug", ""),
    )


#: The field that is asked for where a kind lacks something.
_FIELD_OF_KIND = {
    Code.TYPE_AMBIGUOUS: "type",
    Code.PRODUCT_IDS_MISSING: "product_ids",
    Code.RULES_MISSING: "rules",
}


def _renamed(problem: Problem, fields: Fields) -> Problem:
    """Say it of the name where the collection that rows belong to is missing."""
    if problem.code is not Code.NAME_MISSING:
        return problem
    return replace(problem, column=fields.columns.get("name", "name"))


def _encodable(fields: Fields) -> Fields:
    """Replace halves of surrogate pairs, which no encoding can carry."""
    values = {
        field: text.encode("utf-8", "replace").decode("utf-8")
        for field, text in fields.values.items()
    }
    return replace(fields, values=values)
