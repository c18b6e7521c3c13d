"""A second yes as it stands in a record: whether it was said to this, by whom it says, and by somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable

from runbook_tui.run import events as e
from runbook_tui.signing.proof import Proof

_SAME = ("commands", "digest", "places", "request", "step")


def fault(
    run: str, asked: e.SecondAsked | None, given: e.SecondGiven, prove: Callable[[bytes, bytes, str], Proof]
) -> str | None:
    """Why a signed yes is none; None when it is one. `prove` judges text, signature and principal."""
    if asked is None:
        return "nobody had asked for it"
    try:
        said = json.loads(given.statement)
    except (ValueError, RecursionError):
        return "what was signed cannot be read"
    if not isinstance(said, dict) or said.get("run") != run:
        return "it was said to another run"
    told = {"commands": list(asked.commands), "places": list(asked.places)} | {
        name: getattr(asked, name) for name in ("digest", "request", "step")
    }
    if any(said.get(name) != told[name] for name in _SAME) or given.digest != asked.digest:
        return "it was said to something else than was asked"
    if said.get("principal") != given.principal:
        return "it was signed in another name"
    if asked.principal and asked.principal == given.principal:
        return f"{given.principal} asked for it, and is no second person"
    proof = prove(given.statement.encode(), given.signature.encode(), given.principal)
    if proof.reasons:
        return proof.reasons[0]
    if proof.signature is not None and given.fingerprint and proof.signature.fingerprint != given.fingerprint:
        return "the record names another key than the signature"
    return None
