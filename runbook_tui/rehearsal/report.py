"""What a rehearsal came to: ready or not, and why. Pure; docs/json.md has its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from runbook_tui.document.runbook import Runbook, Section
from runbook_tui.lab.faults import Active
from runbook_tui.rehearsal.measured import Measured
from runbook_tui.rehearsal.rules import Ending, Rules
from runbook_tui.rehearsal.staging import Act, Staged
from runbook_tui.rehearsal.walk import Walked
from runbook_tui.run.canary_end import ended
from runbook_tui.run.events import RehearsalJudged
from runbook_tui.run.gauges import figure
from runbook_tui.run.state import JobState, RunState

SCHEMA = "runbook-tui/rehearsal@1"
_GLYPH = {"done": "✔", "measured": "✔", "failed": "✖", "would run": "~"}
_WALKED = ("done", "measured", "failed")  # not what only a person does, and not what was only shown
_BAD = ("fail", "error", "no_data", "insufficient")


class PhaseTime(msgspec.Struct, frozen=True, kw_only=True):
    """A section of the document: what its heading plans, and what the stage took."""

    title: str
    line: int
    planned: float | None
    seconds: float
    steps: int


class CommandLine(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command."""

    step: str
    command: str  # with its values, secrets masked
    target: str
    act: str  # run, instead, would
    instead: str = ""
    why: str = ""
    exit: int | None = None
    seconds: float = 0.0
    purpose: str = "step"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    title: str
    source: str
    sha256: str
    ready: bool
    reasons: tuple[str, ...]
    ending: Ending
    stopped_at: str
    why: str
    isolation: str
    enclosed: bool
    faults: tuple[dict[str, Any], ...]
    phases: tuple[PhaseTime, ...]
    steps: tuple[dict[str, Any], ...]
    commands: tuple[CommandLine, ...]
    placeholders: dict[str, str]
    missing: tuple[str, ...]  # programs the stage does not have
    gates: tuple[dict[str, Any], ...]
    signals: dict[str, tuple[str, ...]]
    rollback: dict[str, Any] | None
    seconds: float

    def judged(self) -> RehearsalJudged:
        """As it stands in the record."""
        return RehearsalJudged(
            ready=self.ready,
            reasons=self.reasons,
            faults=tuple(str(fault["name"]) for fault in self.faults),
            rehearsed=sum(one.act != Act.WOULD for one in self.commands),
            would_run=sum(one.act == Act.WOULD for one in self.commands),
            isolation=self.isolation,
        )

    def as_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **msgspec.to_builtins(self)}


def report_of(
    runbook: Runbook, state: RunState, walked: Walked, measured: Measured, rules: Rules,
    *, decisions: Mapping[str, Staged], wanted: Sequence[Active], isolation: str, enclosed: bool, seconds: float,
) -> Report:  # fmt: skip
    """The whole of it."""
    commands = tuple(_commands(state, decisions))
    missing = tuple(dict.fromkeys(name for one in decisions.values() for name in one.missing))
    told = tuple(_fault(fault, walked.ending, rules) for fault in wanted)
    reasons = tuple(_reasons(walked, told, commands, state))
    back = walked.rollback
    return Report(
        run=state.run,
        title=runbook.title,
        source=runbook.source,
        sha256=runbook.sha256,
        ready=not reasons,
        reasons=reasons,
        ending=walked.ending,
        stopped_at=walked.at,
        why=walked.why,
        isolation=isolation,
        enclosed=enclosed,
        faults=told,
        phases=tuple(_phases(runbook, walked)),
        steps=tuple(
            {"id": one.step, "title": runbook.step_by_id[one.step].title, "line": runbook.step_by_id[one.step].line,
             "phase": None if (phase := _phase(runbook, runbook.step_by_id[one.step].section)) is None else phase.line,
             "seconds": one.seconds, "how": one.how}
            for one in walked.steps
        ),
        commands=commands,
        placeholders=walked.values,
        missing=missing,
        gates=tuple(_gates(state)),
        signals={"from_the_lab": measured.taken_over, "left_out": measured.left_out},
        rollback=None if back is None else msgspec.to_builtins(back),
        seconds=round(seconds, 3),
    )  # fmt: skip


def _reasons(
    walked: Walked, told: Sequence[dict[str, Any]], commands: Sequence[CommandLine], state: RunState
) -> Iterator[str]:
    """Why it is not ready; nothing when it is."""
    expected = bool(told) and all(fault["as_expected"] for fault in told)
    for fault in told:
        if not fault["as_expected"]:
            unseen = walked.ending is Ending.COMPLETED
            end = "was not noticed: the walk went to its end" if unseen else f"ended {walked.ending}"
            yield f"{fault['name']} {end}, expected was: {fault['expected']}"
    if walked.ending is not Ending.COMPLETED and not expected and not told:
        yield f"the walk stopped: {walked.why}" if walked.why else "the walk did not come to its end"
    back = walked.rollback
    if back is not None and not back.succeeded:
        yield f"the way back did not succeed: {back.why}"
    if not any(one.act != Act.WOULD for one in commands) and commands:
        yield "no command of it could be staged: nothing was rehearsed"
    if not commands and not state.gates.conditions:
        yield "it has no commands and nothing that is measured: only a person can walk it"


def _fault(fault: Active, ending: Ending, rules: Rules) -> dict[str, Any]:
    """A fault must be noticed, unless the document says how it ends with it."""
    said = rules.expect.get(fault.name)
    as_expected = ending is said if said is not None else ending is not Ending.COMPLETED
    return {
        "name": fault.name, "value": fault.value, "at": fault.step,
        "expected": said.value if said is not None else "stopped or rolled back", "as_expected": as_expected,
    }  # fmt: skip


