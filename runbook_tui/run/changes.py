"""How an edited document maps onto a running run: by step id. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

from runbook_tui.document.runbook import Runbook

MOST = 200  # lines of a difference that are told
AROUND = 1  # lines told beside what differs
_WORK = 1_000_000  # pairs of lines that are compared at most
_DOCUMENT = ("the document",)


class DocumentDiff(msgspec.Struct, frozen=True, kw_only=True):
    """Step ids; `changed` steps kept their id but have other commands or another kind."""

    sha256: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    what: tuple[str, ...] = _DOCUMENT  # was edited, in words
    text: tuple[tuple[str, str], ...] = ()  # of the document, lines: "-", "+", " " or "@" (a line's number), and text
    seen: str = ""  # names everything that was compared, for taking over just that

    @property
    def text_only(self) -> bool:
        return not (self.added or self.removed or self.changed)

    @property
    def beside(self) -> tuple[str, ...]:
        """What was edited besides the document."""
        return tuple(one for one in self.what if one not in _DOCUMENT)

    @property
    def sentence(self) -> str:
        head = f"{' and '.join(self.what)} {'was' if len(self.what) == 1 else 'were'} edited"
        if self.text_only:
            only = self.what == _DOCUMENT
            return f"{head}; no step or command differs" + ("" if only else ", conditions and signals may")
        parts = [
            f"{len(steps)} {word}"
            for steps, word in ((self.added, "added"), (self.removed, "removed"), (self.changed, "changed"))
            if steps
        ]
        return f"{head}: steps " + ", ".join(parts)


def compare(before: Runbook, after: Runbook, *, what: tuple[str, ...] = _DOCUMENT) -> DocumentDiff:
    """What differs between the text a run follows and a newer one; `what` of its files was edited, in words."""
    old, new = before.step_by_id, after.step_by_id
    return DocumentDiff(
        sha256=after.sha256,
        added=tuple(step for step in new if step not in old),
        removed=tuple(step for step in old if step not in new),
        changed=tuple(step for step in new if step in old and _shape(before, step) != _shape(after, step)),
        what=what,
        text=told(before.lines, after.lines),
    )


def told(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What differs between two texts, each part under the number of its line; at most MOST lines of it."""
    lines = list(_told(before, after))
    left = len(lines) - MOST
    return (*lines[:MOST], ("@", f"{left} more lines")) if left > 0 else tuple(lines)


def _told(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What both begin and end with is set aside, so that what is compared is about as long as the edit."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    first, last = max(0, start - AROUND), max(0, end - AROUND)
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    if len(old) * len(new) > _WORK:
        yield "@", f"lines {first + 1} to {first + len(new)} are otherwise"
        return
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        yield "@", f"line {first + group[0][3] + 1}"
        for tag, one, two, three, four in group:
            if tag == "equal":
                yield from ((" ", line) for line in old[one:two])
                continue
            yield from (("-", line) for line in old[one:two])
            yield from (("+", line) for line in new[three:four])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    return next(
        (n for n, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other))
    )


def _shape(runbook: Runbook, step_id: str) -> tuple[object, ...]:
    step = runbook.step_by_id[step_id]
    commands = (runbook.command_by_id[command] for command in (*step.commands, *step.back))
    return (step.kind, step.role, *((c.text, c.target, c.cwd, c.undo) for c in commands))
