"""The recipes for schedulers do what they say, as near to the real thing as can be.

Paths of the machine that a recipe is for are replaced by those of the test, and
nothing else is.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import receiver
from distributed import Security
from test_overlap import holding

from importer.exit_codes import Exit
from importer.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "recipes"
SCRIPTS = str(Path(sys.executable).parent)
SYSTEM = "/usr/local/bin:/usr/bin:/bin"


def recipe(name: str) -> str:
    """The text of a recipe, with the program where it is here."""
    return (RECIPES / name).read_text("utf-8").replace("/opt/importer/bin", SCRIPTS)


def typed(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command the way a scheduler does: no terminal, only this environment."""
    return subprocess.run(  # noqa: S603 - a recipe of ours
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def tool(name: str) -> str:
    """The path of a program; without it the test is left out."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def night(importer: Importer) -> Importer:
    """A folder as the recipes want it: the script, and a token in `.env`."""
    shutil.copy(RECIPES / "nightly.sh", importer.folder)
    (importer.folder / ".env").write_text(f"HIGHLEVEL_TOKEN={importer.token}\n")
    return importer


def nightly(night: Importer, url: str, *files: str, **more: str) -> tuple[int, str]:
    """Run `nightly.sh`; how it ended, and what it said on stderr."""
    environment = {"PATH": f"{SCRIPTS}:{SYSTEM}", "IMPORTER_BASE_URL": url, **more}
    ended = typed(["./nightly.sh", *files], night.folder, environment)
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


# the script


def test_a_night_creates_and_the_next_one_creates_nothing(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The first night has nothing to resume, and says nothing about it."""
    server = sandbox()
    file = night.write("collections.csv", night.rows(3))

    assert nightly(night, server.url, file) == (0, "")
    assert nightly(night, server.url, file) == (0, "")
    assert server.creates() == 3


def test_a_night_goes_on_where_the_one_before_had_to_stop(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Time that is up concerns nobody, and the rest is done the next night, once."""
    server = sandbox("--latency", "100ms")
    file = night.write("collections.csv", night.rows(30))
    short = {"IMPORTER_MAX_DURATION": "1s", "IMPORTER_CONCURRENCY": "1"}

    code, said = nightly(night, server.url, file, **short)
    assert code == 0
    assert "the next night goes on" in said
    assert 0 < server.creates() < 30
    assert nightly(night, server.url, file) == (0, "")
    assert server.creates() == 30
    assert {len(ids) for ids in server.held().values()} == {1}


def test_a_night_that_meets_another_run_leaves_it_alone(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It ends with 0 and a word, and nothing is sent."""
    server = sandbox()
    file = night.write("collections.csv", night.rows(3))
    with holding(night, "first", night.location):
        code, said = nightly(night, server.url, file)

    assert code == 0
    assert "another run is at it" in said
    assert server.creates() == 0


def test_a_night_that_needs_somebody_ends_with_the_importers_code(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A bad row is 3, a file that is not there 5."""
    server = sandbox()
    bad = f"{night.location},Bad,Bad Slug!,manual,{night.product}"
    file = night.write("collections.csv", [*night.rows(9), bad])

    assert nightly(night, server.url, file)[0] == Exit.PROBLEMS
    assert nightly(night, server.url, "missing.csv")[0] == Exit.INPUT
    assert server.creates() == 9


def test_the_script_is_good_shell() -> None:
    """ShellCheck has nothing to say."""
    ended = typed([tool("shellcheck"), "nightly.sh"], RECIPES, {})
    assert (ended.returncode, ended.stdout) == (0, "")


# cron


def cron_job() -> tuple[dict[str, str], str]:
    """The environment of the crontab, and the command of its only job."""
    lines = [line for line in recipe("crontab").splitlines() if line]
    lines = [line for line in lines if not line.startswith("#")]
    settings = dict(re.findall(r"^(\w+)=(.*)$", "\n".join(lines), re.MULTILINE))
    (job,) = [line for line in lines if re.match(r"[\d*]", line)]
    *when, command = job.split(maxsplit=5)
    assert len(when) == 5
    assert "%" not in command, "cron makes a new line of it"
    return settings, command


@pytest.mark.parametrize("bad", [False, True])
def test_cron_has_something_to_mail_only_where_somebody_is_needed(
    bad: bool, night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Run as cron does: `sh`, a bare environment, whatever is printed is mailed."""
    server = sandbox()
    folder = night.folder / "collections"
    folder.mkdir()
    (night.folder / "nightly.sh").rename(folder / "nightly.sh")
    (folder / ".env").write_text(
        f"HIGHLEVEL_TOKEN={night.token}\nIMPORTER_BASE_URL={server.url}\n"
    )
    wrong = f"{night.location},Bad,Bad Slug!,manual,{night.product}"
    night.write("collections/collections.csv", [*night.rows(9), *([wrong] * bad)])
    settings, command = cron_job()

    environment = {"HOME": str(night.folder), "PATH": settings["PATH"]}
    ended = typed(["/bin/sh", "-c", command], night.folder, environment)

    assert ended.stderr == ""
    assert bool(ended.stdout) is bad
    assert ("slug_invalid" in ended.stdout) is bad
    assert server.creates() == 9
    log = (folder / "nightly.log").read_text("utf-8")
    assert ("slug_invalid" in log) is bad
    assert bool(log) is bad


def test_cron_takes_the_crontab() -> None:
    """Debian's cron can judge one without installing it."""
    crontab = tool("crontab")
    ended = typed([crontab, "-n", "crontab"], RECIPES, {"PATH": SYSTEM})
    if "invalid option" in ended.stderr:
        pytest.skip("this crontab judges nothing")
    assert ended.returncode == 0, ended.stderr


# systemd


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a unit, each with all of its values."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", recipe(name), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def test_the_service_works_with_what_systemd_gives_it(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its command, environment and credential, in the folder of its state."""
    server = sandbox()
    source = night.write("collections.csv", night.rows(2))
    (night.folder / ".env").unlink()
    credentials, state = night.folder / "credentials", night.folder / "importer"
    credentials.mkdir()
    state.mkdir()
    service = unit("importer.service")
    (credential,) = service["LoadCredential"]
    (credentials / credential.partition(":")[0]).write_text(night.token)
    (command,) = service["ExecStart"]
    command = command.replace("/opt/importer/", f"{night.folder}/")
    command = command.replace("/srv/collections/collections.csv", f"../{source}")
    environment = dict(one.split("=", 1) for one in service["Environment"])
    environment = {
        name: value.replace("%d", str(credentials))
        for name, value in environment.items()
    }
    environment["IMPORTER_BASE_URL"] = server.url

    ended = typed(command.split(), state, environment)

    assert ended.returncode == 0, ended.stderr
    assert server.creates() == 2
    assert [path.name for path in state.iterdir()] == ["runs"]


@pytest.mark.parametrize("name", ["importer.service", "importer.timer"])
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    """`systemd-analyze verify` knows every setting and finds the program."""
    analyze = tool("systemd-analyze")
    script = RECIPES / "nightly.sh"
    for one in ("importer.service", "importer.timer"):
        text = recipe(one).replace("/opt/importer/nightly.sh", str(script))
        (tmp_path / one).write_text(text)

    ended = typed([analyze, "verify", str(tmp_path / name)], tmp_path, {"PATH": SYSTEM})

    said = [line for line in ended.stderr.splitlines() if str(tmp_path) in line]
    assert (ended.returncode, said) == (0, [])


# GitHub Actions


def test_the_step_of_the_workflow_imports(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """With bash as GitHub calls it, and the token out of a secret."""
    server = sandbox()
    night.write("collections.csv", night.rows(2))
    (night.folder / ".env").unlink()
    (step,) = re.findall(
        r"- name: Import\n +run: (.+)\n +env:\n +(\w+): \$\{\{ secrets\.\2 \}\}",
        recipe("github-actions.yml"),
    )
    environment = {
        "PATH": f"{SCRIPTS}:{SYSTEM}",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        step[1]: night.token,
        "IMPORTER_BASE_URL": server.url,
    }

    ended = typed(["bash", "-e", "-c", step[0]], night.folder, environment)

    assert ended.returncode == 0, ended.stderr
    assert server.creates() == 2
    assert "\x1b" not in ended.stdout


# Airflow


#: Stands for Airflow, as far as the recipe uses it: the DAG's only task is run.
AIRFLOW = """
import sys, types
class AirflowException(Exception): pass
class AirflowFailException(AirflowException): pass
class DAG:
    def __init__(self, **_): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
class PythonOperator:
    def __init__(self, python_callable, retries, **_):
        self.run, self.retries = python_callable, retries
        tasks.append(self)
tasks = []
for name in ("", ".sdk", ".exceptions", ".providers", ".providers.standard",
             ".providers.standard.operators", ".providers.standard.operators.python"):
    module = sys.modules["airflow" + name] = types.ModuleType("airflow" + name)
    vars(module).update(AirflowException=AirflowException, DAG=DAG,
        AirflowFailException=AirflowFailException, PythonOperator=PythonOperator)
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"))
(task,) = tasks
try:
    task.run()
except AirflowFailException:
    print("failed")
except AirflowException:
    print("tried again" if task.retries else "failed")
else:
    print("succeeded")
"""


def airflow(folder: Path, programs: str, **more: str) -> str:
    """Run the DAG's task in a folder; what Airflow makes of its end."""
    environment = {
        "PATH": SYSTEM,
        "COLLECTIONS_FOLDER": str(folder),
        "COLLECTIONS_PROGRAMS": programs,
        **more,
    }
    command = [sys.executable, "-c", AIRFLOW, str(RECIPES / "airflow_dag.py")]
    ended = typed(command, folder, environment)
    assert ended.stdout, ended.stderr
    return ended.stdout.split("\n")[-2]


def test_the_task_of_the_dag_imports_goes_on_and_leaves_what_another_run_does(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A night that had to stop, another run in the way, and a night that ends it."""
    server = sandbox("--latency", "100ms")
    night.write("collections.csv", night.rows(20))
    url = {"IMPORTER_BASE_URL": server.url}
    short = {"IMPORTER_MAX_DURATION": "1s", "IMPORTER_CONCURRENCY": "1"}

    assert airflow(night.folder, SCRIPTS, **url, **short) == "succeeded"
    assert 0 < server.creates() < 20
    with holding(night, "first", night.location):
        assert airflow(night.folder, SCRIPTS, **url) == "succeeded"
    assert airflow(night.folder, SCRIPTS, **url) == "succeeded"
    assert server.creates() == 20


def stand_in(folder: Path, resume: int, run: int) -> None:
    """A program that ends as it is told to, beside `nightly.sh` and a run."""
    shutil.copy(RECIPES / "nightly.sh", folder)
    (folder / "runs" / "earlier").mkdir(parents=True)
    program = folder / "importer"
    program.write_text(
        '#!/bin/sh\necho "$1" >>called\n'
        f"case $1 in resume) exit {resume};; run) exit {run};; esac\n"
    )
    program.chmod(0o755)


@pytest.mark.parametrize("code", list(Exit))
def test_airflow_tries_again_only_what_may_pass(code: Exit, tmp_path: Path) -> None:
    """Neither rows to be corrected (3) nor the end of the day (75) is a reason."""
    passing = {Exit.HELD, Exit.STORAGE, Exit.INTERRUPTED, Exit.TERMINATED}
    left = {Exit.OK, Exit.UNKNOWN_ROWS, Exit.TIME, Exit.LEFT, Exit.QUOTA}
    stand_in(tmp_path, 0, code)

    ended = airflow(tmp_path, str(tmp_path))

    wanted = "tried again" if code in passing else "failed"
    assert ended == ("succeeded" if code in left else wanted)


@pytest.mark.parametrize(
    ("resumed", "ended", "called"),
    [
        (10, 0, ["resume"]),
        (74, 74, ["resume"]),
        (130, 130, ["resume"]),
        (143, 143, ["resume"]),
        (75, 0, ["resume", "run"]),
        (3, 3, ["resume", "run"]),
    ],
)
def test_a_night_that_was_stopped_begins_nothing_new(
    resumed: int, ended: int, called: list[str], tmp_path: Path
) -> None:
    """Out of time, out of disk, or told to end: the run of the file is not begun."""
    stand_in(tmp_path, resumed, 0)
    environment = {"PATH": f"{tmp_path}:{SYSTEM}"}

    night = typed(["./nightly.sh", "a.csv"], tmp_path, environment)

    assert night.returncode == ended
    assert (tmp_path / "called").read_text().split() == called


def hours(text: str) -> float:
    """A duration in hours."""
    number, unit = re.fullmatch(r"(\d+)(h|min)", text).groups()  # type: ignore[union-attr]
    return int(number) / {"h": 1, "min": 60}[unit]


def test_no_scheduler_cuts_off_a_night_that_keeps_its_time() -> None:
    """Going on and the night itself have `max_duration` each, one after the other."""
    script = recipe("nightly.sh")
    (default,) = re.findall(r"IMPORTER_MAX_DURATION:-(\w+)", script)
    (service,) = unit("importer.service")["TimeoutStartSec"]
    (dag,) = re.findall(
        r"execution_timeout=timedelta\(hours=(\d+)", recipe("airflow_dag.py")
    )
    assert min(hours(service), float(dag)) > 2 * hours(default)
    workflow = recipe("github-actions.yml")
    (job,) = re.findall(r"timeout-minutes: (\d+)", workflow)
    (night,) = re.findall(r"IMPORTER_MAX_DURATION: (\w+)", workflow)
    assert 2 * hours(night) < hours(f"{job}min") < 6


# Docker


@pytest.mark.parametrize(
    ("image", "locks"),
    [
        ("Dockerfile", ["requirements.lock"]),
        ("Dockerfile.fleet", ["requirements.lock", "recipes/fleet.lock"]),
    ],
)
def test_the_image_holds_nothing_whose_hash_was_not_compared(
    image: str, locks: list[str]
) -> None:
    """Each pip either compares hashes, of all that is locked, or has no network."""
    text = recipe(image).replace("\\\n", " ")
    found = re.findall(r"pip (?:download|install|wheel) [^&\n]+", text)
    calls = [" ".join(one.split()) for one in found]
    fetched = [one for one in calls if "--no-index" not in one]
    assert len(calls) == 4
    (only,) = fetched
    assert "--require-hashes" in only
    assert re.findall(r"--requirement (\S+)", only) == locks
    locked = "".join((ROOT / lock).read_text("utf-8") for lock in locks)
    pinned = re.split(r"^(?=[A-Za-z0-9])", locked, flags=re.MULTILINE)[1:]
    assert [one for one in pinned if "--hash=sha256:" not in one] == []
    assert "hatchling==" in locked


def test_what_a_cluster_needs_beside_is_what_the_tests_have() -> None:
    """Its lock file is a part of that of the tests, to the letter."""
    everything = (ROOT / "requirements-dev.lock").read_text("utf-8")
    pinned = re.split(r"^(?=[A-Za-z0-9])", recipe("fleet.lock"), flags=re.MULTILINE)
    assert [one for one in pinned if one not in everything] == []
    assert {"dask", "distributed", "cryptography"} <= {
        one.partition("==")[0] for one in pinned
    }


def test_the_cluster_listens_to_who_has_a_certificate() -> None:
    """Every variable is one of Dask's; the port for HTTP is on the loopback."""
    text = recipe("cluster.yaml")
    (scheduler,) = re.findall(r"command: (scheduler .+)", text)
    (worker,) = re.findall(r"(worker tls://.+\n.+)", text)
    assert "--protocol tls" in scheduler
    for command in (scheduler, worker):
        assert "--dashboard-address 127.0.0.1:" in command
    assert "--preload importer.distributed" in worker
    assert "ports:" not in text
    known = Security()
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        for part in ("CERT", "KEY"):
            assert f"TLS__{role}__{part}: /certificates/{part.lower()}.pem" in text
            assert hasattr(known, f"tls_{role.lower()}_{part.lower()}")
    lines = recipe("Dockerfile.fleet.dockerignore").splitlines()
    assert {"!requirements.lock", "!recipes/fleet.lock"} <= set(lines)
    assert "[fleet]" in recipe("Dockerfile.fleet")


def test_the_image_runs_as_somebody_who_is_not_root() -> None:
    """And the program is PID 1 itself, so that SIGTERM reaches it."""
    text = recipe("Dockerfile")
    assert int(re.findall(r"^USER (\d+)$", text, re.MULTILINE)[-1]) > 0
    entry = re.findall(r"^ENTRYPOINT (.+)$", text, re.MULTILINE)
    assert [json.loads(one) for one in entry] == [["importer"]]


def test_the_image_gets_every_file_that_the_wheel_is_made_of() -> None:
    """What the ignore file lets through is there."""
    lines = (RECIPES / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    allowed = [line[1:] for line in lines if line.startswith("!")]
    assert {"importer", "sample_data", "pyproject.toml"} <= set(allowed)
    assert [one for one in allowed if not (ROOT / one).exists()] == []


@pytest.mark.parametrize(
    ("runs", "resumed", "ran", "code"),
    [
        (True, 0, 0, 0),
        (True, 7, 0, 7),
        (True, 0, 3, 3),
        (True, 7, 3, 3),
        # the first night, when there is nothing to go on with
        (False, 2, 0, 0),
        (False, 2, 4, 4),
    ],
)
def test_the_line_for_cron_in_the_docs_ends_with_what_has_to_be_known(
    runs: bool, resumed: int, ran: int, code: int, tmp_path: Path
) -> None:
    """Neither the resume's exit code nor the run's is lost, and the run is made."""
    page = (ROOT / "docs" / "nightly.md").read_text("utf-8")
    (line,) = re.findall(r"^30 2 \* \* \*  (.*)$", page, re.MULTILINE)
    shop = tmp_path / "shop"
    shop.mkdir()
    if runs:
        (shop / "runs").mkdir()
    stand_in = tmp_path / "importer"
    stand_in.write_text(
        '#!/bin/sh\necho "$1" >>called\n'
        f"case $1 in resume) exit {resumed};; run) exit {ran};; esac\n"
    )
    stand_in.chmod(0o755)
    environment = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:{SYSTEM}"}

    ended = typed(["/bin/sh", "-c", line], tmp_path, environment)

    assert ended.returncode == code
    called = (shop / "called").read_text().split()
    assert called == (["resume", "run"] if runs else ["run"])


# Compose


def lines_of_yaml(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the values of a plain YAML file with the keys above each.

    It knows mappings, lists of texts and comments, and fails at anything else.
    """
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = re.fullmatch(r"( *)(?:- (\S.*)|([\w.-]+):(?: (\S.*))?)", line)
        assert found, line
        depth = len(found[1])
        assert depth % 2 == 0, line
        above = [key for key in above if key[0] < depth]
        keys = tuple(key for _, key in above)
        if found[3] is None:
            yield keys, found[2]
        else:
            above.append((depth, found[3]))
            yield (*keys, found[3]), found[4] or ""


def test_the_compose_file_gives_the_importer_its_database() -> None:
    """It is YAML, holds no password, and its settings are the program's."""
    text = recipe("compose.yaml")
    values: dict[tuple[str, ...], list[str]] = {}
    for keys, value in lines_of_yaml(text):
        values.setdefault(keys, []).append(value)
    assert {keys[0] for keys in values} == {"services", "volumes"}
    given = {
        keys[3]: value
        for keys, (value, *_) in values.items()
        if keys[:3] == ("services", "importer", "environment") and len(keys) == 4
    }
    shown = load({"journal": given["IMPORTER_JOURNAL"]}, environment=False).shown()
    assert shown["journal"] == (given["IMPORTER_JOURNAL"], "flag")
    assert urlsplit(given["IMPORTER_JOURNAL"]).hostname == "db"
    assert given["PGPASSWORD"].startswith("${DB_PASSWORD:?")
    (dockerfile,) = values["services", "importer", "build", "dockerfile"]
    assert (ROOT / dockerfile).is_file()
    assert "[postgres]" in recipe("Dockerfile")
    # only this machine reaches the database until somebody opens the port
    assert values["services", "db", "ports"] == ["", "127.0.0.1:5432:5432"]


# Slack and n8n: who is told how a run ended


@contextmanager
def relaying(slack: str) -> Iterator[str]:
    """The relay as a process of its own; its address."""
    environment = {
        "PATH": SYSTEM,
        "IMPORTER_NOTIFY_SECRET": f"{receiver.SECRET}\n",
        "SLACK_WEBHOOK_URL": slack,
        "PORT": "0",
    }
    with subprocess.Popen(  # noqa: S603 - a recipe of ours
        [sys.executable, str(RECIPES / "notice_to_slack.py")],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def posted(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send what an importer has sent once more; the status of the answer."""
    signed = {name: headers[name] for name in headers if name.startswith("X-Importer")}
    request = urllib.request.Request(url, body, signed)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - same
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_slack_gets_one_line_of_each_notice_and_of_nothing_else(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """From an importer itself; forged and repeated ones are refused."""
    file = night.write("collections.csv", night.rows(2))
    with receiver.receiving(204, 500) as slack, relaying(slack.url) as relay:
        night.environment |= {
            "IMPORTER_NOTIFY_URL": relay,
            "IMPORTER_NOTIFY_SECRET": receiver.SECRET,
        }
        url = ("--base-url", sandbox().url)
        assert night("run", file, *url, "--run-id", "night").code == 0
        # the second is tried again, as Slack is away at first
        assert night("run", "<b>missing.csv", *url, "--run-id", "other").code == 5
        forged = {"X-Importer-Timestamp": "1", "X-Importer-Signature": "sha256=0"}
        assert posted(relay, forged, b"{}") == 401
        assert posted(relay, {}, b"{}") == 401

    texts = [json.loads(body) for _, _, body in slack.posted]
    first, *second = texts
    assert first == {"text": "Run night: everything is done (exit 0). 2 created."}
    assert len(second) == 2
    assert second[0] == second[1]
    assert "&lt;b&gt;missing.csv: there is no such file." in second[0]["text"]


def noticed(night: Importer, url: str) -> tuple[dict[str, str], bytes]:
    """What an importer sends to a receiver at the end of a run."""
    file = night.write("collections.csv", night.rows(1))
    with receiver.receiving() as server:
        night.environment |= {
            "IMPORTER_NOTIFY_URL": server.url,
            "IMPORTER_NOTIFY_SECRET": receiver.SECRET,
        }
        assert night("run", file, "--base-url", url, "--limit", "1").code == 0
    ((_, headers, body),) = server.posted
    return headers, body


#: Stands for n8n: the first code node, with an item as the webhook node makes it.
N8N = """
const [code, items, now] = JSON.parse(require('fs').readFileSync(0));
const kept = {};
Date.now = () => now * 1000;
const node = new Function(
  'require', '$input', '$env', '$getWorkflowStaticData', code);
for (const item of items) {
  try {
    const found = node(require, { first: () => item, all: () => items },
      { IMPORTER_NOTIFY_SECRET: '%s' }, () => kept);
    console.log(found.length, found[0].json.event);
  } catch (failure) { console.log(failure.message); }
}
"""


def test_the_workflow_for_n8n_verifies_a_notice(
    night: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its nodes are connected, and its code takes what an importer has sent, once."""
    node = tool("node")
    workflow = json.loads(recipe("n8n-notice.json"))
    webhook, verify, filtering = workflow["nodes"]
    assert webhook["parameters"]["options"] == {"rawBody": True}
    targets = [
        (name, one["node"])
        for name, ways in workflow["connections"].items()
        for one in ways["main"][0]
    ]
    names = [one["name"] for one in workflow["nodes"]]
    assert targets == [*itertools.pairwise(names)]
    headers, body = noticed(night, sandbox().url)

    def item(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        lower = {name.lower(): value for name, value in headers.items()}
        coded = base64.b64encode(body).decode()
        return {"json": {"headers": lower}, "binary": {"data": {"data": coded}}}

    def done(code: str, items: list[dict[str, Any]], now: int) -> list[str]:
        ended = subprocess.run(  # noqa: S603 - a recipe of ours
            [node, "-e", N8N % receiver.SECRET],
            input=json.dumps([code, items, now]),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ended.stdout.splitlines()

    code, now = verify["parameters"]["jsCode"], int(headers["X-Importer-Timestamp"])
    good, changed = item(headers, body), item(headers, body + b" ")
    assert done(code, [changed, good, good, item({}, body)], now) == [
        "The signature is wrong.",
        "1 run.finished",
        "The notice was here before.",
        "The signature is wrong.",
    ]
    assert done(code, [good], now + 301) == ["The notice is too old."]
    parked = {"json": {"exit_code": 75, "event": "run.parked"}}
    fine = {"json": {"exit_code": 0, "event": "run.finished"}}
    code = filtering["parameters"]["jsCode"]
    assert done(code, [fine, parked], now)[0] == "1 run.parked"
