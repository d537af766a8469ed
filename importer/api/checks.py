"""The verb `check`: what is wrong with an input, without the network.

Apart from the other verbs, because it needs neither the client nor the journal, and
importing them takes longer than a check.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from importer import background
from importer.api import arguments, settings_value
from importer.intake.check import check_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.intake import tables
    from importer.intake.check import CheckResult
    from importer.settings.typed import RunSettings


async def check(
    *inputs: tables.Input,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> CheckResult:
    """Read, map and validate in a thread; no network, nothing written.

    Args:
        inputs: paths of CSV or Excel files, or pandas DataFrames.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name, such as `location_id="…"` or `sheet="Sheet2"`.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
    """
    stopped = threading.Event()

    def work() -> CheckResult:
        chosen = settings_value.chosen(options, settings, config, environment=env)
        return check_inputs(inputs, chosen, stopped.is_set)

    with arguments.told():
        return await background.run(work, stopped.set)
