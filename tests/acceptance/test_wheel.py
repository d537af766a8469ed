"""What `make build` makes is whole, and works where there is no checkout.

The wheel is installed into an environment of its own. What it depends on is linked
there from the environment of the tests, and only what the wheel asks for, so that no
network is needed and nothing is found that a user would not have.
"""

from __future__ import annotations

import ast
import email
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import importer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.message import Message

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
NAME = "highlevel-collection-importer"
#: What the source archive holds of the checkout, at its top.
SOURCES = {
    *("importer", "sample_data", "config", "docs", "recipes"),
    *("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", ".gitignore"),
}
#: Parts of pydantic, Jinja2 and distributed that are packages of their own.
COMES_WITH = {"pydantic_core", "markupsafe", "dask"}
#: Loaded only inside of what it belongs to, a notebook or a run of tests, or where it
#: is; without it a frame is read in another way, or the message names it.
THERE_ALREADY = {"IPython", "pytest", "pyarrow", "nanoarrow"}
NOT_OURS = "raise SystemExit('this belongs to the folder, not to the program')\n"
WHERE = f"""
import importlib.metadata, json, sys, importer
offered = [getattr(importer, name) for name in importer.__all__]
found = importlib.metadata.distributions(name="{NAME}")
versions = [importer.__version__, *(each.version for each in found)]
print(json.dumps([importer.__file__, list(importer.__path__), versions, sys.path]))
"""


@dataclass(frozen=True)
class Built:
    """What one build has made."""

    wheel: Path
    archive: Path

    @classmethod
    def found_in(cls, folder: Path) -> Built:
        """Take the only wheel and the only archive of a folder."""
        (wheel,) = folder.glob("*.whl")
        (archive,) = folder.glob("*.tar.gz")
        return cls(wheel, archive)

    def contents(self) -> dict[str, bytes]:
        """Read every file of the wheel."""
        with zipfile.ZipFile(self.wheel) as opened:
            return {name: opened.read(name) for name in opened.namelist()}

    def described(self, name: str) -> str:
        """Read a file of the wheel's description of itself."""
        folder = "-".join(self.wheel.name.split("-")[:2]) + ".dist-info"
        return self.contents()[f"{folder}/{name}"].decode()

    def metadata(self) -> Message:
        """Parse what the wheel says to programs that install it."""
        return email.message_from_string(self.described("METADATA"))

    def requirements(self, *extras: str) -> list[Requirement]:
        """List what the wheel asks for, with these extras of it."""
        texts = self.metadata().get_all("Requires-Dist", [])
        return applying([Requirement(text) for text in texts], *extras)


@dataclass(frozen=True)
class Installed:
    """The wheel in an environment of its own, and a folder to work in."""

    environment: Path
    folder: Path

    def __call__(self, program: str, *words: str, **variables: str) -> str:
        """Run a program of the environment to a good end; what it prints."""
        command = [str(self.environment / "bin" / program), *words]
        return printed(command, self.folder, bare() | variables)

    @property
    def site_packages(self) -> Path:
        """The folder of what is installed."""
        (found,) = self.environment.glob("lib/python*/site-packages")
        return found


def bare() -> dict[str, str]:
    """Give variables of which none leads back to the checkout."""
    return {"PATH": os.defpath, "PYTHONUTF8": "1", "COLUMNS": "100"}


def printed(command: Sequence[str], folder: Path, variables: dict[str, str]) -> str:
    """Run a command that has to end with 0; what it prints."""
    ended = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def kept(*folders: str) -> set[str]:
    """List the files of these folders that git has, or would have if all was added."""
    if not (ROOT / ".git").exists():
        pytest.skip("This is no checkout, so what belongs to it is not known.")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = printed([*command, "--", *folders], ROOT, dict(os.environ)).split("\0")  # noqa: TID251 - where git is
    return {name for name in names if name and (ROOT / name).is_file()}


