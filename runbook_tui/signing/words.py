"""A statement and a verification in words, for a person to read before signing or believing. Plain lines of text."""

from __future__ import annotations

from runbook_tui.signing.findings import Finding, Findings, SignOff, Standing, Weight
from runbook_tui.signing.statement import GATE, REJECT, SignedJob, SignedStep, Statement

GLYPHS = {"done": "✔", "open": "○", "failed": "✖", "skipped": "–", "unknown": "?", "running": "▶", "rolled_back": "↺"}
_STANDING = {
    Standing.VALID: "✔ signed",
    Standing.VOID: "✖ VOID",
    Standing.REFUSED: "✖ REFUSED",
    Standing.NAME_ONLY: "· name only, not signed",
    Standing.SUPERSEDED: "· void, signed again since",
}
_WEIGHT = {Weight.VIOLATED: "✖", Weight.OPEN: "!", Weight.NOTE: "·"}


def of_statement(statement: Statement) -> list[str]:
    """What is signed, in the order in which it matters: for what, by whom, what was done, what was not."""
    says = "says NO to" if statement.decision == REJECT else "signs"
    scope = (
        "the steps so far and the plan: carrying it out leaves the signature valid, changing it voids it"
        if statement.scope == GATE
        else "everything up to here: whatever happens afterwards voids it"
    )
    lines = [
        f"{statement.name} ({statement.signer}) {says} “{statement.title}” as {statement.role}",
        f"meaning    {statement.meaning}",
        f"covers     {scope}",
        f"run        {statement.run}, up to event {statement.seq}",
        f"document   sha256 {grouped(statement.document)}",
        *_beside(statement),
        f"record     {grouped(statement.head)}",
        "",
    ]
    lines += [line for step in statement.steps for line in _step(step)]
    counted = _counted(statement)
    lines += ["", f"steps      {counted}"]
    lines += [f"value      {name} = {value}" for name, value in statement.values.items()]
    lines += [f"gate       {gate.verdict.replace('_', ' ')}: {gate.condition}" for gate in statement.gates]
    lines += [f"override   {one.about}, by {one.by}: {one.reason}" for one in statement.overrides]
    lines.append(f"outputs    {statement.outputs}, by their hashes")
    return lines


def _beside(statement: Statement) -> list[str]:
    """What lies beside the document, where anything does."""
    sidecar = [f"beside it  sha256 {grouped(statement.sidecar)}"] if statement.sidecar else []
    return sidecar + [f"rules      {file}, sha256 {grouped(name)}" for file, name in statement.beside.items()]


def _step(step: SignedStep) -> list[str]:
    mark = GLYPHS.get(step.state, "✔" if step.state.startswith("ticked") else "·")
    value = f" = {step.value}" if step.value else ""
    by = f", {step.by}" if step.by else ""
    why = f" ({step.reason})" if step.reason else ""
    return [f"{mark} {step.title}{value}: {step.state.replace('_', ' ')}{by}{why}", *map(_job, step.jobs)]


def _job(job: SignedJob) -> str:
    ended = f"exit {job.exit}" if job.exit is not None else job.state
    lines = job.command.splitlines() or [""]
    text = lines[0] + (" …" if len(lines) > 1 else "")
    told = f"{job.bytes} bytes {job.output[:8]}…" if job.output and job.bytes else "no output"
    purpose = "" if job.purpose == "step" else f"{job.purpose}: "
    return f"    $ {purpose}{text}   on {job.target}, {ended}, {told}"


def _counted(statement: Statement) -> str:
    states: dict[str, int] = {}
    for step in statement.steps:
        states[step.state] = states.get(step.state, 0) + 1
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items()) or "none"


def grouped(hash_: str) -> str:
    """The beginning of a hash in groups a person can compare with another screen."""
    return " ".join(hash_[at : at + 4] for at in range(0, 24, 4))


def of_findings(found: Findings) -> list[str]:
    """The verdict first, then who signed, then what was found, then what nobody could have found."""
    mark = "✖" if found.violated else "✔"
    lines = [f"{mark} {found.run}: {found.verdict}"]
    lines.append(
        f"  {found.events} events, {found.documents} texts of the document, {found.outputs} outputs "
        f"({found.output_bytes} bytes) held against their hashes"
    )
    lines.append(f"  head {grouped(found.head)}  (event {found.events})")
    lines += [f"  confirmed {one}" for one in found.anchored]
    if found.signoffs:
        lines.append("")
        lines += [line for off in found.signoffs for line in _sign_off(off)]
    if found.findings:
        lines.append("")
        lines += [_finding(one) for one in found.findings]
    lines += ["", "nobody can tell from a record:", *(f"  · {one}" for one in found.cannot_tell)]
    return lines


def _sign_off(off: SignOff) -> list[str]:
    deputy = " (deputy)" if off.deputy else ""
    who = f"{off.name} <{off.signer}>" if off.signer else off.name
    at = f"{off.signed_at or off.at:%Y-%m-%d %H:%M:%S} UTC"
    lines = [f"{_STANDING[off.standing]}  {off.role}{deputy}: {who}, “{off.meaning}”, {at}"]
    lines += [f"      {reason}" for reason in off.reasons]
    if off.fingerprint:
        lines.append(f"      {off.fingerprint}, covers up to event {off.covers}")
    return lines


def _finding(one: Finding) -> str:
    return f"{_WEIGHT[one.weight]} {one.text}"
