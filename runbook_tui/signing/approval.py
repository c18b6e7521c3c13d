"""Whether this person may sign for this role in this run: the policy, applied. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from runbook_tui.run.authority import Policy, missing_before, plain
from runbook_tui.signing.sshsig import Signature


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-off that holds."""

    step: str
    role: str
    signer: str


def objections(
    policy: Policy, *, step: str, role: str, signer: str, given: Sequence[Given], drove: Iterable[str],
    authors: Iterable[str],
) -> list[str]:  # fmt: skip
    """Why they may not; empty when they may. `given` are the sign-offs that hold besides this one."""
    rule = policy.rule_for(role)
    against = []
    if (refused := policy.refuses_signer(signer, role)) is not None:
        against.append(refused)
    if not rule.author and policy.is_author(signer, authors):
        against.append(f"{signer} wrote the document: its author does not approve it")
    if not rule.driver and signer in set(drove):
        against.append(f"{signer} drove this run: who carries it out does not approve it")
    if any(one.step == step and one.signer == signer for one in given):
        against.append(f"{signer} has signed here already")
    other = next((one for one in given if one.signer == signer and plain(one.role) != plain(role)), None)
    if policy.present and policy.one_role_each and other is not None:
        against.append(f"{signer} has signed as {other.role} already: one person signs for one role")
    missing = missing_before(policy, role, {plain(one.role): one for one in given})
    if missing:
        against.append(f"{', '.join(missing)} signs before {role}")
    return against


def of_key(policy: Policy, role: str, signature: Signature) -> list[str]:
    """What the policy wants of the key itself."""
    rule = policy.rule_for(role)
    against = []
    if rule.touch and not signature.touched:
        against.append(f"{role} signs with a key that is touched, and this signature does not say that anybody did")
    if rule.pin and not signature.pin:
        against.append(f"{role} signs with a key that asks for its PIN, and this signature does not say that it did")
    return against


def enough(policy: Policy, *, step: str, role: str, given: Iterable[Given]) -> bool:
    """Whether as many people have signed here as have to, this one counted in `given`."""
    return len({one.signer for one in given if one.step == step}) >= policy.rule_for(role).count
