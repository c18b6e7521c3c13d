"""The run as Markdown: the document itself with its boxes ticked, then the record of what was done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from runbook_tui.document.runbook import Runbook, Step, StepKind, StepRole
from runbook_tui.report.account import Account, ending, lasting, moment, one_line, size
from runbook_tui.report.ticking import Mark, ticked
from runbook_tui.report.words import headline, overridden, rollback_lines, signoff_words
from runbook_tui.run.events import Purpose, StepReopened
from runbook_tui.run.host_rows import headline as host_headline
from runbook_tui.run.host_rows import host_rows
from runbook_tui.run.masking import masked
from runbook_tui.run.progress import phase_of
from runbook_tui.run.state import JobState, StepPhase

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
_GLYPHS = {
    StepPhase.DONE: "✔", StepPhase.FAILED: "✖", StepPhase.SKIPPED: "↷ skipped", StepPhase.UNKNOWN: "? outcome unknown",
    StepPhase.RUNNING: "▶ running", StepPhase.ROLLED_BACK: "↩ rolled back",
}  # fmt: skip


def markdown(account: Account) -> str:
    """The whole text. What had no counterpart in UTF-8 is written as it was read."""
    text, note = text_of(account.document, account.runbook)
    out = ticked(text, marks(account))
    if out and not out.endswith("\n"):
        out += "\n"
    return masked(f"{out}\n{'-' * 3}\n\n" + "\n".join([*_record(account), *([f"> {note}", ""] if note else [])]))


def text_of(document: bytes, runbook: Runbook) -> tuple[str, str]:
    """The document as text with every line end as it was, and what is to be said of it."""
    try:
        return document.decode("utf-8"), ""
    except UnicodeDecodeError:
        return "\n".join(
            runbook.lines
        ) + "\n", "The document is not UTF-8: it stands here as rbt read it, line for line."


def marks(account: Account) -> list[Mark]:
    """What is written beside and below the document's own lines."""
    before: Counter[int] = Counter()  # open boxes of a line, before the step's own
    found: list[Mark] = []
    for step in account.runbook.steps:
        if (mark := _mark(account, step)) is not None:
            nth = _chosen(account, step)
            mark = mark if nth is not None else replace(mark, tick=False)
            found.append(replace(mark, box=before[step.line] + (nth or 0)) if step.boxes else mark)
        before[step.line] += len(step.boxes) - step.checked
    inside = {step.line for step in account.runbook.steps if step.kind is not StepKind.COMMAND}
    for command in account.runbook.commands:
        jobs = [job for job in account.state.jobs.values() if job.command == command.id]
        if not jobs or (command.line in inside and command.line == command.end_line):
            continue
        found.append(Mark(line=command.line, last=command.end_line, below=tuple(_attempts(account, jobs))))
    return sorted(found, key=lambda mark: mark.line)


def _mark(account: Account, step: Step) -> Mark | None:
    state = account.state
    own, phase = state.step(step.id), phase_of(account.runbook, state, step)
    if step.role is StepRole.TRIGGER:
        if not own.fired:
            return None
        said = f"**fired** {by(own.by)} {moment(own.at)}{because(own.reason)}"
        return Mark(line=step.line, last=step.end_line, tick=True, beside=f"! {said}")
    if own.at is None and not own.jobs and not own.notes:
        return None
    done = phase is StepPhase.DONE
    parts = [" ".join(filter(None, [_GLYPHS.get(phase, "○ open"), _what(account, step)]))]
    if phase is not StepPhase.PENDING and own.at is not None:
        parts[0] += f" {by(own.by)} {moment(own.at)}".rstrip()
    if own.reason:
        parts.append(escaped(own.reason))
    if step.kind is not StepKind.COMMAND or not _has_block(account.runbook, step):
        parts += [_evidence(job) for job in _last_of_each(account, step)]
    remarks = tuple(f"note by {escaped(note.by)}, {moment(note.at)}: {escaped(note.text)}" for note in own.notes)
    if step.kind is StepKind.COMMAND and _has_block(account.runbook, step):
        told = () if own.jobs and phase in (StepPhase.DONE, StepPhase.FAILED) else (" · ".join(parts),)
        return Mark(line=step.line, last=step.end_line, below=(*told, *remarks))
    return Mark(line=step.line, last=step.end_line, tick=done, beside=" · ".join([*parts, *remarks]))


def _chosen(account: Account, step: Step) -> int | None:
    """Which of its open boxes gets the tick: the one of the value that was chosen; None where that has none."""
    choices = account.runbook.fields[step.field].choices if step.field is not None else None
    if step.box or not choices or len(step.boxes) != len(choices):
        return 0
    value = account.state.step(step.id).value
    return choices.index(value) if value in choices else None


