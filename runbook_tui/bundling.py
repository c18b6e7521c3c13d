"""Bundles: a run of the journal as one, and one as evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from runbook_tui import __version__
from runbook_tui.evidence import evidence_of, names_in
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import BadInput
from runbook_tui.report import bundle
from runbook_tui.report.account import Account
from runbook_tui.report.markdown import markdown
from runbook_tui.report.page import page
from runbook_tui.report.proof import Signature, how_to_verify
from runbook_tui.run.events import DocumentChanged, RulesTaken, RunStarted, SignOffGiven, SignOffRejected
from runbook_tui.run.stored import StoredRun
from runbook_tui.signing.evidence import Evidence, Head
from runbook_tui.signing.findings import Finding, Weight
from runbook_tui.signing.names import SIGN_OFF
from runbook_tui.signing.verification import records_of

HOW = "VERIFY.md"
REPORTS = frozenset({"report.html", "report.md"})
UNPROVED = "whether report.html and report.md say what the record does: they are for reading, and only it is checked"


async def bundle_of(journal: SqliteJournal, run: str, account: Account) -> bytes:
    """The run as a bundle. Raises OperatorError."""
    evidence = await evidence_of(journal, run)
    return await asyncio.to_thread(bundled, evidence, account)


def bundled(evidence: Evidence, account: Account) -> bytes:
    """The same evidence gives the same bytes, once the run is over. Raises BadBundle."""
    blobs = {name: bytes(data) for name, data in evidence.blobs.items()}
    files = bundle.contents(_as_stored(evidence), blobs, outputs=evidence.outputs is not None, tool=__version__)
    last = account.state
    fixed = msgspec.structs.replace(account, at=last.finished or last.last or account.at)  # the same bundle every time
    files |= {
        "report.html": page(fixed).encode("utf-8", "replace"),
        "report.md": markdown(fixed).encode("utf-8", "replace"),
    }
    return bundle.write(files | _beside(evidence))


def _beside(evidence: Evidence, *, reports: bool = True) -> dict[str, bytes]:
    """What stands in a bundle for whoever has no rbt: made from the record and from nothing else."""
    blobs, signatures = evidence.blobs, []
    files: dict[str, bytes] = {}
    rules = RulesTaken()
    follows: dict[str, str] | None = None
    for record in records_of(evidence):
        event = record.event
        if isinstance(event, RunStarted | DocumentChanged):
            follows = _follows(event)
        if isinstance(event, RulesTaken):
            rules = event
        if isinstance(event, SignOffGiven | SignOffRejected) and event.statement in blobs and event.signature in blobs:
            name = f"signoffs/{record.seq}.json"
            files |= {name: bytes(blobs[event.statement]), f"{name}.sig": bytes(blobs[event.signature])}
            signatures.append(
                Signature(file=name, signer=event.signer, name=event.name, role=event.role, covers=event.covers)
            )
    named = {"allowed_signers": rules.signers, "policy.yaml": rules.policy, "revoked": rules.revoked}
    files |= {name: bytes(blobs[digest]) for name, digest in named.items() if digest in blobs}
    head = str(evidence.events[-1].hash) if evidence.events else ""
    text = how_to_verify(
        evidence.run, len(evidence.events), head, signatures, namespace=SIGN_OFF, reports=reports, follows=follows
    )
    return files | {"VERIFY.md": text.encode("utf-8", "replace")}


def _follows(event: RunStarted | DocumentChanged) -> dict[str, str] | None:
    if event.sidecar is None:
        return None
    beside = {"the file beside it": event.sidecar} if event.sidecar else {}
    return {"the document": event.document, **beside, **event.beside}


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


def evidence_in(path: Path) -> tuple[Evidence, tuple[Finding, ...]]:
    """What a bundle holds as evidence, and what is wrong with the bundle itself. Raises BadBundle or BadInput."""
    try:
        if path.stat().st_size > bundle.LARGEST:
            raise BadInput(f"{path} is too large for a bundle")
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    return unbundled(data)


def unbundled(data: bytes) -> tuple[Evidence, tuple[Finding, ...]]:
    """The same of bytes. Raises BadBundle."""
    found = bundle.read(data)
    stored = found.stored
    evidence = Evidence(
        run=stored.run,
        events=stored.events,
        blobs=found.blobs,
        outputs=found.outputs,
        last=Head(seq=stored.seq, hash=stored.head, source="the bundle’s own run.json"),
        unproved=(UNPROVED,),
        now=datetime.now(UTC),
    )
    faults = [*found.notes, *_not_borne_out(found, evidence)]
    broken = [Finding(code="bundle", weight=Weight.VIOLATED, text=fault) for fault in faults]
    return evidence, (*broken, *_how_to_verify_it(found, evidence))


def _not_borne_out(found: bundle.Bundle, evidence: Evidence) -> Iterator[str]:
    """Files that people would read or use in place of the record, and that are not what the record says."""
    made = _beside(evidence)
    for name, data in made.items():
        if name not in found.beside:
            yield f"{name} is missing, and the record has it"
        elif name != HOW and found.beside[name] != data:
            yield f"{name} is not what the record says"
    for name in sorted(found.beside.keys() - made.keys() - REPORTS):
        yield f"{name} was put in: nothing in the record speaks of it"
    if len(records_of(evidence)) == len(evidence.events):  # what a newer rbt recorded may name more
        for name in sorted(found.blobs.keys() - set(names_in(found.stored))):
            yield f"blobs/{name[:12]}… was put in: no event names it"


def _how_to_verify_it(found: bundle.Bundle, evidence: Evidence) -> Iterator[Finding]:
    """People paste its lines into a shell."""
    text = found.beside.get(HOW)
    if text is None or any(text == _beside(evidence, reports=known)[HOW] for known in (True, False)):
        return
    if found.tool == __version__:
        yield Finding(code="bundle", weight=Weight.VIOLATED, text=f"{HOW} is not what this rbt writes for that record")
        return
    by = f"rbt {found.tool}" if found.tool else "an unnamed rbt"
    said = f"{HOW} is not what this rbt ({__version__}) writes: {by} may have, so read its lines before you run them"
    yield Finding(code="bundle", weight=Weight.OPEN, text=said)
