"""Tables: people who sign, conditions of a rollback, and checklists with a box or an empty column for the status."""

# a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import (
    assent,
    boxes,
    capacities,
    conditions,
    entries,
    forms,
    hands,
    in_cells,
    ledgers,
    legends,
    markdown,
    on_record,
    presumed,
    retreat,
    seen,
    signoffs,
    triggers,
    verdicts,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole, StepKind, StepRole
from runbook_tui.document.signoffs import Slot

Rows = list[tuple[int, list[str]]]

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
_BACK = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})
_COUNTER = expression(r"^\W*(?:#|no\.?|nr\.?|id|ref\.?)?\W*$", re.IGNORECASE)
_NUMBER = expression(  # or a time, before what is done then
    r"^\W*(?:\d+(?:\.\d+)*|T\s?[-−–+±]\s?\d[\w:]*(?:\s?(?:min|h|d|days?|hours?))?|\d{1,2}[:.]\d\d(?:\s?[-–]\s?\d{1,2}[:.]\d\d)?)?\W*$"
)


def take(draft: Draft, block: Block, place: Place) -> dict[int, StepDraft]:
    """Take what a table asks for; the steps that its rows are, by line."""
    draft.prose(place, block.line, block.end_line)
    taken: dict[int, StepDraft] = {}
    header, rows = block.rows[0][1], block.rows[1:]
    if _is_task(header, rows):
        header, rows = ["" for _ in header], block.rows
    if not rows:
        return taken
    if legends.table([row for _, row in rows]):
        draft.taken.update(line for line, _ in block.rows)
        return taken
    if place.part.role is not SectionRole.REFERENCE:
        decided = _signed(draft, header, rows, place, block.rows) or _conditions(draft, header, rows, place)
        if decided:  # what else has a box is one to tick
            rows = [(line, cells) for line, cells in rows if line not in decided and any(map(boxes.inside, cells))]
    if rows:
        _checklist(draft, header, rows, place, taken)
    return taken


def _signed(draft: Draft, header: list[str], rows: Rows, place: Place, every: Rows) -> set[int]:
    """Take the places for a hand; the lines of the rows that have one."""
    names = [markdown.plain(cell) for cell in header]
    if seen.tasks(names, rows) or seen.told(names, rows):
        return set()
    if place.signing and ledgers.headless(header):
        slots = ledgers.slots(["role", "name"], every, signing=True)
    else:
        slots = ledgers.slots(header, rows, signing=place.signing) or presumed.of_rows(draft, header, rows, place)
    asked = dict(rows)
    looked = seen.columns(names, rows) if slots else frozenset()
    for line, slot in slots:
        row = asked.get(line, [])
        for at in sorted(looked):
            if at < len(row) and (mark := in_cells.own_box(row[at])) is not None:
                _boxed(draft, f"{slot.role}: {names[at]}", line, place, mark)
        row = ["" if at in looked else cell for at, cell in enumerate(row)]
        box = in_cells.box_of(row)
        step = _boxed(draft, slot.role, line, place, box) if box is not None else None
        signer = entries.signoff(draft, slot, line, place, step)
        signer.checked = signer.checked or ledgers.signed(row)
        entries.choose(draft, signer, row)
        columns = in_cells.ticked(row)
        if len(columns) > 1:  # `| QA | | ☐ | ☐ |` below Go and No-Go
            choices = tuple(names[at] if at < len(names) else "" for at in columns)
            entries.field(draft, forms.Form(slot.role, choices), signer)
    if not slots:
        for line, slot in ledgers.blank_rows(rows, named=any(cell.strip() for cell in header)):
            entries.signoff(draft, slot, line, place)
    return {line for line, _ in slots}


