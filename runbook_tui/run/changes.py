"""How an edited document maps onto a running run: by step id. Pure."""

from __future__ import annotations

import msgspec

from runbook_tui.document.runbook import Runbook

_DOCUMENT = ("the document",)


class DocumentDiff(msgspec.Struct, frozen=True, kw_only=True):
    """Step ids; `changed` steps kept their id but have other commands or another kind."""

    sha256: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    what: tuple[str, ...] = _DOCUMENT  # was edited, in words

    @property
    def text_only(self) -> bool:
        return not (self.added or self.removed or self.changed)

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
    )


def _shape(runbook: Runbook, step_id: str) -> tuple[object, ...]:
    step = runbook.step_by_id[step_id]
    commands = (runbook.command_by_id[command] for command in (*step.commands, *step.back))
    return (step.kind, step.role, *((c.text, c.target, c.cwd, c.undo) for c in commands))
