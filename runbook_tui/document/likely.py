"""Conditions that no rule knows and that are like those of other runbooks: see `likeness`. Rules are asked first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from runbook_tui.document import (
    afterthoughts,
    alternatives,
    announcing,
    boxes,
    consequences,
    decisions,
    endings,
    entries,
    forms,
    likeness,
    lists,
    markdown,
    no_conditions,
    presumed,
    retreat,
    signers,
    tables,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.likeness import Unit
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole, Severity

_SHORT = 4  # words: fewer say nothing by themselves


def decided(draft: Draft, rows: list[str], line: int, place: Place) -> bool:
    """Take what the sentences of a paragraph or an entry say of going back."""
    before = len(draft.triggers)
    found = entries.decided(draft, rows, line, place)
    if place.part.role is SectionRole.REFERENCE or place.polarity is not None or place.signing:
        return found
    if likeness.hopeless(presumed.unit("\n".join(map(markdown.plain, rows)), place)) or not likeness.worth(
        "\n".join(rows)
    ):
        return found
    taken = [one.text for one in draft.triggers[before:]]
    told = False  # whether the sentence before is a condition
    for start, unit in sentences(rows, place):
        text = unit.text
        if text.endswith(":") or text.count(" ") < _SHORT - 1 or forms.has_blank(text):
            continue
        more = told and (afterthoughts.says_more(text) or afterthoughts.orders_more(text))
        told = any(one in text or text in one for one in taken)
        if told or more:
            continue
        asked = likeness.of_sentence(unit)
        if asked is not None and not (
            no_conditions.sounds_so(text, asked) or no_conditions.only_tells(text, asked, ticked=place.ticks)
        ):
            _take(draft, text, line + start, place, asked)
            found = True
    return found


def hinted(draft: Draft, blocks: list[Block], index: int, place: Place) -> Place:
    """The place of a list, with what its words or those around ask for."""
    block = blocks[index]
    if _restored(draft, block, place):
        return place
    here = entries.hinted(draft, blocks, index, place)
    if endings.gate(place.lead) or announcing.onwards(place.lead, place.part, block):
        return here
    if here.polarity is not None or here.signing or here.option or here.returns:
        return here
    if here.part.role is SectionRole.REFERENCE or any(
        lists.holds_steps(child) for item in block.children for child in item.children
    ):
        return here
    if len(block.children) < 2:
        return here
    units = [unit for _, unit in entries_of(block, here)]
    ticked = any(lists.box_of(item) is not None for item in block.children)
    asked = likeness.of_list(units, ticked=ticked) if len(units) > 1 else None
    if asked is None or any(forms.has_blank(unit.text) or decisions.read(unit.text) for unit in units):
        return here
    if signers.sign(block, here) or lists.is_work(block, [unit.text for unit in units]):
        return here
    if (
        asked is Polarity.DO
        and retreat.mood(alternatives.last(here.lead or here.part.title), home=True) is Polarity.DONT
    ):
        asked = Polarity.DONT  # what is said over it outweighs what it is like
    _say(draft, f"The list from line {block.line} to {block.end_line}", block.line)
    if asked is not Polarity.DONT and _YES.match(here.lead):
        here.part.asked = True  # "Yes, if:", to which "No, if:" will be the exception
    return replace(here, polarity=asked, announced=bool(here.lead))


def _restored(draft: Draft, block: Block, place: Place) -> bool:
    """Whether boxes below the commands of a way back, and below no words, tell what must be so when it is done."""
    if place.part.role not in _BACK or place.polarity is not None or place.lead or place.ask:
        return False
    if not all(lists.box_of(item) is not None for item in block.children):
        return False
    return any(step.part is place.part and step.commands for step in draft.steps[-_LATELY:])


_BACK = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})
_LATELY = 50  # steps
_YES = expression(r"^\W*yes\b", re.IGNORECASE)


def choice(draft: Draft, block: Block, place: Place, *, rules: bool) -> bool:
    """Whether one of the boxes of a list is chosen: the rules say so, or likeness does."""
    if rules or place.part.role is SectionRole.REFERENCE or place.polarity is not None or place.signing:
        return rules
    if len(block.children) < 2 or not place.ask.rstrip().endswith((":", "?")):
        return False
    if any(len(item.children) > 1 for item in block.children):
        return False
    units = [unit for _, unit in entries_of(block, place)]
    if sum(1 for unit in units if forms.has_blank(unit.text)) > 1 or not likeness.of_choice(units):
        return False
    message = (
        f"Of the boxes from line {block.line} to {block.end_line} one is chosen, because they are like those of other "
        "runbooks: put “One of:” before them, or word them as tasks."
    )
    draft.find("RB163", Severity.INFO, block.line, message)
    return True


def of_table(draft: Draft, block: Block, place: Place) -> dict[int, StepDraft]:
    """Take a table, and where no rule found a condition in it each row that is like one. Its tasks by their line."""
    taken = tables.take(draft, block, place)
    known = {one.line for found in (draft.triggers, draft.conditions, draft.signoffs, draft.fields) for one in found}
    if (
        place.part.role is SectionRole.REFERENCE
        or place.polarity is not None
        or consequences.work(block.rows[0][1])
        or any(block.line <= line <= block.end_line for line in known)
    ):
        return taken
    found = [
        (line, unit.text, asked)
        for line, unit in entries_of(block, place)
        if not boxes.inside(draft.lines[line - 1]) and (asked := likeness.of_list([unit], ticked=True)) is not None
    ]
    for line, text, asked in found if len(found) > 1 else ():  # one alone is a fact among others
        _take(draft, text, line, place, asked)
    return taken


def sentences(rows: Sequence[str], place: Place) -> list[tuple[int, Unit]]:
    """The sentences of some lines, each with how many lines after the first it begins."""
    whole = "\n".join(markdown.plain(row) for row in rows)
    found = [(start, sentence.replace("\n", " ").strip()) for start, sentence in entries.split(list(rows))]
    return [
        (
            whole.count("\n", 0, start),
            presumed.unit(
                sentence,
                place,
                before=found[at - 1][1] if at else "",
                after=found[at + 1][1] if at + 1 < len(found) else "",
            ),
        )
        for at, (start, sentence) in enumerate(found)
    ]


def entries_of(block: Block, place: Place) -> list[tuple[int, Unit]]:
    """The entries of a list, or the rows of a table, each with its line."""
    if block.kind == "table":
        header = " | ".join(markdown.plain(cell) for cell in block.rows[0][1])
        return [
            (line, presumed.unit(" | ".join(markdown.plain(cell) for cell in cells), place, header=header, listed=True))
            for line, cells in block.rows[1:]
        ]
    found = []
    for item in block.children:
        if item.children and item.children[0].kind in {"paragraph", "heading"}:
            raw = item.children[0].raw
            box = boxes.match(raw)
            text = markdown.plain(raw if box is None else box.rest).replace("\n", " ")
            found.append((item.line, presumed.unit(text, place, listed=True)))
    return found


def _take(draft: Draft, text: str, line: int, place: Place, asked: Polarity) -> None:
    entries.trigger(draft, text, line, replace(place, announced=False), None, mood=asked)
    _say(draft, f"“{text[:60]}{'…' if len(text) > 60 else ''}”", line)


def _say(draft: Draft, what: str, line: int) -> None:
    message = (
        f"{what} is read as what decides on going back, because it is like what does so elsewhere: put it under words "
        "that say so, as “Roll back if:”, or word it otherwise."
    )
    draft.find("RB161", Severity.INFO, line, message)
