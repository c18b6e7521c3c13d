"""Tables: people who sign, conditions of a rollback, and checklists with a box or an empty column for the status."""

from __future__ import annotations

import re

from runbook_tui.document import boxes, conditions, entries, forms, markdown, signoffs, triggers
from runbook_tui.document.draft import Draft, Place
from runbook_tui.document.markdown import Block
from runbook_tui.document.runbook import Polarity, SectionRole, StepKind

_STATUS = re.compile(
    r"^\W*(?:status|done|check(?:ed)?|completed?|tick|ok|✓|✅|☐|☑|✔|\[ \]|verified"
    r"|pass(?:ed)?(?:\s*/\s*fail(?:ed)?)?)\W*$",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\b(?:items?|tasks?|checks?|steps?|actions?|description|activity|requirements?|what|criteri(?:a"
    r"|on)|component)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^\W*(?:\d+(?:\.\d+)*)?\W*$")


def take(draft: Draft, block: Block, place: Place) -> None:
    draft.prose(place, block.line, block.end_line)
    if len(block.rows) < 2:
        return
    header, rows = block.rows[0][1], block.rows[1:]
    if place.part.role is not SectionRole.REFERENCE:
        slots = signoffs.table_slots(header, rows, signing=place.signing)
        for line, slot in slots:
            entries.signoff(draft, slot, line, place)
        if slots:
            return
        titles = [markdown.plain(cell) for cell in header]
        body = [(line, [markdown.plain(cell) for cell in cells]) for line, cells in rows]
        mood = place.polarity
        if mood is None and place.part.role is SectionRole.ROLLBACK and triggers.under_rollback(titles[0]):
            mood = Polarity.DO  # `| Trigger | Action |` in the rollback plan
        found = triggers.rows(titles, body, mood)
        for line, text, polarity in found:
            entries.trigger(draft, text, line, place, None, mood=polarity)
        if found:
            return
        draft.conditions += conditions.of_table(titles, body, severity=place.severity)
    _checklist(draft, header, rows, place)


def _checklist(draft: Draft, header: list[str], rows: list[tuple[int, list[str]]], place: Place) -> None:
    """Each row of a table that is clearly a checklist is offered as something to check; its boxes stay reported."""
    at = _column(header, rows)
    if at is None:
        return
    what = next(
        (
            index
            for index, name in enumerate(header)
            if index != at and _WHAT.search(name) and not _numbers(rows, index)
        ),
        next((index for index in range(len(header)) if index != at and not _numbers(rows, index)), None),
    )
    if what is None:
        return
    for line, cells in rows:
        title = markdown.plain(cells[what]) if what < len(cells) else ""
        if not title:
            continue
        step = draft.step(StepKind.CHECK, title, line, line, place)
        box = boxes.match(f"{cells[at].strip()} ", ticks=True) if at < len(cells) else None
        step.checked = box is not None and box.checked


def _column(header: list[str], rows: list[tuple[int, list[str]]]) -> int | None:
    for at, name in enumerate(header):
        cells = [cells[at].strip() if at < len(cells) else "" for _, cells in rows]
        if any(boxes.inside(cell) for cell in cells) and all(not cell or boxes.only(cell) for cell in cells):
            return at
        if (
            _STATUS.match(markdown.plain(name))
            and len(rows) > 1
            and not any(cell and not forms.has_blank(cell) for cell in cells)
        ):
            return at
    return None


def _numbers(rows: list[tuple[int, list[str]]], at: int) -> bool:
    return all(_NUMBER.match(cells[at]) for _, cells in rows if at < len(cells))
