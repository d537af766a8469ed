"""Settings as a value: gathered once, passed to as many verbs as one likes.

What the environment, `.env` and a settings file say is read when the value is made, and
not again. Invariant: the value never changes, and a token is masked wherever it is
shown.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from importer import background
from importer.api import arguments
from importer.errors import UsageError
from importer.settings import SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typing_extensions import Unpack

    from importer.settings import Settings as Gathered
    from importer.settings.typed import RunSettings


class Settings:
    """Settings to pass around: `importer.run("a.csv", settings=Settings(…))`.

    Two are equal where every setting is.
    """

    __slots__ = ("_gathered",)

    def __init__(
        self,
        *,
        file: Path | str | None = None,
        env: bool = True,
        **options: Unpack[RunSettings],
    ) -> None:
        """Gather what is given here, in the environment, `.env`, and a file.

        Args:
            file: a settings file; without one the usual ones are looked for.
            env: whether the environment and `.env` set anything.
            options: settings by name.

        Raises:
            UsageError: a value cannot be used, or there is no setting of that name.
            InputError: the settings file cannot be read.
        """
        arguments.refuse_switches(env=env)
        arguments.refuse_paths({"file": file})
        with arguments.told():
            self._gathered: Gathered = arguments.settings(
                options, file, environment=env
            )

    def replace(self, **options: Unpack[RunSettings]) -> Settings:
        """Return other settings, with these options in the place of what was.

        Raises:
            UsageError: a value cannot be used, or there is no setting of that name.
        """
        changed = Settings.__new__(Settings)
        changed._gathered = self.with_options(options)  # noqa: SLF001 - its own kind
        return changed

    def shown(self) -> Mapping[str, tuple[str, str]]:
        """Return every setting as text, and where it came from; a token is masked.

        An origin is `flag` (an argument), `environment`, `.env`, the name of a file, or
        `default`.
        """
        return self._gathered.shown()

    @property
    def locations(self) -> Mapping[str, str]:
        """The locations that the locations file lists: names by id, empty without one.

        Raises:
            UsageError: the file cannot be used.
        """
        with arguments.told():
            listed = self._gathered.locations.listed
        return {location.id: location.name for location in listed}

    def with_options(self, options: Mapping[str, Any]) -> Gathered:
        """Return what the stages are given, with the options of one verb.

        Raises:
            UsageError: a value cannot be used, or there is no setting of that name.
        """
        with arguments.told():
            return arguments.overruled(self._gathered, options)

    def __eq__(self, other: object) -> bool:
        """Say whether every setting is equal, wherever it came from."""
        if not isinstance(other, Settings):
            return NotImplemented
        return self._gathered.values == other._gathered.values

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self._gathered.values)

    def __repr__(self) -> str:
        """Show what is not as it is by default; a token is masked."""
        parts = [
            f"{name}={'(set)' if name in SECRETS else repr(text)}"
            for name, (text, origin) in self.shown().items()
            if origin != "default"
        ]
        return f"Settings({', '.join(parts)})"


async def gathered(
    options: Mapping[str, Any],
    given: Settings | None,
    config: Path | str | None,
    *,
    environment: bool,
) -> Gathered:
    """Gather the settings of a verb in a thread: a list of locations may be long.

    The arguments and what is raised are those of `chosen`.
    """
    work = partial(chosen, options, given, config, environment=environment)
    return await background.to_its_end(work)


def chosen(
    options: Mapping[str, Any],
    given: Settings | None,
    config: Path | str | None,
    *,
    environment: bool,
) -> Gathered:
    """Gather the settings of a verb, from those that it is given where there are any.

    Args:
        options: settings by name, which go before all others.
        given: those that the verb is given as a value.
        config: a settings file, where there is no such value.
        environment: whether the environment and `.env` set anything.

    Raises:
        UsageError: a value cannot be used, or there are two sources of settings.
        InputError: the settings file cannot be read.
    """
    arguments.refuse_switches(env=environment)
    if given is None:
        return arguments.settings(options, config, environment=environment)
    arguments.refuse_types({"settings": given}, Settings)
    if config is not None or not environment:
        msg = "The arguments settings and config or env cannot be used together."
        remedy = "Give both to the value: importer.Settings(file=…, env=False)."
        raise UsageError(msg, remedy=remedy)
    return given.with_options(options)
