"""Which product a name, a SKU or a handle means: one, several, or none.

Pure: what a row calls its products and what the location has come in, ids or problems
go out. A text that is written exactly as the location has it goes before one that
only differs in case or space. Invariant: an id is taken only where one product alone
can be meant; everything else is told with its column, its text and the candidates.
"""

from __future__ import annotations

import heapq
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import wording
from importer.models import Code, Found, Problem
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.models import Called, Entry
    from importer.sentences import Parameter

#: The fields that call products by something else than ids.
FIELDS = ("product_skus", "product_names", "product_handles")
#: What is named in a message at the most.
_CANDIDATES = 5
_NEAREST = 3
#: How much alike, in percent, a text must be to have been meant.
_ALIKE = 60
#: What it counts, beside a typo, that a text is a part of a name, and how long it
#: must be.
_HALF = 80.0
_HALF_LENGTH = 3
_LONGEST = 60

#: A field and the key of a text in it.
Wanted = tuple[str, str]


def key(field: str, text: str) -> str:
    """Reduce a text to what counts: no case, one space for many, of a path the end."""
    if field == "product_handles":
        text = text.rstrip("/").rpartition("/")[2]
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def wanted(called: Iterable[Called]) -> set[Wanted]:
    """Return what has to be looked up for some rows."""
    return {
        (calling.field, key(calling.field, text))
        for calling in called
        for text in calling.texts
    }


def meant(text: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return the products that a text may mean, each once."""
    listed = list(entries)
    # the exact spelling decides between products that differ only in case or space
    exact = [entry for entry in listed if entry.said == text]
    return list({entry.product_id: entry for entry in exact or listed}.values())


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a row's products come to.

    Attributes:
        ids: those that are sent: the row's own and those that were found.
        found: for each column of the row what its texts mean.
        problems: why the row cannot be sent.
        remarks: what is left out of it, where it may be.
    """

    ids: tuple[str, ...]
    found: tuple[tuple[Found, ...], ...]
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()


def resolve(
    ids: Sequence[str],
    called: Sequence[Called],
    entries: Mapping[Wanted, Sequence[Entry]],
    near: Mapping[Wanted, Sequence[Entry]],
) -> Meaning:
    """Say which products a row means.

    Args:
        ids: those that the row gives.
        called: those that it calls by something else.
        entries: what the location has, by `wanted`.
        near: what was probably meant by that which it has not.
    """
    # ids in any case are one id; the row's own spelling is sent
    union: dict[str, str] = {}
    for product_id in ids:
        union.setdefault(product_id.casefold(), product_id)
    found = []
    problems: list[Problem] = []
    remarks: list[Problem] = []
    for column in called:
        mine = []
        again = []
        for text in dict.fromkeys(column.texts):
            call = (column.field, key(column.field, text))
            candidates = meant(text, entries.get(call, ()))
            if len(candidates) == 1:
                product = candidates[0].product_id
                if product.casefold() in union:
                    again.append(text)
                union.setdefault(product.casefold(), product)
                mine.append(Found(text, product))
                continue
            parts = problems if column.needed else remarks
            parts.append(_problem(column, text, candidates, near.get(call, ())))
        found.append(tuple(mine))
        remarks += _again(column, again)
    return Meaning(tuple(union.values()), tuple(found), tuple(problems), tuple(remarks))


def _again(called: Called, again: Sequence[str]) -> Iterator[Problem]:
    """Tell of texts that mean products which the row lists already."""
    if again:
        shown, count = tuple(map(_quoted, again[:_CANDIDATES])), len(again)
        parameters = {"products": shown, "more": count - len(shown), "count": count}
        code = Code.PRODUCT_REPEATED
        yield Problem(code, parameters, column=called.column, variant="meant")


def noun(field: str) -> Phrase:
    """Name what a field calls products by: SKU, name or handle."""
    return Phrase(f"part/{field}")


def remark(called: Sequence[Called], meaning: Meaning) -> Problem:
    """Tell which ids were found, for the readers of the report."""
    columns = tuple(
        Phrase(
            "part/meanings",
            {"column": one.column, "products": tuple(map(_meaning, mine))},
        )
        for one, mine in zip(called, meaning.found, strict=True)
        if mine
    )
    variant = "" if columns else "none"
    return Problem(Code.PRODUCTS_BY_NAME, {"columns": columns}, variant=variant)


def _meaning(found: Found) -> Phrase:
    parameters = {"called": _quoted(found.text), "product_id": found.product_id}
    return Phrase("part/meaning", parameters)


def _problem(
    called: Called, text: str, candidates: Sequence[Entry], near: Sequence[Entry]
) -> Problem:
    left_out = "" if called.needed else "left_out"
    parameters: dict[str, Parameter] = {
        "noun": noun(called.field),
        "value": _shown(text),
    }
    if not candidates:
        variant = "_".join(filter(None, (left_out, "near" if near else "")))
        parameters["near"] = tuple(map(_nearest, near))
        code = Code.PRODUCT_NOT_FOUND
        return Problem(code, parameters, column=called.column, variant=variant)
    shown = candidates[:_CANDIDATES]
    parameters["count"] = len(candidates)
    parameters["products"] = tuple(map(_candidate, shown))
    parameters["more"] = len(candidates) - len(shown)
    code = Code.PRODUCT_AMBIGUOUS
    return Problem(code, parameters, column=called.column, variant=left_out)


def _nearest(entry: Entry) -> Phrase:
    parameters = {"called": _quoted(entry.said), "product_id": entry.product_id}
    return Phrase("part/nearest", parameters)


def _candidate(entry: Entry) -> Phrase:
    parameters = {"product_id": entry.product_id, "name": _shown(entry.name)}
    return Phrase("part/candidate", parameters)


def _quoted(text: str) -> str:
    """Return a text as it can be written into a cell."""
    parts = any(separator in text for separator in ',;|"\r\n')
    return '"{}"'.format(text.replace('"', '""')) if parts else text


def _shown(text: str) -> str:
    return wording.cut_line(text, _LONGEST)


@dataclass(slots=True)
class Nearest:
    """What a location has that looks most like one text; it is shown all in parts."""

    text: str
    best: list[tuple[float, str, Entry]] = field(default_factory=list)

    def look_at(self, keys: Sequence[str], entries: Sequence[Entry]) -> None:
        """Compare some entries, given their keys."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - only for what is missing

        found = process.extract(
            self.text, keys, scorer=fuzz.ratio, limit=_NEAREST, score_cutoff=_ALIKE
        )
        # half a name may be meant, but a typo is likelier
        halves = [
            (len(text), index) for index, text in enumerate(keys) if self._in(text)
        ]
        for length, index in heapq.nsmallest(_NEAREST, halves):
            score = _HALF + len(self.text) / length
            found.append((keys[index], score, index))
        for _, score, index in sorted(found, key=lambda one: -one[1]):
            entry = entries[index]
            if all(entry.product_id != other.product_id for *_, other in self.best):
                self.best.append((score, keys[index], entry))
        self.best = heapq.nsmallest(_NEAREST, self.best, key=_order)

    def _in(self, text: str) -> bool:
        return len(self.text) >= _HALF_LENGTH and self.text in text

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The best of what it was shown, the best first."""
        return tuple(entry for *_, entry in self.best)


def _order(one: tuple[float, str, Entry]) -> tuple[float, str, str]:
    score, text, entry = one
    return -score, text, entry.product_id
