"""People with real keys, and runs they sign in: made in memory, judged by the real ssh-keygen."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Step
from runbook_tui.document.sidecar import parsed
from runbook_tui.journal import chain
from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.signing import keygen, offering
from runbook_tui.signing.evidence import Evidence, Head, StoredEvent
from runbook_tui.signing.findings import Findings
from runbook_tui.signing.identity import OwnKey, keys_here, prove_identity, sign_with
from runbook_tui.signing.names import SIGN_OFF
from runbook_tui.signing.policy_file import read_policy
from runbook_tui.signing.roster import read_roster
from runbook_tui.signing.statement import Statement, name_of
from runbook_tui.signing.verification import verify

START = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)
DOCUMENT = b"""# Release 7

## Deploy

- [ ] Look at the dashboard

```bash
# Apply it
touch applied
```

- [ ] Tell the others

## Sign-off

- [ ] **Engineering Lead**: ___________________ Date: _______
- [ ] **QA Lead**: ___________________ Date: _______
- [ ] **Security Lead**: ___________________ Date: _______
- [ ] **Product Owner**: ___________________ Date: _______
"""
OUTPUT = b"applied\n"
POLICY = b"""
people:
  ana@example.org: {name: Ana Lovelace, roles: [Engineering Lead, SRE]}
  ben@example.org: {name: Ben Bitdiddle, roles: [QA Lead]}
  cy@example.org: {name: Cy Security, roles: [Security Lead]}
  dee@example.org: {name: Dee Owner, roles: [Product Owner], also: [dee@old.example.org]}
  eve@example.org: {name: Eve Driver, roles: [Driver, QA Lead]}
drive: [Driver, SRE]
sign:
  default: {}
"""
PEOPLE = ("ana", "ben", "cy", "dee", "eve", "mallory")


class Remembering:
    """A judge that asks once for each question: the same bytes have the same answer."""

    def __init__(self, judge_: keygen.Judge = keygen.judge) -> None:
        self._judge = judge_
        self._known: dict[bytes, str | None] = {}

    def __call__(self, presented: keygen.Presented) -> str | None:
        key = hashlib.sha256(msgspec.msgpack.encode(presented)).digest()
        if key not in self._known:
            self._known[key] = self._judge(presented)
        return self._known[key]


judge = Remembering()


class Team:
    """Keys in files, and the list of who may sign. Mallory has a key and is not listed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for person in PEOPLE:
            self.make(person)

    def make(self, person: str, *words: str) -> Path:
        path = self.folder / person
        kind = words or ("-t", "ed25519")
        subprocess.run(["ssh-keygen", "-q", *kind, "-N", "", "-C", person, "-f", path], check=True)
        return path

    def public(self, person: str) -> str:
        return " ".join((self.folder / f"{person}.pub").read_text().split()[:2])

    def line(self, person: str, options: str = "", principal: str = "") -> str:
        options = f",{options}" if options else ""
        who = principal or f"{person}@example.org"
        return f'{who} namespaces="*@runbook-tui"{options} {self.public(person)}\n'

    def signers(self, *people: str) -> bytes:
        return "".join(self.line(person) for person in people or PEOPLE[:-1]).encode()

    def sign(self, person: str, text: bytes, *, namespace: str = SIGN_OFF) -> bytes:
        key = OwnKey(fingerprint="", public=self.public(person), file=str(self.folder / person))
        return sign_with(key, text, namespace=namespace)


