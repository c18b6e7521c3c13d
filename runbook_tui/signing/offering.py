"""Signing in a run: what is put before a signer, and what is taken from one. The record is the judge of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from runbook_tui.document.runbook import Runbook, Step, StepKind
from runbook_tui.run import events as e
from runbook_tui.run.authority import ALONE, Policy, plain
from runbook_tui.run.fold import fold
from runbook_tui.run.named import BESIDE, named_blobs
from runbook_tui.run.ports import Conflict, Journal, OperatorError
from runbook_tui.run.state import RunState, SignOffState
from runbook_tui.signing.approval import Given, enough, objections
from runbook_tui.signing.evidence import Evidence
from runbook_tui.signing.findings import Finding, SignOff, Standing
from runbook_tui.signing.judging import Signed, judge_signatures
from runbook_tui.signing.keygen import Judge, judge
from runbook_tui.signing.policy_file import read_policy
from runbook_tui.signing.roster import Roster, read_roster
from runbook_tui.signing.sshsig import NoSignature, read_signature
from runbook_tui.signing.statement import (
    APPROVE,
    REJECT,
    NoStatement,
    Statement,
    canonical,
    meaningless,
    name_of,
    read_statement,
    role_of,
    slot_of,
    state_statement,
)

_NEEDED = frozenset(
    {"statement", "signature", "policy", "list of signers", "list of revoked keys", "challenge", "document", BESIDE}
)
TRIES = 20  # against others who write at the same time


class NotSigned(OperatorError):
    """The sign-off does not count, and was not recorded."""

    exit_code = 3


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A run, as far as signing in it needs it."""

    records: tuple[e.Record, ...]
    state: RunState
    runbook: Runbook
    blobs: dict[str, bytes]
    policy: Policy
    roster: Roster
    revoked: bytes

    @property
    def signs(self) -> bool:
        """Whether people sign here with keys; else they only type a name."""
        return self.state.rules is not None and bool(self.state.rules.signers)


async def open_case(journal: Journal, run: str, runbook: Runbook) -> Case:
    """Raises OperatorError when the record or the rules it names cannot be read."""
    records = tuple(await journal.read(run))
    state = fold(records)
    names = {name for record in records for what, name in named_blobs(record.event) if what in _NEEDED}
    blobs = {name: await journal.blob(name) for name in sorted(names)}
    rules = state.rules
    return Case(
        records=records,
        state=state,
        runbook=runbook,
        blobs=blobs,
        policy=read_policy(blobs[rules.policy]) if rules is not None and rules.policy else ALONE,
        roster=read_roster(blobs[rules.signers]) if rules is not None and rules.signers else Roster(),
        revoked=blobs[rules.revoked] if rules is not None and rules.revoked else b"",
    )


def sign_off_step(case: Case, role: str) -> Step:
    """The sign-off of that role: one that is open, before one that was given. Raises NotSigned."""
    runbook, state = case.runbook, case.state
    steps = [step for step in runbook.steps if step.kind is StepKind.SIGNOFF]
    mine = [step for step in steps if plain(role_of(runbook, step)) == plain(role) or step.id == role]
    if not mine:
        mine = [step for step in steps if plain(role_of(runbook, step)).startswith(plain(role))]
        if len({plain(role_of(runbook, step)) for step in mine}) > 1:
            mine = []
    if not mine:
        roles = ", ".join(dict.fromkeys(role_of(runbook, step) for step in steps)) or "none"
        raise NotSigned(f"the document asks for no sign-off as {role!r}; it asks for: {roles}")
    return next((step for step in mine if not _holds(state.signoffs.get(step.id))), mine[-1])


def step_of(case: Case, step_id: str) -> Step:
    """That sign-off, in the document as the run follows it now. Raises NotSigned when it is none any more."""
    step = case.runbook.step_by_id.get(step_id)
    if step is None or step.kind is not StepKind.SIGNOFF:
        raise NotSigned(
            "the document was edited meanwhile and asks for no sign-off there any more: look at it again. Nothing was "
            "signed."
        )
    return step


def _holds(given: SignOffState | None) -> bool:
    return given is not None and given.holds


def given_in(state: RunState) -> list[Given]:
    """The sign-offs that hold."""
    return [
        Given(step=each.step, role=each.role, signer=each.signer)
        for one in state.signoffs.values()
        for each in (one, *one.others)
        if each.signed and each.void is None and not each.rejected
    ]


def objections_to(case: Case, step: Step, signer: str) -> list[str]:
    """Why this person may not sign here now."""
    rules = case.state.rules
    return objections(
        case.policy,
        step=step.id,
        role=role_of(case.runbook, step),
        signer=signer,
        given=given_in(case.state),
        drove=case.state.drove,
        authors=rules.authors if rules is not None else (),
    )


def put_before(
    case: Case, step: Step, signer: str, meaning: str, *, at: datetime, decision: str = APPROVE
) -> tuple[Statement, bytes]:
    """What this person is asked to sign, and its bytes. Raises NotSigned with everything that stands against it."""
    if not case.signs:
        raise NotSigned(
            "this run knows no allowed_signers: nobody can sign in it with a key. Put that file beside policy.yaml, "
            "then go on with the run in rbt, which takes it over (docs/signing.md)"
        )
    if case.state.outcome is not None:
        raise NotSigned(
            f"this run is over ({case.state.outcome.value.replace('_', ' ')}): nothing in it is signed any more"
        )
    if case.state.open_jobs:
        raise NotSigned(f"a command has no result yet ({case.state.open_jobs[0].shown}): sign when it is over")
    if (why := meaningless(meaning)) is not None:
        raise NotSigned(why)
    against = objections_to(case, step, signer) if decision == APPROVE else _against_no(case, step, signer)
    if against:
        raise NotSigned(f"{'; '.join(against)}. Nothing was signed.")
    statement = state_statement(
        case.runbook,
        case.state,
        slot_of(case.runbook, case.state, step.id),
        origin=case.records[0].hash,
        signer=signer,
        name=case.policy.printed_name(signer),
        meaning=meaning,
        at=at,
        decision=decision,
    )
    return statement, canonical(statement)


