"""Presets: the headers that are known without a mapping file. They are data.

A preset is a TOML file beside this package, or in another package that ships it
(`plugged`); `docs/presets.md` says what can stand in it. Headers are compared by `key`,
so that a mapping need not care for case, spaces or dashes, and a name that is none is
answered with the nearest one. Invariant: whatever a preset knows of a format stands in
its file.
"""

from __future__ import annotations

import difflib
import shlex
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

from importer import patterns
from importer.errors import UsageError
from importer.mapping import plugged
from importer.models.annotations import ANNOTATIONS
from importer.texts import folded

if TYPE_CHECKING:
    from collections.abc import Iterable


#: The fields of a collection, in the order of the project's own template.
FIELDS = (
    "location_id",
    "name",
    "slug",
    "type",
    "product_ids",
    "rules",
    "image",
    "seo_title",
    "seo_description",
    "collection_id",
    "rule_hash",
    "rule_version",
    "stats",
    # what products are called by, where their ids are not known
    "product_skus",
    "product_names",
    "product_handles",
)
#: What other programs' files hold beside these, and a collection is made from.
WORKING = (
    "key",
    "child_of",
    "first",
    "command",
    "kind",
    "names",
    "parent",
    "path",
    "root",
    "level",
    "active",
    "description",
    "products",
    "handles",
    "products_count",
    "any",
    "packed_rules",
    "rule_set",
    "rule_column",
    "rule_relation",
    "rule_condition",
)
#: What `--preset` says for: look at the header.
AUTO = "auto"
#: The preset of our own columns.
OWN = "own"
#: The preset of any table of products, of which a column names collections.
PRODUCTS = "products"
#: The rank of our own aliases in other presets, behind all of theirs.
BEHIND = 1000

_INSIGNIFICANT = patterns.later(r"[\s_\-./\ufeff\u200b]+")


class Header(str):
    """A header that is compared as something else than it is written."""

    __slots__ = ("base",)
    base: str

    def __new__(cls, text: str, base: str = "") -> Self:
        """Make one of its text, and of what it is compared as."""
        made = super().__new__(cls, text)
        made.base = base or text
        return made


def key(header: str) -> str:
    """Reduce a header to what counts: no case, no space, _, -, ., / or trailing *."""
    if type(header) is Header:
        header = header.base
    # letters and their accents may be one character or two: both are one text
    whole = unicodedata.normalize("NFC", header)
    return _INSIGNIFICANT.sub("", whole).rstrip("*").casefold()


@dataclass(frozen=True, slots=True)
class Preset:
    """What one file of presets says.

    Attributes:
        name: the file's, without its ending.
        title: the program whose export this is.
        requires: headers, all of which must be there; `|` between alternatives.
        telling: more of them, which make it likelier.
        unless: headers, none of which may be there.
        refuse: headers, any of which says that the rows are no collections at all.
        sheets: sheets of a workbook that are read together.
        foreign: whether its products are known by ids of another shop.
        spans: whether a collection can span several rows.
        typed: whether a collection without rules is manual.
        skip: values of `command` whose rows are left out.
        only: values of `kind`, if only such rows count.
        separator: where collections are made of the values of `names`: what stands
            between several; `auto` for what the column uses.
        levels: what stands between the levels of a hierarchy in such values.
        variants: values of `kind` whose rows are forms of a product and no products,
            where collections are made of what these name.
        any: values of `any` that say that one condition is enough.
        roots: names of categories that are above all and no part of a path.
        path_from_root: whether paths begin with the root of the shop's tree.
        name_is_path: whether the name begins with those of its parents.
        of_collections: what the ids of collections have in them, where rows can
            belong to other things as well.
        of_products: the same for products.
    """

    name: str
    title: str
    requires: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    foreign: bool = False
    spans: bool = False
    typed: bool = False
    skip: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    separator: str = ""
    levels: str = ""
    variants: frozenset[str] = frozenset()
    any: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    path_from_root: bool = False
    name_is_path: bool = False
    of_collections: str = ""
    of_products: str = ""


@cache
def named(name: str) -> Preset:
    """Give what the preset's file says of itself.

    Raises:
        UsageError: there is no such preset.
    """
    content = _document(name)
    figures = {k: v for k, v in content.items() if k in Preset.__dataclass_fields__}
    for word, value in figures.items():
        if isinstance(value, list):
            small = word in ("skip", "only", "variants", "any", "roots")
            figures[word] = frozenset(map(folded, value)) if small else tuple(value)
    return Preset(name=name, **figures)


