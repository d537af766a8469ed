"""Sentences of the stages in the language of a program: arguments, and verbs.

The stages speak of flags and commands, as the command line has them; here `--runs-dir`
is `runs_dir`, and `importer resume night` is `importer.resume("night")`. What only the
command line can do is said to be there. Invariant: a text that speaks of neither stays
as it is.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.settings import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from importer.errors import FatalError
    from importer.models import InputFile, ReportLine, Summary

#: Arguments that are no settings.
_OTHERS = ("run_id", "plan", "config", "fix")
#: Arguments that are switches and no settings.
_SWITCHES = ("force", "repair", "dry_run", "unseen_products", "number_duplicates")
#: Flags whose arguments have another name.
_RENAMED = {"fix_columns": "columns"}
#: What stands for a value in a sentence, and what a program writes there.
_STANDS_FOR = {"FILE": "…", "RUN": "run_id", "OUT": '"…"', "ID": '"…"'}
#: A word of a command: quoted as a shell has it, or without a sign of punctuation at
#: its end.
_WORD = r"(?:'[^']*'(?:\"'\"'[^']*')*|[^\s'\",;:()]*[\w…*/])"
_VALUE = r"skip|update|fail|own|cp1252|ID|[\d.]*\d%?"
_FLAG = re.compile(
    rf"--(?P<no>no-)?(?P<name>[a-z]+(?:-[a-z]+)*)"
    rf"(?:=(?P<given>'[^']*'|\S*[\w*])| (?P<value>{_VALUE})(?![\w-])"
    rf"| (?P<named>{_WORD})(?=: (?:there is|the separator)))?"
)
_FILES = rf"(?P<files>{_WORD}(?: (?!-){_WORD})*)"
#: A command that a verb does, and its flags.
_VERB = r"\bimporter (?P<verb>run|resume|plan|check|audit|undo)"
_FLAGS = rf"(?P<flags>(?: --[a-z]+(?:-[a-z]+)*(?:[ =](?!--){_WORD})?)*)"
#: Where a command ends; else its next word is one of the sentence.
_END = r"(?=\s*(?:$|[.,;()]))"
#: Commands that no verb does.
_ELSEWHERE = re.compile(
    rf"\bimporter (?:(?:runs (?:retire|prune)|explain) {_WORD}"
    r"|locations|template|settle|explain)\b(?! \(on the)"
)
_DRAFT = re.compile(rf"\bimporter map {_WORD}(?: --sheet {_WORD})?")
_THERE = " (on the command line)"
#: Commands with a verb of another name.
_NAMED = {
    "runs": "importer.list_runs()",
    "report": "importer.write_report(run_id)",
    "doctor": "importer.examine()",
    "config show": "importer.Settings().shown()",
}
_WITH_NAMES = re.compile(
    r"\bimporter (?P<name>runs|report|doctor|config show)\b(?! (?:retire|prune|[A-Z]))"
)


def in_arguments(text: str) -> str:
    """Write a sentence with arguments for flags, and verbs for commands."""
    if "--" not in text and "importer " not in text and "command" not in text:
        return text
    for pattern, write in _RULES:
        text = pattern.sub(write, text)
    return text


def of_failure(failure: FatalError) -> FatalError:
    """Have a failure speak of arguments and verbs; its kind stays."""
    failure.args = (in_arguments(str(failure)),)
    failure.remedy = in_arguments(failure.remedy)
    return failure


def of_failures(failed: Mapping[str, FatalError]) -> Mapping[str, FatalError]:
    """Have the failures of locations speak so."""
    return MappingProxyType({name: of_failure(failed[name]) for name in failed})


def of_lines(lines: Iterable[ReportLine]) -> Iterator[ReportLine]:
    """Yield lines of a report whose messages speak so."""
    for line in lines:
        said = in_arguments(line.message)
        yield line if said is line.message else replace(line, message=said)


def of_summary(summary: Summary) -> Summary:
    """Return a run's summary with its sentences in the words of a program."""
    stops, remarks = summary.location_stops, summary.location_remarks
    return replace(
        summary,
        stopped_because=in_arguments(summary.stopped_because),
        location_stops={name: in_arguments(stops[name]) for name in stops},
        location_remarks={
            name: {code: in_arguments(told) for code, told in remarks[name].items()}
            for name in remarks
        },
        files=of_files(summary.files),
    )


