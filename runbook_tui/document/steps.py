"""Steps: a walk over the blocks of each section."""

from __future__ import annotations

import re
from dataclasses import replace

from runbook_tui.document import annotation, boxes, commands, conditions, fences, markdown, outline, signoffs, windows
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.runbook import (
    Condition,
    Field,
    Polarity,
    SectionRole,
    Severity,
    SignOff,
    StepKind,
    StepRole,
)

_ADMONITIONS = re.compile(
    r"^\{(?:note|warning|tip|important|caution|danger|attention|hint|seealso|admonition|dropdown"
    r"|details|tab-item|tab-set|card|versionadded|error)[^}]*\}"
)
_SEVERITY = re.compile(r"\b(critical|warning|info(?:rmational)?)\b", re.IGNORECASE)
_LIMITS = re.compile(
    r"\b(?:alert\w*|thresholds?|criteria|slos?|slas?|gates?|limits?|targets?|metrics|requirements)\b", re.IGNORECASE
)
_YAML = frozenset(["yaml", "yml"])
_MARKDOWN = frozenset(["markdown", "md"])


def walk(draft: Draft, part: Part) -> None:
    """Take everything that stands directly in a section."""
    draft.windows += windows.find(part.title, part.line)
    words = f"{part.title} {part.lead}"
    severity = _SEVERITY.search(words)
    place = Place(
        part,
        polarity=conditions.mood(part.title) if part.role is SectionRole.TRIGGERS else None,
        signing=part.role is SectionRole.SIGNOFF,
        procedure=part.procedure,
        severity=_severity(severity) if severity else ("gate" if _LIMITS.search(words) else None),
        lead=part.title if part.pseudo else "",
    )
    if part.lead:
        part.prose.append(part.lead)
    _blocks(draft, part.blocks, place)


def _severity(match: re.Match[str]) -> str:
    word = match[1].lower()
    return "info" if word.startswith("info") else word


def _blocks(draft: Draft, blocks: list[Block], place: Place) -> None:
    """Take some blocks in order; the words of a paragraph colour what follows it."""
    here = place
    for index, block in enumerate(blocks):
        here.said = {**here.said, **here.part.takes.pop(block.line, {})}
        match block.kind:
            case "paragraph" | "heading":
                following = blocks[index + 1].kind if index + 1 < len(blocks) else ""
                here = _paragraph(draft, block, place, here, following)
                continue
            case "list":
                _list(draft, block, here)
            case "fence" | "indented":
                _code(draft, block, here)
            case "table":
                _table(draft, block, here)
            case "quote":
                if _holds_steps(block):
                    _blocks(draft, block.children, replace(here))
                else:
                    draft.prose(here, block.line, block.end_line)
            case "html":
                if (said := _comments(draft, block)) is not None:
                    here.said = {**here.said, **said}
                    continue
                if not block.raw.lstrip().startswith("<!--"):
                    draft.prose(here, block.line, block.end_line)
            case _:  # a rule ends what was to be signed
                if place.signing and any(
                    step.part is place.part and step.signoff is not None for step in draft.steps[-50:]
                ):
                    place = replace(place, signing=False)
        here = replace(place, lead="", said={}, polarity=here.polarity if place.polarity is not None else None)


def _comments(draft: Draft, block: Block) -> dict[str, object] | None:
    said: dict[str, object] | None = None
    for text in markdown.comments(block):
        if (values := annotation.comment(text)) is not None:
            outline.report_unknown(values, block.line, draft.findings)
            said = {**(said or {}), **values}
    return said


def _paragraph(draft: Draft, block: Block, place: Place, here: Place, following: str) -> Place:
    """Keep a paragraph for the reader, and what it announces for the next block."""
    text = block.text
    said = here.said
    if block.kind == "paragraph" and not _blanks(draft, block, here):
        draft.prose(here, block.line, block.end_line)
    announced = conditions.polarity(text) if following in {"list", "table"} else None
    if announced is None and place.polarity is not None:
        announced = here.polarity
    severity = _SEVERITY.search(text) if following == "list" and len(text) < 100 else None
    return replace(
        place,
        lead=text,
        said=said,
        polarity=announced,
        signing=place.signing or signoffs.is_lead(text),
        severity=_severity(severity) if severity else place.severity,
        procedure=place.procedure
        or (
            following == "list"
            and bool(re.search(r"\b(?:steps|following|procedure)\b.*:$", text, re.IGNORECASE))
            and place.part.role is not SectionRole.REFERENCE
        ),
    )


