"""Tables: people who sign, conditions of a rollback, and checklists with a box or an empty column for the status."""

from __future__ import annotations

import re

from runbook_tui.document import (
    assent,
    boxes,
    conditions,
    entries,
    forms,
    ledgers,
    markdown,
    presumed,
    signoffs,
    triggers,
    verdicts,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole, StepKind, StepRole
from runbook_tui.document.signoffs import Slot

_STATUS = expression(
    r"^\W*(?:status|done|check(?:ed)?|completed?|tick|ok|✓|✅|☐|☑|✔|\[ \]|verified"
    r"|pass(?:ed)?(?:\s*/\s*fail(?:ed)?)?)\W*$",
    re.IGNORECASE,
)
_WHAT = expression(
    r"\b(?:items?|tasks?|checks?|steps?|actions?|description|activity|requirements?|what|criteri(?:a"
    r"|on)|component)\b",
    re.IGNORECASE,
)
_BREAK = expression(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_BACK = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})
_COUNTER = expression(r"^\W*(?:#|no\.?|nr\.?|id|ref\.?)?\W*$", re.IGNORECASE)
_NUMBER = expression(  # or a time, before what is done then
    r"^\W*(?:\d+(?:\.\d+)*|T\s?[-−–+±]\s?\d[\w:]*(?:\s?(?:min|h|d|days?|hours?))?|\d{1,2}[:.]\d\d(?:\s?[-–]\s?\d{1,2}[:.]\d\d)?)?\W*$"
)


def take(draft: Draft, block: Block, place: Place) -> dict[int, StepDraft]:
    """Take what a table asks for; the steps that its rows are, by line."""
    draft.prose(place, block.line, block.end_line)
    taken: dict[int, StepDraft] = {}
    if len(block.rows) < 2:
        return taken
    header, rows = block.rows[0][1], block.rows[1:]
    if _is_task(header, rows):
        header, rows = ["" for _ in header], block.rows
    if place.part.role is not SectionRole.REFERENCE:
        if place.signing and ledgers.headless(header):
            slots = ledgers.slots(["role", "name"], block.rows, signing=True)
        else:
            slots = ledgers.slots(header, rows, signing=place.signing) or presumed.of_rows(draft, header, rows, place)
        asked = dict(rows)
        for line, slot in slots:
            cells = asked.get(line, [])
            box = _box_of(cells)
            step = _boxed(draft, slot.role, line, place, box) if box is not None else None
            signer = entries.signoff(draft, slot, line, place, step)
            signer.checked = signer.checked or ledgers.signed(cells)
            entries.choose(draft, signer, cells)
            columns = _ticked_columns(cells)
            if len(columns) > 1:  # `| QA | | ☐ | ☐ |` below Go and No-Go
                choices = tuple(markdown.plain(header[at]) if at < len(header) else "" for at in columns)
                entries.field(draft, forms.Form(slot.role, choices), signer)
        if slots:
            return taken
        for line, slot in ledgers.blank_rows(rows, named=any(cell.strip() for cell in header)):
            entries.signoff(draft, slot, line, place)
        titles = [markdown.plain(cell) for cell in header]
        body = [
            (line, ["" if boxes.inside(cell) and boxes.only(cell) else markdown.plain(cell) for cell in cells])
            for line, cells in rows
        ]
        mood = None if _gate(titles, rows) else place.polarity
        subject = titles[1] if len(titles) > 1 and _COUNTER.match(titles[0]) else titles[0]
        if mood is None and place.part.role in _BACK and triggers.under_rollback(subject):
            mood = Polarity.DO  # `| Trigger | Action |` in the rollback plan
        if mood is None and len(titles[0].split()) < 4 and triggers.is_heading(titles[0]):
            mood = triggers.heading_mood(titles[0])  # `| Rollback trigger | Value | Window |`
        found = verdicts.rows(titles, body, mood)
        marked = {line: box for line, cells in rows if (box := _box_of(cells)) is not None}
        for line, text, polarity in found:
            step = _boxed(draft, text, line, place, marked[line]) if line in marked else None
            if step is not None:
                step.role = StepRole.TRIGGER
            entries.trigger(draft, text, line, place, step, mood=polarity)
        if found:
            return taken
        draft.conditions += conditions.of_table(titles, body, severity=place.severity)
    _checklist(draft, header, rows, place, taken)
    return taken


