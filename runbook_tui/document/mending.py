"""Fences that writers broke, mended for the parser: the number of lines stays, the document itself is not touched.

Habits served: a fence closed with too few marks, or never; markers indented into a list item with the body at column 0;
a fence opened on the line of its list marker, or indented deeper than its item; the content tabs of MkDocs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document.patterns import expression

_MARK = expression(
    r"^(?P<indent>[ \t]*)(?P<item>(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<marks>`{2,}|~{3,})(?P<info>[^`]*)$"
)
_TAB = expression(r"^(?P<indent>[ \t]*)===[+!]{0,2}[ \t]+(?P<title>\"[^\"]*\"|'[^']*')[ \t]*$")
_NUMBERED = expression(r"^\d{1,2}[.)](?= [^\s`|].{0,100}$)")
_RULER = expression(r"^(?:-{3,}|={3,})[ \t]*$")
_ITEM = expression(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_PROSE = expression(
    r"^(?:#{2,6} \S|[-*] \[[ xX]\] |\d+\. [A-Z]|(?:\*\*)?[A-Z][a-z]+(?: [\w'’`,()/-]+){2,}[.:!]?(?:\*\*)?:?\s*$"
    r"|<!--|> \[!)"
)
_SPEAKS = expression(r"^(?:\s*)(?:[A-Z][a-z]+,?(?: [\w'’`,()/.-]+){1,}[:.]|#{1,6} .*)$")
_UNEVEN = 4  # letters by which a ruler is shorter or longer than its heading
_CODE = frozenset(
    ["bash", "sh", "shell", "console", "zsh", "terminal", "shell-session", "", "text", "txt", "sql", "yaml", "json"]
)


def mended(lines: Sequence[str]) -> Sequence[str]:
    """The lines with broken fences closed and bodies moved under their markers; the same object when none is broken."""
    if any(line.lstrip().startswith("===") and _TAB.match(line) for line in lines):
        # `=== "AWS"` holds what is indented below it, as an admonition does
        lines = [_TAB.sub(r"\g<indent>!!! tab \g<title>", line) for line in lines]
    lines = _headed(lines)
    if not any("``" in line or "~~~" in line for line in lines):
        return lines
    rows: list[str] | None = None
    at = 0
    item = False  # a list is open
    last = [index for index, line in enumerate(lines) if "``" in line or "~~~" in line]
    marks = iter([*last, len(lines)])
    for opener in marks:
        if opener < at or opener >= len(lines):
            continue
        found = _opener(lines[opener])
        if found is None:
            continue
        item = _in_list(lines, at, opener, was=item)
        change, end = _mend(lines, opener, found, in_list=item or bool(found["item"]))
        if change:
            rows = list(lines) if rows is None else rows
            for index, text in change.items():
                rows[index] = text
        at = end + 1
    return lines if rows is None else rows


def _headed(lines: Sequence[str]) -> Sequence[str]:
    """`2. Snapshot` over a ruler of its length is a heading for its writer, for Markdown a list and a ruler."""
    rows: list[str] | None = None
    for at, line in enumerate(lines):
        if not line.startswith(("---", "===")) or not at or _RULER.match(line) is None:
            continue
        above, over = lines[at - 1], lines[at - 2] if at > 1 else ""
        found = _NUMBERED.match(above)
        if found is not None and not over.strip() and abs(len(line.rstrip()) - len(above.rstrip())) <= _UNEVEN:
            rows = list(lines) if rows is None else rows
            rows[at - 1] = f"{above[: found.end() - 1]}\\{above[found.end() - 1 :]}"
    return lines if rows is None else rows


def _opener(line: str) -> re.Match[str] | None:
    found = _MARK.match(line)
    return found if found is not None and len(found["marks"]) >= 3 else None


def _in_list(lines: Sequence[str], first: int, last: int, *, was: bool) -> bool:
    for line in lines[first : last + 1]:
        if _ITEM.match(line):
            was = True
        elif line.strip() and not line[0].isspace():
            was = False
    return was


def _mend(lines: Sequence[str], opener: int, found: re.Match[str], *, in_list: bool) -> tuple[dict[int, str], int]:
    """What has to change in the lines of one fence, and its last line."""
    mark, width = found["marks"][0], len(found["marks"])
    indent = len((found["indent"] + found["item"]).expandtabs(4))
    language = found["info"].strip().split(" ", 1)[0].strip("{}.").lower()
    stop, close = _end(lines, opener, mark, width, language)
    change: dict[int, str] = {}
    if close is not None and close[1]:
        change[close[0]] = " " * indent + mark * width
    end = close[0] if close is not None else stop
    if not in_list or not indent:
        return change, end
    if not found["item"] and close is not None and (deeper := _deeper(lines, opener, indent)):
        # more than three blanks deeper than its item it is code with backticks in it
        for index in range(opener, end + 1):
            row = change.get(index, lines[index])
            change[index] = row[min(deeper, len(row) - len(row.lstrip(" "))) :]
        return change, end
    pad = " " * indent
    for index in range(opener + 1, min(end + 1, len(lines))):
        row = change.get(index, lines[index])
        own = len(row) - len(row.lstrip())
        if row.strip() and own < indent and not (index == end and close is not None and own >= indent):
            change[index] = pad + row if index != end or close is None else pad + row.lstrip()
    return change if close is not None else {}, end


def _deeper(lines: Sequence[str], opener: int, indent: int) -> int:
    """How many blanks a fence stands too deep below the text of its list item; 0 where Markdown takes it."""
    for index in range(opener - 1, max(opener - 40, -1), -1):
        line = lines[index]
        if (item := _ITEM.match(line)) is not None:
            text = len(item.group().expandtabs(4)) - 1
            return indent - text if indent - text > 3 and text <= indent else 0
        if line.strip() and not line[0].isspace():
            return 0
    return 0


def _end(
    lines: Sequence[str], opener: int, mark: str, width: int, language: str
) -> tuple[int, tuple[int, bool] | None]:
    """The last line of a fence: where it is closed, and whether that line has to be made a closing one."""
    nested = False
    for index in range(opener + 1, len(lines)):
        line = lines[index]
        if "``" not in line and "~~~" not in line:
            continue
        found = _MARK.match(line)
        if found is None or found["marks"][0] != mark or found["item"]:
            continue
        if not found["info"].strip():
            if len(found["marks"]) >= width:
                return index, (index, False)
            if len(found["marks"]) == 2 and width == 3:
                return index, (index, True)  # closed with two marks
            nested = not nested if len(found["marks"]) >= 3 else nested
            continue
        if len(found["marks"]) >= width and width == 3 and language in _CODE:
            return index - 1, _before(lines, opener, index)  # the next block opens: this one was never closed
    return len(lines) - 1, _before(lines, opener, len(lines)) if language in _CODE else None


def _before(lines: Sequence[str], opener: int, limit: int) -> tuple[int, bool] | None:
    """The blank line before the words that follow a fence that was never closed."""
    for index in range(opener + 2, limit):
        if lines[index].strip() or index + 1 >= limit:
            continue
        following = next((line for line in lines[index + 1 : limit] if line.strip()), "")
        if _PROSE.match(following.strip()) or _SPEAKS.match(following):
            return index, True
    if limit < len(lines) and not lines[limit - 1].strip() and limit - 1 > opener:
        return limit - 1, True
    return None
