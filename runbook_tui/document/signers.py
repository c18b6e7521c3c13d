"""Lists and boxes of people who sign, and a line to sign on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from runbook_tui.document import (
    boxes,
    bylines,
    capacities,
    consent,
    entries,
    forms,
    hands,
    markdown,
    on_record,
    presumed,
    quorum,
    recorded,
    rosters,
    signoffs,
    thumbs,
    triggers,
)
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.lists import box_of, words
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import SectionRole


def sign(block: Block, place: Place) -> bool:
    """Whether a list is of people who consent: the words right before ask for it, or the heading does, or it closes."""
    if place.part.role is SectionRole.REFERENCE or not block.children:
        return False
    found: list[tuple[str, bool]] = []
    for item in block.children:
        if not item.children or item.children[0].kind != "paragraph":
            return False
        raw = item.children[0].raw
        box = boxes.match(raw)
        found.append((box.rest if box is not None else raw, box is not None))
    return consent.stands_over(place.ask, place.part.title, found) or bool(they_agree(block, place))


def of_people(block: Block) -> bool:
    """Whether a list is of names, most of which are functions or groups: "Head of Sales", "Jo (backend)"."""
    named = [words(item) for item in block.children if len(item.children) == 1]
    return len(named) > 1 and len(named) == len(block.children) and (consent.names(named) or quorum.are(named))


def around(block: Block, place: Place) -> Place:
    """The place of boxes, where those who are asked stand in them: no conditions, whatever one "no" would mean."""
    if place.part.role is not SectionRole.REFERENCE and quorum.polls(place.ask) and of_people(block):
        return replace(place, polarity=None, signing=True)
    if place.polarity is not None and recorded.behind_commands(block, place):
        return replace(place, polarity=None)
    if place.signing and place.polarity is not None and _hands_only(block):
        return replace(place, polarity=None)  # "QA: ____" below the answer to "No-go if:"
    if place.polarity is not None and not triggers.firm(place.ask) and of_handles(block, place):
        return replace(place, polarity=None)  # "Maintainer 1: @"
    return place


def _hands_only(block: Block) -> bool:
    """Whether all boxes of a list are somebody and a place for a hand."""
    raws = [box.rest for item in block.children if (box := box_of(item)) is not None]
    return 1 < len(raws) == len(block.children) and all(map(forms.has_blank, raws)) and hands.all_people(raws)


def everyone(block: Block, place: Place) -> bool:
    """Whether whatever stands in the boxes of a list is somebody who signs."""
    return of_people(block) or acted(block, place) if place.signing else of_handles(block, place)


_WHOSE_GO = expression(
    r"^\W*(?:(?:step|phase|part)\s+)?(?:\d[\d.]*\s*[:.)–—-]?\s*)?(?:the\s+)?(?P<who>[A-Za-z][\w '’/-]{2,40}?)(?:['’]s)?"
    r"\s+(?:go(?:-ahead)?|ok|okay|approvals?|sign-?offs?|consent)(?:\s+(?:per|for\s+(?:each|every))\s+\w+)?\W*$",
    re.IGNORECASE,
)
_GO_LAST = expression(r"\s[–—:-]\s*(?:go|ok|okay|approved|yes|signed(?:\s+off)?)\W*$", re.IGNORECASE)


def hand(block: Block, place: Place) -> str:
    """Who signs each box of a list, named once above: "Verifier go" over "- [ ] Broker 4 – go"."""
    whose = _WHOSE_GO.match(place.ask or place.part.title)
    if whose is None or not hands.person(whose["who"]) or place.part.role is SectionRole.REFERENCE:
        return ""
    marked = [box_of(item) for item in block.children]
    return whose["who"] if all(box is not None and _GO_LAST.search(box.rest) for box in marked) else ""


def thumbs_of(block: Block, place: Place) -> dict[int, str]:
    """By line, whose thumb the boxes of a list wait for: "tobi 👍 in the thread"."""
    if place.part.role is SectionRole.REFERENCE or place.polarity is not None:
        return {}
    ticked = [(item.children[0].line, box.rest) for item in block.children if (box := box_of(item)) is not None]
    return {ticked[at][0]: who for at, who in thumbs.given([rest for _, rest in ticked]).items()}


def of_handles(block: Block, place: Place) -> bool:
    """Whether every box waits for a handle, and at least half of them surely somebody's: "- [ ] QA: @"."""
    last = box_of(block.children[-1])
    if last is None or "@" not in last.rest or place.part.role is SectionRole.REFERENCE:
        return False
    raws = [box.rest for item in block.children if (box := box_of(item)) is not None]
    if len(raws) < max(2, len(block.children)) or not all(map(bylines.waits_for_handle, raws)):
        return False
    if bylines.STAFFING.search(f"{place.ask} {place.part.title}"):
        return False
    return sum(bylines.handle(raw) is not None for raw in raws) * 2 >= len(raws)


def they_agree(block: Block, place: Place) -> list[str]:
    """Those of a list who are asked whether they agree: "Thumbs:" over "- [ ] lotte (backend)"."""
    if place.part.role is SectionRole.REFERENCE or any(len(item.children) != 1 for item in block.children):
        return []
    raws = [item.children[0].raw for item in block.children]
    marked = [boxes.match(raw) for raw in raws]
    words = [raw if mark is None else mark.rest for mark, raw in zip(marked, raws, strict=True)]
    if not quorum.are(words) or not quorum.asks(place.ask, place.part.title):
        return []
    open_end = all(mark is not None or _OPEN_END.search(raw) for mark, raw in zip(marked, raws, strict=True))
    return words if open_end else []


