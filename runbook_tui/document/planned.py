"""How long a document says that its work takes. Pure."""

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Runbook, Section, SectionRole

_UNIT = r"(h(?:ours?|rs?)?|min(?:ute)?s?|m|sec(?:ond)?s?|s)\b"
_NUMBER = r"(\d+(?:\.\d+)?)"
_SPAN = expression(
    rf"{_NUMBER}(?:\s*(?:-|–|to)\s*{_NUMBER})?\s*{_UNIT}(?:\s*(?:and\s*)?{_NUMBER}\s*{_UNIT})?", re.IGNORECASE
)
_IN_TITLE = expression(r"\(\s*(?:about|approx\.?|ca\.?|~|≈)?\s*([^()]*?\d[^()]*)\)\s*$")
_SAID = expression(
    r"\b(?:estimated|expected|total|planned)?\s*(?:time|duration|length)\b[^:\n]{0,20}:[ *_]*([^\n]+)"
    r"|\b(?:takes?|lasts?)\s+(?:about|approximately|around|roughly|~)?\s*([^\n.]+)",
    re.IGNORECASE,
)
_LONGEST = 48 * 3600.0  # what is longer is a watch, not a piece of work
_ASIDE = frozenset({SectionRole.ROLLBACK, SectionRole.TRIGGERS, SectionRole.EMERGENCY, SectionRole.REFERENCE})


def planned(runbook: Runbook) -> float | None:
    """Seconds the whole document is planned to take: said for all of it, else the sum of its parts; None if nowhere.

    Of a span the longer end counts. Sections aside from the walk (the way back, conditions) count for nothing.
    """
    tops = [section for section in runbook.sections if section.parent is None]
    if len(tops) == 1 and (said := _said(tops[0].prose)) is not None:
        return said
    parts = [_of_section(runbook, section) for section in runbook.sections if _counts(runbook, section)]
    known = [seconds for seconds in parts if seconds is not None]
    return sum(known) if known else None


def _counts(runbook: Runbook, section: Section) -> bool:
    """Not when it is aside, nor when a section above it has said its own time."""
    above = runbook.section_path(section.id)
    if any(one.role in _ASIDE for one in above):
        return False
    return not any(_of_section(runbook, one) is not None for one in above if one.id != section.id)


def _of_section(runbook: Runbook, section: Section) -> float | None:  # noqa: ARG001
    found = _IN_TITLE.search(section.title)
    return seconds(found.group(1)) if found else None


def _said(prose: str) -> float | None:
    for found in _SAID.finditer(" ".join(prose.split("\n"))):
        if (span := seconds(found.group(1) or found.group(2) or "")) is not None:
            return span
    return None


def seconds(text: str) -> float | None:
    """`30 minutes`, `2 hours and 15 minutes`, `10-15 min`; None for what is no length of work."""
    found = _SPAN.match(text.strip(" *_~≈"))
    if found is None:
        return None
    low, high, unit, more, small = found.groups()
    total = float(high or low) * _size(unit) + (float(more) * _size(small) if more else 0.0)
    return total if 0 < total <= _LONGEST else None


def _size(unit: str) -> float:
    return {"h": 3600.0, "m": 60.0, "s": 1.0}[unit[0].lower()]
