"""The fixture `importer_sandbox` for the tests of programs that use the importer.

pytest loads this module by its entry point in every project where the importer is
installed, so it imports nothing that a test does not ask for. Invariant: a sandbox
lives in a thread of its own and ends with its test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sandbox.threaded import ThreadedSandbox

MARKER = (
    "importer_sandbox(**options): what the sandbox of the test is like: fields of "
    "importer.sandbox.Options, such as seed=7, daily=500 or limit='100/10s'."
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
    options = _options(marker) if marker else {}
    with ThreadedSandbox(tmp_path / "runs", **options) as sandbox:
        yield sandbox


def _options(marker: pytest.Mark) -> dict[str, Any]:
    """Return the options that the marker gives.

    Raises:
        UsageError: one cannot be used.
    """
    from importer.errors import UsageError  # noqa: PLC0415 - as above
    from importer.sandbox import written_options  # noqa: PLC0415 - as above

    remedy = 'Write for example: @pytest.mark.importer_sandbox(limit="100/10s", seed=7)'
    if marker.args:
        msg = (
            f"The marker importer_sandbox takes no {marker.args[0]!r:.60} without the "
        )
        msg += "name of an option."
        raise UsageError(msg, remedy=remedy)
    try:
        return written_options.read(marker.kwargs)
    except ValueError as failure:
        msg = f"The marker importer_sandbox cannot be used: {failure}"
        raise UsageError(msg, remedy=remedy) from None
