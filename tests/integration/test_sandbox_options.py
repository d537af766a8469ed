"""The sandbox's flags: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from importer.sandbox import Limit, Options, options_from_argv

DOCS = Path(__file__).parents[2] / "docs" / "sandbox.md"
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def test_no_flags_give_the_documented_defaults() -> None:
    """Flags and the options' own defaults agree."""
    assert options_from_argv([]) == Options()


def test_every_flag_sets_its_option(tmp_path: Path) -> None:
    """One command line with everything on it, read back option by option."""
    script = tmp_path / "script.json"
    script.write_bytes(orjson.dumps([{"name": "Best", "faults": ["refused*2"]}]))
    line = (
        "--host 127.0.0.2 --port 8787 --seed 5 --max-seconds 2m --exit-with-parent "
        "--limit 25/s --window sliding --daily none --day 60s --retry-after "
        "--location-limit A=5/500ms --location-limit B=none --foreign-calls A=30/10s "
        "--token t=A,B --token u=C --scope readonly --strict --no-edge-strict "
        "--products-refused A --products-refused B "
        "--latency 200ms --jitter 0.1 --slow 0.01:5s --slow-commit 3s --list-lag 1.5s "
        "--faults reset_after=0.05,refused=0.1 --fault-calls all "
        "--fault-for best=error_after*2,refused --fault-for best=null_body "
        "--known-keys published --no-require-products --collection-ids forced "
        "--updates replace --name-match exact --list-order newest --max-page 50 "
        "--list-hides image,createdAt --get-by-id refused --clock-offset=-1h "
        "--max-name 120 --nature short-list,wrong-total --nature id-not-_id"
    )
    tokens = tmp_path / "tokens.txt"
    tokens.write_text("v=D, E\n\n t=F\n")
    files = ["--port-file", "p", "--state", "s", "--fault-script", str(script)]
    files += ["--token-list", str(tokens)]
    stock = tmp_path / "products.csv"
    stock.write_text("location_id,name,skus\nA,Tea,T-1; T-2\n")
    files += ["--products", str(stock)]
    options = options_from_argv([*line.split(), *files])
    assert (options.limit, options.window, options.daily) == (
        Limit(25, 1.0),
        "sliding",
        None,
    )
    assert options.location_limits == {"A": Limit(5, 0.5), "B": None}
    assert options.foreign_calls == {"A": 3.0}
    assert options.tokens == {
        "t": frozenset("F"),
        "u": frozenset("C"),
        "v": frozenset("DE"),
    }
    assert (options.slow_share, options.slow_seconds) == (0.01, 5.0)
    assert options.faults == {"reset_after": 0.05, "refused": 0.1}
    assert options.fault_for == {
        "Best": ["refused"] * 2,
        "best": ["error_after", "error_after", "refused", "null_body"],
    }
    assert options.products == [("A", {"name": "Tea", "skus": ["T-1", "T-2"]})]
    assert options.products_refused == ("A", "B")
    assert options.list_hides == {"image", "createdAt"}
    assert options.natures == {"short-list", "wrong-total", "id-not-_id"}
    assert options.clock_offset_seconds == -3600
    unset = [
        name
        for name in Options.__dataclass_fields__
        if getattr(options, name) == getattr(Options(), name)
    ]
    assert unset == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--host 0.0.0.0", "listens on this computer only"),
        ("--host example.com", "listens on this computer only"),
        ("--host 127.evil.example", "listens on this computer only"),
        ("--limit fast", "Write it like 100/10s, or none."),
        ("--limit 0/10s", "Write it like 100/10s, or none."),
        ("--limit 5/0s", "has no length"),
        ("--latency soon", "Write it like 200ms, 1.5s, 2m or 24h."),
        ("--daily many", "Write it like 200000, or none."),
        ("--location-limit LOC", "Write it like LOC=25/10s."),
        ("--token =LOC", "Write it like TOKEN=LOC1,LOC2."),
        ("--token-list nowhere", "--token-list nowhere cannot be read"),
        ("--slow 5s", "Write a share and a duration: 0.01:5s."),
        ("--slow 7:5s", "Write a share and a duration: 0.01:5s."),
        ("--faults explode=0.1", "There is no fault 'explode'."),
        ("--faults refused=often", "Write a number from 0 to 1."),
        ("--faults refused=1.5", "Write a number from 0 to 1."),
        ("--faults refused=0.7,error_after=0.7", "The faults add up to 1.4."),
        ("--fault-for best=error_after*x", "Write it like error_after*2."),
        ("--fault-for best=explode", "There is no fault 'explode'."),
        ("--nature kind", "There is no nature 'kind'."),
        ("--fault-script no-such-file.json", "cannot be used: No such file"),
    ],
)
def test_a_flag_that_means_nothing_is_explained(
    flags: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It exits with 2 and says what to write instead."""
    with pytest.raises(SystemExit) as stopped:
        options_from_argv(flags.split())
    assert stopped.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert message in said


def test_a_script_file_of_another_shape_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message shows the shape that is expected."""
    path = tmp_path / "script.json"
    path.write_text('{"best": "refused"}', encoding="utf-8")
    with pytest.raises(SystemExit):
        options_from_argv(["--fault-script", str(path)])
    assert '[{"slug": "best-sellers"' in capsys.readouterr().err


def test_every_flag_is_in_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    """What `--help` offers, docs/sandbox.md explains, and the other way round."""
    with pytest.raises(SystemExit):
        options_from_argv(["--help"])
    offered = set(FLAG.findall(capsys.readouterr().out)) - {"--help"}
    documented = set(FLAG.findall(DOCS.read_text(encoding="utf-8")))
    # A switch is documented by the side that is not the default.
    assert {flag.replace("--no-", "--") for flag in offered} == {
        flag.replace("--no-", "--") for flag in documented
    }
