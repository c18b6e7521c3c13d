"""Columns of boxes that tell what was seen to be so, beside one for the hand: `| Key holder | ID checked | Signature |`.

The hand is that of who stands in the row, the box is not: whoever walks the runbook ticks it.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import boxes, forms, hands
from runbook_tui.document.capacities import CONTACT
from runbook_tui.document.forms import bare, has_blank
from runbook_tui.document.patterns import expression

Rows = Sequence[tuple[int, Sequence[str]]]

_GIVEN = expression(  # what only somebody can give
    r"\b(?:go|no-?\s?go|approv\w+|agree\w*|accept\w*|releas\w+|grant\w*|author\w+|consent\w*|endors\w+|counter-?sign\w*|sign\w*|ok|okay|vote\w*|decision|verdict|permi\w+|clear\w*|ready|(?:un)?satisfied|initial\w*|freigabe|freigegeben|genehmigt|zustimmung)\b",
    re.IGNORECASE,
)
_SEEN = expression(
    r"\b(?:(?!need|sign|feed|embed|bed\b|shed\b|speed)\w{2,}ed|done|met|seen|read|told|known|present|here|there|in\s+(?:the\s+)?(?:place|room|hand|call)|on\s+(?:site|call|the\s+(?:call|bridge|line))|at\s+(?:the\s+)?(?:hand|desk)|reached|reachable|available|attend\w+|id|badge|passport|papers|briefing|training|fit|valid|complete|true|holds?|erledigt|erfüllt|anwesend|geprüft|vorhanden|informiert|bestanden|fait|présent|rempli|hecho|presente|cumplido|fatto|gedaan|aanwezig|voldaan)\b",
    re.IGNORECASE,
)
_TICKED = expression(  # over rows that are no persons these are no more than the tick
    r"^\W*(?:confirm\w*|ok|okay|check|tick|status|yes|true|ready|clear|pass|go|box|result|x|✓|✔|✅|☑|☐)?\W*$",
    re.IGNORECASE,
)
_HAND = expression(
    r"\b(?:initials?|initialled|signature|sign|signed|visa|paraph|stamp|unterschrift|kürzel|visum|handzeichen|firma|handtekening|paraaf)\b|^\W*(?:\w+\s+)?by(?:\s+whom)?\W*$|^\W*(?:name|who)\W*$",
    re.IGNORECASE,
)
_ASSENT = expression(r"\b(?:approv\w+|consents?|sign-?offs?|acceptance|clearance|go-?ahead|go/no-go)\b", re.IGNORECASE)


def columns(names: Sequence[str], rows: Rows) -> frozenset[int]:
    """The columns of boxes that tell what was seen, where another is open for the hand.

    In a log of things, `| Broker | data moved | lag = 0 | Initials |`, that is every one with a name that is no answer.
    """
    found = _of_boxes(rows, len(names))
    if not found or _hand(names, rows) is None:
        return frozenset()
    of_people = any(hands.person(_cell(row, at)) for _, row in rows for at in range(len(names)) if at not in found)
    return frozenset(
        at
        for at in found
        if not _GIVEN.search(names[at])
        and (_SEEN.search(names[at]) or (not of_people and names[at] and not _answers(names[at])))
    )


def _answers(name: str) -> bool:
    """Whether a column stands for a verdict, or for somebody."""
    return forms.verdict(name) or hands.person(name) or _TICKED.match(name) is not None


def tasks(names: Sequence[str], rows: Rows) -> bool:
    """Whether rows are tasks or what must hold, each with its box, and a column tells whose hand ticked it."""
    found = _of_boxes(rows, len(names))
    hand = _hand(names, rows)
    if len(found) != 1 or hand is None or len(rows) < 2:
        return False
    box = found[0]
    name = names[box]
    if not (_TICKED.match(name) or (_SEEN.search(name) and not _GIVEN.search(name))):
        return False
    others = [at for at in range(len(names)) if at not in {box, hand}]
    if any(hands.person(said) or _ASSENT.search(said) for _, row in rows for at in others if (said := _cell(row, at))):
        return False
    return any(sum(len(_cell(row, at).split()) for _, row in rows) >= 3 * len(rows) for at in others)


def told(names: Sequence[str], rows: Rows) -> bool:
    """Whether a box tells that those in the rows were told or came back: `| Group | Contact | Informed |`."""
    found = _of_boxes(rows, len(names))
    if len(found) != 1 or not any(map(CONTACT.search, names)):
        return False
    name = names[found[0]]
    return _SEEN.search(name) is not None and _GIVEN.search(name) is None


def _hand(names: Sequence[str], rows: Rows) -> int | None:
    """The column that waits for the hand in every row."""
    return next(
        (
            at
            for at, name in enumerate(names)
            if _HAND.search(name) and all(not _cell(row, at) or has_blank(_cell(row, at)) for _, row in rows)
        ),
        None,
    )


def _of_boxes(rows: Rows, width: int) -> list[int]:
    """The columns that have a box and nothing else in every row."""
    first = rows[0][1] if rows else ()
    return [
        at
        for at in range(min(width, len(first)))
        if boxes.inside(first[at]) and all(at < len(row) and boxes.only(row[at]) for _, row in rows)
    ]


def _cell(row: Sequence[str], at: int) -> str:
    return bare(row[at]) if at < len(row) else ""
