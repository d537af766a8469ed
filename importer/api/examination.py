"""The verb `examine`: what is wrong between this computer and HighLevel.

The looks are those of `importer doctor`; here they speak of arguments. Invariant:
nothing is created or changed, and whatever is wrong is a check, not an exception.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer import doctor
from importer.api import arguments, language, settings_value

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.doctor import Check, Examination
    from importer.settings.typed import RunSettings


async def examine(
    *,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> Examination:
    """Look at settings, disk, network, token, scopes, location, limit and clock.

    Two calls are made for each location; nothing is created or changed.

    Args:
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Returns:
        Each look with its verdict and the way out; `exit_code` is what a run would end
        with. Settings that cannot be used are a look that ended badly, too.

    Raises:
        UsageError: `config` is no path, or `env` neither True nor False.
    """
    with arguments.told():
        arguments.refuse_switches(env=env)
        arguments.refuse_paths({"config": config})
        arguments.refuse_types({"settings": settings}, settings_value.Settings)
        gather = partial(
            settings_value.chosen, options, settings, config, environment=env
        )
        found, _ = await doctor.examine(gather)
    return replace(found, checks=tuple(map(_in_arguments, found.checks)))


def _in_arguments(check: Check) -> Check:
    """Return a look that speaks of arguments, where it was made for flags."""
    return replace(
        check,
        message=language.in_arguments(arguments.of_setting(check.message)),
        remedy=language.in_arguments(check.remedy),
    )
