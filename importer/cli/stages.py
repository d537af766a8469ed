"""What the commands stand on, loaded when it is first used, so that `--help` is quick.

A command says `stages.runner` where it needs the module `importer.cli.runner`, and pays
for no other. Invariants: importing this loads nothing; what is loaded, a hundred
thousand objects of which none is ever garbage, is not searched for cycles, and
everything else is as soon as the loading is over, or has failed.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importer import (
        codebook,
        doctor,
        mapping,
        schemas,
        selftest,
        sentences,
        settings,
        template,
    )
    from importer.api import past_runs
    from importer.cli import (
        check_view,
        corrections,
        look_back,
        marking,
        messages,
        plan_view,
        progress,
        progress_view,
        question,
        resume_all,
        runner,
        screen,
        selftest_view,
        voice,
    )
    from importer.intake import check, outline, sheets, tables
    from importer.runs import (
        folders,
        inventory,
        location_reports,
        pauses,
        relocation,
        reports,
        retention,
        session,
        settlement,
        status,
    )
    from importer.sandbox import __main__ as sandbox
    from importer.settings import meaning
    from importer.web import server as web_server
    from importer.web import starter as web_starter

__all__ = [
    "check",
    "check_view",
    "codebook",
    "corrections",
    "doctor",
    "folders",
    "inventory",
    "location_reports",
    "look_back",
    "mapping",
    "marking",
    "meaning",
    "messages",
    "outline",
    "past_runs",
    "pauses",
    "plan_view",
    "progress",
    "progress_view",
    "question",
    "relocation",
    "reports",
    "resume_all",
    "retention",
    "runner",
    "sandbox",
    "schemas",
    "screen",
    "selftest",
    "selftest_view",
    "sentences",
    "session",
    "settings",
    "settlement",
    "sheets",
    "status",
    "tables",
    "template",
    "voice",
    "web_server",
    "web_starter",
]
#: Where the modules are that are not in this folder.
_ELSEWHERE = {
    **dict.fromkeys(("codebook", "doctor", "mapping", "selftest"), "importer"),
    **dict.fromkeys(("schemas", "sentences", "settings", "template"), "importer"),
    **dict.fromkeys(("check", "outline", "sheets", "tables"), "importer.intake"),
    **dict.fromkeys(
        ("folders", "inventory", "pauses", "reports"),
        "importer.runs",
    ),
    **dict.fromkeys(
        ("location_reports", "relocation", "retention", "session", "settlement"),
        "importer.runs",
    ),
    "meaning": "importer.settings",
    "status": "importer.runs",
    "past_runs": "importer.api",
}

#: Modules that have another name here than in their package.
_NAMED = {
    "sandbox": "importer.sandbox.__main__",
    "web_server": "importer.web.server",
    "web_starter": "importer.web.starter",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module
    """Load a module when it is first used."""
    if name not in __all__:
        raise AttributeError(name)
    folder = _ELSEWHERE.get(name, "importer.cli")
    path = _NAMED.get(name, f"{folder}.{name}")
    gc.disable()
    try:
        module = import_module(path)
    finally:
        gc.enable()
        gc.freeze()  # and none among it later on
    globals()[name] = module
    return module
