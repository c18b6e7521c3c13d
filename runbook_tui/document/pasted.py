"""Terminals that were pasted without a fence: lines behind a prompt in a block quote, and `<pre>`."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from runbook_tui.document import noise, prompts
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression

_QUOTED = expression(r"^[ \t]*(?:>[ ]?)+")
_PRE = expression(r"\s*<pre\b[^>]*>(?P<body>.*?)</pre>\s*", re.DOTALL | re.IGNORECASE)
_TAG = expression(r"</?(?:code|b|i|em|strong|kbd|span|samp|tt|u|font|br)\b[^>]*>", re.IGNORECASE)
_WORD = expression(r"[A-Za-z_./~]")


def read(blocks: list[Block], lines: Sequence[str]) -> None:
    """Make blocks of code of what was typed at a prompt inside quotes and `<pre>`, wherever they are nested."""
    stack = [(blocks, False)]
    while stack:
        among, quoted = stack.pop()
        among[:] = [made for block in among for made in _made(block, lines, quoted=quoted)]
        stack += [(block.children, quoted or block.kind == "quote") for block in among if block.children]


def _made(block: Block, lines: Sequence[str], *, quoted: bool) -> list[Block]:
    if block.kind == "html" and (found := _PRE.fullmatch(block.raw)) is not None:
        body = html.unescape(_TAG.sub("", found["body"])).rstrip()
        return [Block("indented", block.line, block.end_line, raw=body)] if body.strip() else [block]
    if not quoted or block.kind != "paragraph" or not any(mark in block.raw for mark in "$%#"):
        return [block]
    rows = [_QUOTED.sub("", lines[number - 1]) for number in range(block.line, block.end_line + 1)]
    first = next((at for at, row in enumerate(rows) if _typed(row)), None)
    if first is None or len(rows) != block.raw.count("\n") + 1:
        return [block]
    code = Block("indented", block.line + first, block.end_line, raw="\n".join(rows[first:]))
    if first == 0:
        return [code]
    words = Block("paragraph", block.line, block.line + first - 1, raw="\n".join(block.raw.split("\n")[:first]))
    return [words, code]


def _typed(row: str) -> bool:
    """Whether a line is a prompt and what was typed at it; "$ 5 a month" and "$HOME" are none."""
    found = prompts.match(row)
    if found is None or found.kind != prompts.SHELL:
        return False
    typed = row[found.end :]
    return _WORD.match(typed) is not None and not noise.prose(typed)
