"""Text that hangs below a box or a number typed by hand, as far in as Markdown's code: it is read as text again.

[ ] 4.1 Hold the schedule

    On the master (`ssh ops@sched1`), type:

        conman "hold @"
"""

from __future__ import annotations

from runbook_tui.document import boxes, markdown, noise, shell
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression

_NUMBERED = expression(r"^\s*\d+(?:\.\d+)+\.?\s+\S")
_SENTENCE = expression(r"^[A-ZÀ-Þ(\"“*_].*[a-zß-ÿ)`*_”\"][:.]\s*$")
_LEAST = 3  # words that tell something


def read(blocks: list[Block]) -> list[Block]:
    """The blocks, with those that hang below such a line and begin with a sentence parsed without their indentation."""
    if not any(block.kind == "indented" for block in blocks):
        return blocks
    found: list[Block] = []
    below = False
    for block in blocks:
        if block.kind == "indented" and below and _tells(block.raw):
            rows = block.raw.rstrip("\n").split("\n")
            lines = [""] * (block.line - 1) + rows
            found += markdown.parse_inside(lines, block.line, len(lines), 0)
            continue
        if block.kind == "paragraph":
            below = boxes.match(block.raw) is not None or _NUMBERED.match(block.raw) is not None
        elif block.kind not in {"indented", "fence"}:
            below = False
        found.append(block)
    return found


def _tells(raw: str) -> bool:
    """Whether code begins with a sentence, over one line or several, and no command."""
    first = raw.strip("\n").split("\n\n", 1)[0]
    row = " ".join(first.split())
    if len(row.split()) < _LEAST or shell.looks_typed(row) or _SENTENCE.match(row) is None:
        return False
    return row.endswith(":") or noise.prose(row)
