"""The fixture `importer_sandbox` for the tests of programs that use the importer.

pytest loads this module by its entry point in every project where the importer is
installed, so it imports nothing that a test does not ask for. Invariant: a sandbox
lives in a thread of its own and ends with its test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sandbox.threaded import ThreadedSandbox

MARKER = (
    "importer_sandbox(**options): what the sandbox of the test is like: fields of "
    "importer.sandbox.Options, such as seed=7, daily=500 or limit=None."
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def importer_sandbox(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[ThreadedSandbox]:
    """Serve a stand-in of HighLevel's collections on loopback, for this test alone."""
    from importer.sandbox.threaded import ThreadedSandbox  # noqa: PLC0415 - see above

    marker = request.node.get_closest_marker("importer_sandbox")
    options = dict(marker.kwargs) if marker else {}
    with ThreadedSandbox(tmp_path / "runs", **options) as sandbox:
        yield sandbox
