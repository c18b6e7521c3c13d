"""What a verification found: values, and the words for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

HOLDS, OPEN, VIOLATED = 0, 1, 5  # exit codes

CANNOT_TELL = (
    "events that were never recorded: a record shows what the tool was told, not what happened beside it",
    "lies of whoever controlled the program or the machine while the run went on",
    "whether the clock was right: the times are the machine's own",
)


class Weight(StrEnum):
    VIOLATED = "violated"  # something is not what it claims to be
    OPEN = "open"  # true, and not enough: a sign-off is void, an output was not kept whole
    NOTE = "note"  # worth knowing


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    code: str  # stable: chain, gap, blob, output, signature, head, clock, rules, …
    weight: Weight
    text: str  # one sentence
    seq: int | None = None  # the event it is about


class Standing(StrEnum):
    """How a sign-off stands now."""

    VALID = "valid"
    VOID = "void"  # rightly signed; what it covered has changed since
    REFUSED = "refused"  # not a signature that counts, whatever the record says
    NAME_ONLY = "name only"  # somebody typed a name: not signed
    SUPERSEDED = "superseded"  # void, and signed again since


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-off of the record, judged."""

    seq: int
    step: str
    role: str
    name: str  # as printed in the statement
    meaning: str
    standing: Standing
    at: datetime  # as recorded
    signed_at: datetime | None = None  # as claimed by the signer
    signer: str = ""  # principal
    fingerprint: str = ""
    statement: str = ""  # sha256
    covers: int = 0  # the last event it covers
    reasons: tuple[str, ...] = ()
    deputy: bool = False


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    events: int
    head: str
    material: str
    first: datetime | None
    last: datetime | None
    documents: int = 0  # snapshots that were checked
    outputs: int = 0  # outputs that were checked
    output_bytes: int = 0
    signoffs: tuple[SignOff, ...] = ()
    findings: tuple[Finding, ...] = ()
    anchored: tuple[str, ...] = ()  # who outside confirms the record, up to where
    cannot_tell: tuple[str, ...] = CANNOT_TELL

    @property
    def violated(self) -> bool:
        return any(one.weight is Weight.VIOLATED for one in self.findings)

    @property
    def verdict(self) -> str:
        if self.violated:
            return "integrity violated"
        if not self.anchored:
            return "internally consistent, not anchored"
        return "consistent and anchored"

    @property
    def exit_code(self) -> int:
        """0 when everything holds, 1 when something is void or open, 5 when integrity is violated."""
        if self.violated:
            return VIOLATED
        return OPEN if any(one.weight is Weight.OPEN for one in self.findings) else HOLDS
