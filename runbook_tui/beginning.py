"""The first event of a run, and the blobs it names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from runbook_tui import __version__
from runbook_tui.document.runbook import Runbook
from runbook_tui.run.events import RunStarted
from runbook_tui.run.fleet import Fleet
from runbook_tui.run.masking import masked
from runbook_tui.run.written import Written
from runbook_tui.targeting import frozen

REHEARSAL = "REHEARSAL · "  # before the title of one


def begun(
    runbook: Runbook, written: Written, *, actor: str, target: str, profile: str, cwd: str, fleets: Mapping[str, Fleet],
    ticket: str = "", rehearsal: bool = False,
) -> tuple[RunStarted, dict[str, bytes]]:  # fmt: skip
    """Of a run of this document by `actor` (user@host), with its hosts as they are now. Secrets are masked."""
    hosts = frozen(fleets) if fleets else b""
    user, host = actor.rsplit("@", 1)
    names = written.names
    first = RunStarted(
        title=(REHEARSAL if rehearsal else "") + masked(runbook.title),
        source=runbook.source,
        document=names.document,
        tool=__version__,
        user=user,
        host=host,
        target=target,
        profile=profile,
        ticket=masked(" ".join(ticket.split())[:200]),
        cwd=cwd,
        hosts={name: fleet.names for name, fleet in fleets.items()},
        inventory=hashlib.sha256(hosts).hexdigest() if hosts else "",
        rehearsal=rehearsal,
        sidecar=names.sidecar,
        beside=names.beside,
    )
    return first, written.blobs() | ({first.inventory: hosts} if hosts else {})
