"""What is said of a block of code that was read: what of it is no command, and what a command wants to be mended."""

from __future__ import annotations

from typing import Any

from runbook_tui.document import fences
from runbook_tui.document.counting import counted
from runbook_tui.document.draft import Draft
from runbook_tui.document.markdown import Block
from runbook_tui.document.runbook import Severity

WITHOUT_HANDS = {"env-file": "settings of an environment file", "output": "output", "config": "configuration"}


def report(draft: Draft, block: Block, fence: fences.Fence, said: dict[str, Any]) -> None:
    """Say it as findings; `said` are the annotations of the block."""
    typed = [item for group in fence.groups for item in group.typed]
    what = next((WITHOUT_HANDS[item.problem] for item in typed if item.problem in WITHOUT_HANDS), None)
    if what is not None:
        draft.find(
            "RB134", Severity.INFO, block.line, f"Text in a shell block was read as {what} and is not offered to run."
        )
    if any(item.problem == "unlabelled" for item in typed):
        draft.find(
            "RB140",
            Severity.INFO,
            block.line,
            "Commands in a block without a language are offered but not run: label it bash.",
        )
    if fence.answers and not any(item.prompt for item in typed):
        draft.find(
            "RB134",
            Severity.INFO,
            fence.answers[0],
            f"{counted(len(fence.answers), 'line')} between commands: read as output, not offered to run.",
        )
    for item in typed:
        if item.wrapped:
            draft.find(
                "RB133",
                Severity.WARNING,
                item.line,
                "A command goes on in the next line without a backslash and is not run: add the backslash.",
            )
        elif item.split_backslash:
            draft.find(
                "RB133",
                Severity.WARNING,
                item.line,
                "A backslash followed by a blank does not continue the line; the lines were joined: remove the blank.",
            )
        elif item.problem == "not-a-transfer":
            message = "A line of this block names no file to carry: write FROM -> TO, with sha256= and mode= if wished."
            draft.find("RB131", Severity.WARNING, item.line, message)
        elif item.problem == "not-shell":
            draft.find(
                "RB131",
                Severity.WARNING,
                item.line,
                "Text in a shell block is no command a shell can read and is not run: correct it or change the label.",
            )
    opener = next((item for item in typed if item.opens_session), None)
    if opener is not None and any(item.in_session for item in typed) and "target" not in said:
        message = (
            "What follows this command belongs to the session it opens and is not run here: give the block a target."
        )
        draft.find("RB136", Severity.INFO, opener.line, message)
