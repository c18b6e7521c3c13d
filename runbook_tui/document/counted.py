"""Rows of a paragraph that are counted by hand, as Markdown does not: "A) …", "ii) …", "1: …", "#1 …".

Each of these marks stands in prose too ("A. Smith", "i.e.", "10: 30"): only several that count on from the first make a
list.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression

_MARK = expression(
    r"^[ \t]*(?:(?P<roman>[ivx]{1,4})[.)]|\((?P<bracketed>[ivx]{1,4})\)|(?P<upper>[A-H])[.)]|(?P<number>[1-9]\d?)(?:[:.)/]|[ \t]+[-–—])"
    r"|\#(?P<hash>[1-9]\d?)[:.)]?|\[(?P<letter>[a-h])\]|\[(?P<inside>[1-9]\d?)\]|(?P<small>[a-h])(?::|[ \t]+[-–—]))[ \t]+(?=\S)",
    re.MULTILINE,
)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def marks(raw: str) -> list[re.Match[str]]:
    """The marks of a paragraph that counts on from the first; empty where it has none or they do not count."""
    found = list(_MARK.finditer(raw))
    if len(found) < 2 or len({one.lastgroup for one in found}) > 1:
        return []
    return found if [_place(one) for one in found] == list(range(1, len(found) + 1)) else []


def one_of(raw: str, after: str, before: int, kind: str) -> list[re.Match[str]]:
    """The mark of a paragraph that is one of several: the next after `before` others of a kind, or the first of two."""
    found = _MARK.match(raw)
    if found is None:
        return []
    place = _place(found)
    if kind == found.lastgroup and place == before + 1:
        return [found]
    other = _MARK.match(after) if place == 1 else None
    return [found] if other is not None and other.lastgroup == found.lastgroup and _place(other) == 2 else []


def kind(mark: re.Match[str]) -> str:
    """What kind of mark it is."""
    return mark.lastgroup or ""


def _place(mark: re.Match[str]) -> int:
    said = mark[mark.lastgroup or 0]
    if said.isdigit():
        return int(said)
    if mark.lastgroup in {"roman", "bracketed"}:
        return _ROMAN.index(said) + 1 if said in _ROMAN else 0
    return ord(said.lower()) - ord("a") + 1