def _blanks(draft: Draft, block: Block, place: Place) -> bool:
    """Take the lines of a paragraph that are blanks to fill in; True when nothing else stands in it."""
    rows = block.raw.split("\n")
    taken = 0
    for offset, raw in enumerate(rows):
        line = block.line + offset
        if (
            place.signing
            and signoffs.has_blank(raw)
            and (slot := signoffs.slot(raw, box=False)) is not None
            and slot.role
        ):
            _signoff(draft, slot, line, place)
        elif ("_" in raw or "[" in raw or "/" in raw) and (form := signoffs.form(raw)) is not None and form.label:
            step = draft.step(StepKind.FIELD, markdown.plain(form.label), line, line, place)
            _field(draft, form, step)
            draft.taken.add(line)
        else:
            continue
        taken += 1
    return taken == len(rows)


def _signoff(draft: Draft, slot: signoffs.Slot, line: int, place: Place, step: StepDraft | None = None) -> StepDraft:
    role = markdown.plain(slot.role)
    if step is None:
        step = draft.step(StepKind.SIGNOFF, role, line, line, place)
    step.kind = StepKind.SIGNOFF
    step.role = StepRole.SIGNOFF
    step.signoff = len(draft.signoffs)
    draft.signoffs.append(SignOff(role=role, line=line, section=place.part.id, fields=slot.fields, step=step.id))
    return step


def _field(draft: Draft, form: signoffs.Form, step: StepDraft) -> None:
    step.field = len(draft.fields)
    draft.fields.append(Field(label=markdown.plain(form.label), line=step.line, choices=form.choices, step=step.id))


def _list(draft: Draft, block: Block, place: Place) -> None:
    if not _takes_items(block, place):
        draft.prose(place, block.line, block.end_line)
        return
    for item in block.children:
        _item(draft, item, replace(place, said=dict(place.said)), ordered=block.ordered)


def _takes_items(block: Block, place: Place) -> bool:
    if place.polarity is not None or (block.ordered and place.procedure) or _holds_steps(block):
        return True
    return any(
        signoffs.has_blank(child.raw) or (place.severity is not None and conditions.comparison(child.raw))
        for child in _texts(block)
    )


def _texts(block: Block) -> list[Block]:
    found: list[Block] = []
    for child in block.children:
        if child.kind == "paragraph":
            found.append(child)
        else:
            found += _texts(child)
    return found


def _holds_steps(block: Block) -> bool:
    """Whether a box or code stands anywhere inside."""
    if block.kind in {"fence", "indented"}:
        return True
    if (
        block.kind == "item"
        and block.children
        and block.children[0].kind == "paragraph"
        and boxes.match(block.children[0].raw)
    ):
        return True
    return any(_holds_steps(child) for child in block.children)


def _item(draft: Draft, item: Block, place: Place, *, ordered: bool) -> None:
    first = item.children[0] if item.children and item.children[0].kind in {"paragraph", "heading"} else None
    if first is None:
        _empty_box(draft, item, place)
        _blocks(draft, item.children, place)
        return
    for text in markdown.comments(first):
        if (values := annotation.comment(text)) is not None:
            outline.report_unknown(values, first.line, draft.findings)
            place.said = {**place.said, **values}
    box = boxes.match(first.raw)
    rest = item.children[1:]
    if box is not None:
        step = _box(draft, item, first, box, place)
        named = _SEVERITY.search(step.title) if len(step.title) < 60 and _LIMITS.search(step.title) else None
        inner = replace(
            place,
            parent=step,
            depth=place.depth + 1,
            lead="",
            said={},
            severity=_severity(named) if named else place.severity,
        )
    elif place.polarity is not None:
        _condition(draft, first.text, first.line, place, None)
        inner = replace(place, lead="")
    elif place.signing and (slot := signoffs.slot(first.raw, box=False)) is not None:
        step = _signoff(draft, slot, first.line, place)
        inner = replace(place, parent=step, lead="")
    elif "_" in first.raw and (form := signoffs.form(first.raw)) is not None and form.label:
        step = draft.step(StepKind.FIELD, markdown.plain(form.label), first.line, first.end_line, place)
        _field(draft, form, step)
        inner = replace(place, parent=step, lead="")
    elif ordered and place.procedure:
        step = draft.step(StepKind.CHECK, first.text, item.line, item.end_line, place)
        _annotate(step, place)
        commands.of_inline(draft, first, step, place)
        _gate(draft, first.text, first.line, place, step)
        inner = replace(place, parent=step, lead="", said={})
    else:
        _gate(draft, first.text, first.line, place, None)
        draft.prose(place, first.line, first.end_line)
        severity = _SEVERITY.search(first.text) if len(first.text) < 60 else None
        inner = replace(
            place, lead=first.text, severity=_severity(severity) if severity and place.severity else place.severity
        )
    _blocks(draft, rest, inner)


