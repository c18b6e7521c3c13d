"""Every sign-off of a record, judged: by its signature, by what it says, by the policy, and by what came after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from runbook_tui.run import events as e
from runbook_tui.run.authority import Policy
from runbook_tui.run.fold import fold
from runbook_tui.run.progress import path
from runbook_tui.run.state import RunState
from runbook_tui.signing import seconds
from runbook_tui.signing.approval import Given, enough, objections, of_key
from runbook_tui.signing.documents import Documents
from runbook_tui.signing.evidence import Evidence
from runbook_tui.signing.findings import Finding, SignOff, Standing, Weight
from runbook_tui.signing.keygen import Judge
from runbook_tui.signing.names import IDENTITY, SECOND, SIGN_OFF
from runbook_tui.signing.placing import misplaced, unasked
from runbook_tui.signing.policy_file import BadPolicy, read_policy
from runbook_tui.signing.proof import Claim, Proof, prove
from runbook_tui.signing.roster import BadRoster, Roster, read_roster
from runbook_tui.signing.statement import REJECT, TOOL, NoStatement, Statement, differences, moment, read_statement
from runbook_tui.signing.unseconded import Unseconded

AHEAD = timedelta(minutes=5)  # by which a signer's clock may be before the run's
Signed = e.SignOffGiven | e.SignOffRejected


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    signoffs: tuple[SignOff, ...] = ()
    material: str = ""
    witnesses: list[str] = []  # what good signatures confirm of the record
    witnessed: int = 0  # the last event they cover
    cannot_tell: tuple[str, ...] = ()


class Authorities(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a signature is held against."""

    policy: Policy
    roster: Roster
    revoked: bytes


def judge_signatures(
    evidence: Evidence, records: Sequence[e.Record | None], found: list[Finding], judge: Judge
) -> Judged:
    """Adds what is wrong to `found`."""
    known: list[e.Record] = []
    for record in records:
        if record is None:  # what follows hangs in the air
            break
        known.append(record)
    return _Court(evidence, known, found, judge).sit()


