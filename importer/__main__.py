"""`python -m importer`, and the console script: the command line, nothing else."""

from __future__ import annotations

from importer.cli import main

if __name__ == "__main__":
    main()
