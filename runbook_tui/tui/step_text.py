"""A step in words: what it is, what would run, what happened. Builds Content, decides nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from textual.content import Content

from runbook_tui.document.runbook import Behaviour, Command, Effect, Runbook, Section, Source, Step, StepKind, StepRole
from runbook_tui.run.canary_end import ended
from runbook_tui.run.criteria import stands_against
from runbook_tui.run.elevation import wants_password
from runbook_tui.run.exits import describe_exit
from runbook_tui.run.host_rows import HostPhase, headline, host_rows
from runbook_tui.run.progress import blocked_by, passed_over, phase_of
from runbook_tui.run.resolve import is_secret_name
from runbook_tui.run.state import ByHand, GroupState, JobPhase, JobState, RunState, SignOffState, StepPhase
from runbook_tui.run.where import hosts_of, may_run, target_of, typed_on
from runbook_tui.tui import glyphs
from runbook_tui.tui.gpu.evidence_lines import evidence
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.machines import machine
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.standing import Standing
from runbook_tui.tui.terminal_text import safe

_KINDS = {
    StepKind.CHECK: "check",
    StepKind.COMMAND: "command",
    StepKind.SIGNOFF: "sign-off",
    StepKind.FIELD: "blank",
    StepKind.CHOICE: "choice",
}
Piece = str | tuple[str, str]
PASTED = 12  # lines of a result that was pasted
MOST_CHANGES = 4  # lines of what a command changed
RESTED = 3  # hosts whose breakers are told one by one


def clock(at: datetime | None) -> str:
    return at.astimezone().strftime("%H:%M:%S") if at else ""


def _kind(step: Step) -> str:
    if step.role is StepRole.TRIGGER:
        return "rollback condition"
    if step.role is StepRole.OPTION and step.kind is StepKind.CHECK:
        return "one of the answers"
    return _KINDS[step.kind]


def head(view: RunView, step: Step, keymap: Keymap) -> Content:
    """Title, state and place of a step."""
    state = view.state
    own = state.step(step.id)
    phase = phase_of(view.runbook, state, step)
    passed = passed_over(view.runbook, state, step)
    mark = glyphs.of_step(step, phase, fired=own.fired, passed_over=passed)
    kind = _kind(step)
    facts: list[Piece] = [(f"{mark.glyph} {mark.word}", f"bold ${mark.colour}" if mark.colour else "bold")]
    facts.append((f"   {kind} · line {step.line}", "$quiet"))
    if step.optional and step.role is not StepRole.OPTION:
        facts.append((" · optional", "$quiet"))
    targets = dict.fromkeys(_goes_to(state, view.runbook.command_by_id[c]) for c in step.commands)
    if targets:
        facts.append((f" · on {', '.join(targets)}", "$quiet"))
    canary = state.gates.canary
    if canary is not None and canary.step == step.id:
        held = f", held: {canary.held}" if canary.held is not None else ""
        end = ended(state)
        stands = end or f"{canary.weight} % of the traffic{held}"
        shown = f"\ncanary: {stands} ({keymap.shown('walk', 'watched')} shows it)"
        facts.append((shown, "$quiet" if end else "$accent"))
    settled = phase in (StepPhase.DONE, StepPhase.SKIPPED) or step.id in state.overrides
    if not settled and stands_against(state, step.id):
        verdict = state.gates.conditions[step.id].verdict
        keys = f"{keymap.shown('walk', 'watched')} shows it, {keymap.shown('walk', 'override')} goes on against it"
        said = f"{'✖' if verdict == 'fail' else '?'} its signal says {verdict.replace('_', ' ')}"
        facts.append((f"\n{said}: {keys}", "$warning"))
    commands = [view.runbook.command_by_id[c] for c in step.commands]
    hosts = [host for command in commands for host in hosts_of(state, command)]
    facts += [(f"\n{line}", "$warning") for line in _breakers(state, hosts, keymap.shown("walk", "watched"))]
    return Content.assemble((_above(view.runbook, step), "$quiet"), (step.title, "bold"), "\n", *facts)


def _breakers(state: RunState, hosts: Iterable[str], watched: str) -> Iterable[str]:
    """What is given a rest, of the hosts that a step goes to; `watched` is the key that shows all."""
    all_ = dict.fromkeys(hosts)
    kept = {host: state.gates.breakers[host] for host in all_ if host in state.gates.breakers}
    held = {host: breaker for host, breaker in kept.items() if breaker.state != "closed"}
    for host, breaker in list(held.items())[:RESTED]:
        until = f" until {breaker.until:%H:%M:%S} UTC" if breaker.until is not None else ""
        where = f" of {safe(host)}" if len(all_) > 1 else ""
        yield f"⊘ breaker{where} {breaker.state}{until}: {breaker.failures} failures, {safe(breaker.reason)}"
    if len(held) > RESTED:
        yield f"⊘ and {len(held) - RESTED} hosts more are given a rest ({watched} shows them)"


def _goes_to(state: RunState, command: Command) -> str:
    """Where it goes, in words: always said."""
    target = target_of(state, command)
    if target is None:
        return f"{typed_on(command)}?"
    hosts = hosts_of(state, command)
    return f"{target} ({len(hosts)} hosts)" if len(hosts) > 1 else machine(target)


def _above(runbook: Runbook, step: Step) -> str:
    """Where the step stands: its sections but the document's title, and the box it is in."""
    titles = [section.title for section in runbook.section_path(step.section)]
    titles = titles[1:] if titles[:1] == [runbook.title] else titles
    if step.parent in runbook.step_by_id:
        titles.append(runbook.step_by_id[step.parent].title)
    return " › ".join(titles) + "\n" if titles else ""