class _Court:
    def __init__(self, evidence: Evidence, records: Sequence[e.Record], found: list[Finding], judge: Judge) -> None:
        self._evidence = evidence
        self._records = records
        self._found = found
        self._judge = judge
        self._documents = Documents(evidence.blobs)
        self._authorities: dict[tuple[str, str], Authorities] = {}
        self._states: dict[int, RunState] = {}
        self._final = RunState()
        self._revoked = b""
        self._proved: dict[int, str] = {}  # by event, who proved there to drive
        self._given: list[Given] = []  # sign-offs found good so far

    def sit(self) -> Judged:
        kinds = Signed | e.IdentityProved | e.SecondGiven
        signed = [record for record in self._records if isinstance(record.event, kinds)]
        statements = {record.seq: self._statement(record) for record in signed if isinstance(record.event, Signed)}
        try:
            wanted = {one.seq for one in statements.values() if isinstance(one, Statement)}
            self._fold(wanted | {r.seq for r in signed} | {r.seq - 1 for r in signed})
        except Exception as error:  # noqa: BLE001 - a record that was forged may be any nonsense
            self._violated("fold", f"the events do not make a run together: {type(error).__name__} {error}")
            return Judged()
        self._rules_changed()
        unkept = self._unkept()
        self._revoked = self._revoked_now()
        self._proved = self._drivers()
        self._second_yes()
        offs: list[SignOff] = []
        witnesses: list[str] = []
        witnessed = 0
        for record in signed:
            if not isinstance(record.event, Signed):
                continue
            off = self._sign_off(record, statements[record.seq])
            rightly = off.standing in (Standing.VALID, Standing.VOID, Standing.SUPERSEDED)
            if rightly and isinstance(record.event, e.SignOffGiven):
                self._given.append(Given(step=off.step, role=off.role, signer=off.signer))
            if rightly:
                of = f"{off.signer}’s signature, held against the signers you trust"
                witnessed = max(witnessed, off.covers)
                witnesses.append(f"up to event {off.covers} of {len(self._evidence.events)} by {of}")
            offs.append(off)
        self._left_out()
        for why in self._documents.unread:
            text = f"what the run was to do cannot be read by this rbt, so nothing is held against it: {why}"
            self._found.append(Finding(code="document", weight=Weight.OPEN, text=text))
        return Judged(
            signoffs=self._told(offs),
            material=self._final.material,
            witnesses=witnesses,
            witnessed=witnessed,
            cannot_tell=unkept,
        )

    # --- what is known of the run ---

    def _fold(self, wanted: set[int]) -> None:
        """The states at these events, and the last one."""
        state, at = RunState(), 0
        for seq in sorted(one for one in wanted if 0 <= one <= len(self._records)):
            state, at = fold(self._records[at:seq], state), seq
            self._states[seq] = state
        self._final = fold(self._records[at:], state)

    def _rules_changed(self) -> None:
        before: e.RulesTaken | None = None
        for record in self._records:
            event = record.event
            if not isinstance(event, e.RulesTaken):
                continue
            if before is not None and before != event:
                names = ("policy", "signers", "revoked")
                what = [name for name in names if getattr(before, name) != getattr(event, name)]
                text = f"the rules changed at event {record.seq}, by {record.actor}: {', '.join(what) or 'authors'}"
                self._note("rules", text, record.seq)
            before = event
        rules = self._final.rules
        for own, recorded, name in (
            (self._evidence.signers, rules.signers if rules else "", "list of signers"),
            (self._evidence.policy, rules.policy if rules else "", "policy"),
        ):
            if own is not None and recorded and own != self._evidence.blobs.get(recorded):
                self._note("rules", f"your {name} is not the one the run recorded: signatures are held against yours")

    def _unkept(self) -> tuple[str, ...]:
        """Where the record does not keep what lay beside the document: what therefore nobody can tell."""
        kept, missing = False, 0
        for record in self._records:
            if not isinstance(record.event, e.RunStarted | e.DocumentChanged):
                continue
            if record.event.sidecar is not None:
                kept = True
                continue
            missing = missing or record.seq
            if kept:
                kept = False
                text = (
                    f"from event {record.seq} on the record does not keep the file beside the document, as it did "
                    "before: nothing is held against it"
                )
                self._found.append(Finding(code="beside", weight=Weight.OPEN, text=text, seq=record.seq))
        if not missing:
            return ()
        which = "the record does not keep it" + (f" from event {missing} on" if missing > 1 else "")
        told = "a statement left an open step out, or rightly called itself final"
        return (f"what lay beside the document ({which}), and therefore whether {told}",)

    def _left_out(self) -> None:
        """Steps that are of the text, and of the walk only without the file beside it."""
        state = self._final
        whole = self._documents.runbook(state) if state.sidecar else None
        alone = self._documents.runbook(msgspec.structs.replace(state, sidecar="")) if whole is not None else None
        if whole is None or alone is None:
            return
        walked = {step.id for step in path(whole, state)}
        gone = [
            f"“{step.title}”" for step in path(alone, state) if step.id not in walked and step.id not in state.steps
        ]
        if gone:
            more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
            text = f"the file beside the document leaves out {', '.join(gone[:5])}{more}: nobody had to do that"
            self._note("beside", text)

    def _revoked_now(self) -> bytes:
        """All keys that anybody concerned calls revoked: a signature by one of them counts no more."""
        rules = self._final.rules
        recorded = self._evidence.blobs.get(rules.revoked, b"") if rules and rules.revoked else b""
        return self._evidence.revoked if self._evidence.revoked is not None else recorded

    def _under(self, state: RunState) -> Authorities | str:
        """The rules in force at that state; a reason when they cannot be read."""
        rules = state.rules
        key = (rules.policy, rules.signers) if rules else ("", "")
        if key in self._authorities:
            return self._authorities[key]
        own, blobs = self._evidence, self._evidence.blobs
        signers = own.signers if own.signers is not None else blobs.get(key[1], b"")
        try:
            made = Authorities(
                policy=read_policy(own.policy) if own.policy is not None else self._documents.policy(key[0]),
                roster=read_roster(signers),
                revoked=self._revoked,
            )
        except (BadPolicy, BadRoster) as error:
            return str(error)
        self._authorities[key] = made
        return made

    def _time(self, seq: int) -> datetime:
        """The latest time the record had seen by then: a clock that is set back does not bring keys back."""
        return max((record.at for record in self._records[:seq]), default=datetime(1970, 1, 1, tzinfo=UTC))

    # --- who drove ---

    def _drivers(self) -> dict[int, str]:
        """By event, who proved there to drive."""
        proved, seen = {}, set()
        for record in self._records:
            event = record.event
            if not isinstance(event, e.IdentityProved):
                continue
            why = self._proof_fault(record, event) if event.challenge not in seen else "that was signed once before"
            seen.add(event.challenge)
            if why is None:
                proved[record.seq] = event.principal
            else:
                self._violated("identity", f"it is not proved that {event.principal} drove: {why}", record.seq)
        return proved

    def _second_yes(self) -> None:
        """One that is none is an offence only where something was started under it."""
        asked: dict[str, e.SecondAsked] = {}
        refused: dict[int, str] = {}
        said = [record for record in self._records if isinstance(record.event, e.SecondAsked | e.SecondGiven)]
        for record in said:
            event = record.event
            if isinstance(event, e.SecondAsked):
                asked[event.request] = event
            elif isinstance(event, e.SecondGiven) and event.signature:
                why = self._second_fault(record, asked.get(event.request), event)
                if why is not None:
                    refused[record.seq] = why
            elif isinstance(event, e.SecondGiven):
                self._note("second", f"the second yes of {event.person} is proved by no key", record.seq)
        starts = Unseconded(self._documents, refused=refused, proved=self._proved)
        without = list(starts.walk(self._records))
        for record in said:
            if record.seq in refused and isinstance(record.event, e.SecondGiven):
                text = f"the second yes of {record.event.person} is refused: {refused[record.seq]}"
                if record.seq in starts.used:
                    self._violated("second", text, record.seq)
                else:
                    self._note("second", f"{text}; nothing was started under it", record.seq)
        for seq, why in without:
            self._found.append(Finding(code="second", weight=Weight.OPEN, text=why, seq=seq))

    def _second_fault(self, record: e.Record, asked: e.SecondAsked | None, given: e.SecondGiven) -> str | None:
        under = self._under(self._states[record.seq])
        if isinstance(under, str):
            return under

        def prove_it(text: bytes, signature: bytes, principal: str) -> Proof:
            return self._proof(text, signature, principal, under, namespace=SECOND, seq=record.seq)

        return seconds.fault(self._evidence.run, asked, given, prove_it)

    def _proof_fault(self, record: e.Record, event: e.IdentityProved) -> str | None:
        challenge = self._evidence.blobs.get(event.challenge)
        if challenge is None:
            return "what was signed is missing"
        if not challenge.startswith(f"{self._evidence.run}\n".encode()):
            return "what was signed is about another run"
        authorities = self._under(self._states[record.seq])
        if isinstance(authorities, str):
            return authorities
        proof = self._proof(
            challenge, self._blob(event.signature), event.principal, authorities, namespace=IDENTITY, seq=record.seq
        )
        return proof.reasons[0] if proof.reasons else None

    # --- one sign-off ---

    def _statement(self, record: e.Record) -> Statement | str:
        name = getattr(record.event, "statement", "")
        data = self._evidence.blobs.get(name) if name else None
        if data is None:
            return "its statement is missing"
        try:
            return read_statement(data)
        except NoStatement as error:
            return str(error)

    def _sign_off(self, record: e.Record, statement: Statement | str) -> SignOff:
        event = record.event
        assert isinstance(event, Signed)  # noqa: S101 - by whom it is called
        base = SignOff(
            seq=record.seq, step=event.step, role=event.role, name=event.name, meaning=event.meaning,
            standing=Standing.NAME_ONLY, at=record.at, signer=event.signer, fingerprint=event.fingerprint,
            statement=event.statement, covers=event.covers, deputy=getattr(event, "deputy", False),
        )  # fmt: skip
        if not event.statement:
            return self._typed(base, self._states[record.seq])
        if isinstance(statement, str):
            return self._refused(base, [statement])
        base = msgspec.structs.replace(base, signed_at=moment(statement.signed_at))
        reasons = self._about(record, event, statement)
        state = self._states.get(statement.seq)
        if not reasons and state is not None:
            reasons += [f"its statement is not true: {one}" for one in differences(statement, state)]
            reasons += self._by_the_rules(record, event, statement, state)
        if reasons:
            return self._refused(base, reasons)
        runbook = self._documents.runbook(state) if state is not None else None
        if state is not None and runbook is not None and (reasons := misplaced(runbook, state, statement)):
            return self._refused(base, reasons, read_by=statement.tool)
        if base.signed_at is not None and base.signed_at > record.at + AHEAD:
            self._note("clock", f"{event.name} claims to have signed after it was recorded", record.seq)
        if base.signed_at is not None and base.signed_at < self._records[statement.seq - 1].at - AHEAD:
            self._note("clock", f"{event.name} claims to have signed before what it covers was recorded", record.seq)
        return self._standing(base, event)

    def _typed(self, base: SignOff, state: RunState) -> SignOff:
        """A name and no signature."""
        if state.rules is not None and state.rules.signers:
            return self._refused(base, ["a name was typed where signatures are asked for"])
        runbook = self._documents.runbook(state)
        reasons = list(unasked(runbook, base.step, base.role)) if runbook is not None else []
        return self._refused(base, reasons, read_by="") if reasons else base

    def _about(self, record: e.Record, event: Signed, statement: Statement) -> list[str]:
        """Whether the statement is about this run, this place in it, and this event."""
        reasons = []
        first = self._records[0].hash
        if (statement.run, statement.origin) != (self._evidence.run, first):
            reasons.append(f"it was signed for another run ({statement.run})")
            return reasons
        if not 0 < statement.seq < record.seq or self._records[statement.seq - 1].hash != statement.head:
            reasons.append(f"it covers another history: event {statement.seq} was not this one when it was signed")
            return reasons
        state = self._states[statement.seq]
        if state.material != statement.material:
            reasons.append("it covers another history: its material head is not that of this record")
        rejects = isinstance(event, e.SignOffRejected)
        if (statement.decision == REJECT) != rejects:
            reasons.append(f"the signature says {statement.decision}, the record says something else")
        pairs = (
            ("step", statement.step, event.step),
            ("role", statement.role, event.role),
            ("printed name", statement.name, event.name),
            ("meaning", statement.meaning, event.meaning),
            ("signer", statement.signer, event.signer),
            ("event it covers", statement.seq, event.covers),
        ) + (
            (("scope", statement.scope, event.scope), ("steps it covers", statement.covers, event.steps))
            if isinstance(event, e.SignOffGiven)
            else ()
        )
        reasons += [
            f"the {what} in the record is not the one that was signed" for what, signed, told in pairs if signed != told
        ]
        rules = state.rules
        if (statement.signers, statement.policy) != ((rules.signers, rules.policy) if rules else ("", "")):
            reasons.append("it was signed under other rules than the run recorded")
        return reasons

    def _by_the_rules(self, record: e.Record, event: Signed, statement: Statement, state: RunState) -> list[str]:
        authorities = self._under(state)
        if isinstance(authorities, str):
            return [authorities]
        policy, data = authorities.policy, self._evidence.blobs[event.statement]
        proof = self._proof(
            data, self._blob(event.signature), event.signer, authorities, namespace=SIGN_OFF, seq=record.seq
        )
        reasons = list(proof.reasons)
        if statement.name != policy.printed_name(event.signer):
            reasons.append(f"the printed name is not that of {event.signer} ({policy.printed_name(event.signer)})")
        if proof.signature is not None:
            if proof.signature.fingerprint != event.fingerprint:
                reasons.append("the record names another key than the signature")
            reasons += of_key(policy, event.role, proof.signature)
        if isinstance(event, e.SignOffRejected):  # who might sign may say no, whatever the order
            refused = policy.refuses_signer(event.signer, event.role)
            return reasons + ([refused] if refused is not None else [])
        held = [one for one in self._given if self._held_at(one, record.seq)]
        authors = state.rules.authors if state.rules else ()
        reasons += objections(
            policy,
            step=event.step,
            role=event.role,
            signer=event.signer,
            given=held,
            drove=self._drove(record, event),
            authors=authors,
        )
        now = Given(step=event.step, role=event.role, signer=event.signer)
        if event.complete and not enough(policy, step=event.step, role=event.role, given=[*held, now]):
            reasons.append("the record calls it complete, and more people have to sign")
        if event.deputy != policy.is_deputy(event.signer, event.role):
            reasons.append("the record is wrong about whether a deputy signed")
        return reasons

    def _proof(
        self, text: bytes, signature: bytes, principal: str, under: Authorities, *, namespace: str, seq: int
    ) -> Proof:
        """Judged at the record's own time; that the key has expired since is only told."""
        claim = Claim(
            text=text,
            signature=signature,
            principal=principal,
            namespace=namespace,
            at=self._time(seq),
        )
        proof = prove(claim, under.roster, under.revoked, self._judge)
        if not proof.reasons and proof.expires:
            now = msgspec.structs.replace(claim, at=max(self._evidence.now, claim.at))
            if prove(now, under.roster, under.revoked, self._judge).reasons:
                text_ = f"the key of {principal} has expired since: that it was good then rests on the run’s own clock"
                self._note("expired", text_, seq)
        return proof

    def _blob(self, name: str) -> bytes:
        return self._evidence.blobs.get(name, b"")

    def _drove(self, record: e.Record, event: e.SignOffGiven) -> set[str]:
        """Who drove before it was signed, or while it still held: once it is void it stands against nobody."""

        def held(seq: int) -> bool:
            now = self._states[seq - 1].signoffs.get(event.step)
            return now is not None and any(
                each.statement == event.statement and each.void is None for each in (now, *now.others)
            )

        return {who for seq, who in self._proved.items() if seq < record.seq or held(seq)}

    def _held_at(self, one: Given, seq: int) -> bool:
        """Whether that sign-off still held just before this one was recorded."""
        state = self._states[seq - 1].signoffs.get(one.step)
        return state is not None and any(
            each.signer == one.signer and each.void is None for each in (state, *state.others)
        )

    def _standing(self, base: SignOff, event: Signed) -> SignOff:
        final = self._final.signoffs.get(event.step)
        mine = next(
            (each for each in (final, *final.others) if each.statement == event.statement) if final else iter(()), None
        )
        if isinstance(event, e.SignOffRejected):
            return msgspec.structs.replace(base, standing=Standing.VALID, reasons=("it says no",))
        if mine is None:
            return msgspec.structs.replace(base, standing=Standing.SUPERSEDED, reasons=("signed again since",))
        if mine.void is not None:
            return msgspec.structs.replace(base, standing=Standing.VOID, reasons=(mine.void,))
        return msgspec.structs.replace(base, standing=Standing.VALID)

    def _refused(self, base: SignOff, reasons: list[str], *, read_by: str = TOOL) -> SignOff:
        """`read_by` is whatever read the document for it: another version may have read it otherwise."""
        who = base.signer or base.name
        weight, doubt = Weight.VIOLATED, ""
        if read_by != TOOL:
            weight, doubt = (
                Weight.OPEN,
                f" (as {TOOL} reads it; {read_by or 'what recorded it'} may have read it otherwise)",
            )
        text = f"the sign-off as {base.role} by {who} is refused: {reasons[0]}{doubt}"
        self._found.append(Finding(code="signature", weight=weight, text=text, seq=base.seq))
        return msgspec.structs.replace(base, standing=Standing.REFUSED, reasons=tuple(reasons))

    def _told(self, offs: Iterable[SignOff]) -> tuple[SignOff, ...]:
        for off in offs:
            if off.standing is Standing.VOID:
                text = (
                    f"the sign-off as {off.role} by {off.name} is void: {off.reasons[0]} (it covers up to {off.covers})"
                )
                self._found.append(Finding(code="void", weight=Weight.OPEN, text=text, seq=off.seq))
            elif off.standing is Standing.NAME_ONLY:
                text = f"the sign-off as {off.role} is the name {off.name} only, not signed by any key"
                self._found.append(Finding(code="name-only", weight=Weight.NOTE, text=text, seq=off.seq))
        return tuple(offs)

    def _violated(self, code: str, text: str, seq: int | None = None) -> None:
        self._found.append(Finding(code=code, weight=Weight.VIOLATED, text=text, seq=seq))

    def _note(self, code: str, text: str, seq: int | None = None) -> None:
        self._found.append(Finding(code=code, weight=Weight.NOTE, text=text, seq=seq))
