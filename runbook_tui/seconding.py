"""Another person's yes, said at this terminal, and judged at the one that asked for it."""

from __future__ import annotations

from runbook_tui.company import who_here
from runbook_tui.run.events import SecondGiven, SecondRefused
from runbook_tui.run.state import SecondState


def answer(asked: SecondState, *, yes: bool, reason: str = "") -> SecondGiven | SecondRefused:
    """What is written down; blocking. Raises OperatorError when it cannot be said."""
    who = who_here()
    if not yes:
        return SecondRefused(request=asked.request, person=who.person, reason=reason)
    return SecondGiven(
        request=asked.request, digest=asked.digest, person=who.person, user=who.user, uid=who.uid, host=who.host
    )
