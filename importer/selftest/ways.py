"""The command lines of a trial: how the sandbox and the program are started.

Pure: settings go in, words for a command line come out. Invariant: the program gets
no flag that changes what it guarantees, only how long it waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sandbox.faults import Fault
from importer.selftest import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.selftest.natures import Profile
    from importer.selftest.options import Options

PATIENCE = (
    "--rate", "none",
    "--timeout", f"{options.TIMEOUT_SECONDS:g}s",
    "--settle-pauses", ",".join(f"{pause:g}" for pause in options.SETTLE_PAUSES),
)  # fmt: skip


def begin(url: str, run_id: str, name: str) -> tuple[str, ...]:
    """Return the command of a new run of the input."""
    return ("run", name, "--base-url", url, "--run-id", run_id, "--quiet", *PATIENCE)


def resume(run_id: str) -> tuple[str, ...]:
    """Resume that run."""
    return ("resume", run_id, "--quiet", *PATIENCE)


def audit(run_id: str) -> tuple[str, ...]:
    """Return the command that compares the run with the server."""
    return ("audit", run_id, "--quiet", *PATIENCE)


def undo(run_id: str) -> tuple[str, ...]:
    """Return the command that deletes what the run made."""
    return ("undo", run_id, "--yes", "--quiet", *PATIENCE[:4])


def sandbox_of(
    profile: Profile, chosen: Options, seed: int, script: str
) -> tuple[str, ...]:
    """Return the flags of a sandbox of a nature, with a few accidents."""
    if not profile.name:
        return sandbox(chosen, seed, script)
    faults = map(Fault, profile.style.faults)
    shares = dict.fromkeys(faults, options.NATURE_FAULT_SHARE)
    shares[Fault.LIST_LAGS] = options.LAG_SHARE
    return (
        *_usual(seed, shares, script, chosen),
        "--limit", f"{options.NATURE_CALLS_A_SECOND}/1s",
        *profile.sandbox,
    )  # fmt: skip


def sandbox(chosen: Options, seed: int, script: str) -> tuple[str, ...]:
    """Return the flags of a sandbox where everything goes wrong."""
    shares = dict.fromkeys(Fault, options.FAULT_SHARE)
    shares[Fault.LIST_LAGS] = options.LAG_SHARE
    return (
        *_usual(seed, shares, script, chosen),
        "--limit", f"{chosen.calls_a_second}/1s",
        "--fault-calls", "all",
    )  # fmt: skip


def _usual(
    seed: int, shares: Mapping[Fault, float], script: str, chosen: Options
) -> tuple[str, ...]:
    """Return what every sandbox of a trial is told."""
    return (
        "--seed", str(seed),
        "--window", "sliding",
        "--latency", f"{options.LATENCY_SECONDS:g}s",
        "--jitter", f"{options.LATENCY_SECONDS / 2:g}s",
        "--list-lag", f"{options.LIST_LAG_SECONDS:g}s",
        "--slow-commit", f"{options.SLOW_COMMIT_SECONDS:g}s",
        "--faults", ",".join(f"{name}={share}" for name, share in shares.items()),
        "--fault-script", script,
        "--max-seconds", f"{chosen.longest_seconds + 60:g}s",
    )  # fmt: skip
