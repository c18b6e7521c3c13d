"""What the walk enters into the draft: sign-off slots, fields, triggers, thresholds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from runbook_tui.document import (
    asked,
    boxes,
    bylines,
    capacities,
    conditions,
    consent,
    decisions,
    forms,
    hands,
    hints,
    leads,
    legends,
    lists,
    markdown,
    outcomes,
    presumed,
    retreat,
    rosters,
    side_by_side,
    signoffs,
    single,
    triggers,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Field, Polarity, SectionRole, SignOff, StepKind, StepRole

_SENTENCE = expression(r"(?<=[.!])\s+(?=[A-Z*])|$|\n(?=[*A-Z-])")
_CODE = expression(r"`([^`\n]+)`")  # what is typed decides nothing: "type `ROLLBACK;`"
_ALERT = expression(r"^\W*\[!\w+\][-+]?\s*$")  # the first line of "> [!CAUTION]"
_WAITED = expression(r":\W*(?:TBD|TBC|pending|waiting|outstanding|<)", re.IGNORECASE)
_CAPITAL = expression(r"^\W*[A-Z]")
_MARKED = expression(r"^\s*[^\x00-\x7f\w“”‘’„«»–—…]")
# what stands below tells when all is well, or how it is done
_WELL = expression(
    r"^\W*(?:[\w-]+\s+){0,2}?(?:success|acceptance|done)\s+(?:criteri(?:as?|ons?)|conditions|metrics|indicators)\b|^\W*how\s+(?:to|we)\b|^\W*definition\s+of\s+done\b",
    re.IGNORECASE,
)
_BELOW = frozenset(["list", "table", "fence", "indented", "quote"])  # what a colon may announce
_UNNUMBERED = expression(r"^\W*\d+(?:\.\d+)*[.)]?\s+")
_ROWS = 12  # of a paragraph that may each be a condition
_PAIRED = 30  # lines between "GO if:" and "NO-GO if:"
_WITHIN = 12  # lines between words that ask for an assent and the place for it
_NEAR = 4  # lines between a signer's name and the line for the signature


def signoff(draft: Draft, slot: signoffs.Slot, line: int, place: Place, step: StepDraft | None = None) -> StepDraft:
    role = markdown.plain(slot.role)
    if step is None:
        step = draft.step(StepKind.SIGNOFF, role, line, line, place)
    step.kind = StepKind.SIGNOFF
    step.role = StepRole.SIGNOFF
    step.signoff = len(draft.signoffs)
    draft.signoffs.append(SignOff(role=role, line=line, section=place.part.id, fields=slot.fields, step=step.id))
    draft.taken.add(line)
    return step


def asked_for(draft: Draft, raw: str, line: int, place: Place, step: StepDraft | None = None) -> None:
    """Take the assents that sentences ask for; `step`: the one that they are, or that waits for them."""
    if place.part.role is SectionRole.REFERENCE or place.polarity is not None:
        return
    for row, who in asked.in_words(raw):
        slot = signoffs.Slot(who, ())
        if step is None and _has_a_place(draft, who, line + row):
            continue
        if step is not None and not step.commands and step.signoff is None:
            signoff(draft, slot, line + row, place, step)
            continue
        before = signoff(draft, slot, line + row, place)
        if step is not None:
            draft.steps.remove(before)
            draft.steps.insert(draft.steps.index(step), before)


def _has_a_place(draft: Draft, who: str, line: int) -> bool:
    """Whether a blank for somebody's name stands a few lines below the words that ask for an assent."""
    low = who.lower()
    short = "".join(word[0] for word in low.split())  # "IC: ____" is the incident commander's
    for row in draft.lines[line : line + _WITHIN]:
        if row.startswith("#"):
            return False
        if hands.opens(row) and (forms.has_blank(row) or boxes.inside(row)):
            label = forms.bare(row).lstrip("-*+>|[] ☐⬜□").lower()
            named = re.split(r"\s*[:_(]", label, maxsplit=1)[0].removeprefix("the ")
            if named and (low in label or (len(short) > 1 and named == short) or named.endswith(low)):
                return True
    return False


