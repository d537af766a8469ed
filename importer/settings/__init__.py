"""Every option as one frozen tree: flags > environment > file > defaults.

The only package that reads the environment. It says what each value is and where it
came from; the stages' own option values are made from it and know nothing of it.
Invariant: what is secret is held as a secret, is no flag, and is masked wherever it is
shown.
"""

from __future__ import annotations

from importer.settings.loaded import Settings, load
from importer.settings.refusal import SECRETS
from importer.settings.sources import ENVIRONMENT, UNFILED
from importer.settings.tokens import Tokens
from importer.settings.values import Values

__all__ = [
    "ENVIRONMENT",
    "SECRETS",
    "UNFILED",
    "Settings",
    "Tokens",
    "Values",
    "load",
]
