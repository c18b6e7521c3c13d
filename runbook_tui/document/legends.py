"""Lines that tell what marks mean, and ask for nothing: "Legend: [x] done, [ ] open", "☐ = open, ☑ = done".

Writers explain their boxes with a name before them ("Legend:", "How to read this:"), with a sign behind each mark, or
with an order how to mark ("Put [x] when it is done, leave [ ] otherwise"). Such a line is prose, and no box is lost.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import boxes, forms
from runbook_tui.document.draft import Place
from runbook_tui.document.patterns import expression

_MARK = r"(?:\\?\[[ xX~/>!?✓✔✅❌-]?\\?\](?![(\[])|[☐☑☒⬜□▢🔲✅✓✔❌✗✘])\ufe0f?"
_CODED = rf"`?{_MARK}`?"
_STATE = r"(?:(?:still\s+|not\s+(?:yet\s+)?)?(?:open|done|to\s?do|to\s+be\s+done|completed?|finished|ok(?:ay)?|passed|failed|started|verified|checked|ticked|in\s+(?:progress|work|review)|ongoing|under\s+way|running|pending|waiting|outstanding|blocked|skipped|deferred|postponed|cancel?led|dropped|obsolete|needed|relevant|applicable|optional|closed|missing|partly(?:\s+\w+)?|partial(?:ly)?(?:\s+\w+)?|unknown|yes|no|empty|untouched|doing)|n/?a|wip|tbd)"
_SIGN = r"(?:=|:|→|->|–|—|-(?=\s)|(?:means?|meaning|stands?\s+for|marks?|says?|is|are|for|when|if|once)\b)"
# the name that a writer gives to such a line
_NAMED = expression(
    r"^\W*(?:(?:the\s+|our\s+)?(?:legend|symbols?(?:\s+used)?|marks?(?:\s+used)?|markers?|notation|marking|icons?(?:\s+used)?|glyphs?|tick\s+marks?|check\s?marks?|conventions?|(?:meaning|use)\s+of\s+(?:the\s+)?(?:boxes|marks|ticks|symbols)|how\s+to\s+(?:read|tick|mark|use)(?:\s+(?:this|it|the|these)(?:\s+[\w-]+){0,2})?|(?:the\s+)?(?:check\s?)?boxes)\W*[:=–—-])",
    re.IGNORECASE,
)
_HEADED = expression(
    r"^\W*(?:the\s+|our\s+)?(?:legend|key|symbols?(?:\s+used)?|marks?(?:\s+used)?|markers?|notation|icons?(?:\s+used)?|conventions?|what\s+the\s+(?:marks|boxes|ticks|symbols)\s+mean|(?:meaning|use)\s+of\s+(?:the\s+)?(?:boxes|marks|ticks|symbols)|how\s+to\s+(?:read|tick|mark)\b.{0,40})\W*$",
    re.IGNORECASE,
)
_KEY = expression(r"^\W*(?:key|status(?:\s+(?:key|marks?))?|states?|reading)\W*[:=–—]", re.IGNORECASE)
_EXPLAINED = expression(rf"{_CODED}\s*(?:{_SIGN})\s*", re.IGNORECASE)
_STATED = expression(rf"{_CODED}\s*(?:{_SIGN}\s*)?\(?{_STATE}(?![\w-])", re.IGNORECASE)
# how to mark: "Put [x] when …", "tick the box like this [x]", "change [ ] to [x]", "every [ ] must be"
_TOLD = expression(
    rf"\b(?:mark|put|use|set|leave|write|enter|type|change|turn|replace|keep|make|draw|fill\s+in|tick|cross|start)(?:s|ed|ing)?\s+(?:(?:it|them|the|an?|each|every|this|that|step|steps|item|items|line|lines|box|boxes|task|tasks|row|rows|done|finished|completed|open|ones?|with|as|by|like|to|into|from|at|on)\s+){{0,5}}{_CODED}(?=[\s,.;:)]|$)",
    re.IGNORECASE,
)
_SPOKEN = expression(
    rf"(?:\b(?:an?|the|each|every|any|all|no|with|as|of|to|into|only|by|like|or)\s+){_CODED}\s+(?:is|are|was|means?|marks?|stands?|must|may|should|has|have|can|box(?:es)?|lines?|items?|steps?|tasks?|when|if|once|before|after|until|only|for|until|at|in|on|by)\b",
    re.IGNORECASE,
)
_TICKED = expression(r"\[[xX~✓✔✅]\\?\]|[☑☒]")
_OF_OPEN = expression(
    r"(?:leav|keep|chang|turn|replac)|\w+\s+(?:an?|the|each|every)\s", re.IGNORECASE
)  # not "mark [ ] in the plan"
_OPENS = expression(r"^(?:[\s>]*(?:[-*+]|\d{1,9}[.)])?\s*)(?:\\?\[[ xX]\\?\]|[☐☑⬜□])\s", re.IGNORECASE)
_MARKED = expression(rf"\s*{_CODED}")
_STATE_ALONE = expression(rf"\W*{_STATE}(?![\w-])", re.IGNORECASE)
_LONGEST = 300
_WORDS = 6  # of the meaning of a mark in a list
_MOST = 8  # marks


def explains(row: str) -> bool:
    """Whether a line tells what marks mean."""
    if len(row) > _LONGEST or forms.has_blank(row):
        return False
    told = sum(1 for _ in _EXPLAINED.finditer(row))
    stated = {match.group().strip("`")[:2] for match in _STATED.finditer(row)}
    if told > 1 and stated:  # "☐ = open, ☑ = done"
        return True
    if _NAMED.match(row) is not None and stated:
        return True
    if _KEY.match(row) is not None and len(stated) > 1:
        return "," in row or ";" in row or told > 0  # "Status: [ ] open  [x] done" is filled in
    if _OPENS.match(row) is not None:
        return False
    told_how = _TOLD.search(row)
    if told_how is not None and (_TICKED.search(row) or _OF_OPEN.match(told_how.group())):
        return True
    return _SPOKEN.search(row) is not None


def rows(lines: Sequence[str]) -> frozenset[int]:
    """The places of the lines that tell what marks mean."""
    return frozenset(at for at, line in enumerate(lines) if boxes.inside(line) and explains(line))


def are(raws: Sequence[str], place: Place) -> bool:
    """Whether the boxes of a list are the marks and their meanings: "- [ ] open", "- [x] done" below "Legend"."""
    if not 1 < len(raws) <= _MOST or len({_MARKED.match(raw) and raw.lstrip("`")[:3] for raw in raws}) < 2:
        return False
    if not all(map(_MARKED.match, raws)):
        return False
    lead = place.lead or place.ask
    if not (_HEADED.match(lead) or (not lead and _HEADED.match(place.part.title))):
        return all(map(_EXPLAINED.match, raws)) and any(map(_STATED.match, raws))
    return all(_short(raw) for raw in raws) and any(map(_STATED.match, raws))


def table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table has a mark in each row and behind it what it means: `| [ ] | open |`."""
    if not 1 < len(rows) <= _MOST or any(len(row) != 2 or _MARKED.fullmatch(row[0].strip()) is None for row in rows):
        return False
    return len({row[0].strip() for row in rows}) == len(rows) and any(_STATE_ALONE.match(row[1]) for row in rows)


def _short(raw: str) -> bool:
    return boxes.inside(raw) <= 1 and len(raw.split()) <= _WORDS + 3