def choose(draft: Draft, step: StepDraft, raws: list[str]) -> None:
    """Keep the choice a signer has: `☐ yes ☐ no`."""
    for raw in raws:
        form = forms.read(raw) if boxes.inside(raw) > 1 else None
        if form is not None and form.choices:
            draft.fields.append(Field(label=step.title, line=step.line, choices=form.choices, step=step.id))


def attributes(draft: Draft, names: tuple[str, ...], line: int, place: Place, label: str = "") -> bool:
    """Take "Signature: ____ Date: ____": of the signer right above, or of the one the words above name."""
    last = draft.signoffs[-1] if draft.signoffs else None
    if last is not None and last.section == place.part.id and not label:
        step = next(step for step in reversed(draft.steps) if step.id == last.step)
        near = 0 <= line - step.end_line <= _NEAR
        if near and not (set(names) - {"date", "time"}) & set(last.fields) and draft.steps[-1] is step:
            fields = tuple(dict.fromkeys((*last.fields, *names)))
            draft.signoffs[-1] = replace(last, fields=fields)
            step.end_line = max(step.end_line, line)
            return True
    if not {"name", "signature"} & set(names):
        return False
    first = last is None or last.section != place.part.id  # "Signature: ____" alone is enough
    if not place.signing and not ("signature" in names and (first or len(names) > 1)):
        return False
    lead = place.lead.strip(" :")
    role = next((word for word in (label, lead) if word and capacities.is_role(word)), place.part.title)
    signoff(draft, signoffs.Slot(role, names), line, place)
    return True


_SIDE_BY_SIDE = expression(r"^\W*\*\*(?P<label>[^*]+)\*\*\W{0,3}\s*[—–:-]?\s*(?P<said>\S.*)$")


def every(draft: Draft, raw: str, line: int, place: Place) -> bool:
    """Take a line with a box for each who signs."""
    timed = bylines.pairs(raw) if "_:_" in raw else []  # a time is no hand
    slots = [signoffs.Slot(who, ("name",)) for who in timed] or (
        rosters.several(raw, signing=place.signing)
        if (boxes.inside(raw) > 1 or raw.count("(") > 1 or raw.count("___") > 1) and not hands.filled_in(raw)
        else []
    )
    for slot in slots:
        signoff(draft, slot, line, place)
    return bool(slots)


def field(draft: Draft, form: forms.Form, step: StepDraft) -> None:
    step.field = len(draft.fields)
    draft.fields.append(Field(label=markdown.plain(form.label), line=step.line, choices=form.choices, step=step.id))


def field_step(draft: Draft, form: forms.Form, line: int, end_line: int, place: Place) -> StepDraft:
    step = draft.step(StepKind.FIELD, markdown.plain(form.label), line, end_line, place)
    field(draft, form, step)
    draft.taken.add(line)
    return step


def trigger(
    draft: Draft, text: str, line: int, place: Place, step: StepDraft | None, *, mood: Polarity | None = None
) -> None:
    """A condition of the rollback, verbatim; a duration said in the lead-in holds for it too."""
    if not text:
        return
    polarity = mood or place.polarity or Polarity.DO
    draft.triggers.append(
        conditions.read(
            text, line, polarity=polarity, step=step.id if step else None, lead_in=place.ask if place.announced else ""
        )
    )


def sentences(draft: Draft, text: str, line: int, place: Place) -> bool:
    """Take a trigger that is a sentence or a label of its own: "Rollback trigger: error rate > 5%"."""
    role = place.part.role
    if role is SectionRole.REFERENCE or len(text) > 600:
        return False
    label, _, said = text.partition(":")
    if triggers.labelled(text) is not None or (
        role is SectionRole.ROLLBACK
        and said.strip()
        and triggers.under_rollback(label)
        and not triggers.imperative(said.strip())
        and (triggers.conditional(said) or conditions.comparison(said) or not triggers.names_decider(label))
    ):
        trigger(draft, text, line, replace(place, announced=False), None, mood=triggers.mood(text))
        return True
    home = role in {SectionRole.TRIGGERS, SectionRole.ROLLBACK}
    if triggers.sentence(text) and (
        home or triggers.plain(text) or conditions.certain(conditions.read(text, line)) or conditions.comparison(text)
    ):
        trigger(draft, text, line, replace(place, announced=False), None, mood=triggers.mood(text))
        return True
    return False


