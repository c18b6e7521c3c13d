"""Steps: a walk over the blocks of each section."""

from __future__ import annotations

import re

from msgspec.structs import replace

from runbook_tui.document import (
    annotation,
    announcing,
    boxes,
    commands,
    conditions,
    contingencies,
    entries,
    forms,
    hands,
    hints,
    legends,
    likely,
    lists,
    markdown,
    outline,
    picked,
    presumed,
    references,
    roles,
    sheets,
    shown,
    side_by_side,
    signers,
    signoffs,
    ticked,
    triggers,
    ways_back,
    windows,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole, Severity, StepKind

_ADMONITIONS = expression(
    r"^\{(?:note|warning|tip|important|caution|danger|attention|hint|seealso|admonition|dropdown"
    r"|details|tab-item|tab-set|card|versionadded|error)[^}]*\}"
)
_SEVERITY = expression(r"\b(critical|warning|info(?:rmational)?)\b", re.IGNORECASE)
_LIMITS = expression(
    r"\b(?:alert\w*|thresholds?|criteria|slos?|slas?|gates?|limits?|targets?|metrics|requirements)\b", re.IGNORECASE
)
_YAML = frozenset(["yaml", "yml"])
_DOES = frozenset(["list", "fence", "indented"])
_BACK = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})
_TEMPLATE_TAGS = expression(r"^(?:\[\[_TOC_\]\]|\[TOC\]|\{%.*%\}|\{\{.*\}\}|<%.*%>|\{:.*\})$", re.DOTALL)
_INTRODUCES = expression(
    r"\b(?:steps|following|procedure|as follows)\b.*:$|^(?:then|next|to \w+.*|do this|in order)\W*:$", re.IGNORECASE
)
_ITALIC = expression(r"^(?:_[^_].*_|\*[^*].*\*)$", re.DOTALL)


def walk(draft: Draft, part: Part) -> None:
    """Take everything that stands directly in a section."""
    draft.windows += windows.find(part.title, part.line)
    severity = _SEVERITY.search(words := f"{part.title} {part.lead}")
    stands = part.role is SectionRole.TRIGGERS  # over conditions
    place = Place(
        part,
        polarity=(part.mood or triggers.heading_mood(roles.heading_words(part.title))) if stands else None,
        announced=stands and triggers.announced(part.title) is not None,
        signing=part.signing,
        procedure=part.procedure,
        ask=part.title if part.pseudo else "",
        severity=_severity(severity) if severity else ("gate" if _LIMITS.search(words) else None),
        lead=part.title if part.pseudo else "",
    )
    if part.lead:
        part.prose.append((part.line, part.lead))
    if part.role is not SectionRole.REFERENCE:
        entries.every(draft, part.title, part.line, place)
    if part.box is not None:
        ticked.heading(draft, part, place)
    _blocks(draft, part.blocks, place)


def _severity(match: re.Match[str]) -> str:
    word = match[1].lower()
    return "info" if word.startswith("info") else word


def _blocks(draft: Draft, blocks: list[Block], place: Place) -> None:
    """Take some blocks in order; the words of a paragraph colour what follows it."""
    here = place
    blocks = lists.typed(blocks)
    numbered: StepDraft | None = None  # the last step of a list whose next number comes after a block
    for index, block in enumerate(blocks):
        here.said = {**here.said, **here.part.takes.pop(block.line, {})}
        match block.kind:
            case "paragraph" | "heading":
                here = _paragraph(draft, block, place, here, blocks[index + 1] if index + 1 < len(blocks) else None)
                place = replace(place, signing=here.signing)
                continue
            case "list":
                chained = block.ordered and lists.goes_on(blocks, index)
                here = likely.hinted(draft, blocks, index, here)
                before = len(draft.steps)
                _list(draft, block, replace(here, procedure=True) if chained or numbered is not None else here)
                after = draft.steps[before:] if block.ordered and (chained or numbered is not None) else []
                numbered = next((step for step in reversed(after) if step.parent is here.parent), None)
                if place.part.pseudo and not lists.groups_on(blocks, index):
                    place = replace(place, polarity=None, announced=False)
            case "fence" | "indented":
                if numbered is not None and lists.is_command(block):
                    _code(draft, block, replace(here, parent=numbered, lead=""))
                else:
                    _code(draft, block, here)
            case "table":
                here = lists.hinted(blocks, index, here)
                commands.of_table(draft, block, here, likely.of_table(draft, block, here))
                if place.part.pseudo:
                    place = replace(place, polarity=None, announced=False)
            case "quote":
                inside = lists.under_title(draft.lines[block.line - 1], here)
                if lists.walked(block, here, listed=place.polarity is not None or inside is not here):
                    _blocks(draft, block.children, replace(inside))
                else:
                    draft.prose(here, block.line, block.end_line)
                    commands.of_texts(draft, block, here)
            case "html":
                if (said := _comments(draft, block)) is not None:
                    here.said = {**here.said, **said}
                    continue
                if not block.raw.lstrip().startswith("<!--"):
                    draft.prose(here, block.line, block.end_line)
            case _:  # a rule ends what was to be signed, or is the line to sign on
                if (signer := signers.ruled(draft.lines, block, place)) is not None:
                    entries.signoff(draft, signer, block.line, place)
                elif place.signing and any(
                    step.part is place.part and step.signoff is not None for step in draft.steps[-50:]
                ):
                    place = replace(place, signing=False)
        polarity = here.polarity if place.polarity is not None else None
        here = replace(place, lead="", ask=lists.said_last(block), said={}, polarity=polarity)