_PASSED = expression(r"^\W*(?:go|ok(?:ay)?|green|ready|good|clear|pass(?:ed)?|fulfilled|erfüllt)\W*$", re.IGNORECASE)


def _gate(titles: list[str], rows: list[tuple[int, list[str]]]) -> bool:
    """Whether each row must hold before one goes on: `| Statement | Owner | Go |` with a box below "Go"."""
    return any(
        _PASSED.match(name) and all(at < len(cells) and boxes.only(cells[at]) for _, cells in rows)
        for at, name in enumerate(titles)
    )


def _checklist(
    draft: Draft,
    header: list[str],
    rows: list[tuple[int, list[str]]],
    place: Place,
    taken: dict[int, StepDraft],
) -> None:
    """Each row of a table that is clearly a checklist is something to check: a box where it has one."""
    at = _column(header, rows)
    what = None
    if at is not None:
        names = [index for index in range(len(header)) if index != at and not _numbers(rows, index)]
        what = next((index for index in names if _WHAT.search(header[index])), names[0] if names else None)
    either = _alternatives(rows) or _outcomes(header, rows, what, place)
    for line, cells in rows:
        title = markdown.plain(cells[what]) if what is not None and what < len(cells) else ""
        box = _box_of(cells)
        if box is not None:
            step = _boxed(draft, markdown.plain(box.rest) or title or _words(cells), line, place, box)
            taken[line] = step
            if line in either:
                step.role, step.optional = StepRole.OPTION, True
            _assent(draft, cells, step, place)
        elif sum(map(boxes.inside, cells)) > 1:
            _several(draft, header, cells, line, place)
        elif title and at is not None:
            step = draft.step(StepKind.CHECK, title, line, line, place)
            taken[line] = step
            tick = boxes.match(f"{cells[at].strip()} ", ticks=True) if at < len(cells) else None
            step.checked = tick is not None and tick.checked


def _alternatives(rows: list[tuple[int, list[str]]]) -> set[int]:
    """The rows that are the values one field can have: `| Quantization | [ ] bf16 |` over `| | [ ] fp8 |`.

    In a list of tasks every row has a box; a form has other values beside.
    """
    boxed = [_box_of(cells) for _, cells in rows]
    if all(boxed) or any(len(cells) < 2 for _, cells in rows):
        return set()
    found: set[int] = set()
    at = 0
    while at < len(rows):
        end = at + 1
        while end < len(rows) and not rows[end][1][0].strip() and boxed[end] is not None:
            end += 1
        said = [markdown.plain(box.rest) for box in boxed[at:end] if box is not None]
        if end - at > 1 and len(said) == end - at and rows[at][1][0].strip() and forms.values(said):
            found |= {line for line, _ in rows[at:end]}
        at = end
    return found


def _outcomes(header: list[str], rows: list[tuple[int, list[str]]], what: int | None, place: Place) -> set[int]:
    """The rows that are all the answers to one question: `| Released | [ ] |` over `| Rolled back | [ ] |`."""
    if what is None or not all(_box_of(cells) for _, cells in rows):
        return set()
    said = [markdown.plain(cells[what]) if what < len(cells) else "" for _, cells in rows]
    asked = markdown.plain(header[what]) or place.ask or place.part.title
    others = any(
        cell.strip() for _, cells in rows for at, cell in enumerate(cells) if at != what and not boxes.only(cell)
    )
    return set() if others or not forms.choice(said, asked, place.part.title) else {line for line, _ in rows}


