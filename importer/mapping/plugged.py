"""Presets that other installed packages ship, each checked before it is used.

An entry point of the group `importer.presets` is called as its preset, and names the
package or module beside which the preset's TOML file lies. Invariants: our own presets
go before others of their name; one that cannot be used is told, and is missing where
tables are recognised.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from importer import plugins
from importer.transforms import REGISTRY

_TEXTS = ("title", "separator", "levels", "of_collections", "of_products")
_SWITCHES = ("foreign", "spans", "typed", "name_is_path", "path_from_root")
_LISTS = (
    *("requires", "telling", "unless", "refuse", "sheets"),
    *("skip", "only", "variants", "any", "roots", "ignore", "leave_out"),
)
_SECTIONS = ("aliases", "working", "transforms")


@cache
def documents(
    own: tuple[str, ...], fields: tuple[str, ...], working: tuple[str, ...]
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Read the presets of other packages.

    Args:
        own: the names that are taken.
        fields: what `[aliases]` may name.
        working: what `[working]` may name.

    Returns:
        What the files say by the name of the preset, and of those that cannot be used
        a sentence each, by name.
    """
    found: dict[str, dict[str, Any]] = {}
    broken: dict[str, str] = {}
    known = {"aliases": fields, "working": working, "transforms": ("*", *fields)}
    for plugin in plugins.of(plugins.PRESETS):
        try:
            if plugin.name in own or plugin.name in found:
                _refuse(f"another preset is called {plugin.name}")
            document = _read(plugin)
            _check(document, known)
        except BaseException as failure:
            if plugins.is_ctrl_c(failure):
                raise
            broken[plugin.name] = plugin.unusable("preset", failure)
        else:
            found[plugin.name] = document
    return found, broken


def _read(plugin: plugins.Plugin) -> dict[str, Any]:
    folder = resources.files(plugin.entry.module)
    return tomllib.loads((folder / f"{plugin.name}.toml").read_text("utf-8"))


def _check(document: dict[str, Any], known: dict[str, tuple[str, ...]]) -> None:
    """Hold what a file says against what a preset can say.

    Raises:
        ValueError: it says something else.
    """
    for word, value in document.items():
        kind = _kind(word)
        if kind is None:
            _refuse(f"there is nothing called {word}")
        elif not isinstance(value, kind) or (kind is list and not _texts(value)):
            _refuse(
                f"{word} is no {'list of texts' if kind is list else kind.__name__}"
            )
    for word in ("title", "requires", "aliases"):
        if not document.get(word):
            _refuse(f"{word} is missing")
    for section, fields in known.items():
        for field, values in document.get(section, {}).items():
            _check_field(section, field, values, fields)


def _check_field(
    section: str, field: str, values: object, fields: tuple[str, ...]
) -> None:
    """Hold a line of a section against what can stand there.

    Raises:
        ValueError: it cannot.
    """
    if field not in fields:
        _refuse(f"[{section}] has no {field}")
    if not isinstance(values, list) or not _texts(values):
        _refuse(f"{field} in [{section}] is no list of texts")
    elif section == "transforms" and not set(values) <= REGISTRY.keys():
        _refuse(f"{field} in [transforms] names one that does not exist")


def _kind(word: str) -> type | None:
    for words, kind in (
        (_TEXTS, str),
        (_SWITCHES, bool),
        (_LISTS, list),
        (_SECTIONS, dict),
    ):
        if word in words:
            return kind
    return None


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _refuse(reason: str) -> None:
    raise ValueError(reason)