def _conditions(draft: Draft, header: list[str], rows: Rows, place: Place) -> set[int]:
    """Take the rows that are conditions; their lines."""
    titles = [markdown.plain(cell) for cell in header]
    body = [(line, ["" if in_cells.says_nothing(cell) else markdown.plain(cell) for cell in row]) for line, row in rows]
    mood = None if _gate(titles, rows) else place.polarity
    subject = titles[1] if len(titles) > 1 and _COUNTER.match(titles[0]) else titles[0]
    back = place.part.role in _BACK or (
        retreat.retreats(place.part.title)
        and not _DECISION.search(place.part.title)
        and not any(boxes.inside(cell) for _, row in rows for cell in row)
    )
    if mood is None and back and triggers.under_rollback(subject):
        mood = Polarity.DO  # `| Trigger | Action |` in the rollback plan
    if mood is None and len(titles[0].split()) < 4 and triggers.is_heading(titles[0]):
        mood = triggers.heading_mood(titles[0])  # `| Rollback trigger | Value | Window |`
    found = verdicts.rows(titles, body, mood)
    marked = {line: box for line, row in rows if (box := in_cells.mark_of(row)) is not None}
    for line, text, polarity in found:
        step = _boxed(draft, text, line, place, marked[line]) if line in marked else None
        if step is not None:
            step.role = StepRole.TRIGGER
        entries.trigger(draft, text, line, place, step, mood=polarity)
    if not found:
        draft.conditions += conditions.of_table(titles, body, severity=place.severity)
    told = {line for line, _, _ in found}
    return told - {line for line, row in rows if sum(map(boxes.inside, row)) > 1}


_DECISION = expression(r"\bgo\s*(?:/|or|-)\s*no\b|\bno[\s-]?go\b", re.IGNORECASE)  # of what must hold
_PASSED = expression(r"^\W*(?:go|ok(?:ay)?|green|ready|good|clear|pass(?:ed)?|fulfilled|erfüllt)\W*$", re.IGNORECASE)


def _gate(titles: list[str], rows: Rows) -> bool:
    """Whether each row must hold before one goes on: `| Statement | Owner | Go |` with a box below "Go"."""
    return any(
        _PASSED.match(name) and all(at < len(cells) and boxes.only(cells[at]) for _, cells in rows)
        for at, name in enumerate(titles)
    )