def decided(draft: Draft, rows: list[str], line: int, place: Place) -> bool:
    """Take what the sentences of a paragraph or an item say of going back."""
    role = place.part.role
    if (
        role is not SectionRole.REFERENCE
        and ("|" in rows[0] or "·" in rows[0] or "•" in rows[0])
        and _alternatives(draft, rows, line, place)
    ):
        return True
    if role is SectionRole.REFERENCE or not any(map(decisions.spoken, rows)) or all(map(_of_a_head, rows)):
        return False
    if _WELL.search(place.part.title) or (place.lead and _WELL.search(place.lead)):
        return False
    if len(rows) > 1 and all(map(_MARKED.match, rows)):  # a line for each light
        return sum(_lit(draft, row, line + offset, place) for offset, row in enumerate(rows)) > 0
    if len(rows) > 1 and _ALERT.match(rows[0]):
        rows, line = rows[1:], line + 1
    if (
        1 < len(rows) <= _ROWS
        and all(map(_CAPITAL.match, rows))
        and all(decisions.read(markdown.plain(row)) for row in rows)
    ):
        return sum(decided(draft, [row], line + offset, place) for offset, row in enumerate(rows)) > 0
    whole = "\n".join(markdown.plain(row) for row in rows)
    home = (
        place.part.asked
        or role in {SectionRole.TRIGGERS, SectionRole.ROLLBACK}
        or place.polarity is not None
        or retreat.retreats(place.part.title)
    )
    masked = "\n".join(markdown.plain(_CODE.sub(_hidden, row)) for row in rows)
    if len(masked) != len(whole):
        masked = whole
    if _in_a_row(draft, whole, line, place, home=home):
        return True
    said = decisions.read(masked.replace("\n", " "), home=home) if len(whole) <= decisions.LONGEST_TEXT else []
    if len(said) == 1 and hints.points(said[0].text):
        place.part.asked = True
        return True
    for one in said:
        where = line + whole.count("\n", 0, one.at)
        text = whole[one.at : one.at + len(one.text)].replace("\n", " ")
        trigger(draft, text, where, replace(place, announced=False), None, mood=one.polarity)
    taken = False
    for start, sentence in split(rows):
        if not any(start <= one.at < start + len(sentence) + 1 for one in said):
            taken = sentences(draft, markdown.plain(sentence), line + whole.count("\n", 0, start), place) or taken
    if said or taken:
        place.part.asked = True
    return bool(said) or taken


def _lit(draft: Draft, row: str, line: int, place: Place) -> bool:
    """Take a line with a light before it: a condition by itself where conditions are listed."""
    if decided(draft, [row], line, place):
        return True
    words = markdown.plain(row)
    if place.polarity is None or not hints.ill(words.lstrip("".join(_LIGHTS))):
        return False
    trigger(draft, words, line, place, None, mood=_LIGHTS.get(words.lstrip()[:1]))
    return True


_LIGHTS = dict.fromkeys("🔴🟥🛑⛔🚫❌", Polarity.DO) | dict.fromkeys("🟢🟩✅", Polarity.DONT)


def _in_a_row(draft: Draft, text: str, line: int, place: Place, *, home: bool) -> bool:
    """Take the conditions behind a label: "Rollback triggers: lost writes; p95 above 2 s"."""
    found = False
    for start, sentence in split(text.split("\n")) if ":" in text else ():
        row = hints.enumerated(sentence.replace("\n", " "), _asks, home=home)
        for piece in row[0] if row is not None else ():
            where = line + text.count("\n", 0, start + piece.at)
            trigger(draft, piece.text, where, replace(place, announced=False), None, mood=row[1] if row else None)
        found = found or row is not None
    place.part.asked = place.part.asked or found
    return found


def _asks(label: str) -> Polarity | None:
    asked = triggers.announced(f"{label}:")
    return triggers.heading_mood(label) if asked is None and triggers.is_heading(label) else asked


def _hidden(code: re.Match[str]) -> str:
    """As many letters; code alone on a line ends a sentence too, so that the next line is one of its own."""
    alone = code.string.strip() == code.group()
    return "x" * (len(code[1]) - 1) + ("." if alone else "x")


