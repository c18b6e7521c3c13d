"""The way back in words: what happened, what would be undone, what would not. Builds Content, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from runbook_tui.document.counting import counted
from runbook_tui.run.events import Outcome, Purpose
from runbook_tui.run.rollback import Origin, RollbackItem, RollbackPlan
from runbook_tui.run.state import RollbackState
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.machines import machine
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.step_text import clock
from runbook_tui.tui.terminal_text import safe

ORIGINS = {
    Origin.ANNOTATION: "the step's own",
    Origin.BESIDE: "the step's own",
    Origin.RECORDED: "recorded",
    Origin.PROCEDURE: "procedure",
    Origin.CRITERION: "criterion",
}
NO_WAY_BACK = "the document has no rollback procedure, and no step says how to undo it."


def says(view: RunView, plan: RollbackPlan, keymap: Keymap) -> Content:
    """What happened so far, what would be undone, and what would not."""
    state = view.state
    lines: list[Content] = []
    rollback = state.rollback
    if state.outcome is Outcome.ROLLED_BACK:
        lines.append(Content.styled(f"◁ This run was rolled back{_took(rollback)}.", "bold $success"))
        if rollback is not None and rollback.reason:
            lines.append(Content.assemble(("because  ", "$quiet"), safe(rollback.reason)))
    elif rollback is not None and rollback.succeeded is False:
        lines.append(Content.styled("✖ THE ROLLBACK FAILED. The system is between two states.", "bold $error"))
        again, done, left_out = (keymap.shown("rollback", action) for action in ("take_back", "done", "left_out"))
        ways = f"{again} tries it again, {done} is for what you did by hand instead, {left_out} leaves it out."
        lines.append(Content(f"Look at the output of the item that failed; {ways}"))
    if state.held is not None:
        held = f"by {state.held.by}: {safe(state.held.reason)}  ({keymap.shown('rollback', 'hold')} releases)"
        lines.append(Content.assemble(("‖ HELD ", "bold $warning"), held))
    if not plan.changed:
        lines.append(Content("Nothing was changed by this run yet: there is nothing to take back."))
        if plan.items:
            lines.append(Content.styled("This is what would be done once something was:", "$quiet"))
        else:
            lines.append(Content.styled(f"And nothing could be: {NO_WAY_BACK}", "$warning"))
        return Content("\n").join(lines)
    changed = ", ".join(_titles(view, plan.changed))
    over = state.outcome is Outcome.ROLLED_BACK
    lead = "what it had changed  " if over else "This run has changed something in  "
    lines.append(Content.assemble((lead, "$quiet"), changed))
    if not plan.items:
        lines.append(Content.styled(NO_WAY_BACK[:1].upper() + NO_WAY_BACK[1:], "bold $warning"))
    if plan.not_undone:
        left = ", ".join(_titles(view, plan.not_undone))
        lines.append(Content.assemble(("NOT undone by this plan  ", "bold $warning"), left))
    lines += [Content.assemble(("NOT put back  ", "bold $warning"), safe(text)) for text in plan.obstacles[:3]]
    if len(plan.obstacles) > 3:
        lines.append(Content.styled(f"NOT put back  and {len(plan.obstacles) - 3} more", "$warning"))
    if plan.items and not over:
        lines.append(Content.styled(_summary(plan), "$quiet"))
    return Content("\n").join(lines)


def _took(rollback: RollbackState | None) -> str:
    """How long it took, and from when to when."""
    if rollback is None or rollback.finished is None:
        return ""
    seconds = (rollback.finished - rollback.started).total_seconds()
    began, over = clock(rollback.started), clock(rollback.finished)
    return f" in {of_seconds(seconds)}, " + (f"at {over}" if began == over else f"{began} to {over}")


def _titles(view: RunView, steps: Iterable[str]) -> list[str]:
    known = view.runbook.step_by_id
    return [f"“{known[step].title}”" if step in known else step for step in steps]


def _summary(plan: RollbackPlan) -> str:
    waiting = [item for item in plan.items if not item.replaced]
    by_hand = sum(1 for item in waiting if item.command is None and item.origin is not Origin.CRITERION)
    runs = sum(1 for item in waiting if item.command is not None)
    done, failed = sum(item.settled for item in waiting), sum(item.failed for item in waiting)
    if done or failed:
        so_far = f"{done} done" + (f", {failed} failed" if failed else "")
        return f"The plan: {counted(len(waiting), 'item')}, {so_far}, {len(waiting) - done - failed} to do."
    took = ""
    if plan.estimate is not None:
        took = f" About {of_seconds(plan.estimate)}, as in earlier runs."
    hands = f", {by_hand} by hand" if by_hand else ""
    return f"The plan: {counted(runs, 'command')}{hands}, from the top to the bottom.{took}"


def what(item: RollbackItem, *, one_of_many: bool = False) -> str:
    """An item on one line; of several commands of one step each is told by itself."""
    if one_of_many and item.command is not None:
        why_not = f"  ({item.replaced})" if item.replaced else ""
        return f"$ {safe(item.command.text.split(chr(10))[0])}{why_not}  {item.title}"
    if item.replaced:
        return f"{item.title}  ({item.replaced})"
    if item.origin is Origin.RECORDED:
        return f"{item.title}  ({safe(item.restores)})"
    if item.command is not None:
        return f"{item.title}  $ {safe(item.command.text.split(chr(10))[0])}"
    return f"{item.title}  ({safe(item.why_manual)})" if item.why_manual else item.title


def detail(view: RunView, item: RollbackItem) -> Content:
    """All that is known of the item under the cursor."""
    lines: list[Content] = []
    if item.origin is Origin.RECORDED:
        for part in item.parts[:4]:
            lines.append(
                Content.assemble(
                    (safe(part.title), "bold"), ("  back to  ", "$quiet"), safe(part.restores or "what it was")
                )
            )
            if part.note:
                lines.append(Content.styled(f"  {safe(part.note)}", "$warning"))
        if len(item.parts) > 4:
            lines.append(Content.styled(f"and {len(item.parts) - 4} more objects", "$quiet"))
        lines.append(
            Content.assemble(("in  ", "$quiet"), safe(item.target), ("  recorded  ", "$quiet"), _when(view, item))
        )
    elif item.command is not None:
        text = safe(item.command.text.replace("\n", " ⏎ "))
        lines.append(Content.assemble(("$ ", "$accent"), (text, "bold"), (f"   on {machine(item.target)}", "$quiet")))
    if item.origin is Origin.PROCEDURE:
        step = view.runbook.step_by_id.get(item.step)
        where = f"the document's procedure, line {step.line}" if step else "the document's procedure"
        lines.append(Content.styled(where + (" · looks whether it worked" if item.verifies else ""), "$quiet"))
    lines += [Content.assemble(("not brought back  ", "$warning"), safe(text)) for text in item.not_restored[:2]]
    if item.estimate is not None:
        lines.append(Content.styled(f"took {of_seconds(item.estimate)} in earlier runs", "$quiet"))
    job = view.state.last_job(item.step, item.id, Purpose.ROLLBACK)
    if job is not None and job.detail and not job.succeeded:
        lines.append(Content.styled(safe(job.detail), "$error"))
    return Content("\n").join(lines)


def _when(view: RunView, item: RollbackItem) -> str:
    """When, and before which step, the objects were recorded."""
    sources = {part.before for part in item.parts}
    times = [sighting for sighting in view.state.sightings.values() if sighting.before in sources]
    if not times:
        return ""
    first = min(times, key=lambda sighting: sighting.at)
    steps = view.runbook.step_by_id
    title = steps[first.step].title if first.step in steps else first.step
    return f"{clock(first.at)}, before “{title}”"