def body(view: RunView, step: Step, keymap: Keymap) -> Content:
    """The commands, and what became of the step so far."""
    lines: list[Content] = []
    state = view.state
    missing = view.preview(step.id).missing
    for command_id in step.commands:
        lines += _command(view, step, view.runbook.command_by_id[command_id], missing, keymap)
    lines += [
        Content.assemble(("  taken back by  ", "$quiet"), safe(view.runbook.command_by_id[name].text))
        for name in step.back
    ]
    lines += [
        Content.assemble(("link  ", "$quiet"), safe(words), "  ", (safe(address), "$accent"))
        for words, address in step.links
    ]
    lines += _standing(view, step)
    own = state.step(step.id)
    lines += [
        Content.assemble(
            ("note ", "$accent"),
            (f"{note.by} {clock(note.at)}  ", "$quiet"),
            (safe_lines(note.text), "strike $quiet" if note.withdrawn_by else ""),
            (f"  withdrawn by {note.withdrawn_by}" if note.withdrawn_by else "", "$quiet"),
        )
        for note in own.notes
    ]
    for done in own.by_hand:
        lines += by_hand_lines(done)
    earlier = [state.jobs[job] for job in own.jobs if not state.jobs[job].group]
    if len(earlier) > len(step.commands):
        differ = len({job.command for job in earlier}) > len(step.commands)  # none of them stands in the document
        lines.append(Content.styled("what was run" if differ else "earlier attempts", "$quiet"))
        lines += [_earlier(job, named=differ) for job in earlier]
    return Content("\n").join(lines)


def _earlier(job: JobState, *, named: bool) -> Content:
    """A job of before on one line; `named` by its command, and then in few words when it went well."""
    at = clock(job.started)
    if not named:
        return Content.assemble("  ", *_result(job), (f"  {at}", "$quiet"))
    ran = f"  $ {safe(job.shown.strip().split(chr(10))[0])}"
    went_well = job.phase is JobPhase.FINISHED and job.succeeded
    result = [(f"{glyphs.of_phase(StepPhase.DONE).glyph} {at}", "$success")] if went_well else _result(job)
    return Content.assemble("  ", *result, (ran, "$quiet"))


