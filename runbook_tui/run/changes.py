"""How an edited document maps onto a running run: by step id. Pure."""

from __future__ import annotations

import msgspec

from runbook_tui.document.runbook import Runbook


class DocumentDiff(msgspec.Struct, frozen=True, kw_only=True):
    """Step ids; `changed` steps kept their id but have other commands or another kind."""

    sha256: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def text_only(self) -> bool:
        return not (self.added or self.removed or self.changed)

    @property
    def sentence(self) -> str:
        if self.text_only:
            return "the document was edited; no step or command differs"
        parts = [
            f"{len(steps)} {word}"
            for steps, word in ((self.added, "added"), (self.removed, "removed"), (self.changed, "changed"))
            if steps
        ]
        return "the document was edited: steps " + ", ".join(parts)


def compare(before: Runbook, after: Runbook) -> DocumentDiff:
    """What differs between the text a run follows and a newer one."""
    old, new = before.step_by_id, after.step_by_id
    return DocumentDiff(
        sha256=after.sha256,
        added=tuple(step for step in new if step not in old),
        removed=tuple(step for step in old if step not in new),
        changed=tuple(step for step in new if step in old and _shape(before, step) != _shape(after, step)),
    )


def _shape(runbook: Runbook, step_id: str) -> tuple[object, ...]:
    step = runbook.step_by_id[step_id]
    commands = (runbook.command_by_id[command] for command in step.commands)
    return (step.kind, step.role, *((c.text, c.target, c.cwd, c.undo) for c in commands))
