"""Sign-off slots and form fields: lines with blanks to fill in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_MANGLED = re.compile(r"(?:\\?[*_]){0,12}\\_(?:\\?[*_]){1,60}|\*{4,}")  # what a formatter makes of a long blank
_BLANK = re.compile(r"_{2,}|\.{5,}|(?<=[:\s])_(?=\s|$)")
_ROLE = re.compile(
    r"\b(?:lead|leader|leads|manager|owner|director|officer|engineer|engineering|admin"
    r"|administrator|team|sponsor|c[tesif]+o|ciso|sre|devops"
    r"|qa|security|product|ops|operations|architect|head|legal|compliance|dba|developer"
    r"|development|representative|stakeholders?|vp|chief"
    r"|approver|reviewer|operator|on-?call|commander|coordinator|analyst|business|technical"
    r"|infrastructure|platform|release|change|president"
    r"|supervisor|customer|client|vendor|board|committee|sign-?off|approval)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"^(?:all|run|verify|check|confirm|ensure|review|test|deploy|update|get|obtain|document|notify"
    r"|create|no)\b|\b(?:completed?|passed|passing|verified|reviewed|approved by|tested|done|met)$",
    re.IGNORECASE,
)
_FIELD_WORD = re.compile(
    r"\b(name|date|time|signature|signed|initials|decision|approved|approval|comments?|notes?|status)\b", re.IGNORECASE
)
_LEAD = re.compile(
    r"\bsign(?:ed)?[\s-]?off\b|\bapprovals?\b.*:$|\bapproved by\b.*:$|\bsignatures?\b.*:$", re.IGNORECASE
)
_HEADING = re.compile(r"\bsign[\s-]?offs?\b|\bapprovals?\b|\bgo\s*[/-]?\s*no[\s-]?go\b|\bsignatures\b", re.IGNORECASE)
_FORM = re.compile(r"^\W{0,4}(?P<label>[A-Za-z][^:_|]{0,60}?)\W{0,3}:\W{0,4}(?P<value>_{2,}.*|_)$")
_BARE = re.compile(r"^\W{0,4}(?P<label>[A-Za-z][^:_|]{0,60}?)\s*_{3,}")
_CHOICES = re.compile(r"\[[ xX]\]\s*([^\[\]|☐⬜]+?)(?=\s*(?:\[[ xX]\]|[|,;]|$))")
_SLASHED = re.compile(
    r"^\W{0,4}(?P<label>[A-Za-z][^:_|]{0,60}?)\W{0,3}:\W{0,4}\[?(?P<choices>(?:[A-Z][A-Z0-9-]*|Yes"
    r"|No|Pass|Fail)(?:\s*/\s*(?:[A-Z][A-Z0-9-]*|Yes|No|Pass|Fail|N/A))+)\]?\W*$"
)
_DATES = frozenset({"date", "time"})


class Slot(NamedTuple):
    """Somebody is to sign here."""

    role: str
    fields: tuple[str, ...]


class Form(NamedTuple):
    """Something is to be filled in here."""

    label: str
    choices: tuple[str, ...] | None


def is_heading(title: str) -> bool:
    return bool(_HEADING.search(title)) and not re.search(r"\bauthenticat|\bapproving\b", title, re.IGNORECASE)


def is_lead(text: str) -> bool:
    """Whether a paragraph introduces people who sign: "…signed off by:"."""
    return len(text) < 250 and bool(_LEAD.search(text)) and text.rstrip().endswith(":")


def has_blank(raw: str) -> bool:
    return bool(_BLANK.search(_unmangled(raw)))


def slot(raw: str, *, box: bool) -> Slot | None:
    """The sign-off slot a line in a sign-off context is; None when it is a task among them."""
    text = _bare(raw)
    blank = bool(_BLANK.search(text))
    if text.startswith(("✅", "☑")):
        text = text[1:].strip()
    before = _BLANK.split(text, maxsplit=1)[0].split(":", 1)[0].strip(" -–—*:") if blank or ":" in text else text
    label = re.match(r"^sign[\s-]?off\s*:\s*(?P<role>[^_:]+)", text, re.IGNORECASE)
    if label:
        before = label["role"].strip()
    if not blank and (not box or not _ROLE.search(before) or _VERB.search(before) or len(before.split()) > 8):
        return None
    if not blank and ":" in text and not _ROLE.search(before):
        return None
    if blank and before.lower() in _DATES | {"comments", "notes", "version"}:
        return None
    return Slot(before, _fields(text) if blank else ())


def form(raw: str) -> Form | None:
    """The form field a line is: a label and a blank, or a label and choices."""
    text = _bare(raw)
    if boxes := _CHOICES.findall(text):
        label = re.split(r"\[[ xX]\]", text, maxsplit=1)[0].strip(" :*-")
        return Form(label, tuple(choice.strip() for choice in boxes)) if label and len(boxes) > 1 else None
    if match := _FORM.match(text) or _BARE.match(text):
        return Form(match["label"].strip(" *-"), None)
    if match := _SLASHED.match(text):
        return Form(match["label"].strip(" *-"), tuple(choice.strip() for choice in match["choices"].split("/")))
    return None


def table_slots(header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, Slot]]:
    """The slots of a table `| Role | Name | Signature | Date |`."""
    names = [cell.strip(" *_").lower() for cell in header]
    if len(names) < 2 or not any(re.search(r"sign|date|approv|name|decision", name) for name in names[1:]):
        return []
    column = next(
        (
            index
            for index, name in enumerate(names)
            if re.search(r"role|title|team|position|approver|stakeholder", name)
        ),
        0,
    )
    fields = tuple(name for index, name in enumerate(names) if index != column and name)
    found: list[tuple[int, Slot]] = []
    for line, cells in rows:
        role = _bare(cells[column]) if column < len(cells) else ""
        if role and not _BLANK.fullmatch(role):
            found.append((line, Slot(role, fields)))
    return found


def _fields(text: str) -> tuple[str, ...]:
    """The names of the blanks: the first belongs to the signer's name, the others to the word before or after."""
    names: list[str] = []
    pieces = _BLANK.split(text)
    for index in range(1, len(pieces)):
        before, after = pieces[index - 1], pieces[index]
        inside = re.match(r"^\s*\((\w+)\)", after)
        word = inside[1] if inside and _FIELD_WORD.fullmatch(inside[1]) else None
        if word is None and index > 1:
            found = _FIELD_WORD.findall(re.sub(r"^\s*\(\w+\)", "", before))
            word = found[-1] if found else None
        if word is None and index == 1:
            found = _FIELD_WORD.findall(before.rpartition(":")[0].rpartition(":")[2]) if before.count(":") > 1 else []
            word = found[-1] if found else "name"
        names.append((word or f"field {index}").lower())
    return tuple(dict.fromkeys(names))


def _bare(raw: str) -> str:
    """The line without emphasis, links' brackets and mangled blanks."""
    text = _unmangled(raw)
    text = re.sub(r"\*\*|__(?=[A-Za-z])|(?<=[A-Za-z:])__(?!_)|`", "", text)
    return " ".join(text.split())


def _unmangled(raw: str) -> str:
    return _MANGLED.sub("____", raw)
