"""A canary as rows: where it stands, its stages with how far the present one is, what its checks say. Pure."""

from __future__ import annotations

from datetime import datetime

from runbook_tui.document.counting import counted
from runbook_tui.run.canary_end import ended
from runbook_tui.run.state import CanaryState, RunState
from runbook_tui.tui.progress_lines import EMPTY, FULL
from runbook_tui.tui.rows import Part
from runbook_tui.tui.spans import of_seconds, of_span

_WORDS = {"promoted": ("✔ promoted", "success"), "aborted": ("◁ aborted", "error")}
_DONE, _HERE, _ENDED, _TO_COME = ("✔", "success"), ("▶", "accent"), ("◁", "error"), ("○", "quiet")
_INDENT: Part = ("        ", "")
_BAR = 24  # cells


def canary_rows(state: RunState, now: datetime) -> list[list[Part]]:
    """The canary as it stands, its stages below each other, and each of its checks with its newest value."""
    canary, end = state.gates.canary, ended(state)
    if canary is None:
        return []
    head = _head(canary, end, now)
    return [[("canary  ", "strong"), *head], *_stages(canary, under_way=not end, now=now), *_checks(canary)]


def _head(canary: CanaryState, end: str, now: datetime) -> list[Part]:
    if canary.outcome is not None:
        return [_WORDS[canary.outcome], (f"  {canary.reason}", "quiet")]
    if end:
        return [(f"◁ {end}", "warning")]
    if canary.held is not None:
        return [("‖ held", "warning"), (f" at {canary.weight} %  {canary.held}", "")]
    head: list[Part] = [("▶ ", "accent"), (f"{canary.weight} % of the traffic", "strong")]
    if canary.deadline is not None:
        left = (canary.deadline - now).total_seconds()
        head.append((f"  {of_seconds(left)} left" if left > 0 else "  waits for its checks", "quiet"))
    return head


def _stages(canary: CanaryState, *, under_way: bool, now: datetime) -> list[list[Part]]:
    rows = []
    for number, stage in enumerate(canary.stages):
        done = number < canary.stage or canary.outcome == "promoted"
        here = number == canary.stage and under_way
        going = _HERE if here else _ENDED if number == canary.stage else _TO_COME
        glyph, pen = _DONE if done else going
        row: list[Part] = [_INDENT, (f"{glyph} {stage.weight:>3} %  ", pen), (f"{of_span(stage.seconds):<8}", "quiet")]
        if here and canary.deadline is not None:
            gone = 1 - (canary.deadline - now).total_seconds() / stage.seconds
            cells = max(0, min(_BAR, round(gone * _BAR)))
            row += [(f"{FULL * cells}{EMPTY * (_BAR - cells)}  ", pen), (_passed(canary), "quiet")]
        rows.append(row)
    return rows


def _passed(canary: CanaryState) -> str:
    failed = f", then {canary.failures} failed" if canary.failures else ""
    return f"{counted(canary.checks, 'check')} passed{failed}"


def _checks(canary: CanaryState) -> list[list[Part]]:
    """The newest check, a line for each thing it looked at."""
    if not canary.last:
        return []
    pen = "success" if canary.last == "pass" else "error" if canary.last == "fail" else "warning"
    word, at = canary.last.replace("_", " "), canary.checked
    when = f" at {at.astimezone():%H:%M:%S}" if at is not None else ""
    head: list[Part] = [_INDENT, (f"last check{when}: ", "quiet"), (word, pen)]
    if canary.holding > 0:
        since, until = canary.good_since, canary.checked
        good = (until - since).total_seconds() if since is not None and until is not None else 0.0
        head.append((f"  good for {of_seconds(good)} of {of_span(canary.holding)}", "quiet"))
    return [head, *([_INDENT, (f"  {said}", "")] for said in canary.detail.split("; ") if said)]
