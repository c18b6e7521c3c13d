"""What the next key would do to a step: shown before anything happens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from runbook_tui.document.runbook import Behaviour, Command, Effect, Runbook, Step, StepKind, StepRole
from runbook_tui.run.progress import blocked_by, phase_of, remaining_commands
from runbook_tui.run.resolve import ResolvedCommand, resolve
from runbook_tui.run.state import RunState, StepPhase
from runbook_tui.run.where import hosts_left, hosts_of, target_of, typed_on, wants_preflight


class Action(StrEnum):
    """What `enter` means on a step now."""

    RUN = "run"
    TICK = "tick"
    ASK = "ask"  # placeholders are to be filled first
    CHOOSE = "choose"
    FILL = "fill"
    SIGN = "sign"
    WATCH = "watch"  # its job runs
    PLACE = "place"  # the document says it is typed on another machine: a person says whether it goes there
    RESOLVE = "resolve"  # its outcome is unknown
    TRIGGER = "trigger"  # a rollback condition: say that it holds, or leave it
    NONE = "none"  # done, skipped, or nothing to do here


class Confirm(StrEnum):
    NONE = "none"  # read-only
    PLAIN = "plain"  # changes something: one more key
    DELIBERATE = "deliberate"  # destroys something: a key that is not the one just pressed


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    action: Action
    commands: tuple[ResolvedCommand, ...] = ()  # what would run now, in order
    missing: tuple[str, ...] = ()  # placeholders without a value
    confirm: Confirm = Confirm.NONE
    effect: Effect = Effect.READ
    target: str = "local"
    hosts: tuple[str, ...] = ()  # where the next command goes now
    all_hosts: tuple[str, ...] = ()  # that the target's name stands for
    unseen: tuple[str, ...] = ()  # other machines a preflight has to look at before anything is changed there
    place: str | None = None  # where the document says it is typed
    undo: str | None = None  # how the document takes it back, if it says so
    interactive: bool = False
    endless: bool = False
    refused: str | None = None  # why `enter` does nothing useful now


_SEVERITY = (Effect.READ, Effect.UNKNOWN, Effect.CHANGE, Effect.DESTROY)


def preview(runbook: Runbook, state: RunState, step_id: str, secrets: dict[str, str] | None = None) -> Preview:
    """What `enter` would do on this step in this state."""
    step = runbook.step_by_id[step_id]
    phase = phase_of(runbook, state, step)
    if state.outcome is not None:
        return Preview(step=step.id, action=Action.NONE, refused=f"this run is {state.outcome.value.replace('_', ' ')}")
    if phase is StepPhase.RUNNING:
        return Preview(step=step.id, action=Action.WATCH)
    if phase is StepPhase.UNKNOWN:
        return Preview(step=step.id, action=Action.RESOLVE)
    if phase in (StepPhase.DONE, StepPhase.SKIPPED, StepPhase.ROLLED_BACK):
        return Preview(step=step.id, action=Action.NONE, refused=f"already {phase.value}")
    if step.role is StepRole.TRIGGER:
        return Preview(step=step.id, action=Action.TRIGGER)
    if blocker := blocked_by(runbook, state, step):
        return Preview(step=step.id, action=Action.NONE, refused=blocker)
    simple = {StepKind.CHOICE: Action.CHOOSE, StepKind.FIELD: Action.FILL, StepKind.SIGNOFF: Action.SIGN}
    if step.kind in simple:
        return Preview(step=step.id, action=simple[step.kind])
    return _commands_preview(runbook, state, step, secrets or {})


def _undo(runbook: Runbook, step: Step, todo: Sequence[Command]) -> str | None:
    """What would take it back, as the document says."""
    own = next((command.undo for command in todo if command.undo), None)
    return own or "\n".join(runbook.command_by_id[name].text for name in step.back) or None


def _commands_preview(runbook: Runbook, state: RunState, step: Step, secrets: dict[str, str]) -> Preview:
    todo = remaining_commands(runbook, state, step)
    if not todo:
        return Preview(step=step.id, action=Action.TICK)
    place = next((typed_on(command) for command in todo if target_of(state, command) is None), None)
    if place is not None:
        return Preview(step=step.id, action=Action.PLACE, place=place)
    effect = max((command.effect for command in todo), key=_SEVERITY.index)
    resolved = tuple(resolve(command, state, secrets) for command in todo)
    missing = tuple(dict.fromkeys(name for command in resolved for name in command.missing))
    refused = next((command.refused for command in resolved if command.refused), None)
    confirm = Confirm.NONE
    if effect is Effect.DESTROY:
        confirm = Confirm.DELIBERATE
    elif effect is not Effect.READ or any(command.confirm for command in todo):
        confirm = Confirm.PLAIN
    return Preview(
        step=step.id,
        action=Action.ASK if missing else Action.RUN,
        commands=resolved,
        missing=missing,
        confirm=confirm,
        effect=effect,
        target=target_of(state, todo[0]) or state.target,
        unseen=wants_preflight(state, todo) if effect is not Effect.READ else (),
        hosts=tuple(hosts_left(state, step.id, todo[0], hosts_of(state, todo[0]))),
        all_hosts=hosts_of(state, todo[0]),
        undo=_undo(runbook, step, todo),
        interactive=any(command.behaviour is Behaviour.INTERACTIVE for command in todo),
        endless=any(command.behaviour is Behaviour.ENDLESS for command in todo),
        refused=refused,
    )