def _has_block(runbook: Runbook, step: Step) -> bool:
    """Whether its commands stand in lines of their own, below which there is room."""
    commands = [runbook.command_by_id[name] for name in step.commands]
    return any(command.end_line > command.line or command.source.value in ("fence", "indented") for command in commands)


def _what(account: Account, step: Step) -> str:
    own = account.state.step(step.id)
    if step.id in account.state.signoffs:
        return signoff_words(account, account.state.signoffs[step.id])
    if own.value is not None:
        return f"**{escaped(own.value)}**"
    if own.option is not None:
        section = account.runbook.section_by_id.get(own.option)
        return f"chosen: **{escaped(section.title if section else own.option)}**"
    return ""


def _last_of_each(account: Account, step: Step) -> list[JobState]:
    newest: dict[tuple[str, str], JobState] = {}
    for name in account.state.step(step.id).jobs:
        job = account.state.jobs[name]
        newest[job.command, job.target] = job
    return list(newest.values())


def _evidence(job: JobState) -> str:
    digest = f", output {size(job.output_bytes)} sha256 `{job.output_sha256[:12]}`" if job.output_sha256 else ""
    return f"{ending(job)} on {escaped(job.target)} in {lasting(job.seconds)}{digest}"


def _attempts(account: Account, jobs: Sequence[JobState]) -> Iterator[str]:
    groups = {job.group for job in jobs if job.group}
    for name in groups:
        group = account.state.groups[name]
        rows = host_rows(account.state, group, now=account.at)
        yield f"on {escaped(group.fleet)}: {escaped(host_headline(rows, group))}"
    for job in jobs:
        if job.group:
            continue
        purpose = "" if job.purpose is Purpose.STEP else f" ({job.purpose.value})"
        glyph = "✔" if job.succeeded else "✖" if not job.open else "?"
        number = f"attempt {job.attempt}: " if len(jobs) > 1 else ""
        yield f"{glyph} {number}{_evidence(job)}, {moment(job.started)}{purpose}"
        for found in job.telemetry:
            for gpu in found.devices:
                index = "" if gpu.index is None else f" {gpu.index}"
                use = f"{gpu.util.mean:.0f} % on average, {gpu.util.max:.0f} % at most" if gpu.util else "use not told"
                yield f"GPU{index} of {escaped(found.host)}: {use}" + "".join(
                    f"; {escaped(text)}" for text in gpu.events
                )


def by(actor: str | None) -> str:
    return f"by {escaped(actor)}" if actor else ""


def because(reason: str | None) -> str:
    return f": {escaped(reason)}" if reason else ""


def escaped(text: str) -> str:
    """On one line, and nothing in it is Markdown."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


# --- the record after the document ----------------------------------------------------------------


def _record(account: Account) -> Iterator[str]:
    state = account.state
    yield f"# Record of run {escaped(state.run)}"
    yield ""
    yield from (f"* {name}: {value}" for name, value in headline(account, escaped))
    yield ""
    if lines := overridden(account):
        yield from ("## Against the rules", "", *(f"* {escaped(line)}" for line in lines), "")
    skipped = [step for step in account.runbook.steps if state.step(step.id).phase is StepPhase.SKIPPED]
    if skipped:
        yield from ("## Skipped", "", "| Step | Line | By | When | Why |", "|---|---|---|---|---|")
        for step in skipped:
            own = state.step(step.id)
            yield _row(escaped(step.title), step.line, escaped(own.by or ""), moment(own.at), escaped(own.reason or ""))
        yield ""
    repeated = [job for job in state.jobs.values() if job.attempt > 1 or not job.succeeded]
    if repeated:
        yield from (
            "## Attempts that failed or were repeated",
            "",
            "| Command | On | Attempt | When | How it ended |",
            "|---|---|---|---|---|",
        )
        for job in repeated:
            code, where = f"`{_code(job.shown)}`", escaped(job.target)
            yield _row(code, where, job.attempt, moment(job.started), escaped(ending(job)))
        yield ""
    if reopened := list(_reopened(account)):
        yield from ("## Taken back", "", *reopened, "")
    if state.signoffs:
        yield from ("## Sign-offs", "")
        yield from (
            f"* {escaped(off.role)}: {signoff_words(account, off)}, {moment(off.at)}" for off in state.signoffs.values()
        )
        yield ""
    yield from ("## Way back", "", *(f"* {escaped(line)}" for line in rollback_lines(account)), "")


def _reopened(account: Account) -> Iterator[str]:
    for record in account.records:
        if isinstance(event := record.event, StepReopened):
            known = account.runbook.step_by_id.get(event.step)
            title = escaped(known.title if known is not None else event.step)
            yield f"* {title}: opened again {by(record.actor)} {moment(record.at)}{because(event.reason)}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _code(text: str) -> str:
    return one_line(text).replace("`", "'").replace("|", "\\|")
