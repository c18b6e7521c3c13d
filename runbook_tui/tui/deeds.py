"""What a person did last, in words. Pure."""

from __future__ import annotations

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.state import Deed
from runbook_tui.tui.terminal_text import safe


def named(deed: Deed, runbook: Runbook) -> str:
    """“the tick of Announce it”."""
    step = runbook.step_by_id.get(deed.step)
    return f"the {deed.kind} of “{safe(step.title) if step is not None else deed.step}”"
