"""Collections made of what products name: a row is a product, not a collection.

Takes apart what cells name (several at once, and the levels of a hierarchy), and puts
the products of each collection together in their order. Products are known by their
handle, else by their SKU, else by an id of their shop; rows of one handle are one
product. Invariants: rows are read once and kept as what they name; a product in no
collection, or without anything to know it by, is counted and told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from importer import patterns
from importer.mapping import changes
from importer.mapping.merge import Found
from importer.mapping.preset import AUTO
from importer.models import Cell, Note, NoteCode, Place, Row
from importer.sentences import Phrase
from importer.texts import folded
from importer.transforms import slugify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from importer.mapping.shape import Shape

#: What can stand between the levels of a hierarchy, and between several collections.
LEVELS, BETWEEN = ">/|", "\n;|"
#: What products are known by, the best first.
_KNOWN_BY = ("product_handles", "product_skus", "products")
_HANDLES, _SKUS, _IDS = _KNOWN_BY

#: So many names that are written in another way are shown.
_MOST_SPELLED = 5
#: A sign as HTML writes it, whose semicolon parts nothing: &amp;
_ENTITY = patterns.later(r"(&#?\w{1,31});")
#: Stands for that semicolon while a text is taken apart: no cell holds it.
_END = "\0"

#: A product: what it is known by, and the text of that.
Product = tuple[str, str]
#: A collection: its location, and its name below those of its parents, folded.
Path = tuple[str, tuple[str, ...]]


@dataclass(slots=True)
class Derived:
    """A collection that products name: where first, where last, and by which rows."""

    row: Row
    text: str = ""
    last: int = 0
    products: dict[Product, int] = field(default_factory=dict)

    def add(self, products: Mapping[Product, int], last: int) -> None:
        """Take in products by their rows."""
        for product, line in products.items():
            self.products[product] = min(line, self.products.get(product, line))
        self.last = max(self.last, last)


class Derivation:
    """What the products of one table name, while its rows are read."""

    def __init__(self, shape: Shape) -> None:
        """Begin with nothing named."""
        self._shape = shape
        #: by the location and the text of a cell, as it stands
        self._cells: dict[tuple[str, str], Derived] = {}
        self._named: set[Product] = set()
        self._unnamed: dict[Product, int] = {}
        self._unknown = 0
        self._spelled: dict[str, str] = {}
        self._above: Product | None = None

    def add(self, row: Row) -> None:
        """Take in the row of a product."""
        shape = self._shape
        kind = shape.text("kind", row.cells).casefold()
        if shape.preset.only and kind not in shape.preset.only:
            return
        # WooCommerce writes "variation, virtual"
        kinds = {word.strip() for word in kind.split(",")}
        texts = [t for _, t in self._said(row) if t]
        product = self._product(row)
        if not texts and (kinds & shape.preset.variants or self._goes_on(product)):
            return
        self._above = product
        (self._named.add if texts else self._leave)(product)
        self._unknown += bool(texts) and not product[0]
        location = shape.text("location_id", row.cells)
        for text in texts:
            one = self._cells.setdefault((location, text), Derived(row))
            one.add({product: row.first}, row.first)

    def collections(self) -> Iterator[Found]:
        """Give the collections in the order in which they are first named."""
        found: dict[Path, Derived] = {}
        written: dict[Path, tuple[str, ...]] = {}
        parts = _Parts(self._shape, [text for _, text in self._cells])
        for (location, text), cell in self._cells.items():
            for part in parts.of(text):
                if path := parts.path(part):
                    # hats and Hats would have one slug: they are one collection
                    at = location, tuple(map(folded, path))
                    if path != written.setdefault(at, path):
                        self._spelled[path[-1]] = written[at][-1]
                    one = found.setdefault(at, Derived(cell.row, part))
                    one.add(cell.products, cell.last)
        return self._made(found, written)

    def _made(
        self, found: Mapping[Path, Derived], written: Mapping[Path, tuple[str, ...]]
    ) -> Iterator[Found]:
        leaves = Counter(path[-1] for _, path in found)
        for (location, path), one in found.items():
            repeats = leaves[path[-1]] > 1
            spelled = written[location, path]
            yield self._collection(location, spelled, one, repeats=repeats)

    def notes(self) -> tuple[Note, ...]:
        """Tell of products in no collection or unknown, and of names that are one."""
        column = self._shape.headers["names"].strip()
        told = []
        if count := len([*filter(self._is_alone, self._unnamed)]):
            told.append(Note(NoteCode.PRODUCTS_ALONE, count=count, column=column))
        if self._unknown:
            told.append(Note(NoteCode.PRODUCTS_UNKNOWN, count=self._unknown))
        if self._spelled:
            pairs = tuple(
                Phrase("part/is", {"name": name, "first": first})
                for name, first in islice(self._spelled.items(), _MOST_SPELLED)
            )
            more = len(self._spelled) - len(pairs)
            told.append(Note(NoteCode.NAMES_ALIKE, names=pairs, more=more))
        return tuple(told)

    def _is_alone(self, product: Product) -> bool:
        return product not in self._named

    def _leave(self, product: Product) -> None:
        self._unnamed.setdefault(product, len(self._unnamed))

    def _product(self, row: Row) -> Product:
        """Return what a product is known by; a row without it is one by itself."""
        for name in _KNOWN_BY:
            if text := self._shape.text(name, row.cells):
                return name, text
        return "", str(row.first)

    def _goes_on(self, product: Product) -> bool:
        """Return whether a row without a name and an id is a form of that above."""
        columns = self._shape.columns.keys()
        return not product[0] and self._above is not None and _IDS in columns

    def _said(self, row: Row) -> Iterator[tuple[int, str]]:
        """Give what the cells say that name collections, as it stands."""
        for index in self._shape.columns["names"]:
            yield index, row.cells[index].strip() if index < len(row.cells) else ""

    def _collection(
        self, location: str, path: tuple[str, ...], one: Derived, *, repeats: bool
    ) -> Found:
        shape, name = self._shape, path[-1]
        values = {"name": name}
        if location:
            values["location_id"] = location
        # only where names repeat, as for categories
        if repeats and len(path) > 1 and shape.wishes.category_path == "name":
            values["name"] = name = " / ".join(path)
        elif repeats and len(path) > 1 and shape.wishes.category_path == "slug":
            values["slug"] = slugify(" ".join(path))
        first = one.row.place
        place = Place(first.file, first.sheet, first.row, one.last)
        made_of = tuple(sorted(set(one.products.values())))
        row = replace(Row.at(place, one.row.cells), made_of=made_of)
        found = Found(shape, values, row)
        texts = one.text, name
        if told := changes.remark(row, shape, "names", shape.headers["names"], texts):
            found.remarks.append(told)
        products = sorted(one.products, key=lambda product: one.products[product])
        known = {kind: [t for k, t in products if k == kind] for kind in _KNOWN_BY}
        if known[_SKUS]:
            values[_SKUS] = json.dumps(known[_SKUS], ensure_ascii=False)
        found.products(known[_IDS], known[_HANDLES], cells=partial(self._naming, one))
        return found

    def _naming(self, one: Derived, ids: Collection[str]) -> tuple[Cell, ...]:
        """Give the cells that name these products."""
        index = self._shape.columns[_IDS][0]
        lines = sorted(one.products[_IDS, product_id] for product_id in ids)
        title = self._shape.titles[index]
        return tuple(Cell(line, title, index + 1) for line in lines)


class _Parts:
    """Takes apart what the cells of one column say, all in one way."""

    def __init__(self, shape: Shape, texts: Iterable[str]) -> None:
        """See what the texts use, where the preset does not say it."""
        self._shape = shape
        self._level, between = shape.preset.levels, shape.preset.separator
        if shape.is_asked_for:
            used = {sign for text in texts for sign in _signs(text)}
            self._level = _level(used)
            between = "".join(s for s in BETWEEN if s in used and s != self._level)
        between = between if between not in ("", AUTO) else ","
        self._between = re.compile(rf"(?<!\\)[{re.escape(between)}]")

    def of(self, text: str) -> list[str]:
        """Return the collections that a cell names, each with its parents."""
        if listed := _listed(text):
            return listed
        parts = self._between.split(_ENTITY.sub(r"\1" + _END, text))
        return [part.replace(_END, ";") for part in parts]

    def path(self, part: str) -> tuple[str, ...]:
        """Return a name below those of its parents; nothing where it is blank."""
        level = self._level
        whole = part.replace("&gt;", ">") if level == ">" else part
        steps = re.split(rf"(?<!\\){re.escape(level)}", whole) if level else [whole]
        return tuple(name for step in steps if (name := self._name(step)))

    def _name(self, step: str) -> str:
        plain = re.sub(r"\\([,;|/>\\])", r"\1", step)
        return self._shape.cleaned("names", plain).strip().strip("/").strip()


def _signs(text: str) -> Iterator[str]:
    """Give the signs of a cell that may stand between two names."""
    bare = _ENTITY.sub("", re.sub(r"\\.", "", text.replace("&gt;", ">")))
    return (sign for sign in dict.fromkeys(LEVELS + BETWEEN) if sign in bare)


def _level(used: Collection[str]) -> str:
    """Return what stands between levels: what else there is stands between names."""
    return next((sign for sign in LEVELS if sign in used), "")


def _listed(text: str) -> list[str]:
    """Return the names of a JSON list of texts, or of objects with a name."""
    try:
        items = json.loads(text) if text.startswith("[") else []
    except (ValueError, RecursionError):
        return []
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(texts) == len(items) else []
