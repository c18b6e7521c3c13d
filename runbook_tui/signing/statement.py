"""What is signed: a statement in canonical JSON, kept and signed as bytes.

Made from the state of the run at one event, and from nothing that is not recorded but the titles of its steps, so that
anybody who has the record can tell whether it says the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from runbook_tui import __version__
from runbook_tui.document.runbook import Runbook, Step, StepKind, StepRole
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.progress import on_path, walked
from runbook_tui.run.state import JobState, RunState, StepPhase

TYPE = "runbook-tui/signoff@1"
TOOL = f"rbt {__version__}"
LARGEST = 8 * 1024 * 1024
APPROVE, REJECT = "approve", "reject"
FINAL, GATE = "final", "gate"


class NoStatement(OperatorError):
    """The bytes are not a statement as this program makes them."""


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SignedJob(_Value, frozen=True, kw_only=True):
    """A command that was sent."""

    command: str  # as shown: secrets masked
    target: str
    purpose: str
    state: str  # finished, running, lost, cancelled, or how a person resolved it
    exit: int | None
    output: str  # sha256 of the whole output
    bytes: int


class SignedStep(_Value, frozen=True, kw_only=True):
    id: str
    title: str
    state: str  # open, or as the record has it
    by: str = ""
    reason: str = ""
    value: str = ""  # what was filled in or chosen
    jobs: tuple[SignedJob, ...] = ()


class SignedGate(_Value, frozen=True, kw_only=True):
    condition: str
    verdict: str


class SignedOverride(_Value, frozen=True, kw_only=True):
    about: str
    by: str
    reason: str


class Statement(_Value, frozen=True, kw_only=True, omit_defaults=True):
    """Without defaults but for fields that came later: a statement from before has none of them."""

    type: str = msgspec.field(name="_type")
    run: str
    origin: str  # hash of the run's first event
    title: str
    document: str  # sha256 of the text
    plan: str  # sha256 over values, places, hosts and options as they stand
    seq: int  # the last event it covers
    head: str  # its hash
    material: str  # material head at that event
    step: str  # the sign-off's
    role: str
    scope: str  # final, or gate
    covers: tuple[str, ...]  # of a gate: the steps whose change voids it
    decision: str  # approve or reject
    signer: str  # principal
    name: str  # printed
    meaning: str
    signers: str  # sha256 of allowed_signers
    policy: str  # sha256 of policy.yaml, empty where there is none
    signed_at: str  # RFC 3339, as the signer claims
    tool: str
    values: dict[str, str]  # of placeholders; secrets as ***
    steps: tuple[SignedStep, ...]
    gates: tuple[SignedGate, ...]
    overrides: tuple[SignedOverride, ...]
    outputs: int  # how many outputs are covered by their hashes
    sidecar: str | None = None  # sha256 of the file beside the document; empty: none; None: the record does not tell
    beside: dict[str, str] = {}  # sha256 of the rule files that are named, by that name

    @property
    def open(self) -> int:
        return sum(step.state == "open" for step in self.steps)


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Statement, strict=True)


def canonical(statement: Statement) -> bytes:
    """The one way a statement is written: keys sorted, two blanks of indentation, a line end at its end."""
    return msgspec.json.format(_encoder.encode(statement), indent=2) + b"\n"


def read_statement(data: bytes) -> Statement:
    """Raises NoStatement for all that `canonical` would not have written: other blanks, keys twice, more keys."""
    if len(data) > LARGEST:
        raise NoStatement(f"{len(data)} bytes are too many for a statement")
    try:
        statement = _decoder.decode(data)
        again = canonical(statement)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NoStatement(f"it is no statement: {error}") from None
    if statement.type != TYPE:
        raise NoStatement(f"it is a {statement.type!r}, not a {TYPE}")
    if statement.decision not in (APPROVE, REJECT) or statement.scope not in (FINAL, GATE):
        raise NoStatement("it says neither yes nor no, or covers what no sign-off covers")
    if (why := meaningless(statement.meaning)) is not None or statement.meaning != _plain(statement.meaning):
        raise NoStatement(why or "its meaning is not as anybody types it")
    if moment(statement.signed_at) is None:
        raise NoStatement(f"{statement.signed_at!r} is no time at which anybody signed")
    if again != data:
        raise NoStatement("its bytes are not as this program writes them: something stands in it twice, or elsewhere")
    return statement


def meaningless(meaning: str) -> str | None:
    """Why this is nothing that a signature can say."""
    if not meaning.strip():
        return "a signature wants its meaning, for instance “approved for production”"
    if any(not c.isprintable() for c in meaning):
        return "the meaning holds characters that cannot be printed"
    return None


def _plain(meaning: str) -> str:
    return " ".join(meaning.split())


def moment(text: str) -> datetime | None:
    """The time a statement tells; None where it is not as this program writes it."""
    try:
        at = datetime.fromisoformat(text)
        return at if written(at) == text else None
    except (ValueError, OverflowError):
        return None


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


# --- made from a run -----------------------------------------------------------------------------


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody signs, and as what."""

    step: str
    role: str
    scope: str
    steps: tuple[str, ...] = ()  # of a gate: those whose change voids it


