"""Boxes that were seen and not taken: every line is looked at again, whatever the parser made of it."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.document import annotation, boxes, legends
from runbook_tui.document.counting import counted
from runbook_tui.document.draft import Draft
from runbook_tui.document.markdown import Block
from runbook_tui.document.runbook import Severity

_MARKDOWN = frozenset(["markdown", "md"])


def report(draft: Draft, blocks: list[Block], front_end: int) -> None:
    """One finding for each block of code, comment or table with such lines, and one for running text."""
    where = dict(_places(blocks))
    lost: dict[tuple[str, int], list[int]] = {}
    for number, line in enumerate(draft.lines, 1):
        if number in draft.taken:
            continue
        block = where.get(number)
        hidden = number > front_end and block is not None and block.kind in {"fence", "indented"}
        if (boxes.listed(line) or _cells(line)) if hidden else (boxes.inside(line) and not legends.explains(line)):
            lost.setdefault(_key(block, number, front_end), []).append(number)
    for (kind, at), lines in lost.items():
        block = where.get(at)
        code, message = _said(kind, block, len(lines))
        draft.find(code, Severity.WARNING, at if kind in {"code", "html"} else lines[0], message, boxes=len(lines))


def _cells(line: str) -> bool:
    """Whether a line of code is the row of a table with boxes in its cells."""
    return line.lstrip().startswith("|") and boxes.inside(line) > 0


def _places(blocks: list[Block]) -> Iterator[tuple[int, Block]]:
    """The innermost block of code, HTML or table that a line stands in."""
    stack = list(blocks)
    while stack:
        block = stack.pop()
        stack += block.children
        if block.kind in {"fence", "indented", "html", "table"}:
            for number in range(block.line, block.end_line + 1):
                yield number, block


def _key(block: Block | None, number: int, front_end: int) -> tuple[str, int]:
    if number <= front_end:
        return "front", 1
    if block is None:
        return "text", 0
    return {"table": "table", "html": "html"}.get(block.kind, "code"), block.line


def _said(kind: str, block: Block | None, count: int) -> tuple[str, str]:
    if kind == "text" or (block is None and kind != "front"):
        return (
            "RB123",
            f"Boxes in {counted(count, 'line')} of running text were seen but not taken: write them as a list.",
        )
    if kind == "table":
        return (
            "RB122",
            f"Boxes in {counted(count, 'row')} of a table were not taken, which name a column: write them as a list.",
        )
    if kind == "front":
        return (
            "RB121",
            f"{counted(count, 'box', 'was', 'were')} seen inside the front matter but not taken: move them out.",
        )
    if kind == "html":
        what = "an HTML comment" if block is not None and block.raw.lstrip().startswith("<!--") else "an HTML block"
        return "RB121", f"{counted(count, 'box', 'was', 'were')} seen inside {what} but not taken: move them out."
    language = annotation.info_string(block.info)[0] if block is not None else ""
    what = "Markdown" if language in _MARKDOWN else language or "code"
    return (
        "RB120",
        f"{counted(count, 'box', 'was', 'were')} seen inside a {what} block but not taken: move them out of the block.",
    )
