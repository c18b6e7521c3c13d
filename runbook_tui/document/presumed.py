"""Places for a hand that no rule knows and that are like those of other runbooks.

See `likeness`. The rules are asked first: what they found is passed in, and stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import boxes, bylines, facts, forms, hands, likeness, markdown, on_record, signoffs
from runbook_tui.document.draft import Draft, Place
from runbook_tui.document.likeness import Unit
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import SectionRole, Severity

_NAME_ASKED = re.compile(r"\((?:name|initials?|signature)\b[^()]*\)\s*:", re.IGNORECASE)  # "Owner (name, date):"
_WAITS = expression(
    r"_{2,}|\.{4,}|…|@|:[\s*_]*$|<[^<>]+>|\[[^\]]*\](?!\()|[☐⬜□]|(?:→|->|--|–|—)\s*$|\((?:paste|link)[^()]*\)\s*$|\b(?:hh:mm|tbd|pending|initials?|signature|name)\b",
    re.IGNORECASE,
)
_CUT = expression(r"_{2,}|\.{4,}|…|@|<[^<>]*>|\[[^\]]*\]|[☐⬜□]|\s[-–—]\s|:")
_ACT = expression(
    r"(?:(?:finally|formally)\s+)?(?:signed(?:\s+off)?|approved|approval|sign-?off|ok(?:ay)?|go|authori[sz]ed|accepted|agreed|released|confirmed)"
    r"(?:\s+(?:by|from|of))?\W*",
    re.IGNORECASE,
)
_CODED = expression(r"`[^`]*`")
_BLANKS = expression(r"_{3,}|\.{4,}|…{2,}")
_BEFORE = expression(r"[.;|/,]\s+|^\W*(?:and|und|or|the)\s+(?:the\s+)?", re.IGNORECASE)
_ATTRIBUTE = expression(
    r"^(?:and\s+)?(?:(?:full\s+)?name|dates?|time|at|on|signature|sign|initials|ticket|number|start|end|hour|result|value|comment)s?$",
    re.IGNORECASE,
)
LONGEST = 160
_NEAR = 2  # lines before and after that are looked at
_EMPTY = "____"
_MOST = 40  # rows of a table


def in_a_box(draft: Draft, found: signoffs.Slot | None, raw: str, line: int, place: Place) -> signoffs.Slot | None:
    """The slot that a box is: the one the rules found, or one by likeness."""
    if found is not None or place.part.role is SectionRole.REFERENCE or place.polarity is not None:
        return found
    if len(raw) > LONGEST or not likeness.signing(raw) or facts.asked(raw, signing=place.signing):
        return None
    like = likeness.of_hand(unit_of(draft, raw, line, place, box=True), ticked=_NAME_ASKED.search(raw) is None)
    if not like or on_record.stands(raw, signing=place.signing):
        return None
    slots = _slots(raw)
    _say(draft, slots, line)
    return slots[0] if slots else None


def on_a_line(
    draft: Draft, found: signoffs.Slot | None, raw: str, line: int, place: Place, *, above: bool
) -> list[signoffs.Slot]:
    """The slots of a line without a box: the one the rules found, or those it has by likeness.

    `above`: a list, table or block stands right below; with a colon the line speaks of that, and waits for nobody.
    """
    if found is not None:
        return [found] if found.role else []
    if place.part.role is SectionRole.REFERENCE or not waits(raw, above=above) or hands.filled_in(raw):
        return []
    over = f"{place.part.title}\n{place.lead}\n{place.ask}"
    if facts.asked(raw, signing=place.signing) or (_at_the_head(draft, line, place) and facts.who_it_is(raw, over)):
        return []
    slots = _slots(raw) if likeness.of_hand(unit_of(draft, raw, line, place, box=False)) else []
    _say(draft, slots, line)
    return slots


def of_rows(
    draft: Draft, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], place: Place
) -> list[tuple[int, signoffs.Slot]]:
    """The slots of a table in which the rules found none: its rows, if most are like places for a hand."""
    if place.part.role is SectionRole.REFERENCE or place.polarity is not None or len(rows) > _MOST:
        return []
    if facts.measured(header, [cells for _, cells in rows]):
        return []
    open_rows = [(line, cells, unit) for line, cells in rows if (unit := unit_of_row(header, cells, place)) is not None]
    found = [
        (line, signoffs.Slot(signoffs.role_of(_first(cells)), ("name",)))
        for line, cells, unit in open_rows
        if _first(cells) and likeness.of_hand(unit)
    ]
    if len(found) * 2 <= len(open_rows):
        return []
    for line, slot in found:
        _say(draft, [slot], line)
    return found


def _at_the_head(draft: Draft, line: int, place: Place) -> bool:
    """Whether a line stands before any work and below no heading but the title."""
    if place.signing or sum(row.startswith("#") for row in draft.lines[: line - 1]) > 1:
        return False
    return not any(step.box or step.commands or step.signoff is not None for step in draft.steps)


def waits(raw: str, *, above: bool) -> bool:
    """Whether a line may wait for a hand: it has a blank, a handle or a mark, or ends with a colon over nothing."""
    if len(raw) > LONGEST or (above and raw.rstrip(" *_").endswith(":")):
        return False
    return _WAITS.search(raw) is not None


def unit_of(draft: Draft, raw: str, line: int, place: Place, *, box: bool) -> Unit:
    """What the model looks at of a line."""
    before = draft.lines[max(0, line - 1 - _NEAR) : line - 1]
    after = draft.lines[line : line + _NEAR]
    return unit(
        raw,
        place,
        listed=box,
        before=" ".join(row[:LONGEST] for row in before if row.strip()),
        after=" ".join(row[:LONGEST] for row in after if row.strip()),
    )


def unit_of_row(header: Sequence[str], cells: Sequence[str], place: Place) -> Unit | None:
    """What the model looks at of a row that has an empty cell or a box; None of any other, and of a row of boxes."""
    if sum(map(boxes.inside, cells)) > 1 or not any(
        not cell.strip() or boxes.inside(cell) or forms.has_blank(cell) for cell in cells[1:]
    ):
        return None
    text = " | ".join(cell.strip() or _EMPTY for cell in cells)
    return unit(text, place, header=" | ".join(header), listed=True)


def unit(text: str, place: Place, *, header: str = "", listed: bool = False, before: str = "", after: str = "") -> Unit:
    """What the model looks at of some words, with what stands over them at a place."""
    part, lead = place.part, place.lead or place.ask
    return Unit(
        text=text,
        lead="" if lead == part.title else lead,
        title=part.title,
        above=part.parent.title if part.parent is not None else "",
        header=header,
        listed=listed,
        before=before,
        after=after,
    )


def _first(cells: Sequence[str]) -> str:
    """The words of the first cell that has any."""
    return next((text for cell in cells if re.search(r"[^\W\d_]{2}", text := markdown.plain(cell))), "")


def _slots(raw: str) -> list[signoffs.Slot]:
    """Who signs on a line: all who have a blank of their own, or who is named first."""
    text = _CODED.sub(" ", markdown.plain(raw)).strip()
    several = [_trimmed(_BEFORE.split(piece)[-1]) for piece in _BLANKS.split(text)[:-1]]
    if len(several) > 1 and all(map(_names, several)) and not any(map(_ATTRIBUTE.search, several)):
        return [signoffs.Slot(signoffs.role_of(who), ("name",)) for who in several]
    pieces = [_trimmed(piece) for piece in _CUT.split(text)]
    who = next((piece for piece in pieces if _names(piece) and not _ACT.fullmatch(piece)), "")
    who = who or next((piece for piece in pieces if _names(piece)), "")
    if not who or bylines.staffs(who):
        return []
    return [signoffs.Slot(signoffs.role_of(bylines.without_place(who)), ("name",))]


def _trimmed(words: str) -> str:
    return words.strip(" -–—:;,.*()|/\t")


def _names(words: str) -> bool:
    return re.search(r"[^\W\d_]{2}", words) is not None


def _say(draft: Draft, slots: Sequence[signoffs.Slot], line: int) -> None:
    for slot in slots:
        message = (
            f"“{slot.role[:60]}” is read as somebody who signs here, because the line is like those of other runbooks: "
            "put it under a heading as “Sign-off”, or word it otherwise."
        )
        draft.find("RB162", Severity.INFO, line, message)