def role_of(runbook: Runbook, step: Step) -> str:
    """As what somebody signs there."""
    return runbook.signoffs[step.signoff].role if step.signoff is not None else step.title


def slot_of(runbook: Runbook, state: RunState, step_id: str) -> Slot:
    """A sign-off with nothing left to do after it is final; one before other steps is a gate.

    A gate covers the steps that were touched so far, and the commands that stand before it in the document.
    """
    step = runbook.step_by_id[step_id]
    role = role_of(runbook, step)
    at = runbook.steps.index(step)
    if not any(_work(runbook, state, later) for later in runbook.steps[at + 1 :]):
        return Slot(step=step_id, role=role, scope=FINAL)
    touched = {one for one, own in state.steps.items() if own.phase is not StepPhase.PENDING}
    before = {one.id for one in runbook.steps[:at] if one.commands}
    signoffs = {one.id for one in runbook.steps if one.kind is StepKind.SIGNOFF}
    return Slot(step=step_id, role=role, scope=GATE, steps=tuple(sorted((touched | before) - signoffs)))


def _work(runbook: Runbook, state: RunState, step: Step) -> bool:
    return step.kind not in (StepKind.SIGNOFF, StepKind.FIELD) and walked(runbook, state, step)


def state_statement(
    runbook: Runbook,
    state: RunState,
    slot: Slot,
    *,
    origin: str,
    signer: str,
    name: str,
    meaning: str,
    at: datetime,
    decision: str = APPROVE,
) -> Statement:
    """What this person signs by signing now. `origin` is the hash of the run's first event."""
    rules = state.rules
    jobs = recorded_jobs(state)
    return Statement(
        type=TYPE,
        run=state.run,
        origin=origin,
        title=state.title,
        document=state.document,
        sidecar=state.sidecar,
        beside=state.beside,
        plan=plan_of(state),
        seq=state.seq,
        head=state.head,
        material=state.material,
        step=slot.step,
        role=slot.role,
        scope=slot.scope,
        covers=slot.steps,
        decision=decision,
        signer=signer,
        name=name,
        meaning=_plain(meaning),
        signers=rules.signers if rules else "",
        policy=rules.policy if rules else "",
        signed_at=written(at),
        tool=TOOL,
        values=recorded_values(state),
        steps=(*open_steps(runbook, state), *_touched_steps(runbook, state, jobs)),
        gates=recorded_gates(state),
        overrides=recorded_overrides(state),
        outputs=sum(bool(job.output) for job in state.jobs.values()),
    )


def open_steps(
    runbook: Runbook, state: RunState, counts: Callable[[Runbook, RunState, Step], bool] = on_path
) -> Iterable[SignedStep]:
    """What nobody has done anything about, and somebody has to."""
    for step in runbook.steps:
        if step.id in state.steps or step.kind is StepKind.SIGNOFF or step.role is StepRole.TRIGGER:
            continue
        if counts(runbook, state, step):
            ticked = "ticked in the document" if step.checked else "open"
            yield SignedStep(id=step.id, title=step.title, state=ticked)


def _touched_steps(runbook: Runbook, state: RunState, jobs: dict[str, tuple[SignedJob, ...]]) -> Iterable[SignedStep]:
    for step_id in state.steps:
        if step_id not in state.signoffs:
            known = runbook.step_by_id.get(step_id)
            yield recorded_step(state, step_id, jobs, title=known.title if known else step_id)