def _against_no(case: Case, step: Step, signer: str) -> list[str]:
    """Who might sign may say no, whatever the order."""
    refused = case.policy.refuses_signer(signer, role_of(case.runbook, step))
    return [refused] if refused is not None else []


def taken(case: Case, data: bytes, signature: bytes, *, how: str, at: datetime, judged_by: Judge = judge) -> Signed:
    """The event these two files become, judged as a verification would judge it. Raises NotSigned with the reason."""
    try:
        statement, key = read_statement(data), read_signature(signature).fingerprint
    except (NoStatement, NoSignature) as error:
        raise NotSigned(f"{error}. Nothing was recorded.") from None
    event = _event(case, statement, key, (name_of(data), name_of(signature)), how)
    off = _tried(case, event, {name_of(data): data, name_of(signature): signature}, judged_by, at)
    if isinstance(off, str) or off.standing is Standing.REFUSED:
        reasons = off if isinstance(off, str) else "; ".join(off.reasons)
        raise NotSigned(f"the signature is refused: {reasons}. Nothing was recorded.")
    if off.standing is Standing.VOID:
        raise NotSigned(
            f"it was signed for event {statement.seq}, and the run has gone on since ({off.reasons[0]}): "
            "ask for a new request and sign that. Nothing was recorded."
        )
    if other := ", ".join(_edited(case, statement)):
        raise NotSigned(
            f"it is not what this run puts before {statement.signer} there (changed: {other}). "
            "Ask for a new request. Nothing was recorded."
        )
    return event


_OWN = ("meaning", "decision", "signed_at", "tool")
"""What signers say themselves."""


def _edited(case: Case, statement: Statement) -> list[str]:
    """Fields in which it is another statement than this host makes for that event, whoever wrote it.

    What the record proves is judged before; this also holds for what stands in the document alone.
    """
    step = case.runbook.step_by_id.get(statement.step)
    if step is None or step.kind is not StepKind.SIGNOFF:
        return ["step"]
    then = fold(case.records[: statement.seq])
    made = state_statement(
        case.runbook,
        then,
        slot_of(case.runbook, then, statement.step),
        origin=case.records[0].hash,
        signer=statement.signer,
        name=case.policy.printed_name(statement.signer),
        meaning=statement.meaning,
        at=case.records[0].at,
    )
    fields = (field for field in Statement.__struct_fields__ if field not in _OWN)
    return [field for field in fields if getattr(made, field) != getattr(statement, field)]


def _event(case: Case, statement: Statement, key: str, names: tuple[str, str], how: str) -> Signed:
    common = {
        "step": statement.step, "role": statement.role, "name": statement.name, "meaning": statement.meaning,
        "statement": names[0], "signature": names[1], "signer": statement.signer, "fingerprint": key,
        "covers": statement.seq, "how": how,
    }  # fmt: skip
    if statement.decision == REJECT:
        return msgspec.convert(common, e.SignOffRejected)
    now = Given(step=statement.step, role=statement.role, signer=statement.signer)
    return msgspec.convert(
        common
        | {
            "scope": statement.scope,
            "steps": statement.covers,
            "complete": enough(
                case.policy, step=statement.step, role=statement.role, given=[*given_in(case.state), now]
            ),
            "deputy": case.policy.is_deputy(statement.signer, statement.role),
        },
        e.SignOffGiven,
    )


def _tried(case: Case, event: Signed, blobs: Mapping[str, bytes], judged_by: Judge, at: datetime) -> SignOff | str:
    """As it would be judged if it were recorded now; a reason when nothing could be judged."""
    last = case.records[-1]
    record_ = e.Record(
        run=last.run, seq=last.seq + 1, at=at, actor="", epoch=0, event=event, prev=last.hash, hash="f" * 64
    )
    found: list[Finding] = []
    evidence = Evidence(run=last.run, events=(), blobs={**case.blobs, **blobs}, now=at)
    judged = judge_signatures(evidence, [*case.records, record_], found, judged_by)
    mine = [off for off in judged.signoffs if off.seq == record_.seq]
    return mine[0] if mine else "; ".join(one.text for one in found)


async def record(
    journal: Journal, case: Case, files: tuple[bytes, bytes], *, how: str, now: Callable[[], datetime]
) -> tuple[Signed, e.Record]:
    """Keep statement and signature, judged against the record as it stands at the very moment they are written to it.

    Whoever else writes meanwhile has it judged anew: two who sign at once both see the other, or one of them is told
    why not. Raises NotSigned with the reason.
    """
    data, signature = files
    for _ in range(TRIES):
        event = await asyncio.to_thread(taken, case, data, signature, how=how, at=now())
        blobs = {name_of(one): one for one in files}
        try:
            kept = await journal.add_note(case.state.run, [event], blobs=blobs, expected=case.state.seq)
        except Conflict:
            case = await open_case(journal, case.state.run, case.runbook)
        else:
            return event, kept[-1]
    raise NotSigned("so much happens in this run that nothing can be signed now: try again. Nothing was recorded.")
