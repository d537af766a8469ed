"""Presets: the headers that are known without a mapping file. They are data.

A preset is a TOML file beside this package. Headers are compared by `key`, so that
nobody has to care for case, spaces or dashes.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from importer.errors import UsageError

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
)

_INSIGNIFICANT = re.compile(r"[\s_\-./\ufeff\u200b]+")


def key(header: str) -> str:
    """Reduce a header to what counts: no case, no space, _, -, ., / or trailing *."""
    return _INSIGNIFICANT.sub("", header).rstrip("*").casefold()


@cache
def aliases(preset: str) -> dict[str, tuple[str, int]]:
    """Give for each known header's key its field and its rank; 0 is the best.

    Raises:
        UsageError: there is no such preset.
    """
    return {
        key(alias): (field, rank)
        for field, names in _document(preset)["aliases"].items()
        for rank, alias in enumerate(names)
    }


@cache
def ignored(preset: str) -> frozenset[str]:
    """The keys of headers that are known to mean nothing, and not worth a word."""
    return frozenset(map(key, _document(preset).get("ignore", ())))


@cache
def _document(preset: str) -> dict[str, Any]:
    folder = resources.files("importer") / "presets"
    known = sorted(file.name.removesuffix(".toml") for file in folder.iterdir())
    if preset not in known:
        message = f"--preset {preset}: there is no such preset."
        raise UsageError(message, remedy=f"Write one of: {', '.join(known)}.")
    return tomllib.loads((folder / f"{preset}.toml").read_text("utf-8"))
