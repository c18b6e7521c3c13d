"""Documents with a truth file beside each (`NAME.md`, `NAME.truth.json`): precision and recall of what is read.

A truth file lists boxes (line, role), commands (line, first typed line, runnable), triggers (line, polarity), sign-offs
(line, role) and lines that are no commands. Lines are matched as a multiset: two triggers on one line are two.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from runbook_tui.document import boxes
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook

KINDS = ("boxes", "commands", "triggers", "signoffs")
NO_CLAIM = {"output", "config", "env-file", "not-shell"}  # listed so that nothing is lost, and said to be no command
ROLES = {"step": "todo", "verify": "todo", "task": "todo"}

Mark = tuple[int, str]  # a line, and what else must agree


class Score(NamedTuple):
    """What was found rightly, found at all, and there to find; and the marks on either side alone."""

    hits: int
    found: int
    there: int
    missed: list[Mark]
    wrong: list[Mark]

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.there if self.there else 1.0


def score(seen: Iterable[Mark], wanted: Iterable[Mark]) -> Score:
    mine, theirs = Counter(seen), Counter(wanted)
    missed, wrong = sorted((theirs - mine).elements()), sorted((mine - theirs).elements())
    return Score((mine & theirs).total(), mine.total(), theirs.total(), missed, wrong)


def wanted(truth: dict[str, Any]) -> dict[str, list[Mark]]:
    return {
        "boxes": [(box["line"], ROLES.get(box["role"], box["role"])) for box in truth["boxes"]],
        "commands": [(command["line"], _typed(command["text"])) for command in truth["commands"]],
        "triggers": [(trigger["line"], trigger["polarity"]) for trigger in truth["triggers"]],
        "signoffs": [(slot["line"], "") for slot in truth["signoffs"]],
    }


def seen(runbook: Runbook) -> dict[str, list[Mark]]:
    return {
        "boxes": [(step.line, str(step.role)) for step in runbook.steps if step.box] + list(_choices(runbook)),
        "commands": [
            (command.line, _typed(command.text)) for command in runbook.commands if command.why_not not in NO_CLAIM
        ],
        "triggers": [(trigger.line, str(trigger.polarity)) for trigger in runbook.triggers],
        "signoffs": [(slot.line, "") for slot in runbook.signoffs],
    }


def _choices(runbook: Runbook) -> Iterable[Mark]:
    """A field with a choice, read from a line with as many boxes, has taken each as an option."""
    for field in runbook.fields:
        if field.choices and boxes.inside(runbook.lines[field.line - 1]) >= len(field.choices):
            yield from [(field.line, "option")] * len(field.choices)


def offered(runbook: Runbook, truth: dict[str, Any]) -> list[Mark]:
    """What the reader would let somebody run and the truth would not."""
    fine = {(command["line"], _typed(command["text"])) for command in truth["commands"] if command["runnable"]}
    return [
        (command.line, _typed(command.text))
        for command in runbook.commands
        if command.runnable and (command.line, _typed(command.text)) not in fine
    ]


def _typed(text: str) -> str:
    """The first typed line without the backslash that continues it."""
    return " ".join(text.strip().split("\n")[0].rstrip("\\ ").split())


def _same_role(mine: str, theirs: str) -> bool:
    """Whether two names of a signer share a word that says who it is."""
    ours, given = (set(re.findall(r"\w{2,}", role.lower())) - {"the", "of", "by"} for role in (mine, theirs))
    return bool(ours & given) or not given


def main(folder: Path) -> None:
    totals = {kind: [0, 0, 0] for kind in KINDS}
    at_line = {"boxes": [0, 0], "triggers": [0, 0]}  # right in all, and found by line whatever was said of them
    roles = [0, 0]
    unsafe = 0
    for path in sorted(folder.glob("*.md")):
        truth = json.loads(path.with_suffix(".truth.json").read_text("utf-8"))
        data = path.read_bytes()
        text = data.decode("utf-8", "replace").splitlines()
        runbook = read(data, path.name)
        mine, theirs = seen(runbook), wanted(truth)
        told = [f"== {path.name}"]
        for kind in KINDS:
            result = score(mine[kind], theirs[kind])
            for at, number in enumerate((result.hits, result.found, result.there)):
                totals[kind][at] += number
            for sign, marks in (("missed", result.missed), ("wrong ", result.wrong)):
                told += [f"  {kind:9}{sign} {line:4} {what:9.60} | {_line(text, line)}" for line, what in marks]
            if kind in at_line:
                at_line[kind][0] += result.hits
                at_line[kind][1] += score(((m, "") for m, _ in mine[kind]), ((m, "") for m, _ in theirs[kind])).hits
        for slot in runbook.signoffs:
            named = [given["role"] for given in truth["signoffs"] if given["line"] == slot.line]
            roles[0] += any(_same_role(slot.role, name) for name in named)
            roles[1] += bool(named)
        listed = {given["line"] for given in truth["not_commands"]}
        for line, what in offered(runbook, truth):
            unsafe += 1
            told.append(f"  OFFERED{'!' if line in listed else ' '}        {line:4} {what:9.60} | {_line(text, line)}")
        if len(told) > 1:
            print("\n".join(told))
    print()
    for kind, (hits, found, there) in totals.items():
        result = Score(hits, found, there, [], [])
        print(f"{kind:9} precision {result.precision:.3f}  recall {result.recall:.3f}  ({hits} of {found}, {there})")
    for kind, (right, line) in at_line.items():
        print(f"{kind:9} found by line, with the right role or polarity: {right / line if line else 1:.3f} of {line}")
    print(f"signoffs  with the role named alike: {roles[0] / roles[1] if roles[1] else 1:.3f} of {roles[1]}")
    print(f"offered to run and no runnable command: {unsafe}")


def _line(text: list[str], line: int) -> str:
    return text[line - 1].strip()[:110] if 0 < line <= len(text) else ""
