"""What an operator says, as it stands in the record. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from runbook_tui.document.runbook import Runbook
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.by_hand import hand_event_of
from runbook_tui.run.policy import Refused
from runbook_tui.run.state import RunState


def event_of(
    intent: i.Intent, runbook: Runbook, state: RunState, *, now: datetime, secrets: Mapping[str, str]
) -> e.AnyEvent:
    """The event that an intent becomes when it is nothing more than said. Raises Refused where nothing can be said."""
    match intent:
        case i.Undo() | i.DoByHand() | i.Mark():
            return hand_event_of(intent, runbook, state, secrets, now)
        case i.Tick(step=step):
            return e.StepTicked(step=step)
        case i.Reopen(step=step, reason=reason):
            if step in state.signoffs and state.signoffs[step].void is None:
                return e.SignOffVoided(step=step, reason=reason or "taken back")
            return e.StepReopened(step=step, reason=reason)
        case i.Skip(step=step, reason=reason):
            return e.StepSkipped(step=step, reason=reason.strip())
        case i.Choose(step=step, option=option):
            return e.OptionChosen(step=step, option=option)
        case i.Fill(step=step, value=value):
            return e.FieldFilled(step=step, value=value)
        case i.SignStep(step=step, name=name, meaning=meaning):
            return e.SignOffGiven(step=step, role=_role_of(runbook, step), name=name.strip(), meaning=meaning.strip())
        case i.AcceptPreflight(hosts=hosts, left_out=left_out, summary=summary, findings=findings):
            return e.PreflightAccepted(hosts=hosts, left_out=left_out, summary=summary, findings=findings)
        case i.FireTrigger(step=step, evidence=evidence):
            return e.ConditionFired(step=step, text=runbook.step_by_id[step].title, evidence=evidence)
        case i.ResolveJob(job=job, resolution=resolution, reason=reason):
            return e.JobResolved(job=job, resolution=resolution, reason=reason.strip())
        case i.Hold(reason=reason):
            return e.RunHeld(reason=reason.strip())
        case i.Release(reason=reason):
            return e.RunReleased(reason=reason.strip())
        case i.Override(step=step, reason=reason, seconds=seconds):
            until = None if seconds is None else now + timedelta(seconds=seconds)
            return e.GateOverridden(step=step, reason=reason.strip(), until=until)
        case i.SettleItem(item=item, skipped=skipped, reason=reason):
            return e.RollbackItemDone(item=item, skipped=skipped, reason=reason)
        case _:
            raise TypeError(f"no event for {type(intent).__name__}")


def canary_started(
    step_id: str, runbook: Runbook, state: RunState, declared: e.CanaryStarted | None
) -> e.CanaryStarted | None:
    """The canary that ticking this step begins, if any; a promoted one is ticked, one that runs is refused."""
    if runbook.step_by_id[step_id].annotations.get("gate") != "canary":
        return None
    canary = state.gates.canary
    if canary is not None and canary.step == step_id and canary.outcome is None:
        raise Refused(f"the canary is at {canary.weight} %: it ticks this step when it is promoted")
    if canary is not None and canary.step == step_id and canary.outcome == "promoted":
        return None
    if declared is None:
        raise Refused("this step walks a canary, and none is described that could be walked")
    return msgspec.structs.replace(declared, step=step_id)


def _role_of(runbook: Runbook, step_id: str) -> str:
    step = runbook.step_by_id[step_id]
    return runbook.signoffs[step.signoff].role if step.signoff is not None else step.title
