"""Hooks that other installed packages add to every run, in the group `importer.hooks`.

An entry point names a module or an object that has one of these functions, or both:
`has_read(run_id, forecast)`, when the input was read and compared and nothing was sent
yet, and `ended(result)`, with the `RunResult`, when the reports are written. They are
called in a thread, where no Ctrl-C of the user arrives; what gives an awaitable, as a
coroutine function does, has an event loop of its own there. Invariant: whatever a hook
raises, `SystemExit` and `KeyboardInterrupt` too, and one that cannot be loaded, is told
in the log of the run as a warning, and changes nothing of the run.
"""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

from importer import background, logs, plugins
from importer.api import arguments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.api.results import RunResult
    from importer.runs.session import Session

log: logs.Log = logs.get("run")

_CALLS = ("has_read", "ended")


class Listeners:
    """The hooks of other packages, as one run calls them."""

    def __init__(self, loaded: list[tuple[plugins.Plugin, Any]]) -> None:
        """Keep the hooks that can be used."""
        self._loaded = loaded

    async def has_read(self, session: Session) -> None:
        """Tell that the input was read and compared."""
        await self._call("has_read", session.folder.run_id, session.forecast)

    async def ended(self, result: RunResult) -> None:
        """Tell what the run came to."""
        await self._call("ended", result)

    async def _call(self, name: str, *given: object) -> None:
        for plugin, hook in self._loaded:
            call = partial(_called, hook, name, given)
            await background.to_its_end(partial(_guarded, plugin, call))


async def load() -> Listeners:
    """Load the hooks that installed packages have; broken ones are told in the log."""
    found = plugins.of(plugins.HOOKS)
    if not found:
        return Listeners([])
    return Listeners(await background.to_its_end(partial(_loaded, found)))


def _loaded(found: tuple[plugins.Plugin, ...]) -> list[tuple[plugins.Plugin, Any]]:
    loaded = []
    for plugin in found:
        try:
            hook = plugin.entry.load()
            _refuse(hook)
        except BaseException as failure:  # noqa: BLE001 - whatever a package raises
            log.warning("hook.unusable", message=plugin.unusable("hook", failure))
        else:
            loaded.append((plugin, hook))
    return loaded


def _refuse(hook: object) -> None:
    """Refuse what would never be called, or whose call would do nothing.

    Raises:
        TypeError: it has no function of a hook, or one with `yield` in it.
    """
    functions = [getattr(hook, name, None) for name in _CALLS]
    if not any(map(callable, functions)):
        msg = "it has neither has_read nor ended"
        raise TypeError(msg)
    for name, function in zip(_CALLS, functions, strict=True):
        if arguments.yields(function):
            msg = f"{name} has a yield in it, so calling it does nothing: leave it out"
            raise TypeError(msg)


def _called(hook: object, name: str, given: tuple[object, ...]) -> None:
    if callable(function := getattr(hook, name, None)):
        answer = function(*given)
        if inspect.isawaitable(answer):
            asyncio.run(_awaited(answer))


async def _awaited(answer: Awaitable[object]) -> None:
    await answer


def _guarded(plugin: plugins.Plugin, call: Callable[[], object]) -> None:
    try:
        call()
    except BaseException as failure:  # noqa: BLE001 - as above
        log.warning("hook.failed", message=plugin.unusable("hook", failure))