def _empty_box(draft: Draft, item: Block, place: Place) -> None:
    """An item that starts with a fence or a list has no text; a box may still stand in its first line."""
    if not item.children and (found := re.search(r"(?:[-*+]|\d+[.)])\s+(\[[ xX]\])\s*$", draft.lines[item.line - 1])):
        box = boxes.match(found[1])
        step = draft.step(StepKind.CHECK, "", item.line, item.end_line, place)
        step.box, step.checked = True, bool(box and box.checked)
        draft.taken.add(item.line)


def _box(draft: Draft, item: Block, first: Block, box: boxes.Box, place: Place) -> StepDraft:
    """The step a box is: a task, a trigger or somebody's sign-off."""
    title = markdown.plain(box.rest)
    step = draft.step(StepKind.CHECK, title, item.line, item.end_line, place)
    step.box, step.checked = True, box.checked
    step.optional = boxes.optional(box.rest)
    _annotate(step, place)
    draft.taken.add(first.line)
    if place.polarity is not None:
        step.role = StepRole.TRIGGER
        _condition(draft, title, first.line, place, step)
        return step
    if place.signing and (slot := signoffs.slot(box.rest, box=True)) is not None:
        _signoff(draft, slot, first.line, place, step)
        step.title = markdown.plain(slot.role) or step.title
        return step
    if signoffs.has_blank(box.rest) and (form := signoffs.form(box.rest)) is not None:
        _field(draft, form, step)
    commands.of_inline(draft, first, step, place)
    _gate(draft, title, first.line, place, step)
    return step


def _annotate(step: StepDraft, place: Place) -> None:
    step.annotations.update(place.said)
    step.optional = step.optional or annotation.flag(place.said.get("skip", False)) is True


def _condition(draft: Draft, text: str, line: int, place: Place, step: StepDraft | None) -> None:
    if not text:
        return
    mood = place.polarity or Polarity.DO
    draft.triggers.append(conditions.read(text, line, polarity=mood, step=step.id if step else None))


def _gate(draft: Draft, text: str, line: int, place: Place, step: StepDraft | None) -> None:
    """A threshold among tasks or under alerts and criteria."""
    if (
        not (conditions.comparison(text) and (step is not None or place.severity is not None))
        and place.severity is None
    ):
        return
    read: Condition = conditions.read(text, line, severity=place.severity or "gate", step=step.id if step else None)
    if conditions.certain(read):
        draft.conditions.append(read)


def _code(draft: Draft, block: Block, place: Place) -> None:
    if block.kind == "fence" and not block.closed:
        draft.find(
            "RB130",
            Severity.WARNING,
            block.line,
            "A code block is not closed and runs to the end of the document: close it.",
        )
    if block.kind == "fence" and _ADMONITIONS.match(block.info):
        indent = len(draft.lines[block.line - 1]) - len(draft.lines[block.line - 1].lstrip(" "))
        last = block.end_line - (1 if block.closed else 0)
        inner = markdown.parse_inside(draft.lines, block.line + 1, last, indent)
        _blocks(draft, inner, replace(place))
        return
    if commands.of_block(draft, block, place):
        return
    draft.prose(place, block.line, block.end_line)
    language = annotation.info_string(block.info)[0]
    if language in _YAML:
        draft.conditions += conditions.of_yaml(block.raw.split("\n"), block.line + 1)
    if fences.is_shell(language):
        return
    found = sum(1 for line in block.raw.split("\n") if boxes.listed(line))
    if found:
        what = "Markdown" if language in _MARKDOWN else language or "code"
        draft.find(
            "RB120",
            Severity.WARNING,
            block.line,
            f"{found} box(es) inside a {what} block were seen but not taken: move them out of the block.",
        )


def _table(draft: Draft, block: Block, place: Place) -> None:
    draft.prose(place, block.line, block.end_line)
    if len(block.rows) < 2:
        return
    header, rows = block.rows[0][1], block.rows[1:]
    slots = signoffs.table_slots(header, rows) if place.signing else []
    for line, slot in slots:
        _signoff(draft, slot, line, place)
        draft.taken.add(line)
    if place.polarity is not None:
        for line, cells in rows:
            text = markdown.plain(" ".join(cell for cell in cells[:2] if cell))
            _condition(draft, text, line, place, None)
    lost = [line for line, cells in rows if line not in draft.taken and any(boxes.inside(cell) for cell in cells)]
    if lost:
        draft.find(
            "RB122",
            Severity.WARNING,
            lost[0],
            f"Boxes in {len(lost)} row(s) of a table were seen but not taken: write them as a list.",
        )
        draft.taken.update(lost)
