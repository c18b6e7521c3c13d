"""What each key would do on a step now, or why it does nothing. Pure; the conductor has the last word."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from runbook_tui.document import gates
from runbook_tui.document.runbook import Effect, StepKind, StepRole
from runbook_tui.run.by_hand import last_deed, refused_by_hand
from runbook_tui.run.criteria import stands_against
from runbook_tui.run.preview import Action, Confirm, Preview
from runbook_tui.run.progress import phase_of
from runbook_tui.run.state import StepPhase
from runbook_tui.run.where import goes_elsewhere
from runbook_tui.tui import keys
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.ports import RunView

_NEXT = {
    Action.RUN: "run",
    Action.TICK: "tick",
    Action.ASK: "give values",
    Action.CHOOSE: "choose",
    Action.FILL: "fill in",
    Action.SIGN: "sign",
    Action.WATCH: "watch output",
    Action.RESOLVE: "say what became of it",
    Action.TRIGGER: "this holds",
    Action.NONE: "next",
    Action.PLACE: "say where",
}
_OF_AN_OPEN_RUN = (
    "tick", "skip", "reopen", "sign", "cancel", "variables", "finish", "adopt", "preflight", "by_hand", "mark", "undo",
    "password",
)  # fmt: skip
_READ_ONLY = "you only watch this run: {driver} drives it"


class Offer(NamedTuple):
    label: str
    why_not: str | None = None


def offers(
    view: RunView,
    step_id: str | None,
    keymap: Keymap,
    *,
    driving: bool,
    edited: bool = False,
    section_does: str = "fold",
) -> dict[str, Offer]:
    """By action: how the footer names it, and why it is not possible."""
    out = {key.action: Offer(key.label) for key in keys.WALK} | {"next": Offer(section_does)}
    state = view.state
    _say(out, "adopt", None if edited else "the document is as this run knows it")
    elsewhere = goes_elsewhere(view.runbook, state)
    _say(out, "preflight", None if elsewhere else "the commands of this run go to no other machine")
    _say(out, "cancel", None if view.current_job else "no command is running here")
    _say(out, "output", None if state.jobs else "no command of this run has any output yet")
    if state.outcome is not None:
        over = f"this run is {state.outcome.value.replace('_', ' ')}"
        for action in _OF_AN_OPEN_RUN:
            _say(out, action, over)
        out["roll_back"] = Offer("way back", out["roll_back"].why_not)
    countdown = state.gates.countdown
    counting = countdown is not None and countdown.held_by is None and state.rollback is None and state.outcome is None
    out["hold"] = Offer("hold rollback" if counting else "release" if state.held is not None else "hold")
    _say(out, "hold", None if state.outcome is None else "this run is over")
    failing = stands_against(state, step_id or "")
    _say(out, "override", None if failing else "no signal stands against this step")
    step = view.runbook.step_by_id.get(step_id or "")
    speaks = step is not None and any("kubectl" in view.runbook.command_by_id[c].text for c in step.commands)
    _say(out, "password", None if step is not None and step.commands else "this step runs no command")
    _say(out, "rehearse", None if speaks else "only kubectl's commands have a dry run")
    _say(out, "undo", None if last_deed(state) is not None else "nothing was ticked, skipped, noted or filled in yet")
    _of_step(out, view, step_id, partial(keymap.shown, "walk"))
    if not driving:
        out["roll_back"] = Offer("way back", out["roll_back"].why_not)
        driver = state.driver or "nobody"
        for key in keys.WALK:
            if key.writes and not (key.action == "sign" and state.rules is not None and state.rules.signers):
                _say(out, key.action, _READ_ONLY.format(driver=driver))
    return out


def _of_step(out: dict[str, Offer], view: RunView, step_id: str | None, key: Callable[[str], str]) -> None:
    """`key` tells by which key an action is called."""
    if step_id is None or step_id not in view.runbook.step_by_id:
        for action in ("tick", "skip", "note", "reopen", "sign", "copy", "by_hand", "mark"):
            _say(out, action, "the cursor is on a section: go to a step first")
        return
    step = view.runbook.step_by_id[step_id]
    phase = phase_of(view.runbook, view.state, step)
    seen = view.preview(step_id)
    _say(out, "by_hand", refused_by_hand(view.runbook, view.state, step) or None)
    if step_id in view.state.marks:
        out["mark"] = Offer("no bookmark", out["mark"].why_not)
    out["next"] = Offer(_next_label(seen), seen.refused if seen.action is Action.NONE else None)
    if seen.action is Action.TICK and "canary" in gates.named(step.annotations):
        out["next"] = Offer("canary")
    done = phase in (StepPhase.DONE, StepPhase.SKIPPED)
    if done and out["next"].why_not is not None:
        why = f"already {phase.value}; {key('open_next')} goes on, {key('reopen')} opens it again"
        out["next"] = Offer("next", why)
    reopens = done or phase is StepPhase.FAILED or view.state.step(step_id).fired
    if phase is StepPhase.DONE and step.kind in (StepKind.CHECK, StepKind.COMMAND):
        out["tick"] = Offer("untick", out["tick"].why_not)
    elif done:
        _say(out, "tick", f"already {phase.value}; {key('reopen')} opens it again")
    if step.kind is StepKind.SIGNOFF:
        _say(out, "tick", f"a sign-off is signed with {key('sign')}, not ticked")
    if step.kind is StepKind.FIELD and not done:
        _say(out, "tick", f"this is a blank: {key('next')} fills it in")
    if step.kind is StepKind.CHOICE:
        _say(out, "tick", f"choose one of the options with {key('next')}")
    if step.role is StepRole.TRIGGER:
        _say(out, "tick", f"a rollback condition is not ticked; {key('next')} says that it holds")
        _say(out, "skip", "a rollback condition is not skipped: leave it, it does not count")
    if done:
        _say(out, "skip", f"already {phase.value}; {key('reopen')} opens it again")
    if phase in (StepPhase.RUNNING, StepPhase.UNKNOWN, StepPhase.BLOCKED):
        why = {
            StepPhase.RUNNING: f"its command is still running: wait, or cancel it with {key('cancel')}",
            StepPhase.UNKNOWN: f"the outcome of its command is unknown: {key('next')}, and say first what became of it",
        }.get(phase, seen.refused or "this option was not chosen")
        for action in ("tick", "skip", "sign"):
            _say(out, action, why)
    _say(out, "reopen", None if reopens else "it is open already")
    signs = step.kind is StepKind.SIGNOFF
    signed = f"signed already; {key('reopen')} takes it back" if done else None
    _say(out, "sign", signed if signs else "this step is no sign-off")
    _say(out, "copy", None if step.commands else "this step has no command")


def _next_label(seen: Preview) -> str:
    label = _NEXT[seen.action]
    if seen.action is Action.RUN:
        if seen.confirm is not Confirm.NONE or seen.effect is not Effect.READ:
            label = "run…"
        return label + (f" {len(seen.commands)} commands" if len(seen.commands) > 1 else "")
    return label


def _say(out: dict[str, Offer], action: str, why_not: str | None) -> None:
    if why_not is not None and out[action].why_not is None:
        out[action] = Offer(out[action].label, why_not)