# --- what the record says, without the document ---------------------------------------------------


def plan_of(state: RunState) -> str:
    """Everything that decides what the remaining commands would do, besides the document's text."""
    options = {step: own.option for step, own in sorted(state.steps.items()) if own.option is not None}
    told: dict[str, Any] = {
        "document": state.document,
        "target": state.target,
        "profile": state.profile,
        "values": recorded_values(state),
        "places": state.accepted,
        "hosts": state.hosts,
        "inventory": state.inventory,
        "left_out": sorted(state.left_out),
        "options": options,
    }
    if state.sidecar is not None:  # a plan from before knows nothing of it
        told |= {"sidecar": state.sidecar, "beside": state.beside}
    return sha256(_encoder.encode(told)).hexdigest()


def recorded_values(state: RunState) -> dict[str, str]:
    return {name: "***" if one.secret else one.value or "" for name, one in sorted(state.variables.items())}


def recorded_jobs(state: RunState) -> dict[str, tuple[SignedJob, ...]]:
    """Of each step, oldest first."""
    jobs: dict[str, list[SignedJob]] = {}
    for job in state.jobs.values():
        jobs.setdefault(job.step, []).append(_job(job))
    return {step: tuple(some) for step, some in jobs.items()}


def _job(job: JobState) -> SignedJob:
    return SignedJob(
        command=job.shown,
        target=job.target,
        purpose=job.purpose.value,
        state=job.resolution.value if job.resolution is not None else job.phase.value,
        exit=job.exit,
        output=job.output_sha256,
        bytes=job.output_bytes,
    )


def recorded_step(state: RunState, step_id: str, jobs: dict[str, tuple[SignedJob, ...]], *, title: str) -> SignedStep:
    own = state.step(step_id)
    pending = "fired" if own.fired else "open"
    return SignedStep(
        id=step_id,
        title=title,
        state=pending if own.phase is StepPhase.PENDING else own.phase.value,
        by=own.by or "",
        reason=own.reason or "",
        value=own.value or own.option or "",
        jobs=jobs.get(step_id, ()),
    )


def recorded_gates(state: RunState) -> tuple[SignedGate, ...]:
    return tuple(SignedGate(condition=one.text, verdict=one.verdict) for one in state.gates.conditions.values())


def recorded_overrides(state: RunState) -> tuple[SignedOverride, ...]:
    return tuple(SignedOverride(about=about, by=one.by, reason=one.reason) for about, one in state.overrides.items())


def differences(statement: Statement, state: RunState) -> list[str]:
    """Where a statement says something else than the record at its event; empty when it tells the truth."""
    jobs = recorded_jobs(state)
    wrong = []
    if statement.document != state.document:
        wrong.append("it is about another text of the document")
    if (statement.sidecar, statement.beside) != (state.sidecar, state.beside):
        wrong.append("it is about another file beside the document, or other rule files")
    if statement.plan != plan_of(state) or statement.values != recorded_values(state):
        wrong.append("its values, places or options are not those of the run")
    if statement.title != state.title:
        wrong.append("it bears another title")
    touched = [step for step in state.steps if step not in state.signoffs]
    told = {step.id: step for step in statement.steps}
    if len(told) != len(statement.steps):
        wrong.append("it names a step twice")
    for step_id in touched:
        said = told.pop(step_id, None)
        if said is None:
            wrong.append(f"it leaves out the step {step_id}")
        elif said != recorded_step(state, step_id, jobs, title=said.title):
            wrong.append(f"it says something else of the step {step_id} than the record")
    wrong += [
        f"it says that {step.id} is {step.state}, and the record knows nothing of it"
        for step in told.values()
        if step.state not in ("open", "ticked in the document") or step.jobs or step.by or step.reason or step.value
    ]
    if statement.gates != recorded_gates(state):
        wrong.append("its gates are not those of the record")
    if statement.overrides != recorded_overrides(state):
        wrong.append("its overrides are not those of the record")
    if statement.outputs != sum(bool(job.output) for job in state.jobs.values()):
        wrong.append("it counts other outputs than the record")
    return wrong
