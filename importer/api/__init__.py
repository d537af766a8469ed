"""The verbs: what the library offers, and what the command line calls.

`sentence` has the order of a run's steps, `look_back` that of an audit and an undo;
`hooks` is what a caller may be asked and told meanwhile. Everything is loaded when it
is first used, because a check needs neither the network nor the journal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.api.checks import FixResult, check, fix
    from importer.api.examination import examine
    from importer.api.look_back import AuditResult, UndoResult
    from importer.api.past_runs import PastRun, list_runs, write_report
    from importer.api.results import PlanResult, RunError, RunResult
    from importer.api.run_in_progress import RunInProgress, start, start_resume
    from importer.api.settings_value import Settings
    from importer.api.verbs import audit, plan, plan_inputs, resume, run, undo
    from importer.api.workbench import Workbench, open  # noqa: A004 - as io.open
    from importer.intake.check import CheckResult, check_inputs
    from importer.models import State
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session

_HOME = {
    "AuditResult": "importer.api.look_back",
    "FixResult": "importer.api.checks",
    "PastRun": "importer.api.past_runs",
    "RunInProgress": "importer.api.run_in_progress",
    "UndoResult": "importer.api.look_back",
    "Workbench": "importer.api.workbench",
    "audit": "importer.api.verbs",
    "examine": "importer.api.examination",
    "fix": "importer.api.checks",
    "list_runs": "importer.api.past_runs",
    "start": "importer.api.run_in_progress",
    "start_resume": "importer.api.run_in_progress",
    "undo": "importer.api.verbs",
    "write_report": "importer.api.past_runs",
    "CheckResult": "importer.intake.check",
    "check": "importer.api.checks",
    "check_inputs": "importer.intake.check",
    "RunFolder": "importer.runs.folders",
    "State": "importer.models",
    "Forecast": "importer.runs.forecasts",
    "PlanResult": "importer.api.results",
    "RunError": "importer.api.results",
    "RunResult": "importer.api.results",
    "Settings": "importer.api.settings_value",
    "Session": "importer.runs.session",
    "open": "importer.api.workbench",
    "plan": "importer.api.verbs",
    "plan_inputs": "importer.api.verbs",
    "resume": "importer.api.verbs",
    "run": "importer.api.verbs",
}

__all__ = [
    "AuditResult",
    "CheckResult",
    "FixResult",
    "Forecast",
    "PastRun",
    "PlanResult",
    "RunError",
    "RunFolder",
    "RunInProgress",
    "RunResult",
    "Session",
    "Settings",
    "State",
    "UndoResult",
    "Workbench",
    "audit",
    "check",
    "check_inputs",
    "examine",
    "fix",
    "list_runs",
    "open",
    "plan",
    "plan_inputs",
    "resume",
    "run",
    "start",
    "start_resume",
    "undo",
    "write_report",
]


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    msg = f"module 'importer.api' has no attribute {name!r}"
    raise AttributeError(msg)
