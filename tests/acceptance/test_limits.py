"""The limit and the day's quota, kept by the real program against a real server.

Windows are short, so that the tests are; what the figures are at full size stands in
docs/limits.md. Nothing here measures how long something takes.
"""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended, Importer, Sandbox


FLAGS = (
    *("--base-url", "--runs-dir", "--preset", "--mapping", "--sheet", "--encoding"),
    *("--delimiter", "--send-fields", "--config", "--token-file", "--location-id"),
    *("--locations-file", "--metrics-file", "--plan", "--run-id", "--rate", "--limit"),
    *("--rule-keys", "--rule-words", "--settle-pauses", "--on-existing", "--unknown"),
)


def run(importer: Importer, sandbox: Sandbox, *flags: object, rows: int = 60) -> Ended:
    """Run so many rows."""
    name = importer.write("rows.csv", importer.rows(rows))
    return importer("run", name, "--base-url", sandbox.url, "--json", *flags)


def location(importer: Importer, sandbox: Sandbox) -> Any:
    """What the server says of the location."""
    return sandbox.truth()["locations"][importer.location]


def test_a_limit_that_only_the_headers_tell_is_kept(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A sandbox account was measured at a quarter of what is documented."""
    server = sandbox("--limit", "10/1s")
    assert run(importer, server, rows=35).code == 0
    there = location(importer, server)
    assert there["refused"] <= 1
    assert there["max_in_window"] <= 10


def test_another_program_costs_a_refusal_now_and_then_and_no_row(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It takes a third of the same budget, and shows in what is left."""
    server = sandbox(
        "--limit", "30/1s", "--foreign-calls", f"{importer.location}=10/1s"
    )
    ended = run(importer, server, rows=90)
    there = location(importer, server)
    assert ended.code == 0
    assert ended.document["counts"]["created"] == 90
    assert there["refused"] <= ended.document["duration_seconds"] + 1
    assert server.truth()["slugs_twice"] == []


def test_a_resume_in_a_window_that_is_used_up_is_refused_once_at_most(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The killed run left nothing of it, and nobody told the new one."""
    server = sandbox("--limit", "30/5s")
    name = importer.write("rows.csv", importer.rows(40))
    running = importer.start("run", name, "--base-url", server.url, "--quiet")
    server.wait_for_creates(29)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    ended = importer("resume", "--base-url", server.url, "--json")
    assert ended.code == 0
    assert location(importer, server)["refused"] <= 1
    assert server.truth()["slugs_twice"] == []


def test_many_locations_go_side_by_side_within_their_limits(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Each has its own budget; no call of any is refused."""
    server = sandbox("--limit", "8/1s")
    rows = [
        row
        for number in range(20)
        for row in importer.rows(12, f"{number:02}bxl8J4SaPEPLq9IQ8g")
    ]
    name = importer.write("rows.csv", rows)
    ended = importer("run", name, "--base-url", server.url, "--json")
    truth = server.truth()["locations"].values()
    assert ended.code == 0
    assert ended.document["counts"]["created"] == 240
    assert sum(one["refused"] for one in truth) == 0
    assert max(one["max_in_window"] for one in truth) <= 8


def test_a_quota_that_ends_in_the_middle_parks_the_run_and_a_resume_finishes_it(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 75, a tenth of the day left to others, and nothing lost."""
    server = sandbox("--daily", "50", "--day", "8s")
    ended = run(importer, server)
    assert ended.code == 75
    assert ended.document["counts"]["not_attempted"] > 0
    assert location(importer, server)["calls"] <= 45
    time.sleep(8)  # noqa: TID251 - a day of another process
    ended = importer("resume", "--base-url", server.url, "--json")
    assert ended.code == 0
    assert ended.document["counts"]["created"] == 60
    assert server.truth()["slugs_twice"] == []


def test_wait_for_quota_goes_on_by_itself_after_the_reset(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The program looks now and then, and says what it waits for."""
    server = sandbox("--daily", "50", "--day", "6s")
    name = importer.write("rows.csv", importer.rows(60))
    flags = ("--wait-for-quota", "--quota-look", "2s", "--base-url", server.url)
    assert importer("run", name, *flags).code == 0
    assert importer.summary()["counts"]["created"] == 60
    assert server.truth()["slugs_twice"] == []


def test_max_duration_ends_a_run_that_waits_for_its_quota(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Resumable, as always."""
    server = sandbox("--daily", "20")
    ended = run(importer, server, "--wait-for-quota", "--max-duration", "3s")
    assert ended.code == 10
    assert ended.document["counts"]["created"] > 0


def test_a_quota_that_is_used_up_before_the_run_ends_it_at_once(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Not even the list can be read: exit 75, and no call again and again."""
    server = sandbox("--daily", "20")
    assert run(importer, server, "--daily-reserve", "0").code == 75
    ended = run(importer, server, rows=80)
    assert ended.code == 75
    assert "quota" in ended.document["stopped_because"]
    assert location(importer, server)["refused"] <= 2


def test_the_forecast_counts_days_and_the_time_of_the_slowest_location(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """By the limits that the comparison saw, the reserve kept."""
    server = sandbox("--daily", "50", "--limit", "20/10s")
    name = importer.write("rows.csv", importer.rows(100))
    said = importer("plan", name, "--base-url", server.url)
    assert "100 calls, about 50 s, 200.0 % of today's quota; 3 days" in said.out
    ended = importer("plan", name, "--base-url", server.url, "--json")
    assert ended.document["days"] == 3
    assert ended.document["daily_left"] == 43
    ended = importer(
        "plan", name, "--base-url", server.url, "--json", "--max-rate", "1"
    )
    assert json.loads(ended.out)["seconds"] == 100.0


@pytest.mark.parametrize(
    "flags",
    [
        ("doctor", "--base-url", "http://127.0.0.1:9", "--bundle"),
        ("doctor", "--base-url", "http://127.0.0.1:9", "--config"),
        ("run", "rows.csv", "--runs-dir"),
        ("run", "rows.csv", "--metrics-file"),
    ],
)
def test_a_name_that_is_too_long_is_no_fault_of_the_disk(
    flags: tuple[str, ...], importer: Importer
) -> None:
    """Exit code 2, and the name is what has to be written otherwise."""
    ended = importer(*flags, "9" * 300)

    assert ended.code == 2
    assert "the name is too long" in ended.err + ended.out
    assert "Check the disk" not in ended.err


@pytest.mark.parametrize("flag", FLAGS)
def test_a_value_of_any_length_does_not_flood_the_terminal(
    flag: str, importer: Importer
) -> None:
    """Whatever refuses it: the settings, a file, or the command line itself."""
    name = importer.write("rows.csv", importer.rows(1))
    # the last one of a flag counts, and nothing is listening there
    url = ("--base-url", "http://127.0.0.1:9", "--attempts", 1)

    ended = importer("run", name, *url, flag, "A" * 100_000)

    assert ended.code != 0
    assert len(ended.out + ended.err) < 1000
