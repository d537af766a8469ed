"""Reads English sentences back, so that what a journal holds can be said in a language.

A journal keeps what became of a row in English, as it was said then. Here a text is
taken for the templates that it was made by, and each is worded anew with what stands in
its places. Words of others (HighLevel's, a file's, an error's) stay as they are.
Invariant: a text that no templates make comes back unchanged.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any

from importer.sentences.catalogue import OWN
from importer.sentences.english import CATALOGUE
from importer.sentences.formats import SHOWN
from importer.sentences.language import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.sentences.language import Language

#: Texts that are read are kept, since many rows say the same.
_KEPT = 4096
#: No sentence has its column, or a name, further in front than this many colons.
_COLONS = 3
_NUMBER = r"(\d[\d,]*)"
#: What parameters look like, by their formats; WORDS are the format's own.
_LOOKS: Mapping[str, str] = {
    "number": _NUMBER,
    "counted": rf"{_NUMBER} (?:WORDS)",
    "plural": "(WORDS)",
    "more": rf"(?: and {_NUMBER} more)?",
    "minutes": r"(less than a minute|a minute|\d+ minutes)",
    "copies": r"(a second copy|\d+ more copies)",
    "header": '(WORDS|".*?")',
    SHOWN: r"('.*?'|\".*?\")",
}
#: Where one sentence may end and the next begin.
_END = re.compile(r"(?<=[.!?:…)])(?= )|\Z")
#: Parameters that are a part of a sentence themselves, and keys of what they may be.
_NOUNS = ("part/product_skus", "part/product_names", "part/product_handles")
_STANDING_FOR = ("part/blank", "part/no_id")
_PARTS: Mapping[str, Sequence[str]] = {
    "noun": _NOUNS,
    "ids": _STANDING_FOR,
    "candidates": _STANDING_FOR,
    "place": (
        *("part/row", "part/row_of_sheet", "part/row_of_file"),
        *("part/character", "part/character_of_line"),
    ),
    "also": ("part/also",),
    "changes": ("part/field_changed", "part/products_changed", "part/products_listed"),
    "columns": ("part/meanings",),
    "products": ("part/meaning",),
    "reason": (
        *("part/never_listed", "part/answer_of_id", "part/answer_of_location"),
        *("part/answer_of_slug", "part/answer_of_another", "part/not_listed"),
        *("part/id_of_earlier", "part/id_of_another", "part/there_before"),
        *("part/of_another_run", "part/of_another_time"),
    ),
}
#: Parameters that are whole sentences, where they can be read as such.
_SENTENCES = ("reason", "faults", "reasons", "ways", "changed")
#: What some parameters look like, wherever they stand.
_SHAPES = {"product_id": r"((?=\S*\d)[\w-]{6,})", "noun": r"(\S+)"}
#: Templates of which every item is such a part, or the text was another sentence.
_NEEDED = {
    CATALOGUE.sentences[key].message for key in ("products_by_name", "part/meanings")
}


class _UnreadError(Exception):
    """A text is not made by a template after all."""


@dataclass(frozen=True)
class _Slot:
    """A place of a template: the parameter, its format, and what is behind that."""

    name: str
    format: str
    argument: str


@dataclass(frozen=True)
class _Template:
    """A template as texts are compared with it."""

    text: str
    pattern: re.Pattern[str]
    slots: tuple[_Slot, ...]
    literal: str = field(default="", compare=False)


def retold(text: str, language: Language) -> str:
    """Word a text of sentences of this program in a language, as far as it is one."""
    if language is ENGLISH or not text:
        return text
    return _Reader.of(language).message(text)


class _Reader:
    """Says in one language what it reads."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.message: Callable[[str], str] = lru_cache(_KEPT)(self._message)

    @staticmethod
    @lru_cache
    def of(language: Language) -> _Reader:
        """Return the one of a language."""
        return _Reader(language)

    def _message(self, text: str) -> str:
        said = self._sequence(text, "", begun=True)
        if said is not None:
            return said
        for column, rest in _prefixes(text):
            said = self._sequence(rest, column)
            if said is not None:
                return f"{column}: {said}"
        # last, for a value that it begins with may have taken in a column
        said = self._sequence(text, "")
        return text if said is None else said

    def _sequence(self, text: str, own: str, *, begun: bool = False) -> str | None:
        """Word sentences that stand behind each other; None where one is unknown.

        Args:
            text: the sentences.
            own: the column that they are about.
            begun: whether the first one has to begin with words of its own.
        """
        for end in (found.start() for found in _END.finditer(text)):
            first, rest = text[:end], text[end + 1 :]
            for template in _sentences():
                if begun and template.text.startswith("{"):
                    continue
                said = self._said(template, first, own)
                if said is None:
                    continue
                more = self._sequence(rest, own) if rest else ""
                if more is not None:
                    return f"{said} {more}" if more else said
        return None

    def _said(self, template: _Template, text: str, own: str) -> str | None:
        if template.literal not in text:
            return None
        found = template.pattern.fullmatch(text)
        if not found:
            return None
        try:
            parameters = self._parameters(template, found, own)
        except _UnreadError:
            return None
        translated = self._language.translated(template.text)
        return self._language.catalogue.worded(translated, parameters)

    def _parameters(
        self, template: _Template, found: re.Match[str], own: str
    ) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for slot, text in zip(template.slots, found.groups(), strict=True):
            if slot.format == "plural":
                words = slot.argument.split("|")
                # how many there are is not said, but whether it is one
                given.setdefault(slot.name, 1 + words.index(text))
            elif slot.format == "header":
                given[OWN] = own or ("" if text == slot.argument else text[1:-1])
            else:
                split = _CHANGES.split if slot.name == "changes" else None
                value = (split or _VALUES.get(slot.format, str))(text or "")
                needed = template.text in _NEEDED or slot.format == "sentences"
                given[slot.name] = self._worded(slot.name, value, needed=needed)
        return given

    def _worded(self, name: str, value: Any, *, needed: bool) -> Any:  # noqa: ANN401 - see Parameter
        """Word what is itself a sentence, or a part of one."""
        if isinstance(value, list):
            return [self._worded(name, item, needed=needed) for item in value]
        if not isinstance(value, str):
            return value
        if name in _SENTENCES and (said := self._sequence(value, "")) is not None:
            return said
        for template in _parts(name):
            said = self._said(template, value, "")
            if said is not None:
                return said
        if needed and (name in _PARTS or name in _SENTENCES):
            raise _UnreadError
        return value


