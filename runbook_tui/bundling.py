"""Bundles: a run of the journal as one, and one as evidence."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from runbook_tui.evidence import evidence_of
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import BadInput
from runbook_tui.report import bundle
from runbook_tui.report.account import Account
from runbook_tui.report.markdown import markdown
from runbook_tui.report.page import page
from runbook_tui.report.proof import Signature, how_to_verify
from runbook_tui.run.events import SignOffGiven, SignOffRejected
from runbook_tui.run.stored import StoredRun
from runbook_tui.signing.evidence import Evidence, Head
from runbook_tui.signing.names import SIGN_OFF


async def bundle_of(journal: SqliteJournal, run: str, account: Account) -> bytes:
    """The run as a bundle. Raises OperatorError."""
    evidence = await evidence_of(journal, run)
    return await asyncio.to_thread(bundled, evidence, account)


def bundled(evidence: Evidence, account: Account) -> bytes:
    """The same evidence gives the same bytes, once the run is over. Raises BadBundle."""
    blobs = {name: bytes(data) for name, data in evidence.blobs.items()}
    files = bundle.contents(_as_stored(evidence), blobs, outputs=evidence.outputs is not None)
    signatures = []
    for record in account.records:
        event = record.event
        if isinstance(event, SignOffGiven | SignOffRejected) and event.statement in blobs and event.signature in blobs:
            name = f"signoffs/{record.seq}.json"
            files |= {name: blobs[event.statement], f"{name}.sig": blobs[event.signature]}
            signatures.append(
                Signature(file=name, signer=event.signer, name=event.name, role=event.role, covers=event.covers)
            )
    rules = account.state.rules
    if rules is not None:
        for name, digest in (
            ("allowed_signers", rules.signers),
            ("policy.yaml", rules.policy),
            ("revoked", rules.revoked),
        ):
            if digest in blobs:
                files[name] = blobs[digest]
    last = account.state
    fixed = msgspec.structs.replace(account, at=last.finished or last.last or account.at)  # the same bundle every time
    files |= {
        "report.html": page(fixed).encode("utf-8", "replace"),
        "report.md": markdown(fixed).encode("utf-8", "replace"),
        "VERIFY.md": how_to_verify(account.state, signatures, namespace=SIGN_OFF).encode(),
    }
    return bundle.write(files)


def _as_stored(evidence: Evidence) -> StoredRun:
    """What was read in one go: a run that goes on does not get longer meanwhile."""
    last = evidence.last
    return StoredRun(
        run=evidence.run,
        events=evidence.events,
        outputs=dict(evidence.outputs or {}),
        seq=last.seq if last else None,
        head=last.hash if last else None,
    )


def evidence_in(path: Path) -> tuple[Evidence, tuple[str, ...]]:
    """What a bundle holds as evidence, and what is wrong with the bundle itself. Raises BadBundle or BadInput."""
    try:
        if path.stat().st_size > bundle.LARGEST:
            raise BadInput(f"{path} is too large for a bundle")
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    return unbundled(data)


def unbundled(data: bytes) -> tuple[Evidence, tuple[str, ...]]:
    """The same of bytes. Raises BadBundle."""
    found = bundle.read(data)
    stored = found.stored
    evidence = Evidence(
        run=stored.run,
        events=stored.events,
        blobs=found.blobs,
        outputs=found.outputs,
        last=Head(seq=stored.seq, hash=stored.head, source="the bundle’s own run.json"),
        now=datetime.now(UTC),
    )
    return evidence, found.notes