def slots(block: Block, place: Place) -> list[signoffs.Slot]:
    """The slots of a list without boxes, where words above ask for hands."""
    raws = [item.children[0].raw for item in block.children]
    found = rosters.listed(raws, place.ask)
    return found or [signoffs.Slot(signoffs.role_of(quorum.who(raw)), ("name",)) for raw in they_agree(block, place)]


_OPEN_END = expression(r"(?:_{2,}|\.{4,}|…+|@|:|[☐⬜□]|\[ \])\W*$")


def siblings(block: Block, place: Place) -> bool:
    """Whether most entries ask for a hand, so that the others with a blank do: "- Internal audit (copy): ____"."""
    if place.part.role is SectionRole.REFERENCE or len(block.children) < 2:
        return False
    raws = [item.children[0].raw for item in block.children if item.children and item.children[0].kind == "paragraph"]
    if len(raws) < len(block.children) or not all(map(forms.has_blank, raws)) or any(map(boxes.match, raws)):
        return False
    signed = sum(1 for raw in raws if signoffs.slot(raw, box=False, signing=False) is not None)
    who = [re.sub(r"\s*\([^()]*\)", "", forms.bare(raw).partition(":")[0]).strip() for raw in raws]
    return signed * 2 >= len(raws) and signed < len(raws) and all(map(capacities.is_person, who))


_ACT = expression(r"(?:^|\s)(?:\w{3,}ed|go|ok|okay|done)(?:\s+(?:by|off))?\s*:\W*$", re.IGNORECASE)


def acted(block: Block, place: Place) -> bool:
    """Whether boxes behind what was done are of those who did see to it: "promoted:" over "[ ] Train captain, ____"."""
    if not place.ask.endswith(":") or place.part.role is SectionRole.REFERENCE or _ACT.search(place.ask) is None:
        return False
    named = [box.rest.partition(",") for item in block.children if (box := box_of(item)) is not None]
    return len(named) == len(block.children) and all(comma and hands.person(who) for who, comma, _ in named)


def ruled(lines: Sequence[str], block: Block, place: Place) -> signoffs.Slot | None:
    """The slot of a line of underscores, which Markdown takes for a ruler; who stands right below it is enough."""
    ruler = "__" if place.signing else "________"
    if place.part.role is SectionRole.REFERENCE or not lines[block.line - 1].lstrip().startswith(ruler):
        return None
    before = lines[block.line - 2] if place.signing and block.line > 1 else ""
    return _on_the_line(before, lines[block.line] if block.line < len(lines) else "")


def _on_the_line(before: str, after: str) -> signoffs.Slot | None:
    """Who signs on a line of underscores, named right below it, or right above."""
    for row in (after, before):
        name = re.split(r"\s{2,}|\t|,\s", bare_row) if (bare_row := row.strip(" *")) else [""]
        if capacities.is_role(name[0]) or (len(name[0].split()) > 1 and hands.person(name[0])):
            return signoffs.Slot(signoffs.role_of(name[0]), ("signature",))
    return None


def slot_of_box(raw: str, title: str, place: Place) -> signoffs.Slot | None:
    """The slot that a box is; among conditions only one with a place for a hand: "Storage lead says go: ____"."""
    if place.part.role is SectionRole.REFERENCE:
        return None
    if place.hand:
        return signoffs.Slot(place.hand, ())
    if place.polarity is not None or entries.sends_back(title):
        who = hands.of_line(raw, box=True)
        return signoffs.Slot(who, ("name",)) if who is not None else None
    found = signoffs.slot(raw, box=True, signing=place.signing)
    if (found is not None or place.everyone) and consent.checks(raw):
        return None
    if found is None and (who := bylines.in_a_box(raw)) is not None:
        return signoffs.Slot(who, ())
    if found is None and place.signing and (who := bylines.initials(raw)) is not None:
        return signoffs.Slot(who, ("name",))
    if found is None and place.everyone:
        return signoffs.Slot(bylines.without_place(title), ())
    who = bylines.handle(raw, f"{place.ask} {place.part.title}") if found is None and "@" in raw else None
    return signoffs.Slot(who, ("name",)) if who is not None else found


def take_box(draft: Draft, raw: str, line: int, place: Place, step: StepDraft) -> bool:
    """Take the slot that a box is; two where it has a blank for each: "Captain: ____ Shadow: ____"."""
    if (who := place.thumbs.get(line)) is not None:
        entries.signoff(draft, signoffs.Slot(who, ()), line, place, step)
        step.title = who
        return True
    found = slot_of_box(raw, markdown.plain(raw), place)
    if found is not None and not place.hand and on_record.stands(raw, signing=place.signing):
        return False
    slot = presumed.in_a_box(draft, found, raw, line, place)
    several = bylines.pairs(raw, box=True) if place.polarity is None else []
    if len(several) > 1 and place.part.role is not SectionRole.REFERENCE:
        entries.signoff(draft, signoffs.Slot(several[0], ("name",)), line, place, step)
        for who in several[1:]:
            entries.signoff(draft, signoffs.Slot(who, ("name",)), line, place)
        return True
    if slot is None:
        return False
    entries.choose(draft, entries.signoff(draft, slot, line, place, step), [raw])
    step.title = (markdown.plain(slot.role) if not place.hand else "") or step.title
    return True