def _is_task(header: list[str], rows: list[tuple[int, list[str]]]) -> bool:
    """Whether a converter made a header of the first task: `| ☐ | Stop the interface |` over rows of its kind."""
    at = next((at for at, cell in enumerate(header) if boxes.inside(cell) and boxes.only(cell)), None)
    if at is None or len(header) < 2:
        return False
    same = sum(1 for _, cells in rows if at < len(cells) and boxes.inside(cells[at]) and boxes.only(cells[at]))
    return same == len(rows) and max(len(cell.split()) for cell in header) > 2


def _assent(draft: Draft, cells: list[str], step: StepDraft, place: Place) -> None:
    """A row with a box in which somebody confirms: `| ☐ | Go-live confirmed by: ____ (controller) |`."""
    if place.part.role is SectionRole.REFERENCE:
        return
    words = [cell for cell in cells if not boxes.inside(cell)]
    slot = next(
        (slot for cell in words if (slot := assent.slot(cell, box=True) or _initialled(cell)) is not None), None
    )
    if slot is not None and slot.role:
        entries.signoff(draft, slot, step.line, place, step)


def _initialled(cell: str) -> Slot | None:
    """Who is to initial what a cell says: "Shift leader gives clearance (initials)"."""
    return signoffs.slot(f"{cell}:", box=True, signing=False) if _INITIALS.search(cell) else None


_INITIALS = expression(r"\((?:initials?|signature|sign)\)\W*$", re.IGNORECASE)


def _several(draft: Draft, header: list[str], cells: list[str], line: int, place: Place) -> None:
    """A row with several boxes: a choice when they stand for verdicts, else a task for each column."""
    words = " ".join(text for cell in cells if (text := markdown.plain(cell)) and not boxes.inside(cell))
    columns = _ticked_columns(cells)
    names = [markdown.plain(header[at]) if at < len(header) else "" for at in columns]
    if len(columns) > 1 and not (forms.choice(names) or all(map(forms.verdict, names))):
        people = place.part.role is not SectionRole.REFERENCE and ledgers.over_columns(names)
        for at, name in zip(columns, names, strict=True):
            box = boxes.match(f"{cells[at].strip(' *`')} ")
            if box is not None:
                step = _boxed(draft, f"{words}: {name}" if words and name else words or name, line, place, box)
                if people:
                    entries.signoff(draft, Slot(name, ()), line, place, step)
        return
    for cell in cells:
        form = forms.read(_BREAK.sub(" ", cell)) if boxes.inside(cell) > 1 else None
        if form is not None and form.choices:
            entries.field_step(draft, forms.Form(words or form.label, form.choices), line, line, place)
            return
    if len(columns) > 1:
        entries.field_step(draft, forms.Form(words, tuple(names)), line, line, place)


def _ticked_columns(cells: list[str]) -> list[int]:
    return [at for at, cell in enumerate(cells) if boxes.inside(cell) == 1 and boxes.only(cell)]


def _boxed(draft: Draft, title: str, line: int, place: Place, box: boxes.Box) -> StepDraft:
    step = draft.step(StepKind.CHECK, title, line, line, place)
    step.box, step.checked = True, box.checked
    draft.taken.add(line)
    return step


def _box_of(cells: list[str]) -> boxes.Box | None:
    """The one box of a row: alone in its cell, or before the words of one. Two are a choice, and no task."""
    if sum(map(boxes.inside, cells)) != 1:
        return None
    cell = next(cell for cell in cells if boxes.inside(cell)).strip(" *`")
    return boxes.match(f"{cell} ")


def _words(cells: list[str]) -> str:
    return next(
        (text for cell in cells if (text := markdown.plain(cell)) and not boxes.only(cell) and not _NUMBER.match(text)),
        "",
    )


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


def numbered(text: str) -> bool:
    """Whether a cell holds a number or a time, and nothing that is done."""
    return _NUMBER.match(text) is not None


def _numbers(rows: list[tuple[int, list[str]]], at: int) -> bool:
    return all(_NUMBER.match(cells[at]) for _, cells in rows if at < len(cells))
