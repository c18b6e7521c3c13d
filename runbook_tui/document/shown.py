"""Conditions shown in code that is no command: decision rules in plain text, and lists under a key of YAML.

`IF error_rate > 5% THEN rollback` · `p95 > 900 ms → abort` · `ROLLBACK IF:` over lines with a bullet ·
`rollback_when:` over a sequence. Programs and configuration of other kinds are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from runbook_tui.document import orders, outcomes, retreat, triggers
from runbook_tui.document.patterns import expression
from runbook_tui.document.rules import LARGEST
from runbook_tui.document.runbook import Polarity

_TEXT = frozenset(["", "text", "txt", "plain", "plaintext", "none", "pseudo", "pseudocode", "markdown", "md"])
_RULE = expression(
    r"^\s*(?:[-*•]\s+|\d+[.)]\s+)?(?:\W{0,2}(?:else\s*if|elif|elsif|if|when(?:ever)?)\b\s*(?P<if>.+?)\s*(?:,?\s+\bthen\b:?|→|➜|=>|->|⇒|:)|(?P<seen>[^→➜⇒]+?)\s*(?:→|➜|=>|->|⇒))\s*(?P<main>\S.*)$",
    re.IGNORECASE,
)
_BEHIND = expression(
    r"^\s*(?:[-*•]\s+|\d+[.)]\s+)?(?P<main>[A-Za-z][\w -]{2,40}?)\s+(?:if|when(?:ever)?|on)\s+"
    r"(?P<if>[^\s:].*[^\s:])(?P<seen>)$",
    re.IGNORECASE,
)
_BULLET = expression(r"^\s*(?:[-*•]|\d+[.)])\s+(?P<said>\S.*)$")
_PROGRAM = expression(
    r";\s*then\b|\[\[?\s|\$\{?\w|^\s*(?:def|function|var|let|const|return|import|select|begin|end)\b|[;{}]\s*$",
    re.IGNORECASE,
)
_KEY = expression(
    r"(?:^|[_\s-])(?:roll_?back|revert|abort|back_?out|stop|halt|kill|no_?go|cancel)s?(?:$|[_\s-])", re.IGNORECASE
)
_HINT = expression(
    r"^[\s-]*[\w-]*(?:roll|revert|abort|back|stop|halt|kill|no_?go|cancel)[\w-]*:", re.IGNORECASE | re.MULTILINE
)
_ASKS = expression(
    r"(?:^|[_\s-])(?:when|if|on|triggers?|conditions?|criteria|thresholds?|rules?)(?:$|[_\s-])", re.IGNORECASE
)
_LONGEST = 200
_MOST = 200  # lines


class Shown(NamedTuple):
    """A condition, and how many rows it stands below the first of its block."""

    row: int
    text: str
    polarity: Polarity


def in_text(language: str, code: str) -> list[Shown]:
    """The decision rules of a block of plain text; none where it is a program, or as long as a log."""
    rows = code.split("\n")
    if language not in _TEXT or len(rows) > _MOST or any(_PROGRAM.search(row) for row in rows):
        return []
    return list(_rules(rows))


def _rules(rows: list[str]) -> Iterator[Shown]:
    asked: Polarity | None = None
    for at, row in enumerate(rows):
        if not row.strip():
            asked = None
            continue
        if len(row) > _LONGEST:
            continue
        bullet = _BULLET.match(row)
        if asked is not None and (bullet is not None or row[:1].isspace()):
            said = (bullet["said"] if bullet is not None else row).strip()
            if not orders.imperative(said):
                yield Shown(at, said, asked)
            continue
        asked = triggers.announced(row.strip()) if row.rstrip().endswith(":") else None
        if asked is not None:
            continue
        match = _RULE.match(row) or _BEHIND.match(row)
        if match is None:
            continue
        condition = (match["if"] or match["seen"]).replace("_", " ").strip()
        polarity = retreat.mood(match["main"].replace("_", " "), home=True)
        if (
            polarity is not None
            and outcomes.seen(condition)
            and not retreat.retreats(condition)
            and not orders.imperative(condition)
        ):
            yield Shown(at, row.strip(), polarity)


def in_yaml(code: str) -> list[Shown]:
    """The entries of a list under a key that asks for a way back: `rollback_triggers:`, `abort_if:`."""
    if len(code) > LARGEST or not _HINT.search(code):
        return []
    found: list[Shown] = []
    try:
        node = yaml.compose(code.replace("\t", "  ").replace("&", "+"), yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    stack: list[tuple[yaml.Node, bool]] = [(node, False)] if node is not None else []
    while stack:
        one, below = stack.pop()
        if isinstance(one, yaml.MappingNode):
            for key, value in one.value:
                name = str(key.value)
                way = below or _KEY.search(name) is not None
                if way and _ASKS.search(name):
                    found += _entries(value)
                elif isinstance(value, yaml.MappingNode):
                    stack.append((value, _KEY.search(name) is not None))
    return sorted(found)


def _entries(node: yaml.Node) -> Iterator[Shown]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if isinstance(item, yaml.ScalarNode):
                yield Shown(item.start_mark.line, str(item.value).strip(), Polarity.DO)
            elif isinstance(item, yaml.MappingNode) and item.value:
                text = ", ".join(
                    f"{key.value}: {value.value}" for key, value in item.value if isinstance(value, yaml.ScalarNode)
                )
                yield Shown(item.start_mark.line, text, Polarity.DO)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode):
                yield Shown(key.start_mark.line, f"{key.value}: {value.value}", Polarity.DO)
    elif isinstance(node, yaml.ScalarNode) and outcomes.seen(str(node.value)):
        yield Shown(node.start_mark.line, str(node.value).strip(), Polarity.DO)
