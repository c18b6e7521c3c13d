"""Tools of the house: programs nobody else knows, which a document types more than once or names as tools are named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import noise, programs
from runbook_tui.document.patterns import expression

_SPAN = expression(r"(?<!`)`([^`\n]{3,200})`(?!`)")
_FENCE = expression(r"^\s{0,12}(?:`{3,}|~{3,})\s*(?P<language>[\w.+-]*)")
_PROMPT = expression(r"^\s*(?:\S{1,40}[$#>]|\$)\s+")
_ALIAS = expression(r"(?:^|[\s`;])alias\s+([a-z][\w-]*)=['\"]?[a-z/~.]")
_NAME = expression(r"[a-z][a-z0-9]+(?:[-_][a-z0-9]+)*")
_TOOLISH = expression(r"[a-z0-9_-]{2,}(?:ctl|cli|adm|tool|util)$")
_TYPED = expression(r"(?:^|\s)--?[a-zA-Z]|[|$]|\s&&\s|\s>\s|/\w")
_WORDLY = expression(r"^[\w.:/@%=,+<>$-]+$")
_OTHERS = frozenset(["java", "text", "txt", "plain", "plaintext", "none", "console", "bash", "sh", "shell", ""])
# what is typed at a switch or a router, which no shell here understands
ROUTER = frozenset(["show", "copy", "reload", "configure", "interface", "display", "commit", "write", "request"])
LARGEST = 5_000  # lines


def named_so(tool: str) -> bool:
    """Whether a name says that it is a tool: payctl, hold-cli."""
    return _TOOLISH.fullmatch(tool) is not None


def tools(lines: Sequence[str]) -> frozenset[str]:
    """The first words of what is typed in a document, as far as they are programs of the house."""
    said: dict[str, set[str]] = {}
    inside = ""
    typed = False
    for line in lines[:LARGEST]:
        fence = _FENCE.match(line) if "`" in line or "~" in line else None
        if fence is not None:
            inside = "" if inside else "fence"
            typed = fence["language"].lower() in _OTHERS
            continue
        if (inside and typed) or (not inside and line.startswith(("    ", "\t"))):
            _count(said, _PROMPT.sub("", line, count=1).strip())
        elif not inside and "`" in line:
            for span in _SPAN.findall(line):
                _count(said, span.strip())
    found = {name for name, texts in said.items() if _is_tool(name, texts)}
    return frozenset(found.union(*(_ALIAS.findall(line) for line in lines[:LARGEST] if "alias " in line)))


def _count(said: dict[str, set[str]], text: str) -> None:
    first, _, rest = text.partition(" ")
    if rest.strip() and _NAME.fullmatch(first) and first not in noise.STOP and not programs.known(first):
        said.setdefault(first, set()).add(text)


def _is_tool(name: str, texts: set[str]) -> bool:
    good = [text for text in texts if noise.problem(text) is None and not noise.prose(text)]
    if not good:
        return False
    if _TOOLISH.fullmatch(name):
        return True
    if len(good) < 2 or len(good) * 2 < len(texts):
        return False
    if name in ROUTER:
        return True
    verbs = {text.split()[1] for text in good}
    option = any(_TYPED.search(text) for text in good)
    plain = all(all(map(_WORDLY.match, text.split()[1:3])) for text in good)
    return (
        option and plain and (len(verbs) < len(good) or all(re.match(r"^(?:[a-z][\w-]*|-.*)$", verb) for verb in verbs))
    )
