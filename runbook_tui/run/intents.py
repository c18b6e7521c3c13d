"""What an operator may want: small frozen messages from a screen or the command line to the conductor."""

from __future__ import annotations

import msgspec

from runbook_tui.run.events import AnyGateEvent, ConditionFired, Outcome, Resolution


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all intents."""


class RunStep(Intent, frozen=True, kw_only=True):
    """Run the step's remaining commands, one after the other, until one fails."""

    step: str
    confirmed: bool = False  # the operator saw the preview and said yes to its changes
    deliberate: bool = False  # ... and to its destruction, with the deliberate key


class Tick(Intent, frozen=True, kw_only=True):
    step: str
    automatic: bool = False  # by a gate of this run, not by whoever sits here


class Reopen(Intent, frozen=True, kw_only=True):
    """Take back a tick, a skip, a choice, a sign-off or a fired trigger; a failed step may start anew."""

    step: str
    reason: str = ""


class Skip(Intent, frozen=True, kw_only=True):
    step: str
    reason: str


class AddNote(Intent, frozen=True, kw_only=True):
    step: str
    text: str


class Undo(Intent, frozen=True, kw_only=True):
    """Take back a tick, a skip, a note or what else a person did, by the number of its event."""

    seq: int


class DoByHand(Intent, frozen=True, kw_only=True):
    """The step was carried out elsewhere, and this is what came of it."""

    step: str
    succeeded: bool
    said: str = ""
    result: str = ""  # pasted


class Mark(Intent, frozen=True, kw_only=True):
    """Put a bookmark on a step, or take it off."""

    step: str
    on: bool = True


class SetVariable(Intent, frozen=True, kw_only=True):
    """The value of a placeholder, named as the document writes it."""

    name: str
    value: str
    secret: bool = False


class GivePlace(Intent, frozen=True, kw_only=True):
    """Commands that the document says are typed on `said` go to `target`: the same host, another, or `local`."""

    said: str
    target: str


class AcceptPreflight(Intent, frozen=True, kw_only=True):
    """Go on with the hosts that are fit, and without the others."""

    hosts: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    summary: str = ""
    findings: tuple[str, ...] = ()


class AskAgain(Intent, frozen=True, kw_only=True):
    """Ask the targets about every command whose outcome is unknown."""


class GivePassword(Intent, frozen=True, kw_only=True):
    """For sudo on these hosts; kept in memory only."""

    hosts: tuple[str, ...]
    password: str

    def __repr__(self) -> str:
        return f"GivePassword(hosts={self.hosts!r})"


class Choose(Intent, frozen=True, kw_only=True):
    step: str
    option: str  # section id


class Fill(Intent, frozen=True, kw_only=True):
    step: str
    value: str


class SignStep(Intent, frozen=True, kw_only=True):
    """A sign-off by name."""

    step: str
    name: str
    meaning: str


class ProveIdentity(Intent, frozen=True, kw_only=True):
    """Prove again who sits at this terminal."""


class FireTrigger(Intent, frozen=True, kw_only=True):
    """A rollback condition was seen to hold."""

    step: str
    evidence: str = ""


class CancelJob(Intent, frozen=True, kw_only=True):
    """End the running job and its whole process tree."""


class ResolveJob(Intent, frozen=True, kw_only=True):
    """Say what became of a job whose outcome the target cannot tell."""

    job: str
    resolution: Resolution
    reason: str


class RollBack(Intent, frozen=True, kw_only=True):
    """Carry out the rollback plan, or go on with it."""

    reason: str
    automatic: bool = False  # by a machine that the policy told to, not by whoever sits here


class Hold(Intent, frozen=True, kw_only=True):
    """HOLD: everything stays as it is; nothing that changes something is started until Release."""

    reason: str


class Release(Intent, frozen=True, kw_only=True):
    reason: str = ""


class GateSaid(Intent, frozen=True, kw_only=True):
    """What a gate saw or decided, kept as it is."""

    events: tuple[AnyGateEvent | ConditionFired, ...]


class AbortTraffic(Intent, frozen=True, kw_only=True):
    """ABORT: take the traffic off what is new (weight 0), and nothing else."""

    reason: str


class Override(Intent, frozen=True, kw_only=True):
    """OVERRIDE: go on against a gate, a preflight finding or a conflict; its verdict stays what it is."""

    step: str  # a step, or an item of the rollback plan
    reason: str
    seconds: float | None = None  # how long it holds; None: as long as the run


class SettleItem(Intent, frozen=True, kw_only=True):
    """A manual item of the rollback plan was done, or is left out."""

    item: str
    skipped: bool = False
    reason: str = ""


class AdoptDocument(Intent, frozen=True, kw_only=True):
    """Go on with the document as it now stands on disk."""

    seen: str = ""  # what was looked at (DocumentDiff.seen); nothing else is taken over. Empty: whatever lies there


class Finish(Intent, frozen=True, kw_only=True):
    outcome: Outcome
    reason: str = ""