def _prefixes(text: str) -> Iterator[tuple[str, str]]:
    """Yield what may be a column or a name in front of a sentence, and the sentence."""
    at = -1
    for _ in range(_COLONS):
        at = text.find(": ", at + 1)
        if at < 0:
            return
        yield text[:at], text[at + 2 :]


@lru_cache
def _sentences() -> list[_Template]:
    """Return the templates of whole sentences, the most particular ones first."""
    found: dict[str, _Template] = {}
    for key, sentence in CATALOGUE.sentences.items():
        if key.startswith(("screen/", "page/")):
            continue
        for template in sentence:
            whole = template.endswith(".") or not key.startswith("part/")
            if whole and template not in found:
                found[template] = _taken_apart(template)
    kept = [one for one in found.values() if _is_certain(one)]
    return sorted(kept, key=lambda one: -len(re.sub(r"\{.*?\}", "", one.text)))


def _is_certain(template: _Template) -> bool:
    """Return whether a template has words of its own, or parts that do."""
    own = [template.literal]
    own += [slot.argument for slot in template.slots if slot.format == "plural"]
    return template.text in _NEEDED or bool(re.search("[A-Za-z]", "".join(own)))


@lru_cache
def _parts(name: str) -> list[_Template]:
    """Return the templates of the parts that a parameter may be."""
    keys = _PARTS.get(name, ())
    found = [_taken_apart(CATALOGUE.sentences[key].message) for key in keys]
    # what has no word of its own says the same in every language
    return [one for one in found if _is_certain(one)]


def _taken_apart(template: str) -> _Template:
    pattern, slots, literals = "", [], [""]
    for text, name, spec, conversion in Formatter().parse(template):
        pattern += re.escape(text)
        literals.append(text)
        if name is not None:
            form = spec or (SHOWN if conversion else "")
            kind, _, argument = form.partition(":")
            slots.append(_Slot(name, kind, argument))
            pattern += _SHAPES.get(name) or _pattern(kind, argument)
    longest = max(literals, key=len)
    return _Template(template, re.compile(pattern, re.DOTALL), tuple(slots), longest)


def _pattern(kind: str, argument: str) -> str:
    """Return what a parameter looks like in a sentence, with one group."""
    words = "|".join(map(re.escape, argument.split("|")))
    return _LOOKS.get(kind, "(.*?)").replace("WORDS", words)


def _number(text: str) -> int:
    return int(text.replace(",", "")) if text else 0


def _first_number(text: str) -> int:
    """Read `a minute` or `5 minutes`."""
    found = re.match(r"\d+", text)
    return int(found[0]) if found else int(text.startswith("a "))


def _quoted(text: str) -> list[str]:
    return text[1:-1].split('", "')


def _shown(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        raise _UnreadError from None


#: Between the items of a list; what stands in brackets belongs to one of them.
_LISTED = re.compile(r", (?![^()]*\))")
#: Between changes, whose texts are quoted and may hold anything.
_CHANGES = re.compile(r", (?=\w+ from ['\"]|product_ids (?:\(|to \d))")
#: What the text of a parameter stands for, by its format.
_VALUES: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "counted": _number,
    "more": _number,
    "minutes": _first_number,
    "copies": _first_number,
    "listed": _LISTED.split,
    "in_turn": lambda text: text.split("; "),
    "sentences": lambda text: [text],
    "quoted": _quoted,
    SHOWN: _shown,
}