def _checklist(
    draft: Draft,
    header: list[str],
    rows: Rows,
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
    for line, row in rows:
        title = markdown.plain(row[what]) if what is not None and what < len(row) else ""
        box = in_cells.box_of(row)
        if box is not None:
            step = _boxed(draft, markdown.plain(box.rest) or title or _words(row), line, place, box)
            taken[line] = step
            if line in either:
                step.role, step.optional = StepRole.OPTION, True
            _assent(draft, row, step, place)
        elif any(map(boxes.inside, row)):
            _several(draft, header, row, line, place)
        elif title and at is not None:
            step = draft.step(StepKind.CHECK, title, line, line, place)
            taken[line] = step
            tick = boxes.match(f"{row[at].strip()} ", ticks=True) if at < len(row) else None
            step.checked = tick is not None and tick.checked


def _alternatives(rows: Rows) -> set[int]:
    """The rows that are the values one field can have: `| Quantization | [ ] bf16 |` over `| | [ ] fp8 |`.

    In a list of tasks every row has a box; a form has other values beside.
    """
    boxed = [in_cells.box_of(cells) for _, cells in rows]
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


def _outcomes(header: list[str], rows: Rows, what: int | None, place: Place) -> set[int]:
    """The rows that are all the answers to one question: `| Released | [ ] |` over `| Rolled back | [ ] |`."""
    if what is None or not all(in_cells.box_of(cells) for _, cells in rows):
        return set()
    said = [markdown.plain(cells[what]) if what < len(cells) else "" for _, cells in rows]
    asked = markdown.plain(header[what]) or place.ask or place.part.title
    others = any(
        cell.strip() for _, cells in rows for at, cell in enumerate(cells) if at != what and not boxes.only(cell)
    )
    picked = place.polarity is None and forms.of_a_kind(asked or place.part.title, said)
    if picked and any(at != what and _APPLIES.match(markdown.plain(name)) for at, name in enumerate(header)):
        return {line for line, _ in rows}  # `| Reason | Applies |`
    return set() if others or not forms.choice(said, asked, place.part.title) else {line for line, _ in rows}


_APPLIES = expression(
    r"^\W*(?:applies|applicable|applying|selected|chosen|choice|picked|this\s+(?:time|run|change|release|one)|(?:tick|mark|check|cross|pick|choose|select)(?:\s+(?:only\s+)?one)?|x|yes|here|today|tonight|trifft\s+zu|zutreffend(?:es)?|auswahl|ausgewählt|concerné|aplica|van\s+toepassing)?\W*$",
    re.IGNORECASE,
)


def _is_task(header: list[str], rows: Rows) -> bool:
    """Whether a converter made a header of the first task: `| ☐ | Stop the interface |` over rows of its kind."""
    if not any(map(boxes.inside, header)):
        return False
    if any(boxes.inside(cell) and not boxes.only(cell) for cell in header):
        return True  # `| [ ] Lights on | [ ] Doors shut |`
    at = next(at for at, cell in enumerate(header) if boxes.inside(cell))
    if len(header) < 2:
        return False
    same = sum(1 for _, row in rows if at < len(row) and boxes.inside(row[at]) and boxes.only(row[at]))
    return same == len(rows) and max(len(cell.split()) for cell in header) > 2


def _assent(draft: Draft, cells: list[str], step: StepDraft, place: Place) -> None:
    """A row with a box in which somebody confirms: `| ☐ | Go-live confirmed by: ____ (controller) |`."""
    if place.part.role is SectionRole.REFERENCE:
        return
    words = [cell for cell in cells if not boxes.inside(cell) and not on_record.stands(cell, signing=place.signing)]
    slot = next(
        (slot for cell in words if (slot := assent.slot(cell, box=True) or _initialled(cell)) is not None), None
    )
    if slot is not None and slot.role:
        entries.signoff(draft, slot, step.line, place, step)


def _initialled(cell: str) -> Slot | None:
    """Who is to initial what a cell says: "Shift leader gives clearance (initials)", "Acceptance by the night desk"."""
    if (given := _GIVEN_BY.match(markdown.plain(cell))) is not None and (
        hands.person(given["who"]) or capacities.is_person(given["who"], loose=True)
    ):
        return Slot(signoffs.role_of(given["who"]), ())
    return signoffs.slot(f"{cell}:", box=True, signing=False) if _INITIALS.search(cell) else None


_GIVEN_BY = expression(
    r"^\W*(?:(?:final|formal|written|business|technical|customer)\s+)?(?:acceptance|approval|release|sign[\s-]?off|clearance|consent|authori[sz]ation|countersignature|go-?ahead|visa|abnahme|freigabe)\s+(?:by|from|through|durch)\s+(?:the\s+|our\s+|den\s+|die\s+|das\s+)?(?P<who>[^,;:|()]{2,50}?)\s*(?:\([^()]*\))?\W*$",
    re.IGNORECASE,
)
_INITIALS = expression(r"\((?:initials?|signature|sign)\)\W*$", re.IGNORECASE)


def _several(draft: Draft, header: list[str], row: list[str], line: int, place: Place) -> None:
    """A row with several boxes: a choice when they stand for verdicts, else a task for each column."""
    words = " ".join(text for cell in row if (text := markdown.plain(cell)) and not boxes.inside(cell))
    columns = in_cells.ticked(row)
    titles = {at: markdown.plain(name) for at, name in enumerate(header)}
    names = [titles.get(at, "") for at in columns]
    if len(columns) > 1 and (forms.choice(names) or all(map(forms.verdict, names))):
        entries.field_step(draft, forms.Form(words, tuple(names)), line, line, place)
        return
    if len(columns) < 2 and (choices := in_cells.beside(row)):
        entries.field_step(draft, forms.Form(words, choices), line, line, place)
        return
    people = len(columns) > 1 and place.part.role is not SectionRole.REFERENCE and ledgers.over_columns(names)
    for at, cell in enumerate(row):
        found = in_cells.read(cell, words, titles.get(at, ""), place.part.title) if boxes.inside(cell) else []
        if isinstance(found, forms.Form):
            entries.field_step(draft, found, line, line, place)
            continue
        for task in found:
            step = _boxed(draft, task.title, line, place, boxes.Box(task.checked, ""))
            if people and at in columns:
                entries.signoff(draft, Slot(titles.get(at, ""), ()), line, place, step)


def _boxed(draft: Draft, title: str, line: int, place: Place, box: boxes.Box) -> StepDraft:
    step = draft.step(StepKind.CHECK, title, line, line, place)
    step.box, step.checked = True, box.checked
    draft.taken.add(line)
    return step


def _words(cells: list[str]) -> str:
    return next(
        (text for cell in cells if (text := markdown.plain(cell)) and not boxes.only(cell) and not _NUMBER.match(text)),
        "",
    )


def _column(header: list[str], rows: Rows) -> int | None:
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


def _numbers(rows: Rows, at: int) -> bool:
    return all(_NUMBER.match(cells[at]) for _, cells in rows if at < len(cells))