def _commands(state: RunState, decisions: Mapping[str, Staged]) -> Iterator[CommandLine]:
    for job in state.jobs.values():
        staged = decisions.get(job.job)
        act = staged.act if staged is not None else Act.WOULD
        yield CommandLine(
            step=job.step,
            command=job.shown,
            target=job.target,
            act=act.value,
            instead=staged.text if staged is not None else "",
            why=staged.why if staged is not None else _not_run(job),
            exit=job.exit if act is not Act.WOULD else None,
            seconds=job.seconds,
            purpose=job.purpose.value,
        )


def _not_run(job: JobState) -> str:
    return job.why or job.known or "it never came to the stage"


def _phases(runbook: Runbook, walked: Walked) -> Iterator[PhaseTime]:
    """The time per part of the document that a person would name, against what its heading says."""
    spent: dict[str, list[float]] = {}
    for one in walked.steps:
        section = _phase(runbook, runbook.step_by_id[one.step].section)
        if section is not None:
            spent.setdefault(section.id, []).append(one.seconds)
    for name, seconds in spent.items():
        section = runbook.section_by_id[name]
        planned = next((w.duration for w in runbook.windows if w.line == section.line and w.duration), None)
        yield PhaseTime(
            title=section.title, line=section.line, planned=planned, seconds=round(sum(seconds), 3), steps=len(seconds)
        )


def _phase(runbook: Runbook, section_id: str) -> Section | None:
    """The section with a planned time around this one, else the one that is a phase."""
    path = runbook.section_path(section_id)
    planned = {window.line for window in runbook.windows if window.duration}
    timed = [section for section in path if section.line in planned]
    phases = [section for section in path if section.phase]
    return timed[-1] if timed else phases[0] if phases else path[-1] if path else None


def _gates(state: RunState) -> Iterator[dict[str, Any]]:
    for one in state.gates.conditions.values():
        yield {
            "condition": one.text,
            "verdict": one.verdict,
            "value": one.value,
            "threshold": one.threshold,
            "unit": one.unit,
        }
    if (canary := state.gates.canary) is not None:
        yield {
            "condition": "canary",
            "verdict": ended(state) or "under way",
            "value": canary.weight,
            "threshold": None,
            "unit": "%",
        }


# --- for people ---


def lines(report: Report) -> Iterator[str]:
    """The report as text."""
    word = "READY" if report.ready else "NOT READY"
    yield f"{report.title}: {word}   (rehearsal {report.run}, {report.seconds:.1f} s)"
    yield from (f"  ✖ {reason}" for reason in report.reasons)
    ended = {"completed": "went to its end", "stopped": "stopped", "rolled back": "was taken back"}[report.ending.value]
    yield f"  {ended}" + (f": {report.why}" if report.why else "")
    yield f"  kept apart by {report.isolation}"
    if report.faults:
        yield "Faults"
        for fault in report.faults:
            glyph = "✔" if fault["as_expected"] else "✖"
            yield f"  {glyph} {fault['name']}: expected {fault['expected']}, it {ended}"
    yield "Time against the plan"
    for phase in report.phases:
        planned = "no plan" if phase.planned is None else f"plan {_span(phase.planned)}"
        yield f"  {phase.title}: {_span(phase.seconds)}, {planned}, {phase.steps} step{'s' * (phase.steps != 1)}"
        for step in report.steps:
            if step["phase"] == phase.line and step["how"] in _WALKED:
                yield f"    {_GLYPH[step['how']]} {step['title']}: {_span(step['seconds'])}"
    ran = sum(one.act != "would" for one in report.commands)
    yield f"Commands: {ran} ran on the stage, {len(report.commands) - ran} are only shown"
    for one in report.commands:
        if one.act == "would":
            yield f"  ~ would run on {one.target}: {_short(one.command)}   ({one.why})"
        elif one.act == "instead":
            yield f"  ⇄ {_short(one.command)}   ran as: {_short(one.instead)}"
    if report.missing:
        yield f"Not on the stage: {', '.join(report.missing)}"
    if report.placeholders:
        yield "Values to have at hand"
        yield from (f"  {name}: {how}" for name, how in report.placeholders.items())
    by_hand = sum(step["how"] in ("by hand", "signature") for step in report.steps)
    if by_hand:
        yield f"By hand, not rehearsed: {by_hand} step{'s' * (by_hand != 1)}"
    if report.gates:
        yield "Gates tried"
        for gate in report.gates:
            value = "" if gate["value"] is None else f", {figure(gate['value'], gate.get('unit', ''))}"
            glyph, word = ("✖" if gate["verdict"] in _BAD else "✔"), gate["verdict"].replace("_", " ")
            yield f"  {glyph} {gate['condition']}: {word}{value}"
    for name in report.signals["left_out"]:
        yield f"  nothing on the stage answers “{name}”"
    back = report.rollback
    if back is None:
        yield "Way back: not tried, nothing was changed"
    else:
        glyph, by_hand = ("✔" if back["succeeded"] else "✖"), back["by_hand"]
        yield (
            f"Way back: {glyph} {_span(back['seconds'])}, {back['items']} items, {by_hand} by hand, by {back['by']}"
            + (f": {back['why']}" if back["why"] else "")
        )


def _short(text: str) -> str:
    first, _, rest = text.partition("\n")
    return first if not rest else f"{first} …"


def _span(seconds: float) -> str:
    if seconds >= 120 or seconds == 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.1f} s"