def _comments(draft: Draft, block: Block) -> dict[str, object] | None:
    said: dict[str, object] | None = None
    for text in markdown.comments(block):
        if (values := annotation.comment(text)) is not None:
            outline.report_unknown(values, block.line, draft.findings)
            said = {**(said or {}), **values}
    return said


def _paragraph(draft: Draft, block: Block, place: Place, here: Place, after: Block | None) -> Place:
    """Keep a paragraph for the reader, and what it announces for the next block."""
    after = after if after is None else lists.boxes_in(after)
    following = after.kind if after is not None else ""
    if _TEMPLATE_TAGS.match(block.raw.strip()):
        return here
    rows = block.raw.split("\n")
    told = legends.rows(rows)  # what marks mean
    tasks = boxes.rows_of(["" if at in told else row for at, row in enumerate(rows)] if told else rows)
    if block.kind == "paragraph" and tasks is not None:
        if tasks[0]:
            before = Block("paragraph", block.line, block.line + tasks[0] - 1, raw="\n".join(rows[: tasks[0]]))
            here = _paragraph(draft, before, place, here, lists.of_rows(block, tasks[1]))
        _list(draft, lists.of_rows(block, tasks[1]), here)
        return replace(place, lead="", ask="", said={})
    text = block.text
    for offset, row in enumerate(rows):
        if windows.labelled(row):
            draft.windows += windows.find(markdown.plain(row), block.line + offset)
    filled = block.kind == "paragraph" and entries.blanks(draft, block, rows, here, following)
    if block.kind == "paragraph" and not filled:
        draft.prose(here, block.line, block.end_line)
        commands.of_prose(draft, block, here)
        entries.asked_for(draft, block.raw, block.line, here)
    polarity = here.polarity if place.polarity is not None else None
    announced = False
    if following in {"list", "table"}:
        last = markdown.plain(rows[-1])
        mood = announcing.paragraph(text, rows, place)
        if mood is not None and announcing.stands_alone(text, after):
            mood = None
        if announcing.onwards(last, place.part, after) or (
            triggers.go_if(text) and not entries.refused_near(draft.lines, block.end_line)
        ):
            mood = None  # what must hold before one goes on
        if mood is not None:
            polarity, announced = mood, True
            place.part.asked = True
        elif place.polarity is not None and triggers.aside(last) and (last.endswith(":") or len(last.split()) < 6):
            polarity = None
        elif place.polarity is not None and triggers.speaks(last):
            polarity = triggers.mood(last)
        elif place.polarity is None:
            references.decided(draft, hints.how(rows), block.line, here)
    else:
        references.decided(draft, hints.how(rows) if following in {"fence", "indented"} else rows, block.line, here)
    severity = _SEVERITY.search(text) if following == "list" and len(text) < 100 else None
    return replace(
        place,
        lead=here.lead if filled else text,  # who signs may stand in paragraphs of their own below it
        ask=text if not filled else rows[-1] if forms.asks_below(rows[-1], following) else here.ask,
        said=here.said,
        polarity=polarity,
        announced=announced,
        returns=text if following == "list" and polarity is None and ways_back.leads(text) else place.returns,
        only_then=place.only_then or (following in _DOES and polarity is None and contingencies.only_then(text)),
        signing=place.signing or (signoffs.is_lead(text) and place.part.role is not SectionRole.REFERENCE),
        severity=_severity(severity) if severity else place.severity,
        procedure=place.procedure
        or (following == "list" and bool(_INTRODUCES.search(text)) and place.part.role is not SectionRole.REFERENCE),
    )


