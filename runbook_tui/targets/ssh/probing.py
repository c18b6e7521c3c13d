"""Looks at a host before anything is changed there."""

from __future__ import annotations

import msgspec

from runbook_tui.run.ports import Clock
from runbook_tui.run.preflight import HostKey, Probe, answered
from runbook_tui.targets.ssh.target import SshTarget


async def probe(target: SshTarget, found: Probe, *, clock: Clock) -> Probe:
    """The probe filled in. Raises TargetError when the host cannot be logged in to; changes nothing there."""
    await target.greet()  # connecting and the first installation are not part of the latency
    sent = clock.now().timestamp()
    words, version, sessions = await target.probe(found.become)
    received = clock.now().timestamp()
    seen = msgspec.structs.replace(
        found,
        key=HostKey.KNOWN,
        reachable=True,
        openssh=version,
        sessions=sessions,
        not_followed=await target.not_followed(),
    )
    return answered(seen, words, sent=sent, received=received)
