"""Forms in code: places for a hand, set as code to keep their columns, and lists of approvers in YAML."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from runbook_tui.document import annotation, bylines, entries, forms, hands, signoffs
from runbook_tui.document.draft import Draft, Place
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.rules import LARGEST
from runbook_tui.document.runbook import SectionRole

_TEXT = frozenset(["", "text", "txt", "plain", "plaintext", "none", "markdown", "md", "form"])
_YAML = frozenset(["yaml", "yml"])
_ROW = expression(
    r"^\s*(?:[-*•]\s+|\d+[.)]\s+|\d+(?:\.\d+)+\s+)?\(?[A-Za-zÀ-ÿ][^:_`$={}\[\]]{1,70}(?::[^_`$={}]{0,30}|\s|\()(?:_{3,}|\.{6,}|…{2,}|\[\s{2,}\]|\[ \])"
)
_BESIDE = expression(r"^\s*(?:[A-ZÀ-Þ][^$`=;{}<>]{2,60}:?|[-=_*#\s]+)$")  # a title, a line to rule off
_MOST = 60  # rows
_KEY = expression(
    r"(?:^|[_\s-])(?:approv(?:als?|ers?|ed)|sign[_\s-]?offs?|signatures?|signatories|consents?|authori[sz]ations?|acceptance|accepted|oks?|clearances?|releases?[_\s-]by|four[_\s-]eyes|witness(?:es)?)(?:$|[_\s-])",
    re.IGNORECASE,
)
_HINT = expression(
    r"^[\s-]*[\w -]*(?:approv|sign|consent|authori|accept|oks?\b|clearance|release|eyes|witness)[\w -]*:\s*(?:#.*)?$",
    re.IGNORECASE | re.MULTILINE,
)
_WHO = frozenset(["role", "team", "who", "function", "title", "group", "position", "department", "party", "approver"])
_HAND = expression(
    r"^(?:full[_ ])?(?:name|by|signature|signed|sign|date|at|on|time|when|initials|approved|status|decision|ok|handle)(?:[_ ](?:at|by|on))?$",
    re.IGNORECASE,
)
_EMPTY = frozenset(["", "~", "null", "none", "tbd", "tbc", "pending", "open", "false", "no", "todo", "-", "?"])


def take(draft: Draft, block: Block, place: Place) -> bool:
    """Take what a block of code leaves open for hands; True when it is a form and nothing else."""
    if place.part.role is SectionRole.REFERENCE:
        return False
    language = annotation.info_string(block.info)[0] if block.kind == "fence" else ""
    first = block.line + (1 if block.kind == "fence" else 0)
    if language in _YAML:
        for row, who in approvers(block.raw):
            entries.signoff(draft, signoffs.Slot(who, ("name",)), first + row, place)
        return False
    if language in _TEXT and (hands_of := _assents(block.raw)):
        for row, who in hands_of:
            entries.signoff(draft, signoffs.Slot(who, ("name",)), first + row, place)
        draft.prose(place, block.line, block.end_line)
        return True
    if language not in _TEXT or (not forms.has_blank(block.raw) and "[ " not in block.raw):
        return False
    rows = block.raw.rstrip("\n").split("\n")
    if not _is_form(rows):
        return False
    form = Block("paragraph", first, first + len(rows) - 1, raw="\n".join(row.strip() for row in rows))
    if not entries.signed(form.raw.split("\n"), place):
        return False
    draft.prose(place, block.line, block.end_line)
    entries.blanks(draft, form, form.raw.split("\n"), place)
    return True


def _assents(code: str) -> list[tuple[int, str]]:
    """Whose assents are to be pasted somewhere, each with its row: "data owner OK:" and nothing else."""
    if len(code) > LARGEST or not code.rstrip().endswith(":"):
        return []
    said = [(row, text) for row, text in enumerate(code.split("\n")) if text.strip()]
    found = [(row, who) for row, text in said if (who := bylines.whose(text)) is not None]
    return found if len(found) == len(said) else []


def _is_form(rows: list[str]) -> bool:
    said = [row for row in rows if row.strip()]
    if not 0 < len(said) <= _MOST:
        return False
    places = sum(_ROW.match(row) is not None for row in said)
    return places * 2 >= len(said) and all(_ROW.match(row) or _BESIDE.match(row) for row in said)


def approvers(code: str) -> list[tuple[int, str]]:
    """Who has not answered yet in a list under a key that asks for assents, each with its row: `approvals:`."""
    if len(code) > LARGEST or not _HINT.search(code):
        return []
    try:
        node = yaml.compose(code.replace("\t", "  ").replace("&", "+").replace("@", "+"), yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    found: list[tuple[int, str]] = []
    stack: list[tuple[yaml.Node, int]] = [(node, 0)] if node is not None else []
    while stack:
        one, depth = stack.pop()
        if isinstance(one, yaml.MappingNode) and depth < 4:
            for key, value in one.value:
                if isinstance(key, yaml.ScalarNode) and _KEY.search(key.value):
                    found += _open(value)
                else:
                    stack.append((value, depth + 1))
    return sorted(found)


def _open(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if isinstance(item, yaml.MappingNode):
                yield from _one(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value).replace("_", " ")
            if hands.person(name) and _waits(value):
                yield key.start_mark.line, name


def _one(item: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    who = next(((key, value) for key, value in item.value if str(key.value).lower() in _WHO), None)
    places = [value for key, value in item.value if _HAND.match(str(key.value))]
    if who is not None and isinstance(who[1], yaml.ScalarNode) and not _waits(who[1]):
        if places and all(map(_waits, places)):
            yield who[0].start_mark.line, str(who[1].value)
    elif who is None and len(item.value) == 1:
        key, value = item.value[0]
        if hands.person(name := str(key.value).replace("_", " ")) and _waits(value):
            yield key.start_mark.line, name


def _waits(value: yaml.Node) -> bool:
    """Whether nothing stands there yet."""
    if isinstance(value, yaml.ScalarNode):
        return str(value.value).strip(" _.").lower() in _EMPTY
    if isinstance(value, yaml.MappingNode):
        return bool(value.value) and all(_waits(inner) for _, inner in value.value)
    return False
