"""Parts of the page: gates, devices, hosts, kernels, sign-offs, the way back, people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape

from runbook_tui.report import plots
from runbook_tui.report.account import Account, lasting, moment, safe
from runbook_tui.report.words import judged, rollback_lines
from runbook_tui.run import events as e
from runbook_tui.run.canary_end import ended
from runbook_tui.run.gpu.kept import DeviceEvidence, HostEvidence
from runbook_tui.run.host_rows import headline as host_headline
from runbook_tui.run.host_rows import host_rows
from runbook_tui.run.kernels import KernelVerdict
from runbook_tui.run.state import GroupState

_GIB = 1 << 30
_LOOK = {"pass": "good", "fail": "bad", "no_data": "off", "insufficient": "warn", "error": "warn"}
_STANDING = {"valid": "good", "void": "bad", "refused": "bad", "name only": "warn"}
_WORDS = {"no_data": "no data", "not_validated": "not validated"}


def badge(text: str, look: str) -> str:
    return f'<span class="badge {look}">{escape(text)}</span>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """All cells as text."""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{safe(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def conditions(account: Account) -> Iterator[str]:
    """Every condition with its verdicts over time, then canary, windows and breakers."""
    gates = account.state.gates
    if not (gates.conditions or gates.canary or gates.windows or gates.breakers):
        return
    yield "<h2>Gates</h2>"
    seen: dict[str, list[plots.Seen]] = defaultdict(list)
    for record in account.records:
        if isinstance(record.event, e.ConditionJudged):
            event = record.event
            seen[event.condition].append(plots.Seen(at=record.at, verdict=event.verdict, value=event.value))
    end = account.state.finished or account.state.last or account.at
    for name, found in gates.conditions.items():
        word = _WORDS.get(found.verdict, found.verdict)
        value = "" if found.value is None else f", {found.value:.6g} {found.unit}".rstrip()
        yield f'<p><b class="{_LOOK.get(found.verdict, "off")}">{escape(word)}</b> {safe(found.text)}'
        detail = f" · {safe(found.detail)}" if found.detail else ""
        yield f"<small>{escape(value)} · {moment(found.at)}{detail}</small></p>"
        if seen[name]:
            yield plots.condition(seen[name], end, threshold=found.threshold, unit=found.unit)
    if (canary := gates.canary) is not None:
        stages = ", ".join(f"{stage.weight} % for {lasting(stage.seconds)}" for stage in canary.stages)
        became = ended(account.state) or f"at {canary.weight} %"
        why = f": {canary.reason}" if canary.reason else ""
        yield f"<p><b>Canary</b> {escape(became)}{safe(why)} <small>{escape(stages)}</small></p>"
    if gates.windows:
        rows = [
            (name, _WORDS.get(one.verdict, one.verdict), one.detail, moment(one.at))
            for name, one in gates.windows.items()
        ]
        yield table(("Window", "Verdict", "What was seen", "Until"), rows)
    if gates.breakers:
        rows = [(name, one.state, str(one.failures), one.reason) for name, one in gates.breakers.items()]
        yield table(("Breaker of", "State", "Failures", "Why"), rows)


def devices(found: HostEvidence) -> Iterator[str]:
    """What the GPUs of a host did while a command ran."""
    fake = (
        " · FAKE: a stand-in of the driver, it proves nothing"
        if found.fake
        else " · replayed"
        if found.replayed
        else ""
    )
    readings = max((gpu.readings for gpu in found.devices), default=0)
    yield (
        f"<details open><summary>GPUs of {safe(found.host)} meanwhile: {len(found.devices)} devices, "
        f"{readings} readings in {lasting(found.seconds)}, by {safe(found.source)}"
        f'<b class="bad">{escape(fake)}</b></summary><div class="inner">'
    )
    if found.note:
        yield f'<p class="warn">{safe(found.note)}</p>'
    if rows := [row for gpu in found.devices for row in _ranges(gpu)]:
        yield plots.ranges(rows)
        how = "least · mean · greatest value; the band is the range, the line the mean"
        yield f'<p class="quiet"><small>{how}</small></p>'
    happened = [f"{_device(gpu)}: {text}" for gpu in found.devices for text in gpu.events]
    if happened:
        yield "<ul>" + "".join(f'<li class="warn">{safe(text)}</li>' for text in happened) + "</ul>"
    yield "</div></details>"


def _device(gpu: DeviceEvidence) -> str:
    return f"GPU{'' if gpu.index is None else f' {gpu.index}'}"


def _ranges(gpu: DeviceEvidence) -> Iterator[plots.Range]:
    name = _device(gpu)
    if gpu.util:
        yield plots.Range(
            label=f"{name} use", low=gpu.util.min, mean=gpu.util.mean, high=gpu.util.max, most=100, unit="%"
        )
    if gpu.memory:
        low, mean, high = (value / _GIB for value in (gpu.memory.min, gpu.memory.mean, gpu.memory.max))
        yield plots.Range(label=f"{name} memory", low=low, mean=mean, high=high, most=max(80.0, high), unit="GiB")
    if gpu.power:
        most = max(700.0, gpu.power.max)
        yield plots.Range(
            label=f"{name} power", low=gpu.power.min, mean=gpu.power.mean, high=gpu.power.max, most=most, unit="W"
        )
    if gpu.temperature:
        low, mean, high = gpu.temperature.min, gpu.temperature.mean, gpu.temperature.max
        yield plots.Range(label=f"{name} temperature", low=low, mean=mean, high=high, most=max(100.0, high), unit="°C")


def hosts(account: Account, group: GroupState) -> Iterator[str]:
    """One command on many hosts: a row each."""
    rows = host_rows(account.state, group, now=account.at)
    yield f"<p><b>{safe(group.fleet)}</b>: {safe(host_headline(rows, group))}</p>"
    yield table(
        ("Host", "State", "Exit", "Took", ""),
        [
            (row.host, row.phase.value, "" if row.exit is None else str(row.exit),
             "" if row.seconds is None else lasting(row.seconds), row.note)
            for row in rows
        ],
    )  # fmt: skip


def kernels(verdict: KernelVerdict) -> Iterator[str]:
    """A kernel validation that a command printed."""
    word = verdict.verdict.value.replace("_", " ")
    look = "good" if verdict.passed else "bad"
    yield f'<div class="inner"><p><b class="{look}">Kernels: {escape(word)}</b> {safe(verdict.sentence)}</p>'
    facts = [
        ("Executed on", " ".join(filter(None, (str(verdict.executed_on), verdict.device)))),
        ("Cases", f"{verdict.cases - verdict.failed} of {verdict.cases} passed"),
        ("Planted faults", f"{verdict.caught} of {verdict.planted} caught" if verdict.planted else ""),
        ("Evidence", verdict.evidence_sha256),
    ]
    yield table(("", ""), [fact for fact in facts if fact[1]])
    if verdict.failures:
        yield "<ul>" + "".join(f'<li class="bad">{safe(text)}</li>' for text in verdict.failures) + "</ul>"
    yield "</div>"


def sign_offs(account: Account) -> Iterator[str]:
    """Who signed what, and whether it stands."""
    steps = [step for step in account.runbook.steps if step.signoff is not None]
    if not steps and not account.state.signoffs:
        return
    yield "<h2>Sign-offs</h2><table><thead><tr>"
    yield (
        "".join(f"<th>{name}</th>" for name in ("Role", "Name", "Meaning", "When", "Key", "Stands"))
        + "</tr></thead><tbody>"
    )
    for step in steps:
        role = account.runbook.signoffs[step.signoff].role if step.signoff is not None else step.title
        off = account.state.signoffs.get(step.id)
        if off is None:
            yield f'<tr><td>{safe(role)}</td><td colspan="4" class="quiet">nobody has signed</td>'
            yield '<td class="off">open</td></tr>'
            continue
        for one in (*off.others, off):
            how = judged(account, one)
            why = f"<br><small>{safe('; '.join(how.reasons))}</small>" if how.reasons else ""
            word = "rejected" if one.rejected else how.standing
            cells = (
                role,
                f"{one.name} ({one.by})",
                one.meaning,
                moment(one.at),
                one.fingerprint or "no key: a name that was typed",
            )
            yield "<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in cells)
            yield f'<td class="{_STANDING.get(word, "warn")}"><b>{escape(word)}</b>{why}</td></tr>'
    yield "</tbody></table>"


def way_back(account: Account) -> Iterator[str]:
    yield "<h2>The way back</h2>"
    yield "<ul>" + "".join(f"<li>{safe(line)}</li>" for line in rollback_lines(account)) + "</ul>"


def people(account: Account) -> Iterator[str]:
    """Who drove when, and what was asked of a second person."""
    rows = []
    for record in account.records:
        match record.event:
            case e.DriveTaken(holder=holder, reason=reason):
                rows.append((moment(record.at), holder, "took the drive", reason))
            case e.SecondAsked(person=person, commands=commands):
                rows.append((moment(record.at), person, "asked a second person", "; ".join(commands)))
            case e.SecondGiven(person=person, fingerprint=fingerprint):
                rows.append((moment(record.at), person, "said yes", fingerprint or "no key"))
            case e.SecondRefused(person=person, reason=reason):
                rows.append((moment(record.at), person, "said no", reason))
            case e.IdentityProved(principal=principal, fingerprint=fingerprint):
                rows.append((moment(record.at), principal, "proved who they are", fingerprint))
            case e.HeadAnchored(place=place, seq=seq):
                rows.append((moment(record.at), record.actor, f"wrote the head at event {seq} down", place))
            case e.AnchorFailed(place=place, reason=reason):
                rows.append((moment(record.at), record.actor, "could not write the head down", f"{place}: {reason}"))
            case e.RunHeld(reason=reason):
                rows.append((moment(record.at), record.actor, "held the run", reason))
    if rows:
        yield "<h2>People</h2>"
        yield table(("When", "Who", "What", ""), rows)
