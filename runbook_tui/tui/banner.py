"""Under the top line when a condition holds that must not: what, by which evidence, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from textual.strip import Strip
from textual.widget import Widget

from runbook_tui.run.gauges import Light
from runbook_tui.tui.keymap import Keymap, keymap_of
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.rows import Part, cut, strip
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.theme import pens
from runbook_tui.tui.walk_lines import value_line


def lines(view: RunView, shown: Light, now: datetime, keymap: Keymap, *, driving: bool) -> list[list[Part]]:
    """Two lines, or none when nothing is wrong. Pure."""
    state, way_back = view.state, keymap.shown("walk", "roll_back")
    if state.outcome is not None or state.rollback is not None:
        return []
    countdown = state.gates.countdown
    worst = shown.worst if shown.worst is not None and shown.worst.verdict == "fail" else None
    if countdown is not None and countdown.held_by is None:
        left = (countdown.due - now).total_seconds()
        waits = "when the running command has ended" if view.busy or state.open_jobs else "now"
        when = f"in {of_seconds(round(left))}" if left >= 1 else waits
        keys: list[Part] = [
            (keymap.shown("walk", "hold"), "strong accent"),
            (" holds it, ", ""),
            (way_back, "strong accent"),
            (" shows the way back", ""),
        ]
        return [
            [("✖ ", "strong error"), (countdown.reason, "strong error")],
            [("  rolls back ", "strong"), (when, "strong error"), (" unless held.  ", ""), *(keys if driving else [])],
        ]
    if worst is None:
        return []
    held = f"{countdown.held_by.partition('@')[0]} holds the rollback.  " if countdown and countdown.held_by else ""
    return [
        [("✖ ", "strong error"), (worst.text, "strong error"), (f"   {value_line(worst)}", "error")],
        [("  ", ""), (held, ""), (way_back, "strong accent"), (" shows the way back, ", ""),
         (keymap.shown("walk", "watched"), "strong accent"), (" what is watched", "")],
    ]  # fmt: skip


class Banner(Widget):
    """Takes no room while nothing is wrong."""

    DEFAULT_CSS = "Banner { height: 2; background: $panel; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[list[Part]] = []

    def show(self, view: RunView, shown: Light, *, driving: bool, call: list[list[Part]] | None = None) -> bool:
        """Take in the run as it stands, and what other people want; whether something is wrong."""
        wrong = lines(view, shown, datetime.now(UTC), keymap_of(self.app), driving=driving)
        wanted = wrong or call or []
        if wanted != self._lines:
            self._lines = wanted
            self.display = bool(wanted)
            self.refresh()
        return bool(wrong)

    def render_line(self, y: int) -> Strip:
        parts: Sequence[Part] = self._lines[y] if y < len(self._lines) else ()
        width, out = self.size.width, [(" ", "")]
        free = width - 2
        for text, pen in parts:
            piece = cut(text, free)
            free -= len(piece)
            out.append((piece, pen))
        return strip(out, width, pens(self.app).on(self.rich_style))
