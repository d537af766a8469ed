"""The first step of a context: what its journal says of it, before a row is read.

A new run notes what a resume needs; a resume finds it again. Invariant: from here on
another process can take the run up, whatever becomes of this one.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import InputError
from importer.intake import recalled
from importer.models import State
from importer.runs import loader, planfile, predecessor, worktime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.intake import tables
    from importer.runs.context import RunContext
    from importer.runs.folders import RunFolder
    from importer.settings import Settings

#: What the settings of a run must stay when it is resumed.
# what decides which rows there are and what they become; how fast and how patiently
# may change
KEPT = (
    "base_url",
    "location_id",
    *("into", "where", "canary"),
    "locations_file",
    "on_existing",
    "update_products",
    "insecure_http",
    *("sheet", "preset", "mapping", "ignore_columns"),
    *("encoding", "delimiter", "limit"),
    *("require_product_ids", "strict_ids", "send_rule_metadata"),
    "send_fields",
    *("smart_as_manual", "description_to_seo", "category_path"),
    *("collections_from", "skip_inactive", "store_language"),
    *("rule_keys", "rule_words"),
)
#: The fact of a journal that says that the locations of rows were kept for its files.
RECALLED = "into_recalled"


def facts(
    settings: Settings,
    folder: RunFolder,
    inputs: Sequence[tables.Input],
    plan: planfile.StoredPlan | None,
) -> dict[str, Any]:
    """Say what a new run is to do, for its journal to be born with.

    Args:
        settings: the options of the run.
        folder: where it lives.
        inputs: what will be read.
        plan: what the run does and nothing else.
    """
    return {
        "state": State.READING,
        "run_id": folder.run_id,
        "started_at": time.time(),
        "settings": settings.kept(KEPT),
        RECALLED: settings.origins["into"] == recalled.NAME,
        "language": settings.values.language,
        "inputs": loader.paths(inputs),
        "plan": str(plan.path.absolute()) if plan else "",
    }


def begin(context: RunContext, plan: planfile.StoredPlan | None) -> None:
    """Say that a run has begun, whose journal knows what it is to do."""
    context.plan = plan
    context.watch.began("run.started", context.settings.shown())


def take_up(context: RunContext) -> None:
    """Find out how far an earlier run had come.

    Raises:
        InputError: its input was not read to the end and cannot be read again; the
            journal is closed.
    """
    facts = context.journal.noted()
    if facts.get(RECALLED):
        context.settings = recalled.taken_up(context.settings)
    if facts["state"] == State.READING:
        context.unread = facts.get("inputs", [])
        if not context.unread:
            context.journal.close()
            raise _unreadable(context.folder)
    if path := facts.get("plan"):  # the process ended before it was compared
        context.plan = planfile.load(Path(path))
    # the time of the first process, so that the report covers all of the run
    context.started_at = facts["started_at"]
    written_at = context.folder.written_at
    context.worked_before = worktime.so_far(facts, written_at)
    full = predecessor.spent(context.journal, facts, written_at, time.time())
    context.limiter.inherit(full)
    context.watch.phase = "comparing"


def _unreadable(folder: RunFolder) -> InputError:
    msg = (
        f"Run {folder.run_id} was stopped while its input was being read; nothing "
        "was sent."
    )
    return InputError(msg, remedy="Start again with: importer run FILE")
