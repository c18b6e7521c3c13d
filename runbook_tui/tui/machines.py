"""Where a command goes, as a person says it. Pure."""

from __future__ import annotations

from runbook_tui.run.where import LOCAL
from runbook_tui.tui.terminal_text import safe


def machine(target: str) -> str:
    """A target in words: what is called local in files and commands is the machine one sits at."""
    return "this machine" if target == LOCAL else safe(target)
