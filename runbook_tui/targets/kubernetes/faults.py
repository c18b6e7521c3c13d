"""What can go wrong with a cluster, for the operator: what happened, and what is safe."""

from __future__ import annotations

import json

from runbook_tui.run.ports import TargetError


class KubeError(TargetError):
    """The cluster did not do what it was asked."""

    status = 0


class NoCluster(KubeError):
    """There is no cluster to speak to from here; everything else works without."""


class Unreachable(KubeError):
    """The API server did not answer in time; a change that was sent may have been made."""


class NotAllowed(KubeError):
    """The cluster knows who asks, and refuses."""

    status = 403


class NotThere(KubeError):
    status = 404


class Stale(KubeError):
    """Somebody else changed the object in between; nothing was overwritten."""

    status = 409


class Gone(KubeError):
    """The history asked for is no longer kept: read again."""

    status = 410


class Unfit(KubeError):
    """The cluster refuses the content, or a precondition does not hold."""

    status = 422


_BY_STATUS = {kind.status: kind for kind in (NotAllowed, NotThere, Stale, Gone, Unfit)}


def fault(status: int, body: bytes, what: str) -> KubeError:
    """The error for an answer that is not a success."""
    try:
        said = json.loads(body)
        message = str(said.get("message") or said.get("reason") or "")
    except (ValueError, AttributeError):
        message = body[:200].decode("utf-8", "replace")
    message = " ".join(message.split())[:300] or f"status {status}"
    if status == 401:
        return NotAllowed(f"{what}: the cluster does not accept the credentials ({message})")
    return _BY_STATUS.get(status, KubeError)(f"{what}: {message}")
