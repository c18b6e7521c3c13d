"""The run as one HTML page that needs nothing else: no script, no network; it reads on a screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from runbook_tui.document.runbook import Step
from runbook_tui.report import colours, plots
from runbook_tui.report.account import Account, ending, lasting, moment, safe, size
from runbook_tui.report.pieces import badge, conditions, devices, hosts, kernels, people, sign_offs, table, way_back
from runbook_tui.report.words import headline, outcome, overridden
from runbook_tui.run.events import Purpose
from runbook_tui.run.masking import masked
from runbook_tui.run.progress import on_path, phase_of
from runbook_tui.run.state import JobState, StepPhase

MOST_OUTPUT = 200_000  # bytes of a job's output on the page
MOST_BARS = 80  # in the picture of the time
MOST_EVENTS = 2_000  # in the list of events
GLYPHS = {
    StepPhase.DONE: ("✔", "good"), StepPhase.FAILED: ("✖", "bad"), StepPhase.SKIPPED: ("↷", "off"),
    StepPhase.UNKNOWN: ("?", "warn"), StepPhase.RUNNING: ("▶", "warn"), StepPhase.ROLLED_BACK: ("↩", "warn"),
    StepPhase.BLOCKED: ("–", "off"), StepPhase.PENDING: ("○", "off"),
}  # fmt: skip
WORDS = {StepPhase.PENDING: "open", StepPhase.ROLLED_BACK: "rolled back", StepPhase.UNKNOWN: "outcome unknown"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(account: Account) -> str:
    """The whole page."""
    state = account.state
    css = files("runbook_tui.report").joinpath("style.css").read_text()
    for number in range(16):
        css += f".f{number}{{color:var(--c{number})}}.g{number}{{background:var(--c{number});color:var(--bg)}}"
    title = f"{state.title} – run {state.run}"
    body = "\n".join(
        [
            *_top(account),
            *_time(account),
            *_steps(account),
            *conditions(account),
            *sign_offs(account),
            *way_back(account),
            *people(account),
            *_events(account),
            *_document(account),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{safe(title)}</title>\n<style>{css}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _top(account: Account) -> Iterator[str]:
    state = account.state
    word = outcome(account)
    looks = {"Completed": "good", "Rolled back": "warn", "Running": "warn", "Not finished": "warn"}
    yield f'<p class="quiet">Record of run <b class="mono">{escape(state.run)}</b></p>'
    yield f"<h1>{safe(state.title)}</h1>"
    badges = [badge(word, looks.get(word, "bad"))]
    if account.verified is not None:
        look = "bad" if account.verified.violated else "good" if account.verified.anchored else "warn"
        badges.append(badge(account.verified.verdict, look))
    if any(job.telemetry and any(found.fake for found in job.telemetry) for job in state.jobs.values()):
        badges.append(badge("FAKE GPU driver: proves nothing", "bad"))
    yield f"<p>{' '.join(badges)}</p>"
    yield '<dl class="facts">'
    yield from (f"<div><dt>{escape(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in headline(account))
    yield "</dl>"
    if lines := [*overridden(account), *(account.verified.findings if account.verified else ())]:
        items = "".join(f"<li>{safe(line)}</li>" for line in lines)
        yield f'<div class="loud"><b>To be read first</b><ul>{items}</ul></div>'


def _time(account: Account) -> Iterator[str]:
    jobs = list(account.state.jobs.values())
    start, end = account.state.started, account.state.finished or account.state.last
    if not jobs or start is None or end is None:
        return
    titles = account.runbook.step_by_id
    bars = [
        plots.Bar(
            label=(titles[job.step].title if job.step in titles else job.step)
            + (f" · {job.target}" if job.group else ""),
            start=job.started,
            end=job.finished or max(end, job.started),
            look="ok" if job.succeeded else "maybe" if job.open else "no",
            title=f"{job.shown} on {job.target}: {ending(job)}",
        )
        for job in jobs
    ]
    yield "<h2>When it ran</h2>"
    if len(bars) > MOST_BARS:
        yield f'<p class="quiet">The {MOST_BARS} longest of {len(bars)} commands.</p>'
        longest = sorted(bars, key=lambda bar: bar.start - bar.end)[:MOST_BARS]
        bars = sorted(longest, key=lambda bar: bar.start)
    yield plots.timeline(bars, min(bar.start for bar in bars), max(end, *(bar.end for bar in bars)))


def _steps(account: Account) -> Iterator[str]:
    yield "<h2>Steps</h2>"
    section = None
    for step in account.runbook.steps:
        own = account.state.step(step.id)
        if not (on_path(account.runbook, account.state, step) or own.at or own.jobs or own.notes or own.fired):
            continue
        if step.section != section:
            section = step.section
            names = [one.title for one in account.runbook.section_path(section) if one.title != account.state.title]
            yield f"<h3>{safe(' › '.join(names))}</h3>"
        yield from _step(account, step)


def _step(account: Account, step: Step) -> Iterator[str]:
    own, phase = account.state.step(step.id), phase_of(account.runbook, account.state, step)
    glyph, look = ("!", "bad") if own.fired else GLYPHS[phase]
    word = "fired" if own.fired else WORDS.get(phase, phase.value)
    said = [word if phase is not StepPhase.DONE else ""]
    if own.by and phase is not StepPhase.PENDING:
        said.append(f"by {own.by}")
    if own.at and phase is not StepPhase.PENDING:
        said.append(moment(own.at))
    yield f'<div class="step"><span class="glyph {look}" title="{escape(word)}">{glyph}</span><div>'
    yield f'<div class="head"><b>{safe(masked(step.title))}</b>'
    yield f'<span class="who">{safe(" · ".join(filter(None, said)))}</span></div>'
    if own.value is not None:
        yield f"<p>{safe(own.value)}</p>"
    if own.option is not None:
        chosen = account.runbook.section_by_id.get(own.option)
        yield f"<p>chosen: {safe(chosen.title if chosen else own.option)}</p>"
    if own.reason:
        yield f'<p class="{look if phase is not StepPhase.DONE else "quiet"}">{safe(own.reason)}</p>'
    for note in own.notes:
        yield f"<p><small>{safe(note.by)}, {moment(note.at)}</small><br>{escape(_lines(note.text))}</p>"
    groups = dict.fromkeys(account.state.jobs[job].group for job in own.jobs if account.state.jobs[job].group)
    for group in groups:
        yield from hosts(account, account.state.groups[group])
    for job in own.jobs:
        yield from _job(account, account.state.jobs[job])
    yield "</div></div>"


def _job(account: Account, job: JobState) -> Iterator[str]:
    look = "good" if job.succeeded else "warn" if job.open else "bad"
    facts = [f'<b class="{look}">{safe(ending(job))}</b>', f"on <b>{safe(job.target)}</b>", lasting(job.seconds)]
    facts.append(moment(job.started))
    if job.attempt > 1:
        facts.append(f"attempt {job.attempt}")
    if job.purpose is not Purpose.STEP:
        facts.append(escape(job.purpose.value))
    if job.barred:
        facts.append(safe(job.barred))
    if job.detail:
        facts.append(safe(job.detail))
    if job.group:
        yield f'<details class="job"><summary>{safe(job.target)}: {safe(ending(job))}, {lasting(job.seconds)}</summary>'
    else:
        yield '<div class="job">'
    yield f'<pre class="cmd">$ {escape(_lines(job.shown))}</pre>'
    yield f'<div class="line">{"".join(f"<span>{fact}</span>" for fact in facts)}</div>'
    yield from _output(account, job)
    for found in job.telemetry:
        yield from devices(found)
    if job.kernels is not None:
        yield from kernels(job.kernels)
    yield "</details>" if job.group else "</div>"


def _output(account: Account, job: JobState) -> Iterator[str]:
    kept = account.outputs.get(job.job)
    if kept is None or not kept.total:
        return
    data = b"".join(
        (b"\n[... bytes not kept ...]\n" if index else b"") + piece for index, (_, piece) in enumerate(kept.pieces)
    )
    digest = f" · sha256 <span class=mono>{escape(job.output_sha256[:16])}…</span>" if job.output_sha256 else ""
    shown, left = data[-MOST_OUTPUT:], kept.total - min(len(data), MOST_OUTPUT)
    if left > 0 and len(data) > MOST_OUTPUT:
        shown = shown[shown.find(b"\n") + 1 :]
    opened = " open" if not job.succeeded and not job.open else ""
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    yield f"<details{opened}><summary>output: {lines} lines, {size(kept.total)}{digest}</summary>"
    if left > 0:
        rest = "the rest is in the journal and in an exported bundle"
        yield f'<p class="inner quiet">The last {size(len(shown))}; {rest}.</p>'
    yield f'<pre class="out">{colours.html(shown.decode("utf-8", "replace"))}</pre></details>'


def _events(account: Account) -> Iterator[str]:
    records = account.records[-MOST_EVENTS:]
    left = len(account.records) - len(records)
    rows = (
        (str(record.seq), moment(record.at), record.actor, _name(type(record.event).__name__), record.hash[:12])
        for record in records
    )
    yield "<h2>The record</h2>"
    more = f", the newest {len(records)} of them" if left else ""
    yield f'<details class="wide"><summary>{len(account.records)} events{more}</summary>'
    yield table(("#", "When", "Who", "What", "Hash"), rows)
    yield "</details>"


def _document(account: Account) -> Iterator[str]:
    text = masked("\n".join(account.runbook.lines))
    yield '<details class="wide"><summary>the document as written</summary>'
    yield f"<pre>{escape(_lines(text))}</pre></details>"


def _name(kind: str) -> str:
    """JobStarted → job started."""
    return "".join(f" {char.lower()}" if char.isupper() else char for char in kind).strip()


def _lines(text: str) -> str:
    return "\n".join(
        "".join(char if char.isprintable() or char == "\t" else "·" for char in line) for line in text.splitlines()
    )
