"""The sessions of the docs, typed anew: `make docs-sessions PAGE...`.

Runs the commands of a page's marked blocks in an empty folder, with the page's own
files and the sample data beside them, and puts what they print below them. Invariant:
a page's session begins with nothing set and ends with no process left.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))  # the shell is no package

from test_readme_session import FILE, README, Shell, plain  # noqa: E402 - after the path is set

SESSION = re.compile(
    r"(?<=<!-- session -->\n```console\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE
)


def pages() -> list[Path]:
    """List the pages that show a session: the README, and those of the docs."""
    found = [README, *sorted((ROOT / "docs").glob("*.md"))]
    return [page for page in found if SESSION.search(page.read_text("utf-8"))]


def typed(text: str, folder: Path) -> str:
    """The text of a page with what its commands print in that folder."""
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    for name, content in FILE.findall(text):
        (folder / name).write_text(content, "utf-8")
    shell = Shell(folder)

    def block(found: re.Match[str]) -> str:
        lines: list[str] = []
        for line in found[1].splitlines():
            if line.startswith("$ "):
                lines.append(line)
                lines += (one.rstrip() for one in shell.type(line[2:]))
        return "\n".join(lines) + "\n"

    try:
        return SESSION.sub(block, text)
    finally:
        shell.close()


def settled(text: str) -> list[str]:
    """The lines of a page without what differs from run to run."""
    return [plain(line) for line in text.splitlines()]


def main(names: list[str]) -> None:
    """Write the pages that were named, or all of them."""
    for page in [ROOT / name for name in names] or pages():
        text = page.read_text("utf-8")
        with TemporaryDirectory() as folder:
            now = typed(text, Path(folder))
        if settled(now) != settled(text):
            page.write_text(now, "utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
