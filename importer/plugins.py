"""What other installed packages add: their entry points, looked up when asked for.

A package names its presets in the group `importer.presets` and its hooks in the group
`importer.hooks`. Only the names are read here; the package itself is imported where
what it adds is used. Invariant: a package that is broken is told by its name and its
version, and takes nothing else with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from threading import current_thread, main_thread

PRESETS = "importer.presets"
HOOKS = "importer.hooks"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point, and the package that it comes from."""

    name: str
    package: str
    entry: metadata.EntryPoint

    def unusable(self, what: str, failure: BaseException | str) -> str:
        """Say that it cannot be used, and why."""
        reason = failure
        if isinstance(failure, BaseException):
            reason = f"{type(failure).__name__}: {' '.join(str(failure).split()):.200}"
        return f"the {what} {self.name} of {self.package} cannot be used ({reason})"


def is_ctrl_c(failure: BaseException) -> bool:
    """Return whether what a package raised may be the user's Ctrl-C.

    Python raises that in the main thread only; elsewhere it is the package's own.
    """
    here = current_thread() is main_thread()
    return here and isinstance(failure, KeyboardInterrupt)


@cache
def of(group: str) -> tuple[Plugin, ...]:
    """Return what installed packages have in a group, by name."""
    if not any(map(partial(_may_have, group), metadata.distributions())):
        return ()
    found = []
    for entry in metadata.entry_points(group=group):
        package = "a package without a name"
        if entry.dist is not None:
            package = f"{entry.dist.name} {entry.dist.version}"
        found.append(Plugin(entry.name, package, entry))
    return tuple(sorted(found, key=lambda plugin: (plugin.name, plugin.package)))


def _may_have(group: str, distribution: metadata.Distribution) -> bool:
    """Return whether an installed package may have something in a group.

    Nearly none has, and to see that takes a fifth of the time of reading them all.
    """
    return group in (distribution.read_text("entry_points.txt") or "")