def _list(draft: Draft, block: Block, place: Place) -> None:
    boxed = [box for item in block.children if (box := lists.box_of(item)) is not None]
    texts = [
        forms.bare(item.children[0].raw)
        for item in (block.children if place.polarity is not None or not boxed else ())
        if item.children and item.children[0].kind == "paragraph"
    ]
    if boxed and legends.are([item.children[0].raw for item in block.children if item.children], place):
        draft.prose(place, block.line, block.end_line)
        draft.taken.update(range(block.line, block.end_line + 1))
        return
    if (
        place.polarity is not None
        and not (place.announced and triggers.firm(place.ask))
        and lists.is_work(block, texts, place.ask)
    ):
        place = replace(place, polarity=None, procedure=place.procedure or block.ordered)
    if boxed:
        place = signers.around(block, place)
    if boxed:
        said = [forms.bare(box.rest) for box in boxed]
        only = len(boxed) == len(block.children)
        choice = (
            forms.choice(said, place.ask, place.part.title)
            or picked.whole(said, place.ask, place.part.title)
            or (place.filled and picked.in_a_form(said, place.ask))
        )
        place = replace(place, ticks=True, option=only and likely.choice(draft, block, place, rules=choice))
        if only and not place.option:
            place.picked = frozenset(block.children[at].line for at in picked.last_ones(said))
    else:
        place = replace(place, ticks=False, option=False, filled=any(map(forms.has_blank, texts)))
        if block.ordered and not place.procedure and place.polarity is None and lists.numbers_work(block, texts, place):
            place = replace(place, procedure=True)
    if (
        not place.signing
        and place.polarity is None
        and (signers.sign(block, place) or signers.siblings(block, place) or signers.acted(block, place))
    ):
        place = replace(place, signing=True, option=False)
    if boxed and place.polarity is None and not place.option:
        place.verdicts = lists.judged_boxes(block, place)
    place.everyone = bool(boxed) and signers.everyone(block, place)
    place.hand = signers.hand(block, place) if boxed else ""
    place.thumbs = signers.thumbs_of(block, place) if boxed else {}
    if (
        place.signing
        and not boxed
        and len(texts) == len(block.children)
        and all(len(item.children) == 1 for item in block.children)
    ):
        slots = signers.slots(block, place)
        for item, slot in zip(block.children, slots, strict=False):
            entries.choose(draft, entries.signoff(draft, slot, item.line, place), [item.children[0].raw])
        if slots:
            return
    if not boxed and place.polarity is None and not place.signing:
        place.verdicts = lists.verdicts(block, place)
    if not lists.takes_items(block, place):
        draft.prose(place, block.line, block.end_line)
        commands.of_texts(draft, block, place)
        return
    head = (
        not boxed
        and len(texts) > 1
        and all(len(item.children) == 1 for item in block.children)
        and forms.is_block(texts)
    )
    for item in block.children:
        _item(draft, item, place, ordered=block.ordered, head=head)


def _item(draft: Draft, item: Block, place: Place, *, ordered: bool, head: bool = False) -> None:
    first = item.children[0] if item.children and item.children[0].kind in {"paragraph", "heading"} else None
    if first is None:
        ticked.empty(draft, item, place)
        _blocks(draft, item.children, replace(place))
        return
    for text in markdown.comments(first):
        if (values := annotation.comment(text)) is not None:
            outline.report_unknown(values, first.line, draft.findings)
            place = replace(place, said={**place.said, **values})
    box = boxes.match(first.raw, ticks=place.ticks)
    if item.line in place.picked:
        place = replace(place, option=True)
    nested = any(child.kind == "list" for child in item.children[1:])
    announced = announcing.item(box.rest if box is not None else first.raw, place) if nested else None
    if boxes.inside(first.raw) > (box is not None) and legends.explains(first.raw):
        draft.prose(place, first.line, first.end_line)
        inner = place.below(first.text)
    elif box is not None and boxes.inside(first.raw) > 1 and side_by_side.take(draft, first.raw, first.line, place):
        inner = place.below(first.text)
    elif box is None:
        inner = _plain_item(draft, item, first, place, announced, ordered=ordered, head=head)
    else:
        step = ticked.take(draft, item, first, box, place, label=announced is not None)
        if len(item.children) == 1:
            return
        named = _SEVERITY.search(step.title) if len(step.title) < 60 and _LIMITS.search(step.title) else None
        inner = replace(
            place.below(step.title),
            parent=step,
            depth=place.depth + 1,
            polarity=announced,
            announced=announced is not None,
            severity=_severity(named) if named else place.severity,
            signing=place.signing or (signoffs.is_heading(step.title) and place.part.role is not SectionRole.REFERENCE),
        )
    _blocks(draft, item.children[1:], inner)


def _said(item: Block, first: Block) -> list[str]:
    coded = any(child.kind in {"fence", "indented"} for child in item.children[1:2])
    return hints.how(first.raw.split("\n")) if coded else first.raw.split("\n")


