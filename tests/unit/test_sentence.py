"""The order of a run's steps is said in one place."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "importer"
#: The steps that only a whole run has; a plan also reads and compares.
STEPS = {"observe", "deliver", "audit"}


def calling(path: Path) -> set[str]:
    """The steps that a module calls on a session."""
    calls = [
        node.func
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return {
        call.attr
        for call in calls
        if isinstance(call.value, ast.Name) and call.value.id == "session"
    } & STEPS


def test_only_the_sentence_calls_the_steps_of_a_run() -> None:
    """Neither the library's verbs nor a command has an order of its own."""
    found = {path.relative_to(PACKAGE): calling(path) for path in PACKAGE.rglob("*.py")}

    saying = {str(path): steps for path, steps in found.items() if steps}
    assert saying == {str(Path("api", "sentence.py")): STEPS}
