"""What a selftest of a cluster is asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: The size of a trial, of the control, and how many trials there are.
ROWS, CONTROL_ROWS, SEEDS = 3000, 600, 10


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """Trials with the seeds from `seed` on, then the control.

    `journal` is the address of a database to use instead of one that is started; `keep`
    is the folder that keeps what the trials wrote, None for one that goes away when all
    is well.
    """

    rows: int = ROWS
    seeds: int = SEEDS
    seed: int = 1
    keep: Path | None = None
    journal: str = ""

    @classmethod
    def of(cls, **given: Any) -> FleetOptions:  # noqa: ANN401 - as the flags have them
        """Make options with what is None, or of another selftest, taken from above."""
        names = {field.name for field in fields(cls)}
        facts = {name: value for name, value in given.items() if value is not None}
        return cls(**{name: facts[name] for name in facts.keys() & names})