def of_files(files: Iterable[InputFile]) -> tuple[InputFile, ...]:
    """Return tables that were read, with what is remarkable about them said so."""
    return tuple(
        replace(file, notes=tuple(note.said_by(in_arguments) for note in file.notes))
        for file in files
    )


def _argument(found: re.Match[str]) -> str:
    """Write a flag, with its value, as an argument."""
    name = found["name"].replace("-", "_")
    value = found["given"] or found["value"] or found["named"]
    if name in Values.model_fields:
        return _setting(name, value, off=bool(found["no"]))
    if name in _SWITCHES:
        return f"{name}=True"
    if name in _OTHERS:
        return name + (f" {value}" if value else "")
    return _RENAMED.get(name, found[0])


def _setting(name: str, value: str | None, *, off: bool) -> str:
    if value:
        return f"{name}={_literal(value)}"
    if off:
        return f"{name}=False"
    return f"{name}=True" if Values.model_fields[name].annotation is bool else name


def _literal(word: str) -> str:
    """Write a word of a command as a program has it."""
    if word in _STANDS_FOR:
        return _STANDS_FOR[word]
    if re.fullmatch(r"\d+(\.\d+)?", word):
        return word
    if word.startswith("'"):
        word = " ".join(shlex.split(word))
    return f'"{word}"'


def _options(flags: str | None) -> list[str]:
    """Write the flags of a command as arguments of its verb."""
    words = shlex.split((flags or "").replace("=", " "))
    options: list[str] = []
    for word in words:
        if word.startswith("--"):
            options.append(word.removeprefix("--").replace("-", "_"))
        else:
            options[-1] += f"={_literal(word)}"
    return [text if "=" in text else f"{text}=True" for text in options]


def _called(verb: str, named: str | None, flags: str | None = None) -> str:
    words = [] if named is None else [_literal(named)]
    return f"importer.{verb}({', '.join([*words, *_options(flags)])})"


def _whole(found: re.Match[str]) -> str:
    return _called(found["verb"], found["named"], found["flags"])


def _saved(found: re.Match[str]) -> str:
    files = re.findall(_WORD, found["files"])
    named = ", ".join([*map(_literal, files), *_options(found["flags"])])
    return f"importer.plan({named}), and .save({_literal(found['to'])})"


def _copied(found: re.Match[str]) -> str:
    return f"importer.fix({_literal(found['named'])}, to={_literal(found['to'])})"


#: Each is applied to what those before it have made.
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_ELSEWHERE, rf"\g<0>{_THERE}"),
    # what a program hands over may be no file, and has no name that can be typed
    (_DRAFT, f"importer map{_THERE}"),
    (_WITH_NAMES, lambda found: _NAMED[found["name"]]),
    (re.compile(rf"\bimporter plan {_FILES} -o (?P<to>{_WORD}|\.+){_FLAGS}"), _saved),
    (
        re.compile(rf"\bimporter check (?P<named>{_WORD}) --fix (?P<to>{_WORD})"),
        _copied,
    ),
    (re.compile(rf"{_VERB} (?P<named>FILE|RUN){_FLAGS}"), _whole),
    (re.compile(rf"{_VERB}(?: (?!-)(?P<named>{_WORD}))?{_FLAGS}{_END}"), _whole),
    (re.compile(rf"{_VERB}\b"), r"importer.\g<verb>()"),
    (re.compile(r"\bgive the command again with\b"), "call it again with"),
    (re.compile(r"\binto the command\b"), "into the program"),
    (_FLAG, _argument),
)