def of_section(standing: Standing, section: Section) -> Content:
    """What is shown when the cursor is on a section."""
    count = standing.counts[section.id]
    facts = [f"line {section.line}"]
    if count.total:
        facts.insert(0, f"{count.done} of {count.total} done")
    if count.triggers:
        facts.insert(0, f"{count.fired} of {count.triggers} rollback conditions hold")
    return Content.assemble((section.title, "bold"), "\n", (" · ".join(facts), "$quiet"))


def safe_lines(text: str) -> str:
    return "\n".join(safe(line) for line in text.split("\n"))


# --- commands ---


def by_hand_lines(done: ByHand) -> list[Content]:
    """What a person did elsewhere and told of it."""
    word, colour = ("✔ done by hand", "$success") if done.succeeded else ("✖ failed by hand", "$error")
    said = f"  {safe_lines(done.said)}" if done.said else ""
    lines = [Content.assemble((word, colour), (f"  {done.by} {clock(done.at)}", "$quiet"), said)]
    pasted = done.result.rstrip().split("\n") if done.result.strip() else []
    if len(pasted) > PASTED:
        lines.append(Content.styled(f"  … {len(pasted) - PASTED} lines above", "$quiet"))
    lines += [Content.styled(f"  {safe_lines(line)}", "$quiet") for line in pasted[-PASTED:]]
    return lines


def filled(command: Command, state: RunState) -> str:
    """The command as it would be typed; secrets stay placeholders."""
    text = command.text
    for name in sorted(command.placeholders, key=len, reverse=True):
        variable = state.variables.get(name)
        if variable is not None and variable.value is not None:
            text = text.replace(name, variable.value)
    return text


def shown_command(command: Command, state: RunState, missing: Collection[str] = ()) -> Content:
    """The command with its `$`, placeholders highlighted: values where they are known."""
    pieces: list[Piece] = []
    names = sorted(command.placeholders, key=len, reverse=True)
    pattern = re.compile("(" + "|".join(map(re.escape, names)) + ")") if names else None
    text = "\n  ".join(safe_lines(command.text).split("\n"))
    for part in pattern.split(text) if pattern else [text]:
        if part in command.placeholders:
            pieces.append((part, "$warning reverse") if part in missing else _placeholder(part, state))
        else:
            pieces.append((part, "bold"))
    return Content.assemble(("$ ", "$accent"), *pieces)


def _placeholder(name: str, state: RunState) -> Piece:
    variable = state.variables.get(name)
    if variable is None:
        return (name, "$warning reverse")
    if variable.secret or variable.value is None:
        return ("***", "$accent underline")
    return (safe_lines(variable.value), "$accent underline")


def _command(
    view: RunView, step: Step, command: Command, missing: Collection[str], keymap: Keymap
) -> Iterable[Content]:
    state = view.state
    yield shown_command(command, state, missing)
    if not may_run(command):
        why_not = glyphs.why_not(command.why_not, keymap.shown("walk", "copy"))
        yield Content.styled(f"  not run from here: {why_not}", "$warning")
        return
    if (place := typed_on(command)) is not None:
        said = state.accepted.get(place)
        asks = f"{keymap.shown('walk', 'next')} asks whether it goes there"
        words = asks if said is None else f"runs on {said}"
        yield Content.assemble(
            ("  typed on ", "$quiet"), (safe(place), "bold"), (f" in the document: {words}", "$quiet")
        )
    mark = glyphs.of_effect(command.effect)
    facts: list[Piece] = [("  " + mark.word, f"${mark.colour}")]
    facts += [(f" · {fact}", "$quiet") for fact in _facts(command, keymap.shown("walk", "cancel"))]
    yield Content.assemble(*facts)
    asked = [name for name in command.placeholders if name in missing or name not in state.variables]
    if asked:
        yield Content.styled(f"  asks for {', '.join(asked)} before it runs", "$warning")
    if command.undo:
        yield Content.assemble(("  taken back by  ", "$quiet"), safe(command.undo))
    if command.expect:
        yield Content.assemble(("  expected  ", "$quiet"), safe(command.expect))
    group = state.last_group(step.id, command.id)
    job = state.last_job(step.id, command.id)
    if group is not None:
        yield Content.assemble("  ", *_of_group(state, group))
    elif job is not None:
        yield Content.assemble("  ", *_result(job))
        if wants_password(job.barred):
            yield Content.styled(f"  {keymap.shown('walk', 'password')} gives the password of sudo", "$warning")
        yield from _kernels(job, keymap.shown("walk", "kernels"))
        yield from _seen_changes(state, job)
        for found in job.telemetry:
            yield from evidence(found)


