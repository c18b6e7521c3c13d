"""Terminals that were pasted without a fence: lines behind a prompt in a block quote or a paragraph, and `<pre>`.

Notes written as plain text have no fences at all: there a line behind a prompt is what was typed, and so is a
paragraph that is nothing but a command with its options, below words that end with a colon.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from runbook_tui.document import mentions, noise, prompts, shell
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression

_QUOTED = expression(r"^[ \t]*(?:>[ ]?)+")
_PRE = expression(r"\s*<pre\b[^>]*>(?P<body>.*?)</pre>\s*", re.DOTALL | re.IGNORECASE)
_TAG = expression(r"</?(?:code|b|i|em|strong|kbd|span|samp|tt|u|font|br)\b[^>]*>", re.IGNORECASE)
_WORD = expression(r"[A-Za-z_./~]")
_MARK = expression(r"[$%#]")
_OPTION = expression(r"\s--?[A-Za-z]")
_MARKUP = expression(r"`|\*\*|\]\(|[.!?:,;]$")
_QUOTES = expression(r"'[^']*'|\"[^\"]*\"")
_LONGEST = 4000


def read(blocks: list[Block], lines: Sequence[str]) -> None:
    """Make blocks of code of what was typed at a prompt without a fence, and of `<pre>`, wherever they are nested."""
    stack = [(blocks, False)]
    while stack:
        among, quoted = stack.pop()
        among[:] = [made for block in among for made in _made(block, lines, quoted=quoted)]
        stack += [(block.children, quoted or block.kind == "quote") for block in among if block.children]


def _made(block: Block, lines: Sequence[str], *, quoted: bool) -> list[Block]:
    if block.kind == "html" and (found := _PRE.fullmatch(block.raw)) is not None:
        body = html.unescape(_TAG.sub("", found["body"])).rstrip()
        return [Block("indented", block.line, block.end_line, raw=body)] if body.strip() else [block]
    if block.kind != "paragraph" or len(block.raw) > _LONGEST:
        return [block]
    if not _MARK.search(block.raw):
        return [block] if quoted or not _is_command(block, lines) else [_code(block, 0, [block.raw])]
    rows = [lines[number - 1] for number in range(block.line, block.end_line + 1)]
    rows = [_QUOTED.sub("", row) for row in rows] if quoted else rows
    first = next((at for at, row in enumerate(rows) if _typed(row, plain=not quoted)), None)
    if first is None or len(rows) != block.raw.count("\n") + 1:
        return [block]
    code = _code(block, first, rows)
    if first == 0:
        return [code]
    words = Block("paragraph", block.line, block.line + first - 1, raw="\n".join(block.raw.split("\n")[:first]))
    return [words, code]


def _code(block: Block, first: int, rows: list[str]) -> Block:
    return Block("indented", block.line + first, block.end_line, raw="\n".join(rows[first:]))


def _typed(row: str, *, plain: bool) -> bool:
    """Whether a line is a prompt and what was typed at it; "$ 5 a month" and "$HOME" are none.

    `plain`: it stands in a paragraph, where only what is surely a command is one.
    """
    found = prompts.match(row)
    if found is None or found.kind != prompts.SHELL:
        return False
    typed = row[found.end :]
    if plain and not shell.looks_typed(typed) and (not _OPTION.search(typed) or _told(typed)):
        return False
    return _WORD.match(typed) is not None and not noise.prose(typed)


def _is_command(block: Block, lines: Sequence[str]) -> bool:
    """Whether a paragraph of one line is a command with its options, and the line above ends with a colon."""
    row = block.raw
    if "\n" in row or " -" not in row or not _OPTION.search(row) or _MARKUP.search(row):
        return False
    above = next((line for line in reversed(lines[max(block.line - 3, 0) : block.line - 1]) if line.strip()), "")
    if not above.rstrip().endswith(":") or not shell.looks_typed(row) or noise.problem(row) is not None:
        return False
    return not _told(row) and mentions.asks(above, row)


def _told(row: str) -> bool:
    """Whether words stand in a row that only sentences have: "curl is needed with the -k flag"."""
    words = {word.strip(",.:;!?()").lower() for word in _QUOTES.sub("", row).split()[1:]}
    return not words.isdisjoint(noise.STOP)