def _plain_item(
    draft: Draft, item: Block, first: Block, place: Place, announced: Polarity | None, *, ordered: bool, head: bool
) -> Place:
    """An item without a box: a condition, a slot, a field, a numbered step, or prose. What holds below it."""
    below = place.below(first.text)
    contact = place.part.role is SectionRole.REFERENCE
    if boxes.empty(first.raw):
        draft.find("RB124", Severity.WARNING, first.line, "`[]` is no box for Markdown: write `[ ]`.")
        step = draft.step(StepKind.CHECK, first.text.removeprefix("[]").strip(), item.line, item.end_line, place)
        ticked.annotate(step, place)
        return replace(below, parent=step)
    if announced is not None or lists.tells_how(item, place, draft.tools):
        draft.prose(place, first.line, first.end_line)
        commands.of_prose(draft, first, place)
        return replace(below, lead=first.text, polarity=announced, announced=announced is not None)
    if (asked := place.verdicts.get(first.line)) is not None:
        entries.trigger(draft, first.text, first.line, replace(place, announced=False), None, mood=asked)
        commands.of_prose(draft, first, place)
        return replace(below, lead=first.text)
    if place.polarity is not None and (contact or hands.of_line(first.raw) is None):
        return _trigger_item(draft, first, place, below, nested=len(item.children) > 1)
    names = None if contact else signoffs.attributes(first.raw)
    if names is not None and entries.attributes(draft, names, first.line, place):
        return below
    if not contact and entries.every(draft, first.raw, first.line, place):
        return below
    slot = None if contact else signoffs.slot(first.raw, box=False, signing=place.signing)
    if slots := presumed.on_a_line(draft, slot, first.raw, first.line, place, above=len(item.children) > 1):
        signers_here = [entries.signoff(draft, one, first.line, place) for one in slots]
        entries.choose(draft, signers_here[0], [first.raw])
        return replace(below, parent=signers_here[0])
    if side_by_side.take(draft, first.raw, first.line, place):
        return below
    form = forms.read(first.raw) or (forms.empty(first.raw) if head else None)
    if form is not None and form.label:
        return replace(below, parent=entries.field_step(draft, form, first.line, first.end_line, place))
    if ordered and place.procedure and not _ITALIC.match(first.raw.strip()):
        step = draft.step(StepKind.CHECK, first.text, item.line, item.end_line, place)
        ticked.annotate(step, place)
        step.optional = step.optional or boxes.optional(first.raw)
        commands.of_inline(draft, first, step, place)
        entries.asked_for(draft, first.raw, first.line, place, step)
        entries.gate(draft, first.text, first.line, place, step)
        if not lists.part_of_the_way(first.text, place):
            references.decided(draft, _said(item, first), first.line, place)
        return replace(below, parent=step)
    if not references.decided(draft, _said(item, first), first.line, place):
        entries.gate(draft, first.text, first.line, place, None)
    draft.prose(place, first.line, first.end_line)
    commands.of_prose(draft, first, place)
    entries.asked_for(draft, first.raw, first.line, place)
    severity = _SEVERITY.search(first.text) if len(first.text) < 60 else None
    return replace(
        below,
        lead=first.text,
        severity=_severity(severity) if severity and place.severity else place.severity,
        signing=place.signing
        or (len(item.children) > 1 and signoffs.is_heading(first.text) and not contact and first.text.endswith(":")),
    )


def _trigger_item(draft: Draft, first: Block, place: Place, below: Place, *, nested: bool) -> Place:
    """An entry of a list of triggers, or the label of a list inside it ("Critical:")."""
    text = first.text
    label = nested and (text.endswith(":") or re.fullmatch(r"\W*\*\*[^*]+\*\*\W*", first.raw) is not None)
    if not label or conditions.comparison(text):
        entries.trigger(draft, text, first.line, place, None, mood=entries.own_mood(text))
        commands.of_condition(draft, first, place)
        return replace(below, lead=text, polarity=None)
    draft.prose(below, first.line, first.end_line)
    if triggers.aside(text):
        return replace(below, lead=text, polarity=None)
    polarity = triggers.answers(text) or (triggers.mood(text) if triggers.speaks(text) else below.polarity)
    return replace(below, lead=text, polarity=polarity, announced=True)


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
    language = annotation.info_string(block.info)[0] if block.kind == "fence" else "indented"
    if sheets.take(draft, block, place):
        return
    taken = commands.of_block(draft, block, place)
    if place.part.role is not SectionRole.REFERENCE:
        for one in shown.in_yaml(block.raw) if language in _YAML else shown.in_text(language, block.raw):
            entries.trigger(
                draft, one.text, block.line + 1 + one.row, replace(place, announced=False), None, mood=one.polarity
            )
    if taken:
        return
    draft.prose(place, block.line, block.end_line)
    if language in _YAML:
        draft.conditions += conditions.of_yaml(block.raw.split("\n"), block.line + 1)