def _seen_changes(state: RunState, job: JobState) -> Iterable[Content]:
    """What a watcher saw the command change, and whether it can be put back."""
    sighting = state.sightings.get(job.job)
    if sighting is None:
        return
    for change in (sighting.changes or ())[:MOST_CHANGES]:
        yield Content.assemble(("  changed  ", "$quiet"), (safe(change.title), "bold"), f"  {safe(change.what)}")
    if len(sighting.changes or ()) > MOST_CHANGES:
        yield Content.styled(f"  changed  and {len(sighting.changes or ()) - MOST_CHANGES} more", "$quiet")
    if sighting.changes == () and not job.open:
        yield Content.styled("  changed nothing that is watched", "$quiet")
    for obstacle in sighting.obstacles[:2]:
        yield Content.styled(f"  {safe(obstacle)}", "$warning")


def _facts(command: Command, cancel: str) -> Iterable[str]:
    if command.target:
        yield f"on {command.target}"
    if command.cwd:
        yield f"in {command.cwd}"
    if command.timeout:
        yield f"at most {of_seconds(command.timeout)}"
    if command.behaviour is Behaviour.INTERACTIVE:
        yield "takes over the terminal"
    if command.behaviour is Behaviour.ENDLESS:
        yield f"runs until {cancel} stops it"
    if command.opens_session:
        yield "opens a session"
    if command.source is not Source.FENCE:
        yield f"written {command.source.value}"
    if any(is_secret_name(name) for name in command.placeholders) or command.secrets:
        yield "uses a secret"
    if command.confirm and command.effect is Effect.READ:
        yield "wants a confirmation"


def _of_group(state: RunState, group: GroupState) -> list[Piece]:
    """How it stands on all hosts, in one line."""
    rows = host_rows(state, group, now=datetime.now(UTC))
    done = all(row.phase is HostPhase.DONE for row in rows)
    colour = "$success" if done else "$accent" if not group.finished else "$error"
    return [(f"{'✔' if done else '▶' if not group.finished else '✖'} {headline(rows, group)}", colour)]


def _kernels(job: JobState, key: str) -> Iterable[Content]:
    """The verdict of a kernel validation, and the key that shows its cases."""
    if job.kernels is not None:
        mark = {"pass": "✔", "fail": "✖"}.get(job.kernels.verdict, "?")
        colour = {"pass": "$success", "fail": "$error"}.get(job.kernels.verdict, "$warning")
        yield Content.assemble(
            (f"  {mark} {safe(job.kernels.sentence)}", colour), (f"  {key} shows the cases", "$quiet")
        )