def _alternatives(draft: Draft, rows: list[str], line: int, place: Place) -> bool:
    """Take conditions set side by side behind a label: "**now** — LCP worse by 0.5 s · any 500 on `/cart`"."""
    home = place.part.asked or place.part.role in {SectionRole.TRIGGERS, SectionRole.ROLLBACK}
    found = False
    for offset, row in enumerate(rows):
        match = _SIDE_BY_SIDE.match(row) if home or retreat.retreats(place.part.title) else None
        polarity = (
            (outcomes.label(match["label"]) or leads.answers(match["label"] + ":")) if match is not None else None
        )
        pieces = re.split(r"\s+[·•|]\s+", match["said"]) if match is not None else []
        if polarity is None or len(pieces) < 2:
            continue
        for piece in pieces:
            trigger(draft, markdown.plain(piece), line + offset, replace(place, announced=False), None, mood=polarity)
        found = True
    if found:
        place.part.asked = True
    return found


def _of_a_head(row: str) -> bool:
    """Whether a row has two or more facts about the document: "**Project:** TOS-7.2 · **Change class:** Major"."""
    facts = [_FACT.match(part) for part in _BETWEEN_FACTS.split(row.strip())]
    return len(facts) > 1 and all(fact is not None and not _asks_anything(fact["label"]) for fact in facts)


def _asks_anything(label: str) -> bool:
    return (
        retreat.spoken(f"{label} ") and (retreat.retreats(label) or retreat.mood(label, home=True) is not None)
    ) or bool(outcomes.label(label) or leads.answers(f"{label}:") or triggers.under_rollback(label) or _asks(label))


_BETWEEN_FACTS = expression(r"\s+[·•|]\s+")
_FACT = expression(  # a name and what is so, where no condition is said
    r"^\*\*(?P<label>[^*:]{2,40}):?\*\*:?\s+(?!.*(?:[<>≥≤%→]|\b(?:if|when|once|unless|above|below|more\s+than|less\s+than|any|after)\b))\S",
    re.IGNORECASE,
)


def split(rows: list[str]) -> list[tuple[int, str]]:
    """Each sentence of some plain lines with its place in them."""
    whole = "\n".join(markdown.plain(row) for row in rows)
    found: list[tuple[int, str]] = []
    start = 0
    for match in _SENTENCE.finditer(whole):
        if whole[start : match.start()].strip():
            found.append((start, whole[start : match.start()]))
        start = match.end()
    return found


def own_mood(text: str) -> Polarity | None:
    """What an entry among conditions says of itself: "No: the import is slow", "times out → not a stop, go on"."""
    return hints.answered(text) or single.contrary(text)


@lru_cache(maxsize=64)  # a box is asked twice
def sends_back(title: str) -> bool:
    """Whether a box is a condition and nothing to do."""
    return single.sends_back(title)


def refused_near(lines: Sequence[str], line: int) -> bool:
    """Whether "NO-GO if:" stands near "GO if:", and no box to tick below that."""
    ticked = any("[ ]" in row or "☐" in row for row in lines[line : line + 3])
    return not ticked and any(triggers.no_go_if(row) for row in lines[max(line - _PAIRED, 0) : line + _PAIRED])


def hinted(draft: Draft, blocks: list[Block], index: int, place: Place) -> Place:
    """The place of a list, with what the words around only hint at; what announces it is no condition of its own."""
    here = lists.hinted(blocks, index, place)
    if here is not place and here.announced and index:
        _forget(draft, blocks[index - 1])
    return here


def _forget(draft: Draft, block: Block) -> None:
    """Forget the condition that was read in the last words of a paragraph: they announce those of the list below it."""
    words = block.text.rstrip(" .:")
    while (
        draft.triggers
        and draft.triggers[-1].line >= block.line
        and words.endswith(draft.triggers[-1].text.rstrip(" .:"))
    ):
        draft.triggers.pop()


def gate(draft: Draft, text: str, line: int, place: Place, step: StepDraft | None) -> None:
    """A threshold among tasks or under alerts and criteria."""
    if (
        not (conditions.comparison(text) and (step is not None or place.severity is not None))
        and place.severity is None
        and not conditions.objective(text)
    ):
        return
    found = conditions.read_all(text, line, severity=place.severity or "gate", step=step.id if step else None)
    draft.conditions += [one for one in found if conditions.certain(one)]


