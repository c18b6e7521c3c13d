"""Whether a statement is for a sign-off that the document asks for, in its role and with its reach. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.document.runbook import Runbook, StepKind
from runbook_tui.run.progress import walked
from runbook_tui.run.state import RunState
from runbook_tui.signing.statement import GATE, Statement, open_steps, role_of, slot_of


def misplaced(runbook: Runbook, state: RunState, statement: Statement) -> list[str]:
    """What it says of the document that is not so; `state` is that of the event it covers.

    Where the record does not keep the file beside the document, that file may have later steps left out, and so a
    sign-off be final where the text alone calls it a gate. That is the stricter of the two, and let pass; the other way
    round is not. For the same reason an open step that the statement leaves out is not told there.
    """
    faults = list(unasked(runbook, statement.step, statement.role))
    if faults:
        return faults
    whole = state.sidecar is not None
    slot = slot_of(runbook, state, statement.step)
    if statement.scope == GATE and slot.scope != GATE:
        faults.append("it calls itself a gate, and nothing is left to do after it: what came later would not void it")
    elif whole and statement.scope != slot.scope:
        faults.append("it calls itself final, and steps are left to do after it")
    elif statement.covers != (slot.steps if statement.scope == GATE else ()):
        faults.append("it covers other steps than a sign-off there does")
    return (
        faults + list(_renamed(runbook, state, statement)) + (list(_open(runbook, state, statement)) if whole else [])
    )


def _open(runbook: Runbook, state: RunState, statement: Statement) -> Iterator[str]:
    """What was still to be done, against what it says of that.

    Statements of earlier versions also tell the answers that another was given in place of, as open.
    """
    left = {step.id: step for step in open_steps(runbook, state)}
    passed_over = {step.id: step for step in open_steps(runbook, state, walked)}
    told = {step.id for step in statement.steps}
    for step in left.values():
        if step.id not in told:
            yield f"it leaves out the open step “{step.title}”"
    for step in statement.steps:
        if step.id not in left and step == passed_over.get(step.id):
            continue
        if step.id not in state.steps and step.id not in left:
            yield f"it says that “{step.title}” is {step.state}, and nobody has to do it"
        elif step.id in left and step != left[step.id]:
            yield f"it says that “{step.title}” is {step.state}, and it is {left[step.id].state}"


def unasked(runbook: Runbook, step_id: str, role: str) -> Iterator[str]:
    """Why nobody signs in that role at that step."""
    step = runbook.step_by_id.get(step_id)
    if step is None or step.kind is not StepKind.SIGNOFF:
        yield "the document asks for no sign-off at that step"
        return
    asked = role_of(runbook, step)
    if asked != role:
        yield f"the document asks for {asked} at that step, not for {role}"


def _renamed(runbook: Runbook, state: RunState, statement: Statement) -> Iterator[str]:
    for told in statement.steps:
        known = runbook.step_by_id.get(told.id)
        if known is None and told.id not in state.steps:
            yield f"it speaks of the step {told.id}, which the document does not have"
        elif told.title != (known.title if known is not None else told.id):
            yield f"it gives the step {told.id} another title than the document"
        elif known is not None and told.state == "ticked in the document" and not known.checked:
            yield f"it says that the document has {told.id} ticked, and it has not"