def _result(job: JobState) -> list[Piece]:
    """How a job ended, with its duration."""
    if job.phase is JobPhase.RUNNING:
        return [("▶ running", "$accent"), (f" since {clock(job.started)}", "$quiet")]
    if job.phase is JobPhase.LOST:
        if job.resolution is None:
            return [("? outcome unknown", "bold $warning"), (f"  {safe(job.known)}", "$quiet")]
        if job.resolved_by is None:
            return [("⊘ not run", "bold $warning"), (f"  {safe(job.why)}", "$quiet")]
        word = job.resolution.value.replace("_", " ")
        return [(f"? {word}", "$warning"), (f", said {job.resolved_by}", "$quiet")]
    mark = glyphs.of_phase(StepPhase.DONE if job.succeeded else StepPhase.FAILED)
    pieces: list[Piece] = [(f"{mark.glyph} {describe_exit(job)}", f"${mark.colour}")]
    pieces.append((f"  after {of_seconds(job.seconds)}", "$quiet"))
    if job.leftover:
        pieces.append((f"  {job.leftover} processes are still there", "$warning"))
    if job.barred:
        pieces.append((f"  {safe(job.barred)}", "$warning"))
    if job.detail:
        pieces.append((f"  {safe(job.detail)}", "$quiet"))
    return pieces


# --- what happened ---


def _signature(sign: SignOffState) -> Content:
    """Who signed, or typed a name, and whether it still holds."""
    word, colour = "signed", "$success"
    if sign.void:
        word, colour = f"{'signature' if sign.signed else 'name'} void: {safe_lines(sign.void)}", "$warning"
    elif sign.rejected:
        word, colour = "says NO", "bold $error"
    elif not sign.signed:
        word, colour = "name only, not signed", "$warning"
    elif not sign.complete:
        word, colour = "signed, more people have to", "$warning"
    who = f"{safe(sign.name)} as {safe(sign.role)}" + (" (deputy)" if sign.deputy else "")
    key = f"\n{safe(sign.signer)}  {safe(sign.fingerprint)}" if sign.signed else ""
    return Content.assemble(
        (f"{word}  ", colour),
        (who, "bold"),
        (f" {clock(sign.at)}\n", "$quiet"),
        (f"“{safe_lines(sign.meaning)}”", ""),
        (key, "$quiet"),
    )


def _standing(view: RunView, step: Step) -> Iterable[Content]:
    state = view.state
    own = state.step(step.id)
    phase = phase_of(view.runbook, state, step)
    mark = glyphs.of_phase(phase)
    when = f" {clock(own.at)}" if own.at else ""
    sign = state.signoffs.get(step.id)
    if step.options:
        yield from _options(view, step, own.option)
    if step.kind is StepKind.FIELD:
        yield Content.assemble(("value  ", "$quiet"), (safe_lines(own.value or "—"), "bold"))
    if sign is not None:
        for one in (sign, *sign.others):
            yield _signature(one)
    elif step.kind is StepKind.SIGNOFF and step.signoff is not None:
        yield Content.assemble(("role  ", "$quiet"), view.runbook.signoffs[step.signoff].role)
    if blocker := blocked_by(view.runbook, state, step):
        yield Content.styled(blocker, "$quiet")
    elif phase is StepPhase.DONE and sign is None:
        yield Content.assemble(
            (f"{mark.glyph} done", "$success"),
            (f" by {own.by}{when}" if own.by else " in the document already", "$quiet"),
        )
    elif phase is StepPhase.SKIPPED:
        yield Content.assemble(("– skipped", "bold"), (f" by {own.by}{when}: ", "$quiet"), safe_lines(own.reason or ""))
    elif own.fired:
        yield Content.assemble(
            ("! this condition holds", "bold $error"),
            (f", said {own.by}{when} ", "$quiet"),
            safe_lines(own.reason or ""),
        )
    elif phase is StepPhase.PENDING and own.at is not None and own.fresh:
        yield Content.styled(f"opened again by {own.by}{when}  {safe_lines(own.reason or '')}", "$quiet")
    if any(step.id in change.added or step.id in change.changed for change in state.changes):
        yield Content.styled("the document was edited during this run; this step is new or differs", "$warning")


def _options(view: RunView, step: Step, chosen: str | None) -> Iterable[Content]:
    for option in step.options:
        title = view.runbook.section_by_id[option].title
        here = option == chosen
        yield Content.styled(f"{'◆' if here else '◇'} {title}{'  (chosen)' if here else ''}", "bold" if here else "")
