"""How a catalogue is written and read: templates with parameters, and their formats.

A template is a text with `{name}`, `{name!r}`, `{name:format}` or
`{name:format:argument}` in it; braces of the text itself are doubled. Formats belong to
the language, because plurals and lists do. A parameter may be a phrase, or several: it
is worded first. `{own:header:the slug}` is the header of the column that is spoken of.
Invariant: a template is taken apart once, when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, NamedTuple, TypeAlias

#: A word, a number, a phrase, or several of them.
Parameter: TypeAlias = "str | int | Phrase | Sequence[str | Phrase]"
Parameters = Mapping[str, Any]
#: Words a parameter: its value, and what the template says behind the format's name.
Format = Callable[[Any, str], str]
#: The parameter that nobody has to give: the header of the column, as the file has it.
OWN = "own"
#: A template taken apart: texts, and parameters with what words them.
_Part = str | tuple[str, Callable[[Any], str]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence, or a part of one, that is not worded yet."""

    key: str
    parameters: Parameters = field(default_factory=dict, hash=False)


class Sentence(NamedTuple):
    """What is said of a row, and what to do about it, as templates."""

    message: str
    remedy: str = ""


class Catalogue:
    """The sentences of one language, by their keys: a code, or code/variant."""

    def __init__(
        self, sentences: Mapping[str, Sentence], formats: Mapping[str, Format]
    ) -> None:
        """Keep the templates as they are written."""
        self.sentences = sentences
        self._formats = formats
        self._compiled: dict[str, str | list[_Part]] = {}

    def message(self, key: str, parameters: Parameters) -> str:
        """Say what is the matter."""
        return self.worded(self.sentences[key].message, parameters)

    def remedy(self, key: str, parameters: Parameters) -> str:
        """Say what to do about it; empty where there is nothing to do."""
        template = self.sentences[key].remedy
        return self.worded(template, parameters) if template else ""

    def worded(self, template: str, parameters: Parameters) -> str:
        """Word a template of this language."""
        parts = self._compiled.get(template)
        if parts is None:
            parts = self._compiled[template] = self._taken_apart(template)
        if isinstance(parts, str):
            return parts
        return "".join(
            [
                part if isinstance(part, str) else part[1](_given(part[0], parameters))
                for part in parts
            ]
        )

    def _taken_apart(self, template: str) -> str | list[_Part]:
        """Take a template apart; one without parameters is a text."""
        parts: list[_Part] = []
        for text, name, spec, conversion in Formatter().parse(template):
            if text and parts and isinstance(parts[-1], str):
                parts[-1] += text  # behind a doubled brace
            elif text:
                parts.append(text)
            if name is not None:
                parts.append((name, self._wording(spec or "", conversion)))
        texts = [part for part in parts if isinstance(part, str)]
        return "".join(texts) if texts == parts else parts

    def _wording(self, spec: str, conversion: str | None) -> Callable[[Any], str]:
        """Choose what words a parameter that stands in a template so."""
        if not spec and conversion is None:
            return self._plainly
        name, _, argument = (spec or f"!{conversion}").partition(":")
        wording = self._formats[name]
        return lambda value: wording(self._resolved(value), argument)

    def _plainly(self, value: object) -> str:
        return value if type(value) is str else str(self._resolved(value))

    def _resolved(self, value: object) -> object:
        """Give a parameter with the phrases in it worded."""
        if isinstance(value, Phrase):
            return self.message(value.key, value.parameters)
        if isinstance(value, (list, tuple)):
            return [self._resolved(item) for item in value]
        return value


def _given(name: str, parameters: Parameters) -> object:
    return parameters.get(name, "") if name == OWN else parameters[name]


def as_json(value: object) -> object:
    """Give parameters as JSON has them; a phrase as its key and parameters."""
    if isinstance(value, Phrase):
        return {"sentence": value.key, "parameters": as_json(value.parameters)}
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value
