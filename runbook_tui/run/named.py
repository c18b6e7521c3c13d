"""What events name by its hash: it has to be kept beside them. Pure."""

from __future__ import annotations

from runbook_tui.run import events as e

BESIDE = "file beside the document"


def named_blobs(event: e.AnyEvent) -> tuple[tuple[str, str], ...]:
    """What each is, in a word, and its sha256."""
    named: tuple[tuple[str, str], ...]
    match event:
        case e.RunStarted(inventory=inventory):
            named = (*_written(event), ("inventory", inventory))
        case e.DocumentChanged():
            named = _written(event)
        case e.JobFinished(output=output, timings=timings):
            named = (("output", output or ""), ("timings", timings))
        case e.SnapshotTaken(snapshot=snapshot) | e.ChangeObserved(snapshot=snapshot):
            named = (("snapshot", snapshot),)
        case e.SignOffGiven() | e.SignOffRejected():
            named = (("statement", event.statement), ("signature", event.signature))
        case e.IdentityProved(challenge=challenge, signature=signature):
            named = (("challenge", challenge), ("signature", signature))
        case e.RulesTaken(policy=policy, signers=signers, revoked=revoked):
            named = (("policy", policy), ("list of signers", signers), ("list of revoked keys", revoked))
        case _:
            return ()
    return tuple((what, name) for what, name in named if name)


def _written(event: e.RunStarted | e.DocumentChanged) -> tuple[tuple[str, str], ...]:
    rules = (("rule file", name) for name in event.beside.values())
    return (("document", event.document), (BESIDE, event.sidecar or ""), *rules)
