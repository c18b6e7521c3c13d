"""Work beside the screen is begun in one way only."""

import ast
from pathlib import Path

import runbook_tui.tui


def test_no_screen_gives_a_worker_a_coroutine_that_may_never_be_awaited():
    """A worker that is ended before its turn came leaves it behind: `in_background` is given what makes it."""
    begun = [
        f"{path.name}:{node.lineno}"
        for path in Path(runbook_tui.tui.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "run_worker"
    ]
    assert [place.split(":")[0] for place in begun] == ["background.py"]
