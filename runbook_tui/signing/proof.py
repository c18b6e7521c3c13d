"""Whether a signature proves that this person said this: our stricter rules first, then `ssh-keygen`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from runbook_tui.signing.keygen import Judge, Presented
from runbook_tui.signing.roster import Roster
from runbook_tui.signing.sshsig import NoSignature, Signature, read_signature


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who is said to have signed what, and when."""

    text: bytes
    signature: bytes
    principal: str
    namespace: str
    at: datetime


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    signature: Signature | None = None
    reasons: tuple[str, ...] = ()  # why it proves nothing; empty: it does
    expires: bool = False  # the key's line has an end


def prove(claim: Claim, roster: Roster, revoked: bytes, judge: Judge) -> Proof:
    """Never raises for a bad signature. Raises OperatorError when ssh-keygen cannot be used."""
    try:
        signature = read_signature(claim.signature)
    except NoSignature as error:
        return Proof(reasons=(str(error),))
    lines = roster.of(claim.principal)
    if not lines:
        return Proof(signature=signature, reasons=(_unknown(claim.principal, roster),))
    if signature.namespace != claim.namespace:
        made_for = f"it was made for another purpose ({signature.namespace}, not {claim.namespace})"
        return Proof(signature=signature, reasons=(made_for,))
    if not signature.certificate and signature.fingerprint not in {line.fingerprint for line in lines}:
        whose = roster.whose(signature.fingerprint)
        known = f"it is {whose}’s" if whose else "nobody listed has it"
        reason = f"the key {signature.fingerprint} is not {claim.principal}’s: {known}"
        return Proof(signature=signature, reasons=(reason,))
    presented = Presented(
        text=claim.text,
        signature=claim.signature,
        namespace=claim.namespace,
        principal=claim.principal,
        signers="".join(f"{line.text}\n" for line in lines).encode(),
        revoked=revoked,
        at=claim.at,
    )
    reason_ = judge(presented)
    return Proof(
        signature=signature,
        reasons=() if reason_ is None else (reason_,),
        expires=any("valid-before" in line.options for line in lines),
    )


def _unknown(principal: str, roster: Roster) -> str:
    hint = f" ({roster.faults[0]})" if roster.faults else ""
    return f"{principal} is not in allowed_signers{hint}"
