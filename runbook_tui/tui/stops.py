"""Stopping a run: by whoever drives it, and by whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from runbook_tui.run.state import Held, JobPhase, RunState
from runbook_tui.tui.house import Place
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.offers import Offer
from runbook_tui.tui.ports import Watched
from runbook_tui.tui.questions import Blank, Form
from runbook_tui.tui.rows import Part
from runbook_tui.tui.terminal_text import safe

_WANTS = "say why: it stands in the record with your name"


def hold_form() -> Form:
    reading = "Nothing that changes something is started until it is released. What runs goes on."
    return Form("Hold the run", [Blank("reason", required=_WANTS)], reading, does="hold it")


def name_of(actor: str) -> str:
    return safe(actor.partition("@")[0].partition("/")[0])


def running(state: RunState) -> bool:
    return any(job.phase is JobPhase.RUNNING for job in state.jobs.values())


def offer(out: dict[str, Offer], state: RunState, me: str) -> None:
    """What a terminal that watches may do to stop the run."""
    if state.outcome is not None:
        return
    held = state.held
    if held is not None and held.by != me:
        out["hold"] = Offer("hold", f"{name_of(held.by)} holds this run already: {safe(held.reason)}")
    else:
        out["hold"] = Offer("release" if held is not None else "hold")
    out["cancel"] = Offer("ask to cancel", None if running(state) else "no command is running")


def line(held: Held, keymap: Keymap, *, mine: bool) -> list[list[Part]]:
    """Who holds the run, and why."""
    keys: list[Part] = [(keymap.shown("walk", "hold"), "strong accent"), (" releases it", "")] if mine else []
    return [
        [("‖ ", "warning"), (f"{name_of(held.by)} holds this run: ", "strong"), (safe(held.reason), "")],
        [("  nothing is changed until it is released.  ", ""), *keys],
    ]


async def act(walk: Place, action: str, me: str) -> None:
    """`hold` and `cancel` of somebody who watches. Raises OperatorError."""
    view = cast("Watched", walk.view)
    if action == "hold" and view.state.held is not None and view.state.held.by == me:
        await view.release()
        return
    form = hold_form()
    if action == "cancel":
        reading = "The driver's terminal cancels it at once, with everything it started."
        form = Form("Cancel the running command", [Blank("reason", required=_WANTS)], reading, does="cancel it")
    values = await walk.app.push_screen_wait(form)
    if values and action == "hold":
        await view.hold(values[0])
    elif values:
        await view.ask_cancel(values[0])


class Heard:
    """Says once what somebody else stopped."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._seen: set[str] | None = None

    def follow(self, state: RunState, me: str) -> None:
        before, self._seen = self._seen, set(state.cancels)
        for job in self._seen - (self._seen if before is None else before):
            asked = state.cancels[job]
            who = "you" if asked.by == me else name_of(asked.by)
            self._tell(f"✖ {who} asked to cancel the command: {safe(asked.reason)}")
