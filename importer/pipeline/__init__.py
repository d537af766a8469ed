"""The stages put together: what the library's verbs and the command line are made of.

`checking` looks at an input, `verbs` say the whole sentence, `Session` says it step
by step. Everything is loaded when it is first used, because a check needs neither
the network nor the journal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.pipeline.checking import CheckResult, check, check_inputs
    from importer.pipeline.folders import RunFolder, State
    from importer.pipeline.forecasting import Forecast
    from importer.pipeline.results import PlanResult, RunResult
    from importer.pipeline.session import Session
    from importer.pipeline.verbs import plan, plan_inputs, resume, run

_HOME = {
    "CheckResult": "checking",
    "check": "checking",
    "check_inputs": "checking",
    "RunFolder": "folders",
    "State": "folders",
    "Forecast": "forecasting",
    "PlanResult": "results",
    "RunResult": "results",
    "Session": "session",
    "plan": "verbs",
    "plan_inputs": "verbs",
    "resume": "verbs",
    "run": "verbs",
}

__all__ = [
    "CheckResult",
    "Forecast",
    "PlanResult",
    "RunFolder",
    "RunResult",
    "Session",
    "State",
    "check",
    "check_inputs",
    "plan",
    "plan_inputs",
    "resume",
    "run",
]


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(f"importer.pipeline.{_HOME[name]}"), name)
    msg = f"module 'importer.pipeline' has no attribute {name!r}"
    raise AttributeError(msg)
