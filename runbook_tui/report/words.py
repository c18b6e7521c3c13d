"""What several reports say in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runbook_tui.report.account import Account, Judged, lasting, moment
from runbook_tui.run.events import SignOffGiven
from runbook_tui.run.progress import progress
from runbook_tui.run.rollback import rollback_plan
from runbook_tui.run.state import SignOffState
from runbook_tui.run.summary import outcome_word

OUTCOMES = {
    "running": "Running", "waiting": "Not finished", "completed": "Completed", "aborted": "Aborted",
    "rolled_back": "Rolled back", "failed": "Failed",
}  # fmt: skip


def outcome(account: Account) -> str:
    return OUTCOMES[outcome_word(account.runbook, account.state, driven=account.driven)]


def headline(account: Account, text: Callable[[str], str] = str) -> Iterator[tuple[str, str]]:
    """The facts at the top: a name and its value each; `text` makes what people wrote safe."""
    state = account.state
    done = progress(account.runbook, state)
    why = f": {text(state.outcome_reason)}" if state.outcome_reason else ""
    yield "Outcome", outcome(account) + why
    failed = f", {done.failed} failed or unknown" if done.failed else ""
    yield "Steps", f"{done.done} of {done.total} done, {done.skipped} skipped{failed}, {done.pending} open"
    end = state.finished or state.last
    if state.started:
        took = f" ({lasting((end - state.started).total_seconds())})" if end else ""
        yield "Time", f"{moment(state.started)} to {moment(end)}{took}"
    if state.ticket:
        yield "Ticket", text(state.ticket)
    yield "Document", f"{text(state.title)}, sha256 {state.document[:16]}…"
    if state.sidecar:
        yield "Beside it", f"sha256 {state.sidecar[:16]}…"
    if state.changes:
        yield "Edited meanwhile", f"{len(state.changes)} times; the last text is shown"
    drivers = dict.fromkeys(one for one in _drivers(account))
    yield "Driven by", ", ".join(map(text, drivers)) or "nobody"
    yield "Where", f"{text(state.target)}, profile {text(state.profile)}"
    yield "Record", f"{state.seq} events, head {state.head[:16]}…"
    if account.verified is not None:
        yield "Verified", account.verified.verdict
    yield "Told by", f"{text(account.tool)}, {moment(account.at)}"


def _drivers(account: Account) -> Iterator[str]:
    for record in account.records:
        if type(record.event).__name__ == "DriveTaken":
            yield record.event.holder  # type: ignore[union-attr]


def judged(account: Account, off: SignOffState) -> Judged:
    """How a sign-off stands: as verified, else as the record has it."""
    if account.verified is not None:
        for record in account.records:
            event = record.event
            its_own = isinstance(event, SignOffGiven) and event.step == off.step and record.at == off.at
            if its_own and (found := account.verified.signoffs.get(record.seq)) is not None:
                return found
    if off.void is not None:
        return Judged(standing="void", reasons=(off.void,))
    return Judged(standing="signed, not verified here" if off.signed else "name only")


def signoff_words(account: Account, off: SignOffState) -> str:
    """Printed name, meaning, key and standing."""
    how = judged(account, off)
    key = f", key {off.fingerprint}" if off.fingerprint else ""
    why = f" ({'; '.join(how.reasons)})" if how.reasons else ""
    word = "rejected" if off.rejected else "signed" if off.signed else "written"
    said = f"{word} by {_plain(off.name)} ({_plain(off.by)}), “{_plain(off.meaning)}”{key}"
    return f"{said}: **{how.standing}**{_plain(why)}"


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").replace("<", "‹").replace("*", "").split())


def overridden(account: Account) -> list[str]:
    """What was done against gates, holds and rules: it stands in the first lines."""
    state = account.state
    titles = {about: one.text for about, one in state.gates.conditions.items()}
    titles |= {about: step.title for about, step in account.runbook.step_by_id.items()}
    lines = [
        f"{titles.get(about, about)}: gone on against its gate by {one.by}, "
        f"{moment(one.at)}{f' until {moment(one.until)}' if one.until else ''}: {one.reason}"
        for about, one in state.overrides.items()
    ]
    if state.left_out:
        lines.append(f"went on without {', '.join(sorted(state.left_out))}")
    return lines


def rollback_lines(account: Account) -> list[str]:
    """The way back: whether it was gone, and what it is."""
    state, plan = account.state, rollback_plan(account.runbook, account.state)
    lines = []
    if state.rollback is None:
        lines.append("was not gone" + ("; it stood ready" if plan.armed else "; there was nothing to take back"))
    else:
        ended = {None: "not finished", True: "succeeded", False: "failed"}[state.rollback.succeeded]
        lines.append(
            f"begun by {state.rollback.by}, {moment(state.rollback.started)}: {state.rollback.reason}; {ended}"
        )
    for item in plan.items:
        word = "done" if item.settled else "failed" if item.failed else "not done"
        command = item.command.text.strip().splitlines()[0] if item.command else ""
        what = f": {command}" if command and command != item.title else "" if command else " (by hand)"
        restores = f"; restores {item.restores}" if item.restores not in ("", item.title) else ""
        lines.append(f"{word} – {item.title}{what}{restores}")
    titles = account.runbook.step_by_id
    lines += [f"nothing takes back “{titles[step].title}”" for step in plan.not_undone if step in titles]
    return lines + list(plan.obstacles)
