"""Several who sign: on one line with a place for each, in a list below words that ask them, or in a block of lines."""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import agreements, bylines, consent, forms, hands, places
from runbook_tui.document.capacities import DEPARTMENTS, is_person, is_role
from runbook_tui.document.forms import BLANK, bare, has_blank
from runbook_tui.document.patterns import expression
from runbook_tui.document.signoffs import ATTRIBUTE_NAME, MARKS, NO_ROLE, Slot, attribute, attributes, role_of, slot

_ASKS_ALL = expression(
    r"^(?:(?:final|required|release|change|deployment|requires?|needs?|pending|awaiting|outstanding|wanted|we\s+need)\s+){0,2}(?:sign[\s-]?offs?|approvals?|approvers|approved|signed[\s-]?off|ok|consent|go"
    r"|reviewed)(?:\s+(?:by|from|required|needed|required from|needed from))?\W*$",
    re.IGNORECASE,
)
_PRESENT = expression(
    r"\b(?:attend\w*|particip\w*|invit\w*|notif\w*|inform\w*|present|cc|contacts?|members?|roles?|optional)\b",
    re.IGNORECASE,
)
_IN_ROLE = expression(
    r"^\W{0,4}(?:role|title|position|function)\W{0,4}:\W{0,4}(?P<role>[A-Za-z][^_:|]*[^_:|\s*])\W*$", re.IGNORECASE
)
_POLLED = expression(
    r"^(?P<who>@?[A-Za-z][\w&/'’.-]*(?: [\w&/'’.-]+){0,3}?(?: \([^()]*\))?)\s*(?:[:–—-]|\.{3,}|_{2,})[\s:._]*"
    r"(?P<choice>(?:go|yes|approved?|agreed?)\s*(?:/|\||or)\s*(?:no|no[\s-]?go|reject(?:ed)?|denied|deny|hold)\b\W*)?$",
    re.IGNORECASE,
)
_SHORT = expression(r"@?[A-Z][\w&-]*(?: [A-Z][\w&-]*)?")
# "Approvals needed: @ops-lead ☐ @dba ☐"
_BOX_BEHIND = expression(r"(?P<who>[^\[\]☐☑⬜□]{2,40}?)\s*(?:\[[ xX]\]|[☐☑⬜□])")
_EACH_BEHIND = expression(r"(?:\s*[@\w][^\[\]☐☑⬜□]{1,40}?\s*(?:\[[ xX]\]|[☐☑⬜□])[\s,;/·]*){2,6}")


def several(raw: str, *, signing: bool) -> list[Slot]:
    """The slots of a line that has a box or a blank for each who signs: "Sign-off: ☐ QA ☐ Security"."""
    people = consent.each(raw) or [one.who for one in agreements.beside(raw)] or list(places.each(raw, signing=signing))
    people = people or hands.beside(raw, signing=signing)
    people = people if len(people) > 1 else bylines.pairs(raw)
    if people:
        return [Slot(who, ("name",)) for who in people]
    label, colon, tail = MARKS.sub("", bare(raw)).partition(":")
    if colon and _ASKS_ALL.match(label) and (behind := _EACH_BEHIND.fullmatch(tail)) is not None:
        names = [match["who"].strip(" ,;/·") for match in _BOX_BEHIND.finditer(behind.group())]
        return [Slot(role_of(name), ("decision",)) for name in names if is_person(name)] if len(names) > 1 else []
    if signing and not colon and (behind := _EACH_BEHIND.fullmatch(label)) is not None:
        names = [match["who"].strip(" ,;/·") for match in _BOX_BEHIND.finditer(behind.group())]
        if all(_SHORT.fullmatch(name) and not forms.verdict(name) for name in names):  # "Dev ☐ QA ☐ Ops ☐"
            return [Slot(role_of(name), ("decision",)) for name in names]
    form = forms.read(raw)
    if form is None or form.choices is None or len(form.choices) < 2 or forms.choice(form.choices):
        return []
    label = MARKS.sub("", form.label)
    if not (_ASKS_ALL.match(label) if label else signing):
        return []
    roles = sum(1 for name in form.choices if is_role(name))
    if roles * 2 < len(form.choices) or (not label and roles < len(form.choices)):
        return []
    return [Slot(role_of(name), ("decision",)) for name in form.choices]


def listed(raws: Sequence[str], lead: str) -> list[Slot]:
    """The slots of a list below a heading that asks for signatures, when every item is one or names a role."""
    if len(raws) < 2 or _PRESENT.search(lead):
        return []
    found: list[Slot] = []
    for raw in raws:
        text = MARKS.sub("", bare(raw))
        one = slot(raw, box=False) or (Slot(role_of(text), ("name",)) if is_role(text.rstrip(":")) else None)
        if one is None and consent.wants_hands(lead) and has_blank(raw) and not forms.told(text):
            one = Slot(role_of(BLANK.split(text)[0].strip(" :–—-")), ("name",))
        if one is None:
            names = [(text, False) for text in raws]
            if lead.endswith(":") and agreements.expected(lead) and consent.stands_over(lead, "", names):
                return [Slot(role_of(MARKS.sub("", bare(text))), ("name",)) for text in raws]
            return _polled(raws)
        found.append(one)
    return found


def _polled(raws: Sequence[str]) -> list[Slot]:
    """Who is asked one after the other, with nothing behind each yet or the same choice: "- Network: go / no-go"."""
    found: list[Slot] = []
    known = chosen = 0
    for raw in raws:
        match = _POLLED.match(MARKS.sub("", bare(raw)))
        if match is None or NO_ROLE.search(match["who"]) or ATTRIBUTE_NAME.fullmatch(match["who"]):
            return []
        known += is_person(match["who"]) or match["who"].lower() in DEPARTMENTS
        chosen += match["choice"] is not None
        found.append(Slot(role_of(match["who"]), ("decision",)))
    return found if chosen == len(found) or known * 2 >= len(found) else []


def block(rows: Sequence[str]) -> tuple[int, str] | None:
    """The row to sign on and the role of a block that is one signer's: "Name: ____", "Role: DBA", "Signature: ____"."""
    said = next((match["role"] for row in rows if (match := _IN_ROLE.match(bare(row)))), None)
    if said is None or len(rows) > 6:
        return None
    named = [attributes(row) or _left_open(row) for row in rows]
    if not any(named):
        return None
    return max(range(len(rows)), key=lambda at: ("signature" in named[at]) * 2 + ("name" in named[at])), said


def _left_open(row: str) -> tuple[str, ...]:
    """The attribute that stands alone before its colon: "**Name:**"."""
    text = MARKS.sub("", bare(row)).strip(" *")
    return (attribute(text.rstrip(": ")),) if text.endswith(":") and ATTRIBUTE_NAME.fullmatch(text[:-1].strip()) else ()
