"""The boxes in the cells of a row: what each of them is, so that none is lost, wherever in its cell it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from runbook_tui.document import boxes, forms, markdown, side_by_side
from runbook_tui.document.patterns import expression

_BREAK = expression(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_BULLET = expression(r"^[\s`*]*(?:[-*+•]\s+(?=[\[☐-☒⬜□]))?")


class Task(NamedTuple):
    """A box to be ticked."""

    title: str
    checked: bool


def box_of(cells: Sequence[str]) -> boxes.Box | None:
    """The one box of a row: alone in its cell, or before the words of one. Two are a choice, and no task."""
    if sum(map(boxes.inside, cells)) != 1:
        return None
    return own_box(next(cell for cell in cells if boxes.inside(cell)))


def own_box(cell: str) -> boxes.Box | None:
    """The box that a cell begins with."""
    return boxes.match(f"{_BULLET.sub('', cell).rstrip(' *`')} ")


def mark_of(cells: Sequence[str]) -> boxes.Box | None:
    """The one box of a row, wherever in its cell it stands."""
    if sum(map(boxes.inside, cells)) != 1:
        return None
    cell = next(cell for cell in cells if boxes.inside(cell))
    return own_box(cell) or boxes.Box(_checked(forms.BOX.findall(cell)), "")


def unmarked(cell: str) -> str:
    """The words of a cell without the boxes in it, and without what these are ticked for."""
    if says_nothing(cell):
        return ""
    return _words(forms.BOX.sub(" ", cell)) if boxes.inside(cell) == 1 else markdown.plain(cell)


def ticked(cells: Sequence[str]) -> list[int]:
    """The columns of a row in which a box stands alone."""
    return [at for at, cell in enumerate(cells) if boxes.inside(cell) == 1 and boxes.only(cell)]


def read(cell: str, row: str, column: str, heading: str) -> list[Task] | forms.Form:
    """The tasks of a cell with boxes, or the choice that they are; `row`, `column`: what it is called there."""
    name = f"{row}: {column}" if row and column else row or column
    text = _BULLET.sub("", _BREAK.sub(" ", cell)).strip()
    if boxes.inside(text) == 1:
        box = own_box(text)
        words = _words(box.rest if box is not None else forms.BOX.sub(" ", text))
        own = words if len(words.split()) > _SHORT or not row else f"{name} {words}".strip()
        return [Task(own, _checked(forms.BOX.findall(text)))]
    if tasks := side_by_side.tasks(text, column, heading):
        return [Task(title, done) for done, title in tasks]
    form = forms.read(text)
    if form is not None and form.choices and all(len(one.split()) <= forms.LONGEST_OPTION for one in form.choices):
        return forms.Form(row or form.label or column, form.choices)
    pieces = [_words(piece) for piece in forms.BOX.split(forms.bare(text))]
    before, after = pieces[:-1], pieces[1:]  # the words of each box stand before or behind it
    for said in (after, before):
        if all(map(forms.verdict, said)):
            return forms.Form(name, tuple(said))
    said = after if after[-1] else before
    if not after[-1] and all(0 < len(words.split()) <= _SHORT for words in before):  # "done [ ] open [ ]"
        return forms.Form(name, tuple(before))
    return [Task(words or name, _checked([mark])) for words, mark in zip(said, forms.BOX.findall(text), strict=False)]


def beside(cells: Sequence[str]) -> tuple[str, ...]:
    """The values between which the boxes of a row choose, one in each of several cells: `| ☐ go | ☐ no-go |`."""
    found = [own_box(cell) for cell in cells if boxes.inside(cell)]
    said = [markdown.plain(box.rest).strip() for box in found if box is not None]
    if len(said) < 2 or len(said) < len(found) or len(set(said)) < len(said):
        return ()
    return tuple(said) if forms.choice(said) or all(map(forms.verdict, said)) else ()


def says_nothing(cell: str) -> bool:
    """Whether a cell has boxes and nothing more than what they are ticked for: "[ ]", "[ ] yes [ ] no"."""
    if not boxes.inside(cell):
        return False
    pieces = [_words(piece) for piece in forms.BOX.split(forms.bare(cell))]
    return boxes.only(cell) or all(not words or forms.verdict(words) for words in pieces)


_SHORT = 2  # words that say too little alone: "ok", "done at"


def _words(text: str) -> str:
    return markdown.plain(text).strip(" :,;/|()-–—")


def _checked(marks: Sequence[str]) -> bool:
    return any(mark not in {"[ ]", *"☐⬜□"} for mark in marks)