@cache
def names() -> tuple[str, ...]:
    """Give the names of all presets, in the order of the alphabet."""
    return tuple(sorted((*own_names(), *_plugged()[0])))


def unusable() -> tuple[str, ...]:
    """Tell of the presets of other packages that cannot be used, a phrase for each."""
    return tuple(_plugged()[1].values())


def _plugged() -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    return plugged.documents(own_names(), FIELDS, WORKING)


@cache
def own_names() -> tuple[str, ...]:
    """Give the names of the presets that come with the importer."""
    folder = resources.files("importer") / "presets"
    found = (file.name for file in folder.iterdir())
    return tuple(sorted(n.removesuffix(".toml") for n in found if n.endswith(".toml")))


@cache
def sheets_together() -> tuple[str, ...]:
    """Give the names of sheets that some preset reads as one input."""
    return tuple(sheet for name in names() for sheet in named(name).sheets)


@cache
def derived_presets() -> frozenset[str]:
    """Give the names of presets that make collections of what products name."""
    return frozenset(name for name in names() if named(name).separator)


@cache
def aliases(preset: str) -> dict[str, tuple[str, int]]:
    """Give for each known header's key its field and its rank; 0 is the best.

    What the preset says goes before what our own columns are called; those count where
    they mean nothing else to it.

    Raises:
        UsageError: there is no such preset.
    """
    document = _document(preset)
    known = _ranked(document["aliases"])
    if preset == OWN or document.get("separator"):
        return known
    taken = known.keys() | working(preset).keys() | ignored(preset)
    taken |= set(map(key, document.get("leave_out", ())))
    own = _ranked(_document(OWN)["aliases"], BEHIND)
    return {**{name: said for name, said in own.items() if name not in taken}, **known}


@cache
def own_columns() -> dict[str, str]:
    """Give the field, or what one is made from, by each name of our own columns."""
    document = _document(OWN)
    sections = document["aliases"], document["working"]
    return {
        name: field
        for section in sections
        for field, listed in section.items()
        for name in listed
    }


@cache
def working(preset: str) -> dict[str, tuple[str, int]]:
    """Add what a collection is made from but does not have."""
    return _ranked(_document(preset).get("working", {}))


@cache
def transforms(preset: str) -> dict[str, tuple[str, ...]]:
    """Give the names of the transforms of a field; those of `*` are for all."""
    found = _document(preset).get("transforms", {})
    return {field: tuple(names) for field, names in found.items()}


@cache
def ignored(preset: str) -> frozenset[str]:
    """Return the keys of headers that are known to mean nothing."""
    return frozenset(map(key, (*_document(preset).get("ignore", ()), *ANNOTATIONS)))


def _ranked(
    section: dict[str, list[str]], first: int = 0
) -> dict[str, tuple[str, int]]:
    return {
        key(alias): (field, first + rank)
        for field, headers in section.items()
        for rank, alias in enumerate(headers)
    }


@cache
def _document(preset: str) -> dict[str, Any]:
    others, broken = _plugged()
    if preset in others:
        return others[preset]
    if preset in broken and preset not in own_names():
        message = f"--preset {preset}: {broken[preset]}."
        raise UsageError(message, remedy="Update or uninstall that package.")
    if preset not in names():
        message = f"--preset {shlex.quote(preset)}: there is no such preset."
        known = ", ".join((AUTO, *names()))
        raise UsageError(message, remedy=f"Write one of: {known}.")
    file = resources.files("importer") / "presets" / f"{preset}.toml"
    return tomllib.loads(file.read_text("utf-8"))


_NEAR_ENOUGH = 0.6


def nearest(name: str, choices: Iterable[str], alike: float = _NEAR_ENOUGH) -> str:
    """Find the choice that looks most like the name, or nothing.

    Args:
        name: what was written.
        choices: what it may be.
        alike: how much alike the two must be at least; 1 is the same.
    """
    by_key = {key(choice): choice for choice in choices}
    near = difflib.get_close_matches(key(name), by_key, n=1, cutoff=alike)
    return by_key[near[0]] if near else ""


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Offer the nearest choice, or all of them where none is near."""
    choices = tuple(choices)
    near = nearest(name, choices)
    return f'Did you mean "{near}"?' if near else f"Write one of: {', '.join(choices)}."
