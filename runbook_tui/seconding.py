"""Another person's yes: said at one terminal under a signature, judged at the one that asked for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from string import Template

import msgspec

from runbook_tui.authorities import Authorities, authorities_here
from runbook_tui.company import who_here
from runbook_tui.run.authority import Deed, Policy, Speaker
from runbook_tui.run.events import SecondGiven, SecondRefused
from runbook_tui.run.people import Who, same_person
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.second import WantsTerminal, statement
from runbook_tui.run.state import RunState, SecondState
from runbook_tui.signing.identity import keys_here, prove_identity, sign_with, whose
from runbook_tui.signing.keygen import Judge, SigningFailed, judge
from runbook_tui.signing.names import SECOND
from runbook_tui.signing.proof import Claim, prove


def answer(
    run: str,
    asked: SecondState,
    *,
    yes: bool,
    reason: str = "",
    on_terminal: bool = False,
    read: Callable[[], Authorities] = authorities_here,
    who: Callable[[], Who] = who_here,
) -> SecondGiven | SecondRefused:
    """What is written down; blocking, as an agent may ask its owner.

    Where signers are listed the yes is signed. Only `on_terminal` may a passphrase be asked for there: else a key that
    wants one raises WantsTerminal. Raises OperatorError when it cannot be said.
    """
    rules, me = read(), who()
    if not yes:
        return SecondRefused(request=asked.request, person=me.person, reason=reason)
    given = SecondGiven(
        request=asked.request, digest=asked.digest, person=me.person, user=me.user, uid=me.uid, host=me.host
    )
    if not rules.signers:
        return given
    key = whose(keys_here(rules.roster()))
    signer = msgspec.structs.replace(me, person=key.principal, principal=key.principal)
    text = statement(run, asked, signer, datetime.now(UTC).isoformat())
    try:
        signature = sign_with(key, text.encode(), namespace=SECOND, silent=not on_terminal)
    except SigningFailed as error:
        if key.file and not on_terminal:
            raise WantsTerminal(str(error)) from None
        raise
    return msgspec.structs.replace(
        given,
        person=key.principal,
        principal=key.principal,
        fingerprint=key.fingerprint,
        statement=text,
        signature=signature.decode(),
        how=key.source,
    )


def may_stop(run: str, profile: str, *, read: Callable[[], Authorities] = authorities_here) -> None:
    """Blocking. Raises Refused where the policy forbids whoever sits here to stop what somebody else drives.

    Where not anybody may, whoever does so proves who it is: a public key alone is nobody's.
    """
    if (why := _objection(run, Deed.STOP, profile, read)) is not None:
        raise Refused(why)


def _objection(run: str, deed: Deed, profile: str, read: Callable[[], Authorities]) -> str | None:
    """Why whoever sits here may not do it, once proved by a key where a policy says who may."""
    rules = read()
    policy = rules.rules()
    why = policy.refuses(None, deed, profile)
    if why is None:
        return None
    try:
        roster = rules.roster()
        proved = prove_identity(run, whose(keys_here(roster)), roster, at=datetime.now(UTC), revoked=rules.revoked)
    except OperatorError as error:
        return f"{why}: {str(error).removesuffix(' Nothing was done.').rstrip('.')}"
    return policy.refuses(proved.speaker.principal, deed, profile)


def claimed(who: Who, *, read: Callable[[], Authorities] = authorities_here) -> Who:
    """Whose listed key this terminal has; nothing is signed, so nothing is proved. Blocking."""
    try:
        rules = read()
        if not rules.signers:
            return who
        key = whose(keys_here(rules.roster()))
    except OperatorError:
        return who
    return msgspec.structs.replace(who, person=key.principal, principal=key.principal, fingerprint=key.fingerprint)


def speaking(speaker: Speaker | None, who: Who) -> Who:
    """Whom a terminal speaks for, once a key has proved it."""
    if speaker is None:
        return who
    return msgspec.structs.replace(
        who,
        person=speaker.principal,
        principal=speaker.principal,
        fingerprint=speaker.fingerprint,
        how=speaker.source,
    )


def refuse_to_take(run: str, profile: str, *, read: Callable[[], Authorities] = authorities_here) -> None:
    """Before the drive is taken from a live terminal: whoever does so proves who it is, where a policy says who may.

    Blocking. Raises OperatorError with the reason.
    """
    rules = read()
    policy = rules.rules()
    if not policy.present or policy.may(None, Deed.TAKE, profile):
        return
    roster = rules.roster()
    proved = prove_identity(run, whose(keys_here(roster)), roster, at=datetime.now(UTC), revoked=rules.revoked)
    if (why := policy.refuses(proved.speaker.principal, Deed.TAKE, profile)) is not None:
        raise Refused(f"{why}: the drive stays where it is")


class MayNotStart(Refused):
    """Whoever sits here may not drive: no run was made."""

    exit_code = 3


def refuse_to_start(run: str, profile: str, *, read: Callable[[], Authorities] = authorities_here) -> None:
    """Before a run is made: whoever starts it proves to be somebody who may drive, where a policy says who may.

    Blocking. Raises OperatorError with the reason.
    """
    if (why := _objection(run, Deed.DRIVE, profile, read)) is not None:
        raise MayNotStart(f"{why}: no run was started")


class PolicyRule:
    """Implements `run.second.Rule` by the policy of the place."""

    def __init__(
        self,
        state: Callable[[], RunState],
        policy: Callable[[], Policy],
        *,
        read: Callable[[], Authorities] = authorities_here,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        judged_by: Judge = judge,
    ) -> None:
        self._state = state
        self._policy = policy
        self._read = read
        self._now = now
        self._judge = judged_by

    def needs(self, resolved: ResolvedCommand) -> bool:
        filled = Template(resolved.shown).safe_substitute(resolved.env)
        return self._policy().needs_second(resolved.command, self._state().profile, filled=filled)

    def refuses(self, asks: Who, given: SecondGiven) -> str | None:
        """Why this yes does not count: not signed as it must be, the same person, or not allowed to say it."""
        state, policy = self._state(), self._policy()
        other = Who(person=given.person, user=given.user, uid=given.uid, host=given.host)
        if given.principal or given.signature:
            asked = state.seconds.get(given.request)
            if asked is None:
                return "nothing of that kind was asked for"
            rules = self._read()
            said = msgspec.structs.replace(other, principal=given.principal)
            if given.statement != statement(state.run, asked, said, _said_at(given.statement)):
                return "what was signed is not what is asked"
            claim = Claim(
                text=given.statement.encode(),
                signature=given.signature.encode(),
                principal=given.principal,
                namespace=SECOND,
                at=self._now(),
            )
            proof = prove(claim, rules.roster(), rules.revoked, self._judge)
            if proof.reasons or proof.signature is None:
                return proof.reasons[0] if proof.reasons else "its signature proves nothing"
            other = msgspec.structs.replace(
                other, principal=given.principal, fingerprint=proof.signature.fingerprint, how=given.how
            )
        if (why := same_person(asks, other)) is not None:
            return why
        return policy.refuses(other.principal or None, Deed.SECOND, state.profile)


def _said_at(text: str) -> str:
    """The signer's own time, which nothing is decided by."""
    try:
        return str(json.loads(text)["at"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
