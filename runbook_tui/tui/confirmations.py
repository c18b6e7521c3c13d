"""What a person reads before saying yes: what, where, with which effect, and how it is undone."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.document.counting import counted
from runbook_tui.document.runbook import Effect, Runbook
from runbook_tui.run.changes import DocumentDiff
from runbook_tui.run.hostnames import folded
from runbook_tui.run.preview import Confirm as Wanted
from runbook_tui.run.preview import Preview
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.rollback import RollbackPlan
from runbook_tui.run.state import JobState, RunState, StepPhase
from runbook_tui.run.where import LOCAL
from runbook_tui.tui import glyphs
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.machines import machine
from runbook_tui.tui.questions import Confirm
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.step_text import safe_lines


def of_run(seen: Preview, state: RunState, plan: RollbackPlan, keymap: Keymap, *, title: str) -> Confirm:
    """The question before commands that change or destroy something."""
    lines = [_command(resolved) for resolved in seen.commands]
    command = seen.commands[0].command
    start = f"it started in {state.cwd}" if seen.target == LOCAL else "it starts at home there"
    home = command.cwd or f"where the shell of this run is ({start})"
    mark = glyphs.of_effect(seen.effect)
    lines += [
        Content.assemble(("where    ", "$quiet"), (_where(seen, state), "bold")),
        Content.assemble(("folder   ", "$quiet"), home),
        Content.assemble(("effect   ", "$quiet"), (mark.word, f"bold ${mark.colour}")),
        Content.assemble(("undo     ", "$quiet"), _undo(seen, plan, keymap)),
    ]
    if command.timeout:
        lines.append(Content.assemble(("timeout  ", "$quiet"), of_seconds(command.timeout)))
    grave = seen.confirm is Wanted.DELIBERATE
    count = len(seen.commands)
    many = f" ({counted(len(seen.hosts), 'host')})" if len(seen.all_hosts) > 1 else ""
    what = "it" if count == 1 else f"these {count}"
    does = f"{'destroy: ' if grave else ''}run {what} on {machine(seen.target)}{many}"
    return Confirm(title, Content("\n").join(lines), key="D" if grave else "y", does=does, grave=grave)


def _where(seen: Preview, state: RunState) -> str:
    """The target, and the hosts of a fleet it goes to now; this machine by its name, too."""
    if seen.target == LOCAL:
        name = (state.driver or "").rpartition("@")[2]
        return machine(LOCAL) + (f" ({safe_lines(name)})" if name else "")
    if len(seen.all_hosts) < 2:
        return safe_lines(seen.target)
    left = "" if len(seen.hosts) == len(seen.all_hosts) else f", where it has not succeeded yet: {folded(seen.hosts)}"
    return safe_lines(f"{seen.target}, {len(seen.all_hosts)} hosts: {folded(seen.all_hosts)}{left}")


_PENS = {"-": "$error", "+": "$success", "@": "$quiet", " ": "$quiet"}


def of_edit(edit: DocumentDiff, runbook: Runbook, state: RunState) -> Confirm:
    """The question before a run goes on with another text than it was begun with."""
    lines: list[Content] = []
    gone = [step for step in runbook.steps if step.id in edit.removed]
    touched = [step for step in gone if state.step(step.id).phase is not StepPhase.PENDING]
    for step in touched:
        mark = glyphs.of_phase(state.step(step.id).phase)
        lines.append(
            Content.assemble(
                (f"{mark.glyph} {mark.word}  ", f"${mark.colour}"),
                safe_lines(step.title),
                ("  is no longer a step", "$quiet"),
            )
        )
    if touched:
        lines.append(
            Content.styled("What was done of these stays in the record and counts for nothing any more.", "$quiet")
        )
    for sign, text in edit.text:
        shown = safe_lines(text) if sign == "@" else f"{sign} {safe_lines(text)}"
        lines.append(Content.styled(shown, _PENS[sign]))
    lines += [Content.styled(f"{safe_lines(other)} differs; it is not shown here", "$quiet") for other in edit.beside]
    return Confirm(
        f"{edit.sentence[0].upper()}{edit.sentence[1:]}", Content("\n").join(lines), does="go on with it as it is now"
    )


def of_cancel(job: JobState) -> Confirm:
    reading = Content.assemble(
        ("$ ", "$accent"),
        (safe_lines(job.shown), "bold"),
        "\n\nIt and everything it started is ended: first asked to (TERM), then forced (KILL)."
        "\nWhat it has changed until then stays changed.",
    )
    return Confirm(f"Cancel the command on {machine(job.target)}?", reading, does="cancel it")


def _command(resolved: ResolvedCommand) -> Content:
    text = "\n  ".join(safe_lines(resolved.shown).split("\n"))
    content = Content.assemble(("$ ", "$accent"), (text, "bold"))
    if resolved.command.effect is not Effect.READ:
        return content
    return Content.assemble(content, ("   reading", "$success"))


def _undo(seen: Preview, plan: RollbackPlan, keymap: Keymap) -> str:
    if seen.undo:
        return safe_lines(seen.undo)
    if any("kubectl" in resolved.text for resolved in seen.commands):
        taken_back = keymap.shown("walk", "roll_back")
        return f"what it changes in the cluster is recorded just before, and put back by {taken_back}"
    if plan.items:
        return "the document's rollback procedure, as far as that goes"
    return "the document says no way back"
