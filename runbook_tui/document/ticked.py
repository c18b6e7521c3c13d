"""The steps that boxes are: of an item, of a heading, and of an item without words."""

from __future__ import annotations

import re

from msgspec.structs import replace

from runbook_tui.document import (
    annotation,
    boxes,
    commands,
    entries,
    forms,
    markdown,
    references,
    signers,
    single,
    triggers,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.runbook import Polarity, Severity, StepKind, StepRole


def heading(draft: Draft, part: Part, place: Place) -> None:
    """A heading with a box: a task whose commands and prose are those of the section."""
    step = draft.step(StepKind.CHECK, part.title, part.line, part.line, place)
    step.box, step.checked = True, part.box is not None and part.box.checked
    step.role = StepRole.TODO if place.polarity is None else StepRole.TRIGGER
    draft.taken.add(part.line)
    place.parent, place.depth = step, 1


def empty(draft: Draft, item: Block, place: Place) -> None:
    """An item that starts with a fence or a list has no text; a box may still stand in its first line."""
    if not item.children and (found := re.search(r"(?:[-*+]|\d+[.)])\s+(\[[ xX]\])\s*$", draft.lines[item.line - 1])):
        box = boxes.match(found[1])
        step = draft.step(StepKind.CHECK, "", item.line, item.end_line, place)
        step.box, step.checked = True, bool(box and box.checked)
        draft.taken.add(item.line)


def take(draft: Draft, item: Block, first: Block, box: boxes.Box, place: Place, *, label: bool) -> StepDraft:
    """The step a box is: a task, a trigger, one of a choice, or somebody's sign-off."""
    title = markdown.plain(box.rest)
    step = draft.step(StepKind.CHECK, f"{box.label} {title}".strip(), item.line, item.end_line, place)
    step.box, step.checked = True, box.checked
    step.optional = step.optional or boxes.optional(box.rest)
    annotate(step, place)
    draft.taken.add(first.line)
    if box.unusual:
        draft.find(
            "RB125",
            Severity.INFO,
            first.line,
            "A mark that is neither `[ ]` nor `[x]` was read as a box: use one of these.",
        )
    if (why := boxes.skipped(box.rest)) is not None:
        step.annotations["skip"] = why
    alone = boxes.inside(first.raw) > 1 and not forms.asked(box.rest) and not forms.answered(box.rest)
    form = forms.read(first.raw if alone else box.rest)
    if place.option or (form is not None and not form.label and forms.choice(form.choices or ())):
        step.role = StepRole.OPTION
        step.optional = True
        if form is not None:
            entries.field(draft, form if form.label else forms.Form(place.ask or place.part.title, form.choices), step)
        references.decided(draft, box.rest.split("\n"), first.line, place)
        return step
    if label:
        step.role = StepRole.TRIGGER
        return step
    if signers.take_box(draft, box.rest, first.line, place, step):
        return step
    if place.polarity is not None or first.line in place.verdicts or entries.sends_back(title):
        step.role = StepRole.TRIGGER
        if (asked := place.verdicts.get(first.line)) is not None:
            place = replace(place, polarity=asked, announced=False)
        elif place.polarity is None:
            place = replace(place, polarity=triggers.mood(title), announced=False)
        entries.trigger(draft, title, first.line, place, step)
        return step
    if form is None or form.choices is None:
        form = (only := forms.alone(box.rest)) or form
        step.kind = StepKind.FIELD if only is not None else step.kind
    if form is not None and form.label:
        entries.field(draft, form, step)
    commands.of_inline(draft, first, step, place)
    before = len(draft.triggers)
    if not references.decided(draft, box.rest.split("\n"), first.line, place):
        entries.gate(draft, title, first.line, place, step)
    elif len(draft.triggers) == before + 1 and step.signoff is None and step.field is None:
        said = draft.triggers[before]  # by likeness too
        if said.polarity is Polarity.DO and single.whole(title, said.text):
            step.role = StepRole.TRIGGER
            draft.triggers[before] = replace(said, step=step.id)
    return step


def annotate(step: StepDraft, place: Place) -> None:
    if not place.said:
        return
    step.annotations.update(place.said)
    step.optional = step.optional or annotation.flag(place.said.get("skip", False)) is True
