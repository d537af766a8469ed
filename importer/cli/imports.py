"""The stages are loaded: a hundred thousand objects, none of them ever garbage.

Commands import what they need when they are called, so that `--help` is quick.
Invariant: the collector of cycles looks for them again when the loading is over, or
has failed.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def once() -> Iterator[None]:
    """Import in the block without a search for cycles among what is imported."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()  # and none among it later on