def applying(requirements: Sequence[Requirement], *extras: str) -> list[Requirement]:
    """Select what is needed on this machine, and with one of these extras."""
    return [
        wanted
        for wanted in requirements
        if wanted.marker is None
        or any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def tops(package: metadata.Distribution) -> set[str]:
    """List the files and folders of a package, as they lie in the environment."""
    found = {path.parts[0] for path in package.files or ()}
    return found - {"..", "__pycache__"}


def link(requirements: Sequence[Requirement], target: Path) -> None:
    """Link the packages that are asked for, and those that these ask for in turn."""
    target.mkdir()
    waiting = list(requirements)
    done = set()
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name in done:
            continue
        done.add(name)
        package = metadata.distribution(name)
        waiting += applying([Requirement(text) for text in package.requires or ()])
        for top in tops(package):
            (target / top).symlink_to(str(package.locate_file(top)))


def imported(source: str) -> set[str]:
    """Collect the libraries that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    libraries = {name.partition(".")[0] for name in names}
    return libraries - sys.stdlib_module_names - {"importer"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What `make build` makes, in a folder of its own."""
    folder = tmp_path_factory.mktemp("built")
    # with the interpreter of the tests, and without installing anything first
    parts = (f"DIST={folder}", f"BIN={Path(sys.executable).parent}")
    stamp = "--old-file=.venv/.installed"
    printed(["make", "build", stamp, *parts], ROOT, dict(os.environ))  # noqa: TID251 - where make is
    return Built.found_in(folder)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel alone in a new environment, with what it asks for."""
    home = tmp_path_factory.mktemp("installed")
    environment, folder, links = (home / n for n in ("env", "folder", "requirements"))
    folder.mkdir()
    venv.create(environment, symlinks=True)
    clean = Installed(environment, folder)
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    flags = ("--no-index", "--no-deps", "--disable-pip-version-check")
    printed([*pip, "install", *flags, str(built.wheel)], home, bare())
    link(built.requirements(), links)
    (clean.site_packages / "requirements.pth").write_text(f"{links}\n", "utf-8")
    return clean


@pytest.fixture(scope="module")
def demo(installed: Installed) -> Iterator[subprocess.Popen[str]]:
    """The demo, at work in a folder where other things have the names of ours."""
    stranger = installed.site_packages / "sample_data"
    stranger.mkdir()
    (stranger / "collections.csv").write_text("nothing\nof ours\n", "utf-8")
    for name in ("importer.py", "csv.py"):
        (installed.folder / name).write_text(NOT_OURS, "utf-8")
    with subprocess.Popen(  # noqa: S603 - what was just installed
        [installed.environment / "bin" / "importer", "demo"],
        cwd=installed.folder,
        env=bare(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield process
        process.kill()


# what the wheel holds


def test_the_wheel_holds_every_file_of_the_package_and_no_other(built: Built) -> None:
    """A new data file cannot be forgotten; tests and docs stay where they are."""
    expected = kept("importer")
    expected |= {f"importer/{name}" for name in kept("sample_data")}
    names = set(built.contents())
    described = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    assert names - described == expected
    # one of each kind, so that a wrong list of expected files is seen as well
    assert expected > {
        "importer/py.typed",
        "importer/presets/matrixify.toml",
        "importer/sample_data/collections.csv",
    }


def test_git_and_the_wheel_leave_out_no_package_for_its_name() -> None:
    """What is ignored at the top (`runs`, `build`) may be a package below importer."""
    names = [f"importer/{name}/page.py" for name in ("runs", "build", "dist")]
    command = ["git", "check-ignore", "--no-index", *names]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - git's own
    assert ended.stdout == b""


def test_the_wheel_says_version_licence_and_command(built: Built) -> None:
    """Programs that install it, and people who ask what they may do, find it said."""
    about = built.metadata()
    assert about["Name"] == NAME
    assert about["Version"] == importer.__version__
    assert about["License-Expression"] == "MIT"
    assert about.get_all("License-File") == ["LICENSE"]
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert built.described("licenses/LICENSE") == licence
    assert "importer = importer.cli:main" in built.described("entry_points.txt")


def test_the_wheel_asks_for_every_library_that_it_imports(built: Built) -> None:
    """What only the tests have installed, or another library, may be missing later."""
    asked = [
        metadata.distribution(each.name)
        for each in built.requirements("otel", "postgres", "fleet", "web")
    ]
    provided = {top.removesuffix(".py") for package in asked for top in tops(package)}
    missing = {
        (name, library)
        for name, content in built.contents().items()
        if name.endswith(".py")
        for library in imported(content.decode())
        - provided
        - COMES_WITH
        - THERE_ALREADY
    }
    assert missing == set()


def test_the_source_archive_holds_its_sources_and_nothing_beside(built: Built) -> None:
    """A file of a listed name somewhere else in the checkout is not taken along."""
    with tarfile.open(built.archive) as opened:
        members = opened.getnames()
    names = {name.partition("/")[2] for name in members} - {"PKG-INFO"}
    assert names == kept(*SOURCES)


def test_the_source_archive_makes_the_same_wheel(built: Built, tmp_path: Path) -> None:
    """Whether a distributor builds it or `make build`: byte for byte."""
    with tarfile.open(built.archive) as opened:
        opened.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    printed([*build, "--directory", str(tmp_path)], source, bare())
    (again,) = tmp_path.glob("*.whl")
    assert Built(again, built.archive).contents() == built.contents()


# the wheel at work


def test_the_program_is_found_in_the_wheel_alone(
    installed: Installed, demo: object
) -> None:
    """Neither the checkout nor its editable installation can be reached."""
    del demo  # goes on in the background meanwhile
    found = json.loads(installed("python", "-Pc", WHERE))
    file, package, versions, paths = found
    home = installed.site_packages / "importer"
    assert Path(file) == home / "__init__.py"
    assert package == [str(home)]
    assert versions == [importer.__version__] * 2
    assert not [path for path in paths if Path(path).is_relative_to(ROOT)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--version",), importer.__version__),
        (("presets",), "woocommerce-store-exporter"),
        (("template", "table.xlsx"), "table.xlsx"),
        (("explain", "slug_invalid"), "slug_invalid"),
        (("config", "show"), "on_existing"),
        (("completion", "bash"), "complete"),
    ],
)
def test_commands_work_without_a_checkout(
    words: Sequence[str], expected: str, installed: Installed, demo: object
) -> None:
    """Those that read files of the package find them."""
    del demo
    assert expected in installed("importer", *words)


def test_a_shell_completes_presets_without_a_checkout(
    installed: Installed, demo: object
) -> None:
    """The names come from the files of the package."""
    del demo
    words = "importer check --preset matrix"
    asked = {"COMP_WORDS": words, "COMP_CWORD": "3"}
    found = installed("importer", _IMPORTER_COMPLETE="bash_complete", **asked)
    assert "matrixify" in found


def test_the_demo_runs_from_another_folder(
    installed: Installed, demo: subprocess.Popen[str]
) -> None:
    """With the sample and the sandbox of the wheel, whatever else has their names."""
    out, err = demo.communicate(timeout=PATIENCE_SECONDS)
    assert demo.returncode == 0, out + err
    assert "The sandbox holds 152 collections, 0 of them twice." in out
    (folder,) = (path.parent for path in installed.folder.glob("runs/*/journal.db"))
    assert "</html>" in (folder / "report.html").read_text("utf-8")
    installed("importer", "report", folder.name, "--format", "xlsx,html")
    assert (folder / "report.xlsx").is_file()
