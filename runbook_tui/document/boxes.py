r"""Task boxes: `- [ ]`, `1. [x]`, and what people type or paste instead.

What GitHub renders is a box. Beside it we take what a hurried hand makes of one (`[]` is only reported),
what a converter escapes (`\[ \]`), and the open glyphs of those who paste from a word processor.
A bullet with ✅ is decoration in most documents, so it is a box only next to open ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from runbook_tui.document.patterns import expression

_OPEN = "☐⬜□▢◻🔲❏❑"
_DONE = "☑☒"
_TICKS = "✅✔✓"
_CROSSES = "❌✗✘✖"
_MARKS = "xX\u00a0✓✔✅~/>-"
_BOX = expression(
    rf"^(?:\\?\[(?P<mark>[ {_MARKS}]| {{2,3}}| [xX] )\\?\](?![(\[:])(?=\s|$|[\w*`~])|(?P<open>[{_OPEN}])"
    rf"|(?P<done>[{_DONE}]))"
    r"(?:\ufe0f)?\s*"
)
# what stands before a box where a hand numbered: "2.1 [ ] …", "a) [ ] …", "Step 3: [ ] …", "T-30 [ ] …", "09:15 [ ] …"
_LABEL = (
    r"[*_]{0,3}(?:\(?\d{1,3}(?:\\?[.:]\d{1,3}){0,4}(?:\.?[a-z])?\\?[.):]?|\(?(?:[A-Za-z]|[ivx]{2,5})\\?[.):]"
    r"|(?:[Ss]tep|[Tt]ask|[Ii]tem|[Cc]heck|[Pp]oint|[Pp]hase|[Dd]ay|[Hh]our|[Ww]eek|[Nn]o\.?|[Nn]r\.?|#)\s?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?"
    r"|[A-Z]{1,6}\s?[-−–+±.]?\s?\d{1,3}(?:[.:]\d{1,3}){0,3}(?:\s?(?:min(?:utes)?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?|m|s)\b)?)"
    r"\s?[:.)–—-]?[*_]{0,3}:?"
)
_LABELLED = expression(rf"^(?P<label>{_LABEL})\s+(?=(?:\\?\[[ xX]\\?\]\s|[{_OPEN}{_DONE}])\s*[^\s|])")
_STATUS = expression(rf"^(?:(?P<done>[{_TICKS}])|(?P<open>[{_CROSSES}]))(?:\ufe0f)?\s+")
_EMPTY = expression(r"^\[\](?=\s)")
_ONE = rf"(?:\\?\[[ xX]\\?\](?![(\[:\w])|[{_OPEN}{_DONE}])"
_ANYWHERE = expression(rf"(?:(?<=^)|(?<=[\s|>(*_/:`-])){_ONE}")
_LISTED = expression(rf"^[\s>|]*(?:#+\s+)?(?:(?:[-*+]|\d{{1,9}}[.)])\s+)*(?:{_LABEL}\s+)?{_ONE}(?:\s|$)")
_ROW = expression(rf"^\s*(?:[-*+](?=\[))?(?P<label>{_LABEL}\s+)?(?P<box>{_ONE})(?=\s|$)")
_LEGEND = expression(r"^\W*(?:means|marks|stands|is|are|was|for|and|or|in|=)\b|^\s*[=:–—-]", re.IGNORECASE)
_ONLY = expression(rf"^(?:{_ONE}|[{_TICKS}{_CROSSES}])\ufe0f?$")
_OPTIONAL = expression(
    r"\((?:optional|recommended|if (?:required|applicable|needed|necessary|desired))\b|^\W*(?:optional"
    r"|if needed)\s*[:–—-]",
    re.IGNORECASE,
)
_STRUCK = expression(r"^[\s*_]*~~.+~~")
_REASON = expression(
    r"~~\W*\(?(?P<why>(?:skip|n/?a\b|not |obsolete|descoped|dropped|removed|cancel)[^)]*)", re.IGNORECASE
)
UNUSUAL = frozenset("~/>-")
_CHECKED = frozenset("xX✓✔✅")


class Box(NamedTuple):
    checked: bool
    rest: str  # the Markdown after the box
    unusual: bool = False  # GitHub shows no box here
    label: str = ""  # what stands before it: "2.1"


def match(raw: str, *, ticks: bool = False) -> Box | None:
    """The box an item's text starts with. `ticks`: among open boxes ✅ is a done one."""
    box = _match(raw)
    status = _STATUS.match(raw) if ticks and box is None else None
    return box if status is None else Box(status["done"] is not None, raw[status.end() :])


@lru_cache(maxsize=512)  # several rooms ask for the same line, one after the other
def _match(raw: str) -> Box | None:
    found = _BOX.match(raw)
    label = ""
    if found is None and (numbered := _LABELLED.match(raw)) is not None and inside(raw.split("\n", 1)[0]) == 1:
        label = numbered["label"].replace("*", "").strip(" _").replace("\\", "")
        found = _BOX.match(raw[numbered.end() :])
    if found is None:
        return None
    mark = found["mark"] or " "
    checked = mark.strip() in _CHECKED or found["done"] is not None
    strange = mark in UNUSUAL or len(mark) > 1
    return Box(checked, found.string[found.end() :], unusual=strange, label=label)


def empty(raw: str) -> bool:
    """`- [] text`: meant as a box, shown as text everywhere."""
    return bool(_EMPTY.match(raw))


def inside(line: str) -> int:
    """How many boxes stand anywhere in a line of text."""
    return _inside(line) if "[" in line or not line.isascii() else 0


@lru_cache(maxsize=512)  # several rooms ask for the same line, one after the other
def _inside(line: str) -> int:
    return len(_ANYWHERE.findall(line))


def listed(line: str) -> bool:
    """Whether a line of code or comment is a task."""
    return bool(_LISTED.match(line))


def only(cell: str) -> bool:
    """Whether a table cell is a box and nothing else."""
    return bool(_ONLY.match(cell.strip(" `*")))


def rows_of(rows: Sequence[str]) -> tuple[int, list[tuple[int, str]]] | None:
    """A paragraph that is, or ends with, tasks without bullets: the rows before them, and each task with its row.

    A row without a box goes on with the task above it; most rows have one.
    """
    found = {at: row for at, text in enumerate(rows) if (row := _ROW.match(text)) is not None}
    starts = list(found)
    if not starts or len(starts) * 2 < len(rows) - starts[0]:
        return None
    first = found[starts[0]]
    if len(starts) < 2 and not first["label"] and first["box"] not in _OPEN and not _alone(first.string[first.end() :]):
        return None
    ends = [*starts[1:], len(rows)]
    return starts[0], [
        (first, " ".join(row.strip() for row in rows[first:end])) for first, end in zip(starts, ends, strict=True)
    ]


def _alone(rest: str) -> bool:
    """Whether one row with a box is a task: more than a word, no other box, and nothing said of the mark itself."""
    return len(rest.split()) > 1 and inside(rest) == 0 and _LEGEND.match(rest) is None


def optional(raw: str) -> bool:
    """Whether a task says it may be left out, or is struck through."""
    low = raw.lower()
    worth = "(" in raw or "onal" in low or "needed" in low
    return (worth and _OPTIONAL.search(raw) is not None) or ("~~" in raw and _STRUCK.match(raw) is not None)


def skipped(raw: str) -> str | None:
    """Why a task was struck through, when its writer says so: `~~Load test~~ (SKIPPED: …)`."""
    found = _REASON.search(raw) if _STRUCK.match(raw) else None
    return found["why"].strip(" .") if found else None
