"""Tables that answer by yes and no, or by GO and NO-GO, whether one goes on: "Blocker?", "Release?", "Decision"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import hints
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

Row = tuple[int, Sequence[str]]

_BARS = expression(
    r"^\W*(?:(?:is\s+(?:it|this|that)\s+)?an?\s+)?(?:block(?:er|ing|s)?|stop(?:s|per)?|show-?\s?stopper|no-?\s?go|abort|veto"
    r"|deal-?\s?breaker|holds?|prevents?)\b[^?]{0,30}\?\W*$",
    re.IGNORECASE,
)
_PASSES = expression(
    r"^\W*(?:(?:do\s+|may\s+|can\s+|still\s+)?(?:we\s+|you\s+)?(?:still\s+)?)?(?:release|ship|go(?!\s+(?:back|home|away|down|to\s+the\s+old))|deploy|proceed|continue"
    r"|publish|merge|acceptable|accepted|tolerable|tolerated|allowed|harmless)\b[^?]{0,30}\?\W*$",
    re.IGNORECASE,
)
_DECIDES = expression(
    r"^\W*(?:decision|verdict|call|go\s*/\s*no-?\s?go|go\s+or\s+no-?\s?go|outcome)\W*$", re.IGNORECASE
)
_CONDITION = expression(
    r"^\W*(?:if|when|case|situations?|findings?|symptoms?|conditions?|observ\w+|problems?|issues?|defects?|signals?|events?"
    r"|deviations?|failures?|what\s+(?:we|you)\s+(?:see|find)|seen)\b",
    re.IGNORECASE,
)
_YES = expression(r"^\W*(?:yes|y|ja|oui|true|✅|✔)(?:\W|$)", re.IGNORECASE)
_NO = expression(r"^\W*(?:no(?![\s-]?go)|n|nein|non|never|false|❌|✖)(?:\W|$)", re.IGNORECASE)
_GO = expression(r"^\W*(?:go|proceed|continue)(?:\W|$)", re.IGNORECASE)
_NO_GO = expression(r"^\W*(?:no[\s-]?go|stop|abort|postpone|hold)(?:\W|$)", re.IGNORECASE)
_BUT = expression(r"\b(?:with|if|when|ask|unless|only|approval|maybe|depends|decides?)\b", re.IGNORECASE)


def rows(header: Sequence[str], body: Sequence[Row]) -> list[tuple[int, str, Polarity]]:
    """The conditions of such a table; none where its rows are work, or states that were checked."""
    at = next((at for at, name in enumerate(header) if at and _kind(name) is not None), None)
    if at is None or len(body) < 2:
        return []
    kind = _kind(header[at])
    cells = [row[at] if at < len(row) else "" for _, row in body]
    found = [_answer(cell, kind) for cell in cells]
    if any(one is None for one in found):
        return []
    if not _CONDITION.match(header[0]) and sum(1 for _, row in body if hints.ill(row[0])) * 2 < len(body):
        return []
    return [
        (line, row[0].strip(), polarity)
        for (line, row), polarity in zip(body, found, strict=True)
        if polarity is not None and row[0].strip()
    ]


def _kind(name: str) -> str | None:
    return next(
        (kind for kind, form in (("bars", _BARS), ("passes", _PASSES), ("decides", _DECIDES)) if form.match(name)), None
    )


def _answer(cell: str, kind: str | None) -> Polarity | None:
    if kind == "decides":
        bars, passes = _NO_GO.match(cell), _GO.match(cell)
    else:
        yes, no = _YES.match(cell), _NO.match(cell)
        bars, passes = (yes, no) if kind == "bars" else (no, yes)
    if bars is not None:
        return Polarity.DO
    if passes is None:
        return None
    return Polarity.CONSIDER if _BUT.search(cell) else Polarity.DONT