class Run:
    """A run of the document, walked to its sign-offs, kept as a journal keeps it."""

    def __init__(
        self, team: Team, *, policy: bytes = POLICY, signers: bytes | None = None, name: str = "brave-otter",
        revoked: bytes = b"", authors: tuple[str, ...] = (), document: bytes = DOCUMENT, walked: bool = True,
        sidecar: bytes = b"", keeps: bool = True,
    ) -> None:  # fmt: skip
        """Without `keeps` the record is an old one, which does not keep what lies beside the document."""
        self.team = team
        self.name = name
        self.runbook = read(document, "release.md", parsed(sidecar))
        self.rows: list[StoredEvent] = []
        self.records: list[e.Record] = []
        self.blobs: dict[str, bytes] = {}
        self.now = START
        self.add(
            e.RunStarted(
                title="Release 7",
                source="/release.md",
                document=self.keep(document),
                tool="1",
                user="eve",
                host="b",
                sidecar=(self.keep(sidecar) if sidecar else "") if keeps else None,
            )
        )
        self.rules(policy, team.signers() if signers is None else signers, revoked, authors)
        if walked:
            self.walk()

    def rules(self, policy: bytes, signers: bytes, revoked: bytes = b"", authors: tuple[str, ...] = ()) -> None:
        names = [self.keep(data) if data else "" for data in (policy, signers, revoked)]
        self.add(e.RulesTaken(policy=names[0], signers=names[1], revoked=names[2], authors=authors))

    def walk(self) -> None:
        self.add(e.DriveTaken(epoch=1, holder="eve@b"))
        for step in self.runbook.steps:
            for command in step.commands:
                self.job(step.id, command)
            if step.signoff is None:
                self.add(e.StepTicked(step=step.id))

    def job(self, step: str, command: str, output: bytes = OUTPUT, exit_: int = 0) -> None:
        name = f"job-{len(self.records)}"
        self.add(
            e.JobStarted(
                job=name, step=step, command=command, text="touch applied", shown="touch applied", target="local"
            )
        )
        sha = self.keep(output)
        self.add(e.JobFinished(job=name, exit=exit_, output=sha, output_bytes=len(output), output_sha256=sha))

    def keep(self, data: bytes) -> str:
        self.blobs[name_of(data)] = data
        return name_of(data)

    def add(self, event: e.AnyEvent, at: datetime | None = None, actor: str = "eve@b") -> None:
        seq = len(self.rows) + 1
        self.now = at or self.now + timedelta(seconds=10)
        prev = self.rows[-1].hash if self.rows else chain.genesis(self.name)
        body = chain.encode(run=self.name, seq=seq, at=self.now, actor=actor, epoch=1, event=event)
        row = StoredEvent(seq, prev, chain.link(prev, body), body.decode())
        self.rows.append(row)
        self.records.append(chain.decode(self.name, row))

    # --- signing ---

    @property
    def state(self):
        return fold(self.records)

    def case(self) -> offering.Case:
        state = self.state
        rules = state.rules
        return offering.Case(
            records=tuple(self.records), state=state, runbook=self.runbook, blobs=dict(self.blobs),
            policy=read_policy(self.blobs[rules.policy] if rules.policy else None),
            roster=read_roster(self.blobs.get(rules.signers, b"")), revoked=self.blobs.get(rules.revoked, b""),
        )  # fmt: skip

    def step(self, role: str) -> Step:
        return next(
            s for s in self.runbook.steps if s.signoff is not None and self.runbook.signoffs[s.signoff].role == role
        )

    def request(self, person: str, role: str, meaning: str = "approved for production", **fields) -> bytes:
        return offering.put_before(
            self.case(), self.step(role), f"{person}@example.org", meaning, at=self.now, **fields
        )[1]

    def take(self, data: bytes, signature: bytes) -> None:
        event = offering.taken(self.case(), data, signature, how="file", at=self.now, judged_by=judge)
        self.keep(data)
        self.keep(signature)
        self.add(event)

    def sign(self, person: str, role: str, meaning: str = "approved for production") -> bytes:
        """As it is meant to be done; the statement."""
        data = self.request(person, role, meaning)
        self.take(data, self.team.sign(person, data))
        return data

    def force(self, data: bytes, signature: bytes, **fields) -> None:
        """Into the record without asking anybody: what somebody with the database can do."""
        from runbook_tui.signing.sshsig import read_signature

        told = msgspec.json.decode(data, type=Statement)
        said = {
            "step": told.step, "role": told.role, "name": told.name, "meaning": told.meaning, "signer": told.signer,
            "scope": told.scope, "covers": told.seq, "steps": told.covers, "statement": self.keep(data),
            "signature": self.keep(signature),
        }  # fmt: skip
        try:
            said["fingerprint"] = read_signature(signature).fingerprint
        except Exception:
            said["fingerprint"] = ""
        self.add(e.SignOffGiven(**(said | fields)))

    def prove(self, person: str) -> None:
        """That person drives from here on."""
        roster = read_roster(self.team.signers())
        (key,) = keys_here(roster, file=str(self.team.folder / person))
        proved = prove_identity(self.name, key, roster, at=self.now)
        self.add(
            e.IdentityProved(
                principal=proved.speaker.principal, fingerprint=proved.speaker.fingerprint,
                challenge=self.keep(proved.challenge), signature=self.keep(proved.signature),
            )
        )  # fmt: skip

    # --- looking ---

    def evidence(self, **fields) -> Evidence:
        fields.setdefault("last", Head(seq=len(self.rows), hash=self.rows[-1].hash, source="the store"))
        fields.setdefault("now", self.now)
        fields.setdefault("events", tuple(self.rows))
        return Evidence(run=self.name, blobs=dict(self.blobs), **fields)

    def verify(self, **fields) -> Findings:
        return verify(self.evidence(**fields), judge)

    def reasons(self, **fields) -> str:
        """Why the last sign-off does not count; empty when it does."""
        last = self.verify(**fields).signoffs[-1]
        return "; ".join(last.reasons) if last.standing.value == "refused" else ""


def forged(public: bytes, namespace: str, text: bytes, algorithm: str, sign, *, hash_name: str = "sha512") -> bytes:
    """An SSHSIG put together by hand, PROTOCOL.sshsig."""
    digest = hashlib.new(hash_name, text).digest()
    preimage = b"SSHSIG" + b"".join(map(_string, (namespace.encode(), b"", hash_name.encode(), digest)))
    signature = _string(algorithm.encode()) + _string(sign(preimage))
    parts = (public, namespace.encode(), b"", hash_name.encode(), signature)
    return armoured(b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(_string, parts)))


def armoured(blob: bytes) -> bytes:
    """As ssh-keygen writes it."""
    armour = base64.b64encode(blob).decode()
    lines = "\n".join(armour[at : at + 70] for at in range(0, len(armour), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n".encode()


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def sequence(run: Run, pairs: Sequence[tuple[str, str]]) -> None:
    for person, role in pairs:
        run.sign(person, role)
