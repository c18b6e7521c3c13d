"""What a step must leave behind: its `evidence`, so that an exit status 0 that did nothing is not believed.

    <!-- rbt: evidence="results/*.json count=5" -->                    five files, written by this command
    <!-- rbt: evidence="out/report.json field=missions count=5" -->    five entries under `missions`
    <!-- rbt: evidence="$notes/health field=status equals=ok fresh=10m" -->

A path may hold the patterns * ? [ ] and variables of the shell; a file that is older than the command is no evidence,
unless `fresh` says how old it may be (`fresh=any`: as old as it likes).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from runbook_tui.document import annotation
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Runbook, Value

KEY = "evidence"
ANY_AGE = float("inf")
_KEYS = frozenset({"file", "field", "equals", "fresh", "count"})
_PATH = expression(r"[\w./*?\[\]{}$~ @:+,=-]+")


class Trace(Value, frozen=True, kw_only=True):
    """A file, and what has to be in it."""

    file: str = ""
    field: str = ""  # dotted path in JSON; `key` of lines like key=value or key: value
    equals: str | None = None
    fresh: float | None = None  # seconds it may be old; None: not older than the command
    count: int = 1  # entries of the field, else matching files, else (of one file, with count) lines
    problem: str = ""  # why it cannot be looked for


def trace_of(runbook: Runbook, command_id: str) -> Trace | None:
    """What must be there after the command: it is looked for after the last one of a step. None: nothing is asked."""
    command = runbook.command_by_id.get(command_id)
    step = runbook.step_by_id.get(command.step) if command is not None and command.step is not None else None
    if command is None or step is None:
        return None
    commands = [runbook.command_by_id[name] for name in step.commands]
    said = next((one.annotations[KEY] for one in commands if KEY in one.annotations), step.annotations.get(KEY))
    last = next((one for one in reversed(commands) if one.runnable or one.why_not in ("placeholder", "session")), None)
    return read(said) if said is not None and last is not None and last.id == command_id else None


def read(said: Any) -> Trace:
    """The trace that an annotation describes; one with a `problem` is never found."""
    try:
        values = _pairs(str(said)) if not isinstance(said, Mapping) else {str(k): v for k, v in said.items()}
    except ValueError as error:
        return Trace(problem=str(error))
    if unknown := set(values) - _KEYS:
        return Trace(problem=f"it says {', '.join(sorted(unknown))}, which is nothing that is looked for")
    file = str(values.get("file", "")).strip()
    if not _PATH.fullmatch(file) or "$(" in file:
        return Trace(problem=f"{file!r} is no path" if file else "it names no file")
    fresh = values.get("fresh")
    seconds = ANY_AGE if str(fresh) == "any" else annotation.seconds(fresh) if fresh is not None else None
    if fresh is not None and seconds is None:
        return Trace(problem=f"fresh is a time like 10m, or any, not {fresh!r}")
    count = str(values.get("count", 1))
    if not count.isdecimal() or not 1 <= int(count) <= 1_000_000:
        return Trace(problem=f"count is a number from 1, not {count}")
    equals = values.get("equals")
    field = str(values.get("field", ""))
    if equals is not None and not field:
        return Trace(problem="equals wants a field")
    return Trace(
        file=file, field=field, equals=None if equals is None else _text(equals), fresh=seconds, count=int(count)
    )


def _pairs(text: str) -> dict[str, str]:
    """`FILE key=value …`, or `file=FILE key=value …`. Raises ValueError."""
    found: dict[str, str] = {}
    try:
        words = shlex.split(text)
    except ValueError:
        raise ValueError("its quotes are not closed") from None
    for number, word in enumerate(words):
        key, sign, value = word.partition("=")
        if not sign and number == 0:
            found["file"] = word
        elif not sign:
            raise ValueError(f"{word!r} does not look like key=value")
        else:
            found[key] = value
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
