"""The verb `examine`: what is wrong between this computer and HighLevel.

The looks are those of `importer doctor`; here they speak of arguments. Invariant:
nothing is created or changed, and whatever is wrong is a check, not an exception.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import doctor
from importer.api import arguments

if TYPE_CHECKING:
    from importer.doctor import Check, Examination


async def examine(
    *,
    config: Path | str | None = None,
    env: bool = True,
    **options: Any,  # noqa: ANN401
) -> Examination:
    """Look at settings, disk, network, token, scopes, location, limit and clock.

    Two calls are made for each location; nothing is created or changed.

    Args:
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Returns:
        Each look with its verdict and the way out; `exit_code` is what a run would end
        with. Settings that cannot be used are a look that ended badly, too.

    Raises:
        UsageError: `config` is no path.
    """
    with arguments.told():
        arguments.refuse_types({"config": config}, str, Path)
        file = None if config is None else Path(config)
        found, _ = await doctor.examine(options, file, environment=env)
    return replace(found, checks=tuple(map(_in_arguments, found.checks)))


def _in_arguments(check: Check) -> Check:
    """Return a look that speaks of arguments, where it was made for flags."""
    return replace(
        check,
        message=arguments.in_arguments(arguments.of_setting(check.message)),
        remedy=arguments.in_arguments(check.remedy),
    )
