"""What holds for all tests: on a busy machine a property may take as long as it takes.

The type checker leaves this file out, for it takes `tests/acceptance/conftest.py` for
the same module.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")
