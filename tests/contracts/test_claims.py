"""What keeps two runs from the same rows keeps to, whatever it is made of.

A second kind of claims is one more entry in `CLAIMS`: what gives the claims of a place.
What another process holds is held by another process here as well, which is frozen and
killed; how long a killed one's claim may last is the kind's own (`PATIENCE_SECONDS`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from importer.errors import LocationHeldError, StorageError
from importer.journal.locks import FileClaims
from importer.journal.postgres import address
from importer.journal.postgres.leases import LeaseClaims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.journal import Claims

#: The file that names the database.
ADDRESS = "address"


def _leases(folder: Path) -> LeaseClaims:
    return LeaseClaims(address.know((folder / ADDRESS).read_text()))


CLAIMS: dict[str, Callable[[Path], Claims]] = {"files": FileClaims, "leases": _leases}
#: After so many seconds at most nothing of a killed process is held any more.
PATIENCE_SECONDS = {"files": 5.0, "leases": 5.0}

HOLD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_claims import CLAIMS
claim = CLAIMS[sys.argv[2]](Path(sys.argv[3])).claim(sys.argv[4], sys.argv[5:])
print(claim.fence, flush=True)
for line in sys.stdin:
    print(claim.alive(), flush=True)
claim.release()
"""


class Place:
    """Where some processes keep their claims."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.claims = CLAIMS[kind](folder)

    @contextmanager
    def elsewhere(
        self, run_id: str, *locations: str
    ) -> Iterator[tuple[subprocess.Popen[str], int]]:
        """Another process that holds a run until its input ends, and its number."""
        here = os.path.dirname(__file__)  # noqa: PTH120 - an argument of a process
        place = (here, self.kind, str(self.folder))
        with subprocess.Popen(  # noqa: S603 - this interpreter, a script of our own
            [sys.executable, "-c", HOLD, *place, run_id, *locations],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                yield process, int(process.stdout.readline())
            finally:
                process.kill()

    def is_free_soon(self, run_id: str) -> bool:
        end = time.monotonic() + PATIENCE_SECONDS[self.kind]
        while self.claims.holder(run_id) is not None:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)  # noqa: TID251 - another process is waited for
        return True


@pytest.fixture(params=CLAIMS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "leases":
        (tmp_path / ADDRESS).write_text(request.getfixturevalue("database"))
    return Place(request.param, tmp_path)


class TestEveryKindOfClaims:
    """The protocols `journal.Claims` and `journal.Claim`."""

    def test_a_claim_is_alive_until_it_is_released(self, place: Place) -> None:
        """And twice released is as good as once."""
        claim = place.claims.claim("run", ["a"])
        assert claim.alive()
        claim.check()
        assert (claim.run_id, place.claims.holder("run")) == ("run", os.getpid())
        claim.release()
        assert not claim.alive()
        with pytest.raises(StorageError, match="run") as lost:
            claim.check()
        assert lost.value.remedy
        claim.release()
        assert place.claims.holder("run") is None

    def test_the_next_claim_of_a_run_does_not_revive_the_one_before(
        self, place: Place
    ) -> None:
        """What still writes with the old one must hear that it is over."""
        old = place.claims.claim("run", ["a"])
        old.release()
        with place.claims.claim("run", ["a"]) as new:
            assert new.alive()
            assert not old.alive()
            old.release()
            assert new.alive()
            assert place.claims.holder("run") == os.getpid()

    def test_leaving_the_block_releases(self, place: Place) -> None:
        """However it is left."""
        with pytest.raises(KeyError), place.claims.claim("run", ["a"]) as claim:
            raise KeyError
        assert not claim.alive()
        place.claims.claim("other", ["a"]).release()

    def test_each_claim_has_a_higher_number_than_all_before(self, place: Place) -> None:
        """Of the same run, of another, in another process, and after a kill."""
        numbers = []
        for run_id in ("one", "one", "two"):
            with place.claims.claim(run_id) as claim:
                numbers.append(claim.fence)
        with place.elsewhere("one") as (process, fence):
            numbers.append(fence)
            process.kill()
            process.wait()
            assert place.is_free_soon("one")
        with place.claims.claim("one") as claim:
            numbers.append(claim.fence)
        assert numbers == sorted(set(numbers))
        assert numbers[0] > 0

    def test_the_number_of_a_claim_stays_when_it_extends(self, place: Place) -> None:
        """It is the holder's, not a location's."""
        with place.claims.claim("run") as claim:
            before = claim.fence
            claim.extend(["a"])
            claim.extend_free(["b"])
            assert claim.fence == before

    def test_a_run_is_held_once(self, place: Place) -> None:
        """Whatever its locations; in this process as in another."""
        with place.elsewhere("run", "a") as (process, _):
            assert place.claims.holder("run") == process.pid
            with pytest.raises(LocationHeldError) as held:
                place.claims.claim("run", ["z"])
            assert held.value.exit_code == 8
        assert place.is_free_soon("run")
        with place.claims.claim("run"), pytest.raises(LocationHeldError):
            place.claims.claim("run")

    def test_a_location_is_held_once(self, place: Place) -> None:
        """What a run gets that wants one of them and another: nothing."""
        with place.elsewhere("first", "a", "b"):
            with pytest.raises(LocationHeldError, match=r"first.*location b"):
                place.claims.claim("second", ["b", "c"])
            with place.claims.claim("second") as second:
                with pytest.raises(LocationHeldError):
                    second.extend(["a", "c"])
                assert second.alive()
                place.claims.claim("third", ["c"]).release()

    def test_what_is_free_can_be_had_beside_what_is_held(self, place: Place) -> None:
        """Each location that is held is told with who holds it."""
        with place.elsewhere("first", "a"), place.claims.claim("second") as second:
            taken = second.extend_free(["a", "b"])
            assert set(taken) == {"a"}
            assert "first" in str(taken["a"])
            with pytest.raises(LocationHeldError, match="second"):
                place.claims.claim("third", ["b"])

    def test_a_killed_process_holds_nothing_for_long(self, place: Place) -> None:
        """Its run can be gone on with, by itself and by others."""
        with place.elsewhere("run", "a") as (process, _):
            process.kill()
            process.wait()
            assert place.is_free_soon("run")
        place.claims.claim("other", ["a"]).release()
        place.claims.claim("run", ["a"]).release()

    def test_a_process_that_was_frozen_knows_whether_its_claim_still_holds(
        self, place: Place
    ) -> None:
        """Either no other run got it meanwhile, or the thawed one is told."""
        with place.elsewhere("run", "a") as (process, fence):
            assert process.stdin is not None
            assert process.stdout is not None
            process.send_signal(signal.SIGSTOP)
            try:
                with place.claims.claim("other", ["a"]) as claim:
                    assert claim.fence > fence
                taken = True
            except LocationHeldError:
                taken = False
            finally:
                process.send_signal(signal.SIGCONT)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{not taken}\n"

    def test_a_run_that_never_was_has_no_holder(self, place: Place) -> None:
        """`importer runs` asks of every folder."""
        assert place.claims.holder("never") is None
