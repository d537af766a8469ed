"""`python -m importer.sandbox`, and what `importer sandbox` forwards to.

Prints one line, the address, and serves until it is stopped. Exit codes: 0 stopped,
2 a flag or the port cannot be used, 5 the state file cannot be used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from importer.sandbox import StateError, options_from_argv, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 2
INPUT = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Serve by these flags until stopped; the exit code."""
    options = options_from_argv(argv)
    try:
        serve(options, _announce)
    except StateError as error:
        sys.stderr.write(f"{error}\n")
        return INPUT
    except OSError as error:
        sys.stderr.write(
            f"Port {options.port} cannot be used: {error.strerror}. "
            "Choose another one, or --port 0 for any that is free.\n"
        )
        return USAGE
    return 0


def _announce(url: str) -> None:
    sys.stdout.write(f"sandbox listening on {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
