"""Actions become outcomes, concurrently.

A pool of workers takes turns (`turns`), sends, and does what `retry` decides; rows
without a clear answer go to the `settlement` of their location and come back, or not.
It knows neither files nor SQL nor HTTP: ledger, collections and budgets are passed
in. Invariant: no request leaves before its row is `sending` on the disk, and a row
whose request may have been carried out is never sent again unsettled.
"""

from __future__ import annotations

from importer.execution.engine import Execution
from importer.execution.ports import Options, Scale
from importer.models import ErrorLimit

__all__ = ["ErrorLimit", "Execution", "Options", "Scale"]
