"""A server that behaves like HighLevel's product collections, to rehearse against.

`serve` runs one as a process of its own, `running` inside a test. It imports nothing
else of the importer: a wrong idea of the API must not pass its own test. What it
holds and what went wrong on purpose is told, in full, at `/_sandbox/truth`.
"""

from __future__ import annotations

from importer.sandbox.faults import Fault
from importer.sandbox.flags import FLAG_GROUPS, options_from_argv
from importer.sandbox.lifetime import running, serve
from importer.sandbox.options import Options
from importer.sandbox.server import Sandbox
from importer.sandbox.store import StateError
from importer.sandbox.traffic import Limit

__all__ = [
    "FLAG_GROUPS",
    "Fault",
    "Limit",
    "Options",
    "Sandbox",
    "StateError",
    "options_from_argv",
    "running",
    "serve",
]
