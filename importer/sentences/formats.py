"""The formats of templates in one language: numbers, plurals, lists, quotation marks.

What differs and is no text is a `Style`; what is a text stands in the catalogue as
`part/…`. Pure. Invariant: a format has the same name in every language, so that a
translated template says with its own words what the English one says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.sentences.catalogue import Format, Parameters

#: The name of the format that `{name!r}` stands for.
SHOWN = "!r"


@dataclass(frozen=True, slots=True)
class Style:
    """How a language writes figures and quotations.

    `grouping` stands between thousands, of numbers from `grouped_from` on; `opening`
    and `closing` are quotation marks.
    """

    grouping: str = ","
    grouped_from: int = 1000
    opening: str = '"'
    closing: str = '"'

    def number(self, value: int) -> str:
        """Write a whole number."""
        if value < self.grouped_from:
            return str(value)
        return f"{value:,}".replace(",", self.grouping)

    def quoted(self, text: str) -> str:
        """Put a text into quotation marks."""
        return f"{self.opening}{text}{self.closing}"


class Formats:
    """What words the parameters of one language's templates."""

    def __init__(
        self,
        style: Style,
        say: Callable[[str, Parameters], str],
        form: Callable[[int], int],
        word: Callable[[str], str],
    ) -> None:
        """Take what differs between languages.

        Args:
            style: of figures and quotations.
            say: words a sentence of the catalogue.
            form: the number of the plural form that a count has, from 0 on.
            word: translates a word that others have chosen; else gives it back.
        """
        self._style, self._say, self._form, self._word = style, say, form, word

    def by_name(self) -> Mapping[str, Format]:
        """Return every format by the name that it has in templates."""
        return {
            "number": self._number,
            "counted": self._counted,
            "plural": self._either,
            "listed": _listed,
            "quoted": self._quoted,
            "in_turn": _in_turn,
            "sentences": _sentences,
            "more": self._more,
            "minutes": self._minutes,
            "copies": self._copies,
            "header": self._header,
            "word": self._known,
            SHOWN: self._shown,
        }

    def _number(self, value: int, _argument: str) -> str:
        """Write `{rows:number}` as 1,250."""
        return self._style.number(value)

    def _counted(self, value: int, nouns: str) -> str:
        """Write `{rows:counted:row|rows}` as 1 row, or 1,250 rows."""
        return f"{self._style.number(value)} {self._chosen(value, nouns)}"

    def _either(self, value: int | Sequence[object], words: str) -> str:
        """Choose the words of `{rows:plural:is|are}` that go with a number."""
        return self._chosen(value if isinstance(value, int) else len(value), words)

    def _chosen(self, number: int, words: str) -> str:
        forms = words.split("|")
        return forms[min(self._form(number), len(forms) - 1)]

    def _quoted(self, values: Sequence[str], _argument: str) -> str:
        """Put quotation marks around each value, and commas between them."""
        return ", ".join(map(self._style.quoted, values))

    def _more(self, value: int, grouping: str) -> str:
        """Say how many more there are than were listed; nothing if there are none."""
        if not value:
            return ""
        figure = self._style.number(value) if grouping else str(value)
        return " " + self._say("part/and_more", {"count": value, "figure": figure})

    def _minutes(self, value: int, _argument: str) -> str:
        """Write minutes as people say them."""
        few = {0: "part/no_minute", 1: "part/one_minute"}
        return self._say(few.get(value, "part/minutes"), {"count": value})

    def _copies(self, value: int, _argument: str) -> str:
        """Write how many copies there are beside the one that is kept."""
        key = "part/second_copy" if value == 1 else "part/more_copies"
        return self._say(key, {"count": value})

    def _header(self, header: str, noun: str) -> str:
        """Write the header that a column has in the file.

        Where the whole row is meant, or the header is the last word of the noun, the
        noun: `{own:header:A slug}` is `A slug` below Slug, and `"Handle"` below Handle.
        """
        word = noun.rpartition(" ")[2]
        if not header or header.casefold() == word.casefold():
            return noun
        return self._style.quoted(header)

    def _known(self, value: str, _argument: str) -> str:
        """Write a word of a parser or of rules, where the language has one for it."""
        return self._word(value)

    def _shown(self, value: object, _argument: str) -> str:
        """Write a text of the input so that its blanks and signs are seen."""
        return self._style.quoted(repr(value)[1:-1])


def _listed(values: Sequence[str], _argument: str) -> str:
    """Put commas between values."""
    return ", ".join(values)


def _in_turn(values: Sequence[str], _argument: str) -> str:
    """Put semicolons between values."""
    return "; ".join(values)


def _sentences(values: Sequence[str], _argument: str) -> str:
    """Say one sentence after another, none of them twice."""
    return " ".join(dict.fromkeys(values))