def _people_sign(rows: list[str], place: Place) -> bool:
    """Whether lines with blanks are of people who consent, by what stands over them."""
    open_rows = [(raw, False) for raw in rows if forms.has_blank(raw) and signoffs.attributes(raw) is None]
    return bool(open_rows) and consent.stands_over(place.lead, place.part.title, open_rows)


def signed(rows: list[str], place: Place) -> bool:
    """Whether somebody signs on one of some lines."""
    signing = place.signing or _people_sign(rows, place)
    return any(signoffs.slot(row, box=False, signing=signing) is not None for row in rows if row.strip())


def blanks(draft: Draft, block: Block, rows: list[str], place: Place, following: str = "") -> bool:
    """Take the lines of a paragraph that are blanks to fill in; True when nothing else stands in it."""
    taken = 0
    label = ""
    head = forms.is_block(rows)
    contact = place.part.role is SectionRole.REFERENCE
    signing = place.signing or (not contact and _people_sign(rows, place))
    whole = rosters.block(rows) if len(rows) > 1 and not contact else None
    if whole is not None:  # "Name: ____", "Role: DBA", "Signature: ____" are one signer's
        signer = signoff(draft, signoffs.Slot(whole[1], ("name", "signature")), block.line + whole[0], place)
        signer.line, signer.end_line = block.line, block.end_line
        return True
    answered = signing and any(map(forms.has_blank, rows))
    worked = any(step.box or step.commands for step in draft.steps)
    after = draft.lines[block.end_line : block.end_line + 3]
    named = {} if contact or following in _BELOW else bylines.left_open(rows, after, following, worked=worked)
    closing = (
        not contact
        and worked
        and (draft.steps[-1].part is place.part or consent.closes(_UNNUMBERED.sub("", place.part.title)))
    )
    for offset, raw in enumerate(rows):
        line = block.line + offset
        if boxes.inside(raw) and legends.explains(raw):
            continue
        if offset in named:
            signoff(draft, signoffs.Slot(named[offset], ("name",)), line, place)
            taken += 1
            continue
        if answered and (who := hands.answered(raw)) is not None:
            signoff(draft, signoffs.Slot(who, ("name", "date")), line, place).checked = True
            taken += 1
            continue
        if not contact and every(draft, raw, line, place):
            taken += 1
            continue
        if side_by_side.take(draft, raw, line, place):
            taken += 1
            continue
        names = signoffs.attributes(raw)
        if names is not None and not contact and attributes(draft, names, line, place, label):
            label = ""
        elif not contact and (
            slots := _slots(
                draft, raw, line, place, signing=signing, above=following in _BELOW and offset == len(rows) - 1
            )
        ):
            for slot in slots:
                choose(draft, signoff(draft, slot, line, place), [raw])
        elif (
            closing
            and (who := bylines.alone(raw)) is not None
            and not any(map(bylines.signed_by, draft.lines[line : line + _NEAR]))
        ):  # where another has a line for it, "Patch coordinator: ____" is who did the work
            signoff(draft, signoffs.Slot(who, ("name",)), line, place)
        elif (form := forms.read(raw) or (forms.empty(raw) if head else None)) is not None:
            name = form.label or place.lead.strip(" :") or place.part.title
            field_step(draft, forms.Form(name, form.choices), line, line, place)
        else:
            label = markdown.plain(raw).rstrip(":") if offset + 1 < len(rows) else ""  # of the row below
            label = label if label and capacities.is_role(label) else ""
            continue
        taken += 1
    return taken == len(rows)


def _slots(draft: Draft, raw: str, line: int, place: Place, *, signing: bool, above: bool) -> list[signoffs.Slot]:
    """The slots of a line of a paragraph."""
    open_end = (
        forms.has_blank(raw)
        or boxes.inside(raw) > 1
        or any(mark in raw for mark in "/[@☐⬜□")
        or "-by:" in raw
        or _WAITED.search(raw) is not None
    )
    found = signoffs.slot(raw, box=False, signing=signing) if open_end else None
    return presumed.on_a_line(draft, found, raw, line, place, above=above)
